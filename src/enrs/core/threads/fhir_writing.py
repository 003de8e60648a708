"""Messages about a person written by other software, through the commands of the pages."""

from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.fhir.writing import WriteError, patient_of, register_writer
from enrs.core.threads import commands, queries
from enrs.core.threads.commands import ThreadRefusedError
from enrs.core.threads.fhir import THREADS
from enrs.core.threads.forms import REFUSALS
from enrs.core.threads.models import Thread


def create(resource: dict[str, Any], actor: Actor) -> UUID:
    """Post in the conversation that `identifier` names, else in a new one open to the circle's professionals."""
    if actor.kind == "anonymous" or resource["status"] != "completed":
        raise WriteError("Un message est envoyé : « completed ».", path="Communication.status")
    try:
        thread = _named(resource) or _fresh(resource)
        theirs = [one for one in resource.get("identifier", ()) if one.get("system") != THREADS]
        return commands.post(thread=thread, text=_text(resource), identifiers=theirs).id
    except (ThreadRefusedError, AccessRefusedError) as error:
        raise _refusal(error) from error


def update(resource: dict[str, Any], actor: Actor) -> None:
    """Change one's own message, or withdraw it (`entered-in-error`)."""
    del actor  # The commands ask who is acting.
    said = queries.message(UUID(str(resource["id"])))
    if said is None:
        raise WriteError("Ce message n’existe pas.", status=404, code="not-found")
    try:
        if resource["status"] == "entered-in-error":
            commands.withdraw_message(message=said)
        else:
            commands.edit_message(message=said, text=_text(resource), expected_version=said.version)
    except (ThreadRefusedError, AccessRefusedError) as error:
        raise _refusal(error) from error


def _named(resource: dict[str, Any]) -> Thread | None:
    """The conversation named, one of the same person and that is published."""
    for one in resource.get("identifier", ()):
        known = read_uuid(one.get("value", "").partition("/")[0])
        if one.get("system") != THREADS or not known:
            continue
        found = queries.thread(UUID(known))
        is_of_person = found is not None and found.patient_id == patient_of(resource)
        if found is None or not is_of_person or found.audience == Thread.Audience.MEMBERS:
            words = "Cette conversation n’existe pas, ou n’est pas ouverte au cercle."
            raise WriteError(words, path="Communication.identifier")
        return found
    return None


def _fresh(resource: dict[str, Any]) -> Thread:
    patient_id = patient_of(resource)
    title = resource.get("topic", {}).get("text", "") or "Message"
    return commands.open_thread(
        subject=("record", patient_id or UUID(int=0)),
        patient_id=patient_id,
        title=title,
        audience="circle",
    )


def _text(resource: dict[str, Any]) -> str:
    texts = [one["contentString"] for one in resource.get("payload", ()) if "contentString" in one]
    return "\n\n".join(texts)


def _refusal(error: Exception) -> WriteError:
    if isinstance(error, ThreadRefusedError):
        words = REFUSALS.get(error.reason, "Ce message ne peut pas être enregistré.")
        return WriteError(words, path="Communication")
    return WriteError("Ce droit vous manque.", status=403, code="forbidden")


register_writer("Communication", category="messages", create=create, update=update)

"""What a `Task` or a `ServiceRequest` sent by other software says, read for the commands."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.fhir.queries.names import directory_names, key_of, kind_of
from enrs.core.fhir.writing import WriteError
from enrs.core.moments import in_zone
from enrs.core.workflow import rules
from enrs.core.workflow.fhir import ANSWER, FORM, WORKFLOWS
from enrs.core.workflow.queries.choices import people_for
from enrs.core.workflow.registry import workflows

Tree = dict[str, Any]
ACT = "urn:local:task-act"
"""Extension of a `Task`: the act (a transition's name) wanted, when its target does not say it alone."""


def workflow_of(resource: Tree) -> str:
    """The workflow that `code` names; empty when it names none of ours."""
    codings = resource.get("code", {}).get("coding", ())
    named = [one.get("code", "") for one in codings if one.get("system") == WORKFLOWS]
    return named[0] if named and named[0] in {one.name for one in workflows()} else ""


def table_of(resource: Tree) -> rules.Workflow:
    """The table that `code` names (WriteError when it is none of ours)."""
    name = workflow_of(resource)
    found = [one for one in workflows() if one.name == name]
    if not found:
        kind = resource["resourceType"]
        words = f"« code » désigne la sorte de demande, dans le système {WORKFLOWS}."
        raise WriteError(words, code="code-invalid", path=f"{kind}.code")
    return found[0]


def code_in(concept: Tree, system: str) -> str:
    """The code of a CodeableConcept in one system; empty without one."""
    return next(
        (one.get("code", "") for one in concept.get("coding", ()) if one.get("system") == system),
        "",
    )


def extension(tree: Tree, url: str) -> Tree:
    """The first extension of this address; empty without one."""
    return next((one for one in tree.get("extension", ()) if one.get("url") == url), {})


def parties(references: Sequence[Tree], actor: Actor, path: str) -> list[rules.To]:
    """The people and places that references name: the caller, their place, or those of the directory.

    Raises:
        WriteError: a reference that names neither.
    """
    own: dict[str, rules.To] = {}
    if actor.grantee_id:
        me = rules.To(actor.grantee_id, actor.name, "person", actor.label)
        own[f"Practitioner/{actor.grantee_id}"] = me
    if actor.organisation_id:
        own[f"Organization/{actor.organisation_id}"] = rules.To(
            actor.organisation_id, actor.organisation_name
        )
    texts = [one.get("reference", "") for one in references]
    names = directory_names([text for text in texts if text not in own])
    if {text for text in texts if kind_of(text) == "Practitioner"} - own.keys() - names.keys():
        own |= {f"Practitioner/{one.grantee_id}": one for one in people_for(actor)}
    found = []
    for text in texts:
        key, kind = key_of(text), kind_of(text)
        known = own.get(text)
        if known is None and key and text in names:
            known = rules.To(
                key, names[text], "organisation" if kind == "Organization" else "person"
            )
        if known is None:
            words = f"« {text[:80] or 'sans référence'} » n’est ni une personne ni une structure de l’annuaire."
            raise WriteError(words, code="not-found", path=path)
        found.append(known)
    return found


def moment(text: str, path: str) -> datetime:
    """A FHIR dateTime as a moment; a day means its noon, as on the page (WriteError for a partial one)."""
    try:
        if len(text) == len("2026-03-12"):
            day = date.fromisoformat(text)
            return in_zone(datetime(day.year, day.month, day.day, 12))  # noqa: DTZ001  read in the region's zone
        return in_zone(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise WriteError(
            "Un jour ou un moment entier est attendu.", code="value", path=path
        ) from error


def form_of(resource: Tree) -> UUID | None:
    """The filled form that goes with the request (`input`, or `supportingInfo` of an order)."""
    given = [
        one.get("valueReference", {})
        for one in resource.get("input", ())
        if code_in(one["type"], WORKFLOWS) == FORM
    ]
    for one in (*given, *resource.get("supportingInfo", ())):
        kind, _, key = one.get("reference", "").rpartition("/")
        if kind == "QuestionnaireResponse":
            return key_of(key)
    return None


def answer_given(reference: Tree) -> tuple[str, str]:
    """What an addressee answers (code, reason), from the extension of their reference."""
    said = extension(reference, ANSWER)
    return extension(said, "answer").get("valueCode", ""), extension(said, "reason").get(
        "valueString", ""
    )


def reason_text(resource: Tree) -> str:
    """Why it is asked: `reasonCode` in words."""
    given = resource.get("reasonCode", {})
    concepts = given if isinstance(given, list) else [given]
    texts = [
        one.get("text") or next((coding.get("display", "") for coding in one.get("coding", ())), "")
        for one in concepts
    ]
    return "\n".join(text for text in texts if text)


def title_of(resource: Tree, table: rules.Workflow) -> str:
    """The object of a request: its description, the words of its code, or the name of its workflow."""
    return str(resource.get("description") or resource.get("code", {}).get("text") or table.label)

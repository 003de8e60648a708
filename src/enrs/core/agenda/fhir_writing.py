"""Appointments about a person written by other software, through the commands of the pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.agenda import commands, queries, rules
from enrs.core.agenda.commands import AgendaRefusedError
from enrs.core.agenda.fhir import KIND_SYSTEM
from enrs.core.agenda.forms import REFUSALS
from enrs.core.agenda.models import Appointment
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.fhir.writing import WriteError, patient_of, register_writer


def create(resource: dict[str, Any], actor: Actor) -> UUID:
    """Book in the person's record, in nobody's agenda; participants are those named by reference."""
    del actor  # The commands ask who is acting.
    start, end = _period(resource)
    status = resource["status"]
    if status not in ("booked", "proposed"):
        raise WriteError("Un rendez-vous naît proposé ou prévu.", path="Appointment.status")
    try:
        made = commands.book(
            start=start,
            end=end,
            patient_id=patient_of(resource),
            status=status,
            participants=_participants(resource),
            identifiers=resource.get("identifier", ()),
            **_words(resource),
        )
    except (AgendaRefusedError, AccessRefusedError) as error:
        raise _refusal(error) from error
    return made.id


def update(resource: dict[str, Any], actor: Actor) -> None:
    """Move an appointment, change its words, or take it to another status; never its participants."""
    del actor  # The commands ask who is acting.
    found = queries.appointment(UUID(str(resource["id"])))
    if found is None:
        raise WriteError("Ce rendez-vous n’existe pas.", status=404, code="not-found")
    try:
        _follow(found, resource)
    except (AgendaRefusedError, AccessRefusedError) as error:
        raise _refusal(error) from error


def _follow(found: Appointment, resource: dict[str, Any]) -> None:
    status = resource["status"]
    if status == "cancelled":
        reason = resource.get("cancelationReason", {}).get("text", "")
        commands.cancel(appointment=found, reason=reason)
        return
    start, end = _period(resource)
    words = _words(resource)
    known = {name: getattr(found, name) for name in words}
    if (found.period.lower, found.period.upper) != (start, end) or known != words | {
        "place": found.place
    }:
        commands.change(
            appointment=found,
            expected_version=found.version,
            start=start,
            end=end,
            **(words | {"place": found.place}),
        )
    if status != found.status:
        commands.move_status(appointment=found, status=status, expected_version=found.version)


def _period(resource: dict[str, Any]) -> tuple[datetime, datetime]:
    try:
        return datetime.fromisoformat(resource["start"]), datetime.fromisoformat(resource["end"])
    except (KeyError, ValueError) as error:
        words = "Un rendez-vous a un début et une fin."
        raise WriteError(words, path="Appointment.start") from error


def _words(resource: dict[str, Any]) -> dict[str, Any]:
    codings = resource.get("appointmentType", {}).get("coding", [])
    kinds = [one.get("code", "") for one in codings if one.get("system") == KIND_SYSTEM]
    return {
        "kind": kinds[0] if kinds else "other",
        "title": resource.get("description", ""),
        "place": "",
        "comment": resource.get("comment", ""),
    }


def _participants(resource: dict[str, Any]) -> list[rules.Person]:
    found = []
    for one in resource["participant"]:
        actor = one.get("actor", {})
        kind, _, identifier = actor.get("reference", "").rpartition("/")
        known = read_uuid(identifier) if kind == "Practitioner" else None
        if known:
            found.append(rules.Person(UUID(known), actor.get("display", "Professionnel")))
    return found


def _refusal(error: Exception) -> WriteError:
    if isinstance(error, AgendaRefusedError):
        words = REFUSALS.get(error.reason, "Ce rendez-vous ne peut pas être enregistré.")
        return WriteError(words, path="Appointment")
    return WriteError("Ce droit vous manque.", status=403, code="forbidden")


register_writer("Appointment", category="agenda", create=create, update=update)

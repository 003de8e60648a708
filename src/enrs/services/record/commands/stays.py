"""Recording stays from the hospital's movement messages."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from enrs.core import prepared
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.rows import insert_row, update_row
from enrs.services.record import rules
from enrs.services.record.fhir import publish_encounter
from enrs.services.record.models import Encounter

PLACE = ("unit", "unit_code", "room", "bed")
KEPT = (
    "patient_class",
    "organisation_finess",
    "organisation_name",
    "attending_name",
    "attending_idnat",
)

FIELDS = [field.attname for field in Encounter._meta.concrete_fields]
FIND = f"select {', '.join(FIELDS)} from encounter where system = %b::text and number = %b::text for update"


def record_stay(
    *, identity_id: UUID | None, patient_id: UUID, stay: rules.NewStay, source: str
) -> Encounter:
    """Bring a stay up to a movement: admission, transfer, discharge, or a cancellation of one.

    Known by (system, number). A message older than the last one applied completes the dates that are
    missing and moves nobody; the same message again changes nothing.
    """
    with act():
        known = _find(stay.system, stay.number)
        encounter = known or Encounter(
            id=uuid7(),
            identity_id=identity_id,
            patient_id=patient_id,
            system=stay.system,
            number=stay.number,
            status="unknown",
            last_event_at=stay.happened_at,
        )
        before = None if known is None else _state(encounter)
        _move(encounter, stay, is_late=bool(known and stay.happened_at < known.last_event_at))
        if before == _state(encounter):
            return encounter
        (insert_row if known is None else update_row)(encounter)
        publish_encounter(encounter)
        note(
            "record.stay.recorded",
            patient_id=encounter.patient_id,
            object_kind="encounter",
            object_id=encounter.id,
            details={"event": stay.event, "source": source},
        )
        emit(
            "record.stay.recorded",
            patient_id=encounter.patient_id,
            topics=[f"patient:{encounter.patient_id}"],
            payload={"kind": "encounters", "ids": [str(encounter.id)], "event": stay.event},
        )
    return encounter


def _find(system: str, number: str) -> Encounter | None:
    """The stay of this number, locked. In SQL: the ORM's own work costs five times the query, and
    this one runs for every message of a hospital.
    """
    row = next(iter(prepared.fetch_all(FIND, [system, number])), None)
    return Encounter.from_db(connection.alias, FIELDS, row) if row else None


def _move(encounter: Encounter, stay: rules.NewStay, *, is_late: bool) -> None:
    _date(encounter, stay, is_late=is_late)
    if is_late:
        return
    status = rules.STAY_STATUS.get(stay.event)
    if status:
        encounter.status = status
    # A place is said whole: a new unit without a bed leaves no bed of the former unit.
    names = PLACE if any(getattr(stay, name) for name in PLACE) else ()
    for name in names:
        setattr(encounter, name, getattr(stay, name))
    for name in KEPT:
        value = getattr(stay, name)
        if value:
            setattr(encounter, name, value)
    if stay.event == "A11":
        encounter.withdrawn_at = stay.happened_at
        encounter.withdrawn_reason = "Admission annulée par l'établissement"
    elif status:
        encounter.withdrawn_at, encounter.withdrawn_reason = None, ""
    encounter.last_event_at = stay.happened_at


def _date(encounter: Encounter, stay: rules.NewStay, *, is_late: bool) -> None:
    admitted = stay.admitted_at or (stay.happened_at if stay.event in {"A01", "A04"} else None)
    discharged = stay.discharged_at or (stay.happened_at if stay.event == "A03" else None)
    encounter.admitted_at = _choose(encounter.admitted_at, admitted, is_late=is_late)
    # A late discharge of a stay that goes on was cancelled since.
    if not is_late or encounter.status in {"finished", "unknown"}:
        encounter.discharged_at = _choose(encounter.discharged_at, discharged, is_late=is_late)
    if stay.event == "A13" and not is_late:
        encounter.discharged_at = None


def _choose(known: datetime | None, given: datetime | None, *, is_late: bool) -> datetime | None:
    if given is None or (is_late and known is not None):
        return known
    return given


def _state(encounter: Encounter) -> tuple[object, ...]:
    names = (
        "status",
        "admitted_at",
        "discharged_at",
        "last_event_at",
        "withdrawn_at",
        *PLACE,
        *KEPT,
    )
    return tuple(getattr(encounter, name) for name in names)

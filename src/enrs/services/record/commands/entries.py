"""Entries of the summary: recording, amending, withdrawing, and stating that no allergy is known."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import rights_on
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.models import Patient
from enrs.referentials.identity.queries import latest_identity
from enrs.services.record.fhir.entries import publish_entry
from enrs.services.record.models import (
    Allergy,
    Entry,
    FormerEntry,
    Measure,
    Problem,
    Treatment,
    Vaccination,
)
from enrs.services.record.rules import entries as rules

MODELS: dict[str, type[Entry]] = {
    "problem": Problem,
    "allergy": Allergy,
    "treatment": Treatment,
    "vaccination": Vaccination,
    "measure": Measure,
}
KINDS = {model: kind for kind, model in MODELS.items()}
NO_ALLERGY = ("716186003", "2.16.840.1.113883.6.96", "Aucune allergie connue")
"""SNOMED CT « No known allergy (situation) »."""


class NoAllergyRefusedError(Exception):
    """Allergies stand in this record: « none known » would deny them."""


def record_entry(*, kind: str, patient_id: UUID, values: Mapping[str, Any]) -> Entry:
    """Write an entry as the current actor; `kind` is a key of `MODELS`, `values` those of `rules.FIELDS`.

    A first allergy withdraws the statement that none is known. What the person or their proxy enters
    (measures only) says so.

    Raises:
        AccessRefusedError: the actor may not write the summary of this record.
        rules.EntryRefusedError: a value cannot be.
    """
    is_by_person = _demand(patient_id, kind)
    cleaned = rules.checked(kind, values, now=timezone.now())
    with act():
        if kind == "allergy":
            _lock(patient_id)
            for stated in _none_known(patient_id):
                _withdraw(stated, "Une allergie a été notée")
        return _write(MODELS[kind], patient_id, cleaned, is_by_person=is_by_person)


def state_no_allergy(*, patient_id: UUID) -> Entry:
    """State that no allergy is known: a fact with its author and date. Stated again it stays the same.

    Raises:
        AccessRefusedError: the actor may not write the summary of this record.
        NoAllergyRefusedError: an active allergy stands.
    """
    _demand(patient_id, "allergy")
    with act():
        _lock(patient_id)
        standing = list(
            Allergy.objects.filter(patient_id=patient_id, withdrawn_at=None, status="active")
        )
        if any(not one.is_none_known for one in standing):
            raise NoAllergyRefusedError
        if standing:
            return standing[0]
        code, system, display = NO_ALLERGY
        return _write(
            Allergy,
            patient_id,
            {"code": code, "code_system": system, "display": display, "is_none_known": True},
            is_by_person=False,
        )


def amend_entry(*, entry: Entry, values: Mapping[str, Any], expected_version: int) -> Entry:
    """Change an entry that stands; its former state is kept with its author.

    What `values` does not name keeps its present value, but for a code: new words that come without one leave
    the former code, which would say something else.

    Raises:
        AccessRefusedError: not a writer of the summary, or the person on what a professional wrote.
        rules.EntryRefusedError: a value cannot be.
        StaleSaveError: the entry changed meanwhile.
    """
    kind = KINDS[type(entry)]
    _demand_change(entry, kind)
    if isinstance(entry, Allergy) and entry.is_none_known:
        raise AccessRefusedError("stated")
    present = {name: getattr(entry, name) for name in rules.FIELDS[kind]}
    cleaned = rules.checked(kind, rules.amended(present, values), now=timezone.now())
    by = current_actor()
    with act():
        former = MODELS[kind]._default_manager.get(pk=entry.pk)
        for name, value in cleaned.items():
            setattr(entry, name, value)
        entry.author_id, entry.author_name, entry.author_label = by.user_id, by.name, by.label
        entry.amended_at = timezone.now()
        fields = [*cleaned, "author_id", "author_name", "author_label", "amended_at"]
        save_version(entry, expected=expected_version, fields=fields)
        FormerEntry.objects.bulk_create([_former(former, kind)])
        _tell(entry, kind, "amended")
    return entry


def withdraw_entry(*, entry: Entry, reason: str) -> None:
    """Withdraw an entry from view: it stays, with its reason.

    Raises:
        AccessRefusedError: as for `amend_entry`.
    """
    _demand_change(entry, KINDS[type(entry)])
    if entry.withdrawn_at is None:
        with act():
            _withdraw(entry, reason)


def _demand(patient_id: UUID, kind: str) -> bool:
    """Whether the writer is the person or their proxy; nobody else than who may write passes."""
    role, rights = current_actor().role, rights_on(patient_id)
    decision = access_rules.decide(
        role=role, category="summary", action=access_rules.WRITE, rights=rights
    )
    if decision.allowed:
        return False
    own = access_rules.decide(
        role=role, category="assessment", action=access_rules.WRITE, rights=rights
    )
    if own.allowed and own.role in {"patient", "proxy"} and kind in rules.BY_PERSON:
        return True
    raise AccessRefusedError(decision.reason)


def _demand_change(entry: Entry, kind: str) -> None:
    is_person = _demand(entry.patient_id, kind)
    if entry.withdrawn_at or (is_person and entry.author_id != current_actor().user_id):
        raise AccessRefusedError("author")
    if not is_person and entry.is_by_person:
        raise AccessRefusedError("author")


def _lock(patient_id: UUID) -> None:
    """One writer of allergies at a time: an allergy and « none known » never stand together."""
    list(Patient.objects.select_for_update().filter(pk=patient_id).values_list("pk"))


def _none_known(patient_id: UUID) -> list[Allergy]:
    return list(
        Allergy.objects.filter(patient_id=patient_id, withdrawn_at=None, is_none_known=True)
    )


def _write(
    model: type[Entry], patient_id: UUID, values: dict[str, Any], *, is_by_person: bool
) -> Entry:
    by = current_actor()
    entry = model(
        id=uuid7(),
        identity_id=latest_identity(patient_id),
        patient_id=patient_id,
        author_id=by.user_id,
        author_name=by.name,
        author_label=by.label,
        noted_at=timezone.now(),
        is_by_person=is_by_person,
        **values,
    )
    entry.save(force_insert=True)
    _tell(entry, KINDS[model], "recorded")
    return entry


def _withdraw(entry: Entry, reason: str) -> None:
    entry.withdrawn_at, entry.withdrawn_reason = timezone.now(), reason[:200]
    entry.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    _tell(entry, KINDS[type(entry)], "withdrawn", reason)


def _former(entry: Entry, kind: str) -> FormerEntry:
    state = {name: _plain(getattr(entry, name)) for name in rules.FIELDS[kind]}
    return FormerEntry(
        patient_id=entry.patient_id,
        kind=kind,
        entry_id=entry.id,
        version=entry.version,
        state=state,
        author_name=entry.author_name,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _tell(entry: Entry, kind: str, what: str, reason: str = "") -> None:
    publish_entry(entry)
    audit(
        f"record.{kind}.{what}",
        patient_id=entry.patient_id,
        object_kind=kind,
        object_id=entry.id,
        reason=reason,
    )
    emit(
        f"record.{kind}.{what}",
        patient_id=entry.patient_id,
        topics=[f"patient:{entry.patient_id}"],
        payload={"kind": "summary", "ids": [str(entry.id)]},
    )

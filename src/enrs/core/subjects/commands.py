"""Writes on the anchor: new patients, and facts that follow their identity's link."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from enrs.core.subjects.models import ClinicalFact, Patient, Versioned
from enrs.core.subjects.queries import facts_of


class StaleSaveError(Exception):
    """Somebody saved the same row meanwhile: `current` is the row as it now stands."""

    def __init__(self, current: Model) -> None:
        super().__init__("stale save")
        self.current = current


def clinical_models() -> list[type[ClinicalFact]]:
    """Every table of clinical facts that the installed apps declare."""
    return [model for model in apps.get_models() if issubclass(model, ClinicalFact)]


def create_patient() -> Patient:
    """A new regional patient without traits yet."""
    return Patient.objects.create()


def relink(*, identity_id: UUID, patient_id: UUID) -> int:
    """Move every fact known by a source identity to another patient; returns how many moved.

    See `move_facts` for what a patient has once and both have.
    """
    held = facts_of(identity_id)
    groups = [
        model._default_manager.filter(identity_id=identity_id).exclude(patient_id=patient_id)
        for model in clinical_models()
        if model._meta.db_table in held
    ]
    if not groups:
        return 0
    left = {rows.model: _left_by(rows) for rows in groups if _has_twins(rows)}
    try:
        with transaction.atomic():
            moved = sum(_update(rows, {"patient_id": patient_id}) for rows in groups)
    except IntegrityError:
        return sum(move_facts(rows, patient_id=patient_id) for rows in groups)
    for model, patients in left.items():
        settle_twins(model, patients)
    return moved


def move_facts(rows: QuerySet[Any], **values: Any) -> int:
    """Rewrite facts with the patient they move to; returns how many moved.

    Where both patients have what a patient has once (an open plan, a case of one team), the one that
    comes moves as `is_twin` if its table has this column, for its team to close one of the two; a place
    in the circle or an opposition that the other has already stays behind. What is alone where it comes,
    or is left alone, is no twin any more.
    """
    left = _left_by(rows) if _has_twins(rows) else set()
    try:
        with transaction.atomic():
            moved = _update(rows, values)
    except IntegrityError:
        keys = list(rows.values_list("pk", flat=True))
        moved = sum(_move_one(rows.model._default_manager.filter(pk=key), values) for key in keys)
    settle_twins(rows.model, left)
    return moved


def settle_twins(model: type[Model], patients: Collection[UUID]) -> None:
    """Facts of some patients that came as twins and are alone now are twins no more."""
    if not patients:
        return
    twins = model._default_manager.filter(patient_id__in=patients, is_twin=True)
    for key in list(twins.values_list("pk", flat=True)):
        with suppress(IntegrityError), transaction.atomic():
            twins.filter(pk=key).update(is_twin=False)


def _left_by(rows: QuerySet[Any]) -> set[UUID]:
    """The patients whom facts are about to leave."""
    return set(rows.order_by().values_list("patient_id", flat=True).distinct())


def _has_twins(rows: QuerySet[Any]) -> bool:
    return any(field.name == "is_twin" for field in rows.model._meta.get_fields())


def _update(rows: QuerySet[Any], values: dict[str, Any]) -> int:
    """The facts as they stand alone where they come."""
    return int(rows.update(**values, **({"is_twin": False} if _has_twins(rows) else {})))


def _move_one(row: QuerySet[Any], values: dict[str, Any]) -> int:
    with suppress(IntegrityError), transaction.atomic():
        return _update(row, values)
    if _has_twins(row):
        with suppress(IntegrityError), transaction.atomic():
            return int(row.update(**values, is_twin=True))
    return 0


def save_version(row: Versioned, *, expected: int, fields: Iterable[str]) -> None:
    """Save the named fields if the row still has the `expected` version.

    Raises:
        StaleSaveError: the row was saved by somebody else since it was read.
    """
    values = {name: getattr(row, name) for name in fields}
    manager = type(row)._default_manager
    updated = manager.filter(pk=row.pk, version=expected).update(**values, version=expected + 1)
    if not updated:
        raise StaleSaveError(manager.get(pk=row.pk))
    row.version = expected + 1

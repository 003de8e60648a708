"""Writes on the anchor: new patients, and facts that follow their identity's link."""

from collections.abc import Iterable
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from enrs.core.subjects.models import ClinicalFact, Patient, Versioned


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
    """Move every fact known by a source identity to another patient; returns how many moved."""
    return sum(
        model._default_manager.filter(identity_id=identity_id)
        .exclude(patient_id=patient_id)
        .update(patient_id=patient_id)
        for model in clinical_models()
    )


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

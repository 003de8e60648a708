"""The engine's own three forms, taken in as a service's would be, and people around one patient."""

from pathlib import Path
from typing import Any

import pytest

from enrs.core.questionnaires import commands, registry
from enrs.core.questionnaires.models import Answer, Form
from tests.factories import actor, known_patient, member

FORMS = Path(__file__).parent / "forms"


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this folder, no source, no extraction: whatever the services declare."""
    monkeypatch.setattr(registry, "_folders", {})
    monkeypatch.setattr(registry, "_sources", {})
    monkeypatch.setattr(registry, "_extractions", {})
    registry.register_forms(FORMS, owner="essais")


@pytest.fixture
def forms(db: None) -> dict[str, Form]:
    """The forms, published."""
    commands.sync_forms()
    return {one.name: one for one in Form.objects.filter(owner="essais").order_by("name")}


@pytest.fixture
def patient(db: None) -> Any:
    return known_patient(birth_date="1944-03-12")


@pytest.fixture
def nurse(patient: Any) -> Any:
    return member(patient, "nurse")


@pytest.fixture
def physician(patient: Any) -> Any:
    return member(patient, "physician")


@pytest.fixture
def answer(forms: Any, patient: Any, nurse: Any, as_actor: Any) -> Answer:
    """A form that the nurse began about the patient."""
    with as_actor(actor(nurse)):
        return commands.start_answer(form="essai-sante", patient_id=patient.pk)

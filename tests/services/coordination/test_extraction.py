"""The GIR of a finished grid is an Observation of the record."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from enrs.core.access.actor import Actor, acting
from enrs.core.fhir.models import Key, Resource
from enrs.core.questionnaires.commands import amend_answer, save_answer, start_answer, sync_forms
from tests.services.coordination.test_pages import full_grid
from tests.services.record.factories import member

pytestmark = pytest.mark.django_db


DOMAINS = [
    f"{one}.niveau"
    for one in (
        "cognition", "communication", "humeur", "vie_sociale", "autonomie", "continence", "sante",
        "nutrition", "peau", "medicaments", "soins", "aidants", "logement",
    )
]  # fmt: skip


@pytest.fixture
def doctor(awa: UUID) -> Actor:
    return member(awa, "physician")


def observation(person: UUID) -> Resource:
    return Resource.objects.get(type="Observation", patient_id=person, is_current=True)


def test_a_finished_grid_gives_its_gir_with_its_letters(awa: UUID, doctor: Actor) -> None:
    sync_forms()
    with acting(doctor):
        answer = start_answer(form="aggir", patient_id=awa)
        save_answer(
            answer=answer, values=full_grid(["spontanement"]), expected_version=1, is_final=True
        )
    tree = orjson.loads(observation(awa).body)
    assert tree["valueCodeableConcept"]["text"] == "GIR 4"
    assert tree["valueCodeableConcept"]["coding"][0]["code"] == "MED-342"
    assert tree["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{answer.id}"}]
    assert {one["valueString"] for one in tree["component"]} == {"B"}
    assert len(tree["component"]) == 10
    assert Key.objects.filter(
        type="Observation", param="code", value="urn:local:score|gir"
    ).exists()
    with acting(doctor):
        amend_answer(answer=answer, values=full_grid(["non"]), expected_version=answer.version)
    tree = orjson.loads(observation(awa).body)
    assert (tree["status"], tree["valueCodeableConcept"]["text"]) == ("amended", "GIR 1")


def test_scores_of_the_assessment_are_drawn(awa: UUID, doctor: Actor) -> None:
    sync_forms()
    given: dict[str, Any] = {"sante.douleur": 4, "date": "2026-11-20"} | dict.fromkeys(
        DOMAINS, "fine"
    )
    given |= dict.fromkeys(DOMAINS[:2], "difficulty")
    with acting(doctor):
        answer = start_answer(form="coordination-assessment", patient_id=awa)
        answer = save_answer(answer=answer, values=given, expected_version=1, is_final=True)
    rows = Resource.objects.filter(type="Observation", patient_id=awa).order_by("id")
    found = {}
    for row in rows:
        tree = orjson.loads(row.body)
        found[tree["code"]["coding"][0]["code"]] = tree["valueQuantity"]["value"]
    assert found == {"72514-3": 4, "domaines-a-traiter": 2}

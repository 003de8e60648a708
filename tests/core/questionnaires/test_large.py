"""A form of 200 items: as many queries as one of five, and a change brings back one node."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.questionnaires import commands, queries
from tests.factories import actor

CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


def large(count: int) -> dict[str, Any]:
    """Sections of twenty questions, each with a score of its first three choices."""
    sections = []
    for start in range(0, count, 20):
        items = [question(number) for number in range(start, min(start + 20, count))]
        names = [one["linkId"] for one in items if one["type"] == "choice"][:3]
        ground = " or ".join(f"linkId='{one}'" for one in names)
        expression = f"%resource.descendants().where({ground}).answer.value.weight().sum()"
        score = {"linkId": f"s{start}", "type": "integer", "text": "Score", "extension": [
            {"url": CALCULATED, "valueExpression": {"expression": expression}}]}  # fmt: skip
        section = {"linkId": f"g{start}", "type": "group", "text": f"Section {start // 20 + 1}"}
        sections.append(section | {"item": [*items, score]})
    head = {
        "resourceType": "Questionnaire",
        "name": f"grand-{count}",
        "version": "1",
        "title": "Grand formulaire",
    }
    return head | {"url": f"urn:essai:grand-{count}", "item": sections}


def question(number: int) -> dict[str, Any]:
    kind = ("choice", "boolean", "integer", "string")[number % 4]
    item: dict[str, Any] = {"linkId": f"q{number}", "type": kind, "text": f"Question {number} ?"}
    if kind == "choice":
        item["answerOption"] = [
            {"valueCoding": {"code": str(points), "display": f"Réponse {points}"},
             "extension": [{"url": ORDINAL, "valueDecimal": points}]} for points in range(5)]  # fmt: skip
    if kind == "integer":
        asked = {"question": f"q{number - 1}", "operator": "=", "answerBoolean": True}
        item["enableWhen"] = [asked]
    return item


def started(count: int, patient: Any, nurse: Any, as_actor: Any) -> Any:
    with acting(SYSTEM):
        form = commands.upload_form(content=json.dumps(large(count)).encode())
        commands.publish_form(form=commands.try_form(form=form))
    with as_actor(actor(nurse)):
        return commands.start_answer(form=f"grand-{count}", patient_id=patient.pk)


@pytest.fixture
def answers(patient, nurse, as_actor):
    return [started(count, patient, nurse, as_actor) for count in (5, 200)]


def test_queries_do_not_grow_with_the_form(answers, nurse, signed_in):
    browser = signed_in(nurse)
    made = []
    for answer in answers:
        number = queries.definition_of(answer.form).by_link["q1"].number
        url = f"/formulaires/reponse/{answer.pk}/remplir/"
        for _ in range(2):
            with CaptureQueriesContext(connection) as shown:
                assert browser.get(url).status_code == 200
            answer.refresh_from_db()
            data = {"version": answer.version, f"f{number}": "true"}
            with CaptureQueriesContext(connection) as saved:
                response = browser.post(url, data, HTTP_HX_REQUEST="true")
        made.append((len(shown), len(saved)))
        assert response.status_code == 200
    assert made[0] == made[1]
    assert max(made[1]) <= 22


def test_a_change_brings_back_only_what_moved(answers, nurse, signed_in):
    answer, browser = answers[1], signed_in(nurse)
    number = queries.definition_of(answer.form).by_link["q1"].number
    data = {"version": 1, f"f{number}": "true"}
    url = f"/formulaires/reponse/{answer.pk}/remplir/"
    found = browser.post(url, data, HTTP_HX_REQUEST="true").content.decode()
    assert "Question 2 ?" in found
    assert "Question 1 ?" not in found
    assert found.count("hx-swap-oob") == 2, "the problems, and the node that stands now"

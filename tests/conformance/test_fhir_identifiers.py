"""What other software writes under an identifier of its own is made once, found again, and given back with it."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from enrs.core.accounts.models import User
from enrs.core.fhir.models import Resource
from enrs.core.questionnaires.commands import sync_forms
from enrs.core.workflow import registry
from tests.core.fhir.factories import make_token
from tests.core.fhir.writing import posted, sender, transaction
from tests.services.record.factories import member, patient

pytestmark = pytest.mark.django_db

OURS = {"system": "https://logiciel.example/id", "value": "A-42"}
ONCE = "identifier=https://logiciel.example/id|A-42"


def resources(person: UUID) -> dict[str, dict[str, Any]]:
    reference = {"reference": f"Patient/{person}"}
    subject = {"subject": reference, "identifier": [OURS]}
    code = {"coding": [{"system": "urn:local:workflow", "code": "social_assessment.request"}]}
    return {
        "Appointment": {
            "status": "booked", "start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T09:30:00+01:00",
            "identifier": [OURS], "participant": [{"actor": reference, "status": "accepted"}],
        },
        "CarePlan": subject | {
            "status": "draft", "intent": "plan",
            "category": [{"coding": [{"system": "urn:local:plan-kind", "code": "ppcs"}]}],
        },
        "Communication": subject | {"status": "completed", "payload": [{"contentString": "Sortie jeudi"}]},
        "QuestionnaireResponse": {
            "status": "in-progress", "questionnaire": "urn:enrs:form:coordination-request", "subject": reference,
            "identifier": OURS,
        },
        "Task": {
            "status": "requested", "intent": "order", "code": code, "for": reference, "identifier": [OURS],
        },
    }  # fmt: skip


@pytest.fixture
def asks(client: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    sync_forms()
    # The form that goes with this request is not what is looked at here.
    monkeypatch.setitem(
        registry._registry.openings, "social_assessment.request", registry.Opening()
    )
    person = patient()
    by = member(person, "physician", "Dr Hélène Vasseur")
    return person, make_token(User.objects.get(pk=by.user_id), "user/*.cruds"), sender(client)


@pytest.mark.parametrize("kind", sorted(resources(UUID(int=0))))
def test_it_is_made_once_and_found_again(asks: Any, kind: str) -> None:
    person, token, send = asks
    given = {"resourceType": kind} | resources(person)[kind]
    if kind == "QuestionnaireResponse":
        given["status"] = "completed"
        given["item"] = FILLED
    made = [send("post", kind, token, given, **{"If-None-Exist": ONCE}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 200], made[0].content
    assert made[0].headers["Location"] == made[1].headers["Location"]
    tree = made[1].json()
    assert OURS in (tree["identifier"] if kind != "QuestionnaireResponse" else [tree["identifier"]])
    found = send("get", f"{kind}?{ONCE}", token).json()
    assert [one["resource"]["id"] for one in found["entry"]] == [tree["id"]]
    assert Resource.objects.filter(type=kind, is_current=True).count() == 1


def test_a_transaction_sent_again_makes_nothing_more(asks: Any) -> None:
    person, token, send = asks
    given = [
        posted({"resourceType": kind} | tree, ifNoneExist=ONCE)
        for kind, tree in resources(person).items()
        if kind != "QuestionnaireResponse"
    ]
    for status in ("201", "200"):
        answer = send("post", "", token, transaction(*given))
        assert answer.status_code == 200, answer.content
        assert {one["response"]["status"][:3] for one in answer.json()["entry"]} == {status}


FILLED = [
    {"linkId": "demande", "item": [
        {"linkId": "motifs", "answer": [{"valueCoding": {"code": "home"}}]},
        {"linkId": "attente", "answer": [{"valueString": "Un suivi."}]}]},
    {"linkId": "accord", "item": [
        {"linkId": "informee", "answer": [{"valueBoolean": True}]},
        {"linkId": "volonte", "answer": [{"valueCoding": {"code": "agrees"}}]}]},
    {"linkId": "situation", "item": [
        {"linkId": "vit", "answer": [{"valueCoding": {"code": "alone"}}]},
        {"linkId": "contexte", "answer": [{"valueString": "Chutes répétées."}]}]},
]  # fmt: skip

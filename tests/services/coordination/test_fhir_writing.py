"""A request for support sent by other software: the same rules as its page."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from enrs.core.access.actor import Actor, acting
from enrs.core.accounts.models import User
from enrs.core.fhir.commands import insert_resources
from enrs.core.ids import uuid7
from enrs.core.questionnaires.commands import save_answer, start_answer, sync_forms
from enrs.core.workflow.models import Task
from enrs.referentials.directory.fhir import organisation_publication
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination.flows import CASE, REQUEST
from tests.core.fhir.factories import make_token
from tests.core.fhir.writing import sender
from tests.services.coordination.factories import desk
from tests.services.coordination.test_pages import REQUEST_VALUES
from tests.services.record.factories import actor_in, give, member

pytestmark = pytest.mark.django_db


def token_of(actor: Actor) -> str:
    return make_token(User.objects.get(pk=actor.user_id), "user/*.cruds")


def asking(person: UUID, place: Organisation, form: Any = None, **fields: Any) -> dict[str, Any]:
    code = {"coding": [{"system": "urn:local:workflow", "code": "urn:local:task-form"}]}
    given = [{"type": code, "valueReference": {"reference": f"QuestionnaireResponse/{form}"}}]
    return {
        "resourceType": "Task", "status": "requested", "intent": "order", "priority": "urgent",
        "code": {"coding": [{"system": "urn:local:workflow", "code": REQUEST}]},
        "for": {"reference": f"Patient/{person}"},
        "restriction": {"recipient": [{"reference": f"Organization/{place.id}"}]},
        **({"input": given} if form else {}), **fields,
    }  # fmt: skip


@pytest.fixture
def place(db: None) -> Organisation:
    found = desk()
    insert_resources([organisation_publication(found)])
    return found


def filled(person: UUID, doctor: Actor, *, is_final: bool = True) -> UUID:
    sync_forms()
    with acting(doctor):
        answer = start_answer(form="coordination-request", patient_id=person)
        save_answer(answer=answer, values=REQUEST_VALUES, expected_version=1, is_final=is_final)
    return answer.id


def test_a_filled_request_goes_to_one_desk_once(
    awa: UUID, place: Organisation, client: Client
) -> None:
    doctor = member(awa, "physician", "Dr Hélène Vasseur")
    token, send, form = token_of(doctor), sender(client), filled(awa, doctor)
    response = send("post", "Task", token, asking(awa, place, form))
    assert response.status_code == 201, response.content
    task = Task.objects.get()
    assert (task.state, task.priority, task.answer_id, task.details) == (
        "received", "urgent", form, {"origin": "form"},
    )  # fmt: skip
    again = send("post", "Task", token, asking(awa, place, form))
    assert (again.status_code, "déjà partie" in again.content.decode()) == (422, True)


def test_what_the_page_would_not_send_is_refused(
    awa: UUID, place: Organisation, client: Client
) -> None:
    doctor = member(awa, "physician", "Dr Hélène Vasseur")
    token, send, form = token_of(doctor), sender(client), filled(awa, doctor, is_final=False)
    other = Organisation.objects.create(
        id=uuid7(), name="Pharmacie", category_code="620", finess_eg="770000001"
    )
    insert_resources([organisation_publication(other)])
    code = {"coding": [{"system": "urn:local:workflow", "code": CASE}]}
    for given, path in (
        (asking(awa, place), "Task.input"),
        (asking(awa, place, form), "Task.input"),
        (asking(awa, other, filled(awa, doctor)), "Task.restriction.recipient"),
        (asking(awa, place, code=code), "Task.code"),
    ):
        response = send("post", "Task", token, given)
        assert response.status_code in (403, 422), response.content
        if response.status_code == 422:
            assert response.json()["issue"][0]["expression"] == [path]
    outside = token_of(actor_in("physician", "Dr Paul Imbert"))
    assert send("post", "Task", outside, asking(awa, place, form)).status_code == 404
    pharmacist = actor_in("pharmacist", "Dr Lise Aubry")
    give(awa, pharmacist)
    assert send("post", "Task", token_of(pharmacist), asking(awa, place, form)).status_code in (
        403,
        422,
    )
    assert not Task.objects.exists()

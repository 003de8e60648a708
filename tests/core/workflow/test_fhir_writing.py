"""Tasks written by other software: opened, moved by the table, assigned, answered; what is refused says why."""

from typing import Any

import pytest
from django.test import Client

from enrs.core.ids import uuid7
from enrs.core.workflow import registry
from enrs.core.workflow.models import Addressee, Task
from tests.core.fhir.factories import make_token, put
from tests.core.fhir.writing import Send, posted, sender, transaction
from tests.core.workflow.given import NAME, WORKFLOW, Place, doctor_of, place, request
from tests.factories import UserFactory, known_patient

pytestmark = pytest.mark.django_db

STATES = f"urn:local:workflow:{NAME}"
ALL = "user/*.cruds"


@pytest.fixture
def send(client: Client) -> Send:
    return sender(client)


@pytest.fixture(autouse=True)
def opened_outside() -> None:
    registry.register_opening(NAME)


@pytest.fixture
def dac() -> Place:
    """A place that the published directory knows."""
    found = place()
    put("Organization", None, "", id=found.id, name=found.name, active=True)
    return found


def asking(patient: Any, *places: Place, **fields: Any) -> dict[str, Any]:
    """A Task to open."""
    recipients = [{"reference": f"Organization/{one.id}"} for one in places]
    asked = {"restriction": {"recipient": recipients}} if places else {}
    return asked | {
        "resourceType": "Task", "status": "requested", "intent": "order",
        "code": {"coding": [{"system": "urn:local:workflow", "code": NAME}]},
        "description": "Retour à domicile", "for": {"reference": f"Patient/{patient.pk}"},
        **fields,
    }  # fmt: skip


def read(send: Send, token: str, key: Any, kind: str = "Task") -> tuple[dict[str, Any], str]:
    response = send("get", f"{kind}/{key}", token)
    assert response.status_code == 200, response.content
    return response.json(), response.headers["ETag"]


def put_back(send: Send, token: str, tree: dict[str, Any], tag: str) -> Any:
    path = f"{tree['resourceType']}/{tree['id']}"
    return send("put", path, token, tree, **{"If-Match": tag})


def business(state: str) -> dict[str, Any]:
    return {"coding": [{"system": STATES, "code": state}]}


def said(response: Any) -> tuple[int, str, str]:
    """Status, sentence and place of a refusal."""
    issue = response.json()["issue"][0]
    return response.status_code, issue["details"]["text"], issue.get("expression", [""])[0]


def test_a_task_is_opened_with_its_sendings_and_its_form_of_words(send: Send, dac: Place):
    patient = known_patient()
    doctor = doctor_of(patient)
    given = asking(
        patient, dac, priority="urgent", reasonCode={"text": "Vit seule."},
        note=[{"text": "Appeler la fille."}], identifier=[{"system": "urn:x", "value": "A1"}],
    )  # fmt: skip
    response = send("post", "Task", make_token(doctor, ALL), given)
    assert response.status_code == 201, response.content
    task = Task.objects.get()
    assert (task.workflow, task.state, task.priority, task.reason) == (
        NAME,
        "sent",
        "urgent",
        "Vit seule.",
    )
    assert (task.patient_id, task.requester_grantee_id) == (patient.pk, doctor.grantee_id)
    assert task.deadlines.count() == 1
    sending = Addressee.objects.get()
    assert (sending.grantee_id, sending.name, sending.answer) == (dac.id, dac.name, "sent")
    tree = response.json()
    assert tree["id"] == str(task.pk)
    assert [one["text"] for one in tree["note"]] == ["Appeler la fille."]
    assert tree["requester"]["reference"] == f"Practitioner/{doctor.grantee_id}"
    assert tree["identifier"] == [{"system": "urn:x", "value": "A1"}]


def test_it_is_opened_once_whoever_sends_it_again(send: Send, dac: Place):
    patient = known_patient()
    token = make_token(doctor_of(patient), ALL)
    given = asking(patient, dac, identifier=[{"system": "urn:x", "value": "A1"}])
    once = {"If-None-Exist": "identifier=urn:x|A1"}
    statuses = [send("post", "Task", token, given, **once).status_code for _ in range(2)]
    assert statuses == [201, 200]
    assert Task.objects.count() == 1


def test_an_order_and_its_task_are_one(send: Send, dac: Place):
    patient = known_patient()
    token = make_token(doctor_of(patient), ALL)
    order = {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": asking(patient)["code"],
        "subject": {"reference": f"Patient/{patient.pk}"},
    }  # fmt: skip
    full = f"urn:uuid:{uuid7()}"
    task = asking(patient, dac, focus={"reference": full}, note=[{"text": "Sortie mardi."}])
    response = send(
        "post",
        "",
        token,
        transaction(posted(task), posted(order, full)),
        Prefer="return=representation",
    )
    assert response.status_code == 200, response.content
    first, second = response.json()["entry"]
    assert [one["response"]["status"][:3] for one in (first, second)] == ["201", "201"]
    assert first["resource"]["id"] == second["resource"]["id"] == str(Task.objects.get().pk)
    assert Addressee.objects.get().grantee_id == dac.id
    assert first["resource"]["note"][0]["text"] == "Sortie mardi."
    assert second["resource"]["performer"][0]["reference"] == f"Organization/{dac.id}"


def test_what_is_read_is_accepted_back_unchanged(send: Send, dac: Place):
    asked = request(dac)
    worker = dac.person()
    token = make_token(worker, ALL)
    tree, tag = read(send, token, asked.task.pk)
    assert put_back(send, token, tree, tag).headers["ETag"] == tag
    response = put_back(send, token, tree | {"businessStatus": business("accepted")}, tag)
    assert response.status_code == 200, response.content
    tree, tag = read(send, token, asked.task.pk)
    assert (tree["status"], tree["owner"]["reference"]) == (
        "in-progress",
        f"Practitioner/{worker.grantee_id}",
    )
    assert put_back(send, token, tree, tag).headers["ETag"] == tag
    order, tag = read(send, token, asked.task.pk, "ServiceRequest")
    assert put_back(send, token, order, tag).headers["ETag"] == tag
    assert asked.fresh().version == 2


def test_it_moves_by_its_status_or_by_a_named_act(send: Send, dac: Place):
    asked = request(dac)
    token = make_token(dac.person(), ALL)
    tree, tag = read(send, token, asked.task.pk)
    answer = put_back(send, token, tree | {"status": "in-progress"}, tag)
    assert answer.status_code == 200, answer.content
    act = [{"url": "urn:local:task-act", "valueCode": "pause"}]
    answer = put_back(send, token, answer.json() | {"extension": act}, answer.headers["ETag"])
    assert answer.json()["businessStatus"]["coding"][0]["code"] == "paused"
    answer = put_back(
        send,
        token,
        answer.json() | {"businessStatus": business("accepted")},
        answer.headers["ETag"],
    )
    why = {"coding": [{"system": f"{STATES}:reason", "code": "done"}]}
    answer = put_back(
        send,
        token,
        answer.json() | {"status": "completed", "statusReason": why},
        answer.headers["ETag"],
    )
    assert answer.status_code == 200, answer.json()
    # The end of the task ended the right that the sending gave: what was done is said, no more.
    assert answer.json()["resourceType"] == "OperationOutcome"
    tree, _ = read(send, make_token(asked.doctor, ALL), asked.task.pk)
    assert (tree["status"], tree["statusReason"]["text"]) == ("completed", "Besoin couvert")
    assert asked.fresh().state == "closed"


@pytest.mark.parametrize(
    ("changes", "words", "path"),
    [
        ({"businessStatus": business("closed")}, "ne passe pas à « Close ». Vous pouvez : accept", "Task.status"),
        ({"businessStatus": business("x")}, "n’est pas un état", "Task.businessStatus"),
        ({"status": "completed"}, "De « Envoyée », cette demande ne passe pas", "Task.status"),
        ({"status": "rejected", "statusReason": {"text": "Sans objet"}}, "revient à une autre", "Task.businessStatus"),
        ({"extension": [{"url": "urn:local:task-act", "valueCode": "x"}]}, "n’est pas un acte", "Task.extension"),
        ({"extension": [{"url": "urn:local:task-act", "valueCode": "close"}]}, "choisissez un motif",
         "Task.statusReason"),
        ({"description": "Autre"}, "ne change pas", "Task.description"),
        ({"code": {"text": "Autre"}}, "ne change pas de sorte", "Task.code"),
        ({"requester": {"reference": f"Practitioner/{uuid7()}"}}, "Le demandeur", "Task.requester"),
        ({"owner": {"reference": f"Practitioner/{uuid7()}"}}, "de l’annuaire", "Task.owner"),
        ({"restriction": {"period": {"end": "2027"}}}, "Un jour ou un moment", "Task.restriction.period.end"),
        ({"restriction": {"recipient": [{"display": "La Brie"}]}}, "de l’annuaire", "Task.restriction.recipient"),
    ],
)  # fmt: skip
def test_a_forbidden_change_says_why_and_changes_nothing(
    send: Send, dac: Place, changes, words, path
):
    asked = request(dac)
    token = make_token(dac.person(), ALL)
    tree, tag = read(send, token, asked.task.pk)
    found = said(put_back(send, token, tree | changes, tag))
    assert (found[0], found[2]) == (422, path)
    assert words in found[1]
    assert asked.fresh().version == 1


def test_a_guard_is_told(send: Send, dac: Place):
    asked = request(dac, title="Une pièce manque")
    token = make_token(dac.person(), ALL)
    tree, tag = read(send, token, asked.task.pk)
    found = said(put_back(send, token, tree | {"businessStatus": business("accepted")}, tag))
    assert found == (422, "Cette demande attend une pièce.", "Task.businessStatus")


def test_a_stale_version_is_refused_and_one_without_is_asked_for(send: Send, dac: Place):
    asked = request(dac)
    token = make_token(dac.person(), ALL)
    tree, tag = read(send, token, asked.task.pk)
    assert (
        put_back(send, token, tree | {"businessStatus": business("accepted")}, tag).status_code
        == 200
    )
    assert (
        put_back(send, token, tree | {"businessStatus": business("accepted")}, tag).status_code
        == 412
    )
    assert send("put", f"Task/{asked.task.pk}", token, tree).status_code == 428


def test_words_priority_deadline_and_hands_follow(send: Send, dac: Place):
    asked = request(dac)
    worker, mate = dac.person(), dac.person(name="Paul IMBERT")
    token = make_token(worker, ALL)
    tree, tag = read(send, token, asked.task.pk)
    owner = {"reference": f"Practitioner/{mate.grantee_id}"}
    note = [{"text": "Vu avec la famille."}]
    changes = {
        "priority": "stat",
        "owner": owner,
        "note": note,
        "businessStatus": business("accepted"),
    }
    restriction = tree["restriction"] | {"period": {"end": "2026-11-29T09:00:00+01:00"}}
    response = put_back(send, token, tree | changes | {"restriction": restriction}, tag)
    assert response.status_code == 200, response.content
    task = asked.fresh()
    assert (task.priority, task.assignee_name, task.state) == ("stat", "Paul IMBERT", "accepted")
    tree = response.json()
    assert [one["text"] for one in tree["note"]] == ["Vu avec la famille."]
    assert tree["restriction"]["period"]["end"] == "2026-11-29T08:00:00Z"
    assert list(task.steps.order_by("version").values_list("act", flat=True)) == [
        "open", "comment", "priority", "due", "accept", "assign",
    ]  # fmt: skip


def test_each_addressee_answers_alone_and_more_may_be_asked(send: Send, dac: Place):
    other = place("DAC de Brie")
    put("Organization", None, "", id=other.id, name=other.name, active=True)
    asked = request(dac)
    token = make_token(asked.doctor, ALL)
    tree, tag = read(send, token, asked.task.pk)
    more = [*tree["restriction"]["recipient"], {"reference": f"Organization/{other.id}"}]
    response = put_back(send, token, tree | {"restriction": {"recipient": more}}, tag)
    assert response.status_code == 200, response.content
    theirs = make_token(dac.person(), ALL)
    tree, tag = read(send, theirs, asked.task.pk)
    answer = [
        {"url": "answer", "valueCode": "declined"},
        {"url": "reason", "valueString": "Hors secteur"},
    ]
    tree["restriction"]["recipient"][0]["extension"] = [
        {"url": "urn:local:task-answer", "extension": answer}
    ]
    response = put_back(send, theirs, tree, tag)
    assert response.status_code == 200, response.content
    assert list(Addressee.objects.order_by("id").values_list("answer", "reason")) == [
        ("declined", "Hors secteur"), ("sent", ""),
    ]  # fmt: skip
    # Whoever declined has lost the task; whoever asked takes the other sending back.
    assert send("get", f"Task/{asked.task.pk}", theirs).status_code == 404
    tree, tag = read(send, token, asked.task.pk)
    tree["restriction"]["recipient"] = tree["restriction"]["recipient"][:1]
    response = put_back(send, token, tree, tag)
    assert response.status_code == 200, response.content
    assert Addressee.objects.order_by("-id").first().answer == "withdrawn"


def test_nobody_answers_for_another(send: Send, dac: Place):
    asked = request(dac)
    token = make_token(asked.doctor, ALL)
    tree, tag = read(send, token, asked.task.pk)
    answer = [{"url": "answer", "valueCode": "agreed"}]
    tree["restriction"]["recipient"][0]["extension"] = [
        {"url": "urn:local:task-answer", "extension": answer}
    ]
    assert put_back(send, token, tree, tag).status_code == 403
    assert Addressee.objects.get().answer == "sent"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"code": {"coding": [{"system": "urn:local:workflow", "code": "x"}]}}, "Task.code"),
        ({"code": {"text": "Demande"}}, "Task.code"),
        ({"status": "completed"}, "Task.status"),
        ({"intent": "plan"}, "Task.intent"),
        ({"description": "x" * 201}, "Task.description"),
        ({"requester": {"reference": f"Practitioner/{uuid7()}"}}, "Task.requester"),
        ({"restriction": {"recipient": [{"reference": f"Organization/{uuid7()}"}]}}, "Task.restriction.recipient"),
        ({"restriction": {"period": {"end": "2020-01-01"}}}, "Task.restriction.period.end"),
        ({"focus": {"reference": f"ServiceRequest/{uuid7()}"}}, "Task.focus"),
        ({"input": [{"type": {"coding": [{"system": "urn:local:workflow", "code": "urn:local:task-form"}]},
                     "valueReference": {"reference": f"QuestionnaireResponse/{uuid7()}"}}]}, "Task.input"),
    ],
)  # fmt: skip
def test_a_task_that_cannot_be_opened(send: Send, changes, path):
    patient = known_patient()
    response = send("post", "Task", make_token(doctor_of(patient), ALL), asking(patient) | changes)
    assert (response.status_code, said(response)[2]) == (422, path)
    assert not Task.objects.exists()


def test_a_workflow_that_its_service_alone_opens(send: Send):
    registry.forget(NAME)
    registry.register(WORKFLOW)
    patient = known_patient()
    response = send("post", "Task", make_token(doctor_of(patient), ALL), asking(patient))
    assert "écrans de son service" in said(response)[1]
    assert not Task.objects.exists()


def test_who_may_not(send: Send, dac: Place):
    patient = known_patient()
    outside = make_token(UserFactory(role="physician"), ALL)
    assert send("post", "Task", outside, asking(patient)).status_code == 404
    assert (
        send(
            "post", "Task", make_token(doctor_of(patient), "user/Task.rs"), asking(patient)
        ).status_code
        == 403
    )
    pharmacist = make_token(doctor_of(patient, "pharmacist"), ALL)
    assert send("post", "Task", pharmacist, asking(patient)).status_code in (403, 422)
    assert not Task.objects.exists()
    asked = request(dac, patient=patient)
    tree, tag = read(send, make_token(asked.doctor, ALL), asked.task.pk)
    assert put_back(send, outside, tree, tag).status_code == 404


def test_the_state_of_an_order_is_its_task_s(send: Send, dac: Place):
    asked = request(dac)
    token = make_token(asked.doctor, ALL)
    tree, tag = read(send, token, asked.task.pk, "ServiceRequest")
    found = said(put_back(send, token, tree | {"status": "revoked"}, tag))
    assert (found[0], found[2]) == (422, "ServiceRequest.status")
    assert put_back(send, token, tree | {"priority": "stat"}, tag).json()["priority"] == "stat"
    assert asked.fresh().priority == "stat"


@pytest.mark.parametrize(
    "query",
    ["code=urn:local:workflow|essai.request", "business-status=sent", "intent=order", "status=requested",
     "identifier=urn:x|A1", "modified=ge2026-01-01", "_sort=-date"],
)  # fmt: skip
def test_it_is_found_again(send: Send, dac: Place, query):
    patient = known_patient()
    token = make_token(doctor_of(patient), ALL)
    given = asking(patient, dac, identifier=[{"system": "urn:x", "value": "A1"}])
    key = send("post", "Task", token, given).json()["id"]
    found = send("get", f"Task?patient={patient.pk}&{query}", token).json()
    assert [one["resource"]["id"] for one in found.get("entry", ())] == [key]


def test_it_is_advertised(send: Send):
    tree = send("get", "metadata", "").json()
    offered = {
        one["type"]: {act["code"] for act in one["interaction"]}
        for one in tree["rest"][0]["resource"]
    }
    assert {"create", "update"} <= offered["Task"] & offered["ServiceRequest"]

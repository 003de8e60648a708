"""Plans and goals written by other software: the rows, the answers, the state; what is refused says why."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from enrs.core.access.actor import acting
from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.plans import commands
from enrs.core.plans.models import Action, Agreement, Goal, Plan, Problem
from tests.core.fhir.factories import make_token
from tests.core.fhir.writing import Send, posted, sender, transaction
from tests.core.plans.factories import filled, plan, signed
from tests.services.record.factories import actor_in, member, patient

pytestmark = pytest.mark.django_db

CLOSING, AGREEMENT, PROBLEM = (
    "urn:local:plan-closing",
    "urn:local:plan-agreement",
    "urn:local:plan-problem",
)


@pytest.fixture
def send(client: Client) -> Send:
    return sender(client)


@pytest.fixture
def awa(db: None) -> UUID:
    return patient()


def token_of(actor: Any) -> str:
    return make_token(User.objects.get(pk=actor.user_id), "user/*.cruds")


@pytest.fixture
def nurse(awa: UUID) -> Any:
    return member(awa, "nurse")


@pytest.fixture
def token(nurse: Any) -> str:
    return token_of(nurse)


def care_plan(person: UUID, **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan", "status": "active", "intent": "plan", "title": "Retour à domicile",
        "category": [{"coding": [{"system": "urn:local:plan-kind", "code": "ppcs"}]}],
        "subject": {"reference": f"Patient/{person}"}, **fields,
    }  # fmt: skip


def wanted(person: UUID, text: str = "Marcher dehors", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": text},
        "subject": {"reference": f"Patient/{person}"}, **fields,
    }  # fmt: skip


def answered(**words: str) -> dict[str, Any]:
    kinds = {"name": "valueString", "remark": "valueString"}
    said = [{"url": name, kinds.get(name, "valueCode"): text} for name, text in words.items()]
    return {"url": AGREEMENT, "extension": said}


def read(send: Send, token: str, key: Any, kind: str = "CarePlan") -> tuple[dict[str, Any], str]:
    response = send("get", f"{kind}/{key}", token)
    assert response.status_code == 200, response.content
    return response.json(), response.headers["ETag"]


def put_back(send: Send, token: str, tree: dict[str, Any], tag: str) -> Any:
    return send("put", f"{tree['resourceType']}/{tree['id']}", token, tree, **{"If-Match": tag})


def said(response: Any) -> tuple[int, str, str]:
    issue = response.json()["issue"][0]
    return response.status_code, issue["details"]["text"], issue.get("expression", [""])[0]


def test_a_whole_plan_is_made_at_once(send: Send, awa: UUID, token: str):
    activity = {
        "detail": {"status": "scheduled", "goal": [{"reference": "#g"}], "performer": [{"display": "Paul Imbert"}],
                   "code": {"text": "Kinésithérapie", "coding": [{"system": "urn:local:plan-action", "code": "care"}]},
                   "scheduledPeriod": {"end": "2027-01-15"}},
    }  # fmt: skip
    given = care_plan(
        awa, contained=[wanted(awa) | {"id": "g"}], goal=[{"reference": "#g"}], activity=[activity],
        addresses=[{"display": "Chutes", "extension": [
            {"url": PROBLEM, "extension": [{"url": "priority", "valuePositiveInt": 2}]}]}],
        description="Vit seule.", contributor=[{"display": "Inès Morel"}],
        extension=[
            {"url": "urn:local:plan-wishes", "valueString": "Rester chez elle."},
            {"url": "urn:local:plan-revision", "valueDate": "2027-03-01"},
            answered(party="actor", name="Paul Imbert", answer="agreed", means="oral"),
        ],
    )  # fmt: skip
    response = send("post", "CarePlan", token, given)
    assert response.status_code == 201, response.content
    made = Plan.objects.get()
    assert (made.status, made.kind, made.wishes, made.synthesis, str(made.revise_on), made.referent_name) == (
        "active", "ppcs", "Rester chez elle.", "Vit seule.", "2027-03-01", "Inès Morel",
    )  # fmt: skip
    problem, goal, action = Problem.objects.get(), Goal.objects.get(), Action.objects.get()
    assert (problem.label, problem.priority, goal.text) == ("Chutes", 2, "Marcher dehors")
    assert (action.text, action.kind, action.goal_id, action.who_label) == (
        "Kinésithérapie", "care", goal.id, "Paul Imbert",
    )  # fmt: skip
    assert Agreement.objects.get().answer == "agreed"
    tree = response.json()
    assert tree["goal"] == [{"reference": f"Goal/{goal.id}"}]
    assert tree["activity"][0]["id"] == str(action.id)
    assert "contained" not in tree


def test_what_is_read_is_accepted_back_unchanged(send: Send, awa: UUID, nurse: Any, token: str):
    made = filled(awa, nurse, rows=3)
    tree, tag = read(send, token, made.id)
    assert len(tree["addresses"]) == len(tree["goal"]) == len(tree["activity"]) == 3
    response = put_back(send, token, tree, tag)
    assert (response.status_code, response.headers["ETag"]) == (200, tag), response.content
    for reference in tree["goal"]:
        goal, tag = read(send, token, reference["reference"].partition("/")[2], "Goal")
        assert put_back(send, token, goal, tag).headers["ETag"] == tag


def test_rows_are_amended_added_and_withdrawn(send: Send, awa: UUID, nurse: Any, token: str):
    made = filled(awa, nurse, rows=2)
    tree, tag = read(send, token, made.id)
    tree["addresses"][0]["display"] = "Chutes répétées"
    tree["addresses"].append({"display": "Isolement"})
    tree["activity"][0]["detail"]["status"] = "completed"
    tree["activity"][0]["progress"] = [{"text": "Marche 200 m."}]
    tree["activity"][1]["detail"] |= {
        "status": "entered-in-error",
        "statusReason": {"text": "Doublon"},
    }
    tree["extension"] = [
        *tree.get("extension", ()),
        answered(party="person", name="Awa", answer="reserved"),
    ]
    response = put_back(send, token, tree | {"title": "Rester à domicile"}, tag)
    assert response.status_code == 200, response.content
    assert sorted(Problem.objects.values_list("label", flat=True)) == [
        "Chutes 1",
        "Chutes répétées",
        "Isolement",
    ]
    done, gone = Action.objects.order_by("id")
    assert (done.status, done.evaluation, done.evaluated_on is not None) == (
        "done",
        "Marche 200 m.",
        True,
    )
    assert gone.withdrawn_reason == "Doublon"
    assert Agreement.objects.order_by("-id").first().answer == "reserved"
    made.refresh_from_db()
    assert made.title == "Rester à domicile"
    tree = response.json()
    assert len(tree["activity"]) == 1
    assert (
        put_back(send, token, tree, response.headers["ETag"]).headers["ETag"]
        == response.headers["ETag"]
    )


def test_a_plan_starts_and_ends(send: Send, awa: UUID, nurse: Any, token: str):
    made = plan(awa, nurse)
    tree, tag = read(send, token, made.id)
    response = put_back(send, token, tree | {"status": "active"}, tag)
    assert response.json()["period"]["start"]
    refused = put_back(
        send, token, response.json() | {"status": "revoked"}, response.headers["ETag"]
    )
    assert said(refused) == (422, "Donnez la raison.", "CarePlan.extension")
    why = [
        *response.json()["extension"],
        {"url": CLOSING, "valueString": "Entrée en établissement"},
    ]
    response = put_back(
        send,
        token,
        response.json() | {"status": "revoked", "extension": why},
        response.headers["ETag"],
    )
    made.refresh_from_db()
    assert (made.status, made.closed_reason) == ("revoked", "Entrée en établissement")
    refused = put_back(
        send, token, response.json() | {"status": "active"}, response.headers["ETag"]
    )
    assert (refused.status_code, said(refused)[2]) == (422, "CarePlan.status")


def test_a_goal_is_added_settled_and_withdrawn(send: Send, awa: UUID, nurse: Any, token: str):
    made = filled(awa, nurse)
    key = str(Problem.objects.get().id)
    given = wanted(
        awa, "Sortir seule", target=[{"measure": {"text": "Critère"}, "detailString": "200 m",
                                     "dueDate": "2027-05-02"}],
        expressedBy={"display": "Awa"}, addresses=[{"identifier": {"system": PROBLEM, "value": key}}],
    )  # fmt: skip
    response = send("post", "Goal", token, given)
    assert response.status_code == 201, response.content
    goal = Goal.objects.get(text="Sortir seule")
    assert (goal.plan_id, goal.criteria, str(goal.due_on), str(goal.problem_id)) == (
        made.id,
        "200 m",
        "2027-05-02",
        key,
    )
    done = {"lifecycleStatus": "completed"}
    refused = put_back(
        send,
        token,
        response.json() | done | {"achievementStatus": {"text": "x"}},
        response.headers["ETag"],
    )
    assert said(refused)[2] == "Goal.achievementStatus"
    system = "http://terminology.hl7.org/CodeSystem/goal-achievement"
    done["achievementStatus"] = {"coding": [{"system": system, "code": "not-achieved"}]}
    refused = put_back(send, token, response.json() | done, response.headers["ETag"])
    assert said(refused)[2] == "Goal.statusReason"
    response = put_back(
        send,
        token,
        response.json() | done | {"statusReason": "Hospitalisée"},
        response.headers["ETag"],
    )
    goal.refresh_from_db()
    assert (goal.status, goal.why, goal.settled_on is not None) == (
        "not_reached",
        "Hospitalisée",
        True,
    )
    gone = {"lifecycleStatus": "entered-in-error", "statusReason": "Doublon"}
    assert put_back(send, token, response.json() | gone, response.headers["ETag"]).status_code in (
        200,
        410,
    )
    goal.refresh_from_db()
    assert goal.withdrawn_reason == "Doublon"


def test_a_plan_and_a_goal_in_one_transaction(send: Send, awa: UUID, token: str):
    full = f"urn:uuid:{uuid7()}"
    link = [{"url": "urn:local:plan", "valueReference": {"reference": full}}]
    given = transaction(posted(wanted(awa, extension=link)), posted(care_plan(awa), full))
    response = send("post", "", token, given)
    assert response.status_code == 200, response.content
    assert Goal.objects.get().plan_id == Plan.objects.get().id


def test_it_is_made_once(send: Send, awa: UUID, token: str):
    given = care_plan(awa, identifier=[{"system": "urn:x", "value": "P1"}])
    once = {"If-None-Exist": "identifier=urn:x|P1"}
    assert [send("post", "CarePlan", token, given, **once).status_code for _ in range(2)] == [
        201,
        200,
    ]
    refused = send("post", "CarePlan", token, care_plan(awa))
    assert (refused.status_code, said(refused)[2]) == (422, "CarePlan.category")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"intent": "order"}, "CarePlan.intent"),
        ({"status": "completed"}, "CarePlan.status"),
        ({"status": "unknown"}, "CarePlan.status"),
        ({"category": [{"text": "PPCS"}]}, "CarePlan.category"),
        ({"title": "x" * 201}, "CarePlan.title"),
        ({"goal": [{"reference": f"Goal/{uuid7()}"}]}, "CarePlan.goal"),
        ({"activity": [{"reference": {"reference": f"Task/{uuid7()}"}}]}, "CarePlan.activity[0].detail"),
        ({"activity": [{"detail": {"status": "on-hold"}}]}, "CarePlan.activity[0].detail.status"),
        ({"activity": [{"detail": {"status": "scheduled", "performer": [{"reference": f"Practitioner/{uuid7()}"}]}}]},
         "CarePlan.activity[0].detail.performer"),
        ({"activity": [{"detail": {"status": "scheduled", "code": {"text": "x"}}}]},
         "CarePlan.activity.detail.performer"),
        ({"addresses": [{"reference": f"Condition/{uuid7()}"}]}, "CarePlan.addresses"),
        ({"extension": [answered(party="actor", name="X", answer="maybe")]}, "CarePlan.extension"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be(send: Send, awa: UUID, token: str, changes, path):
    response = send("post", "CarePlan", token, care_plan(awa) | changes)
    assert (response.status_code, said(response)[2]) == (422, path)
    assert not Plan.objects.exists()


def test_rows_of_another_plan_are_not_reached(send: Send, awa: UUID, nurse: Any, token: str):
    made = filled(awa, nurse)
    other = patient("200", birth_name="NIANG")
    theirs = filled(other, member(other, "nurse"))
    tree, tag = read(send, token, made.id)
    row = Action.objects.get(plan=theirs)
    tree["activity"][0]["id"] = str(row.id)
    tree["activity"][0]["detail"]["status"] = "cancelled"
    assert said(put_back(send, token, tree, tag))[2] == "CarePlan.activity[0]"
    tree, tag = read(send, token, made.id)
    tree["addresses"][0]["identifier"]["value"] = str(Problem.objects.get(plan=theirs).id)
    assert said(put_back(send, token, tree, tag))[2] == "CarePlan.addresses"
    row.refresh_from_db()
    assert row.status == "planned"


def test_who_may_not(send: Send, awa: UUID, nurse: Any, token: str):
    made = plan(awa, nurse)
    outside = token_of(actor_in("nurse", "Lise Aubry"))
    assert send("post", "CarePlan", outside, care_plan(awa)).status_code == 404
    tree, tag = read(send, token, made.id)
    assert put_back(send, outside, tree | {"title": "x"}, tag).status_code == 404
    secretary = token_of(member(awa, "secretary", "Anne Petit"))
    assert put_back(send, secretary, tree | {"title": "x"}, tag).status_code == 404
    assert put_back(send, token, tree | {"title": "x"}, 'W/"7"').status_code == 412
    made.refresh_from_db()
    assert made.title == "Retour à domicile"


@pytest.mark.parametrize(
    "query", ["category=ppcs", "intent=plan", "identifier=urn:x|P1", "status=active"]
)
def test_it_is_found_again(send: Send, awa: UUID, token: str, query):
    given = care_plan(awa, identifier=[{"system": "urn:x", "value": "P1"}])
    key = send("post", "CarePlan", token, given).json()["id"]
    found = send("get", f"CarePlan?patient={awa}&{query}", token).json()
    assert [one["resource"]["id"] for one in found.get("entry", ())] == [key]


def test_saying_that_the_own_action_of_the_person_is_done_keeps_the_signature(
    send: Send, awa: UUID, nurse: Any, token: str
):
    made = plan(awa, nurse)
    with acting(nurse):
        commands.add_action(
            plan=made, text="Marcher", who_kind="person", who_label="La personne ou un proche"
        )
    signed(made, nurse)
    tree, tag = read(send, token, made.id)
    performer = tree["activity"][0]["detail"]["performer"]
    assert performer[0]["reference"] == f"Patient/{awa}"
    tree["activity"][0]["detail"]["status"] = "completed"
    response = put_back(send, token, tree, tag)
    assert response.status_code == 200, response.content
    assert Plan.objects.get().is_signed
    tree, tag = read(send, token, made.id)
    tree["activity"][0]["detail"] |= {
        "status": "scheduled",
        "performer": [{"display": performer[0]["display"]}],
    }
    assert put_back(send, token, tree, tag).status_code == 200
    action = Action.objects.get()
    assert (action.who_kind, action.status) == ("person", "planned")
    assert Plan.objects.get().is_signed
    tree, tag = read(send, token, made.id)
    tree["activity"][0]["detail"] |= {
        "status": "completed",
        "performer": [{"reference": f"Patient/{uuid7()}"}],
    }
    assert put_back(send, token, tree, tag).status_code in {400, 422}


def test_a_plan_in_preparation_comes_with_the_agreement_of_its_only_actor(
    send: Send, awa: UUID, token: str
):
    activity = {
        "detail": {
            "status": "scheduled", "performer": [{"display": "Paul Imbert"}], "code": {"text": "Kinésithérapie"},
        }
    }  # fmt: skip
    given = care_plan(
        awa, activity=[activity],
        extension=[answered(party="actor", name="Paul Imbert", answer="agreed", means="oral")],
    ) | {"status": "draft"}  # fmt: skip
    response = send("post", "CarePlan", token, given)
    assert response.status_code == 201, response.content
    assert Plan.objects.get().status == "draft"

"""Tasks: the circle, the parts one plays, what the table of the workflow says; views kept of a board."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.workflow import commands
from enrs.core.workflow.rules import To
from tests.core.workflow.given import NAME, Place, Request, move, request
from tests.hostile.table import case, feed, part
from tests.hostile.world import World

TASKS = "core.workflow"


def sent(w: World) -> Request:
    """A request that the right actor, of the circle, sent to another place."""
    return request(Place(w.elsewhere.id, w.elsewhere.name), patient=w.patient, doctor=w.right)


def held(w: World) -> Any:
    """A request about the patient, in the right actor's hands."""
    asked = request(Place(w.place.id, w.place.name), patient=w.patient)
    with w.as_right():
        return move(asked.task, "accept")


def mine(w: World) -> Any:
    """A sending to the right actor's own place."""
    return request(Place(w.place.id, w.place.name), patient=w.patient).sendings[0]


def seen(task: Any) -> dict[str, Any]:
    return {"task": task, "expected_version": task.version}


def someone(w: World) -> To:
    user = w.inside("nurse")
    return To(user.grantee_id, user.name, "person")


@case(f"{TASKS}.open_task", "nurse", category="request")
def open_task(w: World) -> dict[str, Any]:
    return {
        "workflow": NAME,
        "patient_id": w.patient.pk,
        "title": "Retour à domicile",
        "addressees": [w.to],
    }


@case(f"{TASKS}.move_task", "coordinator", category="request", placed=True)
def move_task(w: World) -> dict[str, Any]:
    return seen(held(w)) | {"transition": "close", "reason_code": "done"}


@case(f"{TASKS}.name_task", "coordinator", category="request")
def name_task(w: World) -> dict[str, Any]:
    return {"task": held(w), "identifiers": [{"system": "urn:essai:logiciel", "value": "D-17"}]}


@case(f"{TASKS}.choose_columns", "coordinator")
def choose_columns(w: World) -> dict[str, Any]:
    return {"board": "essai", "hidden": ["due"]}


@case(f"{TASKS}.assign_task", "coordinator", category="request", more=("other_place",))
def assign_task(w: World) -> dict[str, Any]:
    return seen(held(w)) | {"to": someone(w)}


@case(f"{TASKS}.delegate_task", "coordinator", category="request", own=True, placed=True)
def delegate_task(w: World) -> dict[str, Any]:
    return seen(held(w)) | {"to": someone(w), "reason": "Je suis en congé"}


@case(f"{TASKS}.set_priority", "coordinator", category="request", more=("other_place",))
def set_priority(w: World) -> dict[str, Any]:
    return seen(held(w)) | {"priority": "urgent"}


@case(f"{TASKS}.set_due", "coordinator", category="request", more=("other_place",))
def set_due(w: World) -> dict[str, Any]:
    return seen(held(w)) | {"due_at": timezone.now() + timedelta(days=3)}


@case(f"{TASKS}.set_details", "coordinator", category="request")
def set_details(w: World) -> dict[str, Any]:
    return seen(held(w)) | {"details": {"origin": "form"}}


@case(f"{TASKS}.set_answer", "coordinator", category="request")
def set_answer(w: World) -> dict[str, Any]:
    return {"task": held(w), "answer_id": uuid7()}


@case(f"{TASKS}.comment_task", "coordinator", category="request")
def comment_task(w: World) -> dict[str, Any]:
    return {"task": held(w), "note": "Appelée ce matin."}


@case(f"{TASKS}.add_addressees", "nurse", category="request", more=("other_place",))
def add_addressees(w: World) -> dict[str, Any]:
    return seen(sent(w).task) | {"addressees": [w.to]}


@case(f"{TASKS}.answer_sending", "coordinator", category="request", placed=True, but={
    "opposed": "asked through their place, which the person does not oppose: tried as right_opposed",
})  # fmt: skip
def answer_sending(w: World) -> dict[str, Any]:
    return {"addressee": mine(w), "answer": "agreed"}


@case(f"{TASKS}.withdraw_sending", "nurse", category="request", more=("other_place",))
def withdraw_sending(w: World) -> dict[str, Any]:
    return {"addressee": sent(w).sendings[0]}


@case(f"{TASKS}.mark_seen", "coordinator", placed=True, in_circle=True, quiet={
    "anonymous": "nobody's sending is theirs", "other_place": "not theirs: nothing is marked",
})  # fmt: skip
def mark_seen(w: World) -> dict[str, Any]:
    sending = mine(w)
    return {"task": sending.task, "addressees": [sending]}


@case(f"{TASKS}.undo_step", "coordinator", category="request", own=True, placed=True)
def undo_step(w: World) -> dict[str, Any]:
    return seen(held(w))


@case(f"{TASKS}.save_filter", "coordinator")
def save_filter(w: World) -> dict[str, Any]:
    return {"board": "essai", "name": "Les miennes", "query": "etat=sent"}


@case(f"{TASKS}.forget_filter", "coordinator", own=True, quiet={
    "anonymous": "nobody keeps a view", "colleague": "a view of another is not found",
})  # fmt: skip
def forget_filter(w: World) -> dict[str, Any]:
    with w.as_right():
        return {"filter_id": commands.save_filter(board="essai", name="Les miennes", query="").pk}


feed("a periodic job", f"{TASKS}.remind_due")
part(
    "locks, checks and traces of the commands on a task",
    f"{TASKS}.commands.shared", f"{TASKS}.commands.deadlines", f"{TASKS}.put_in_hands",
    f"{TASKS}.check_denials", f"{TASKS}.give_right", f"{TASKS}.check_move", f"{TASKS}.checked_words",
    f"{TASKS}.take", f"{TASKS}.take_by_platform", f"{TASKS}.snapshot",
)  # fmt: skip

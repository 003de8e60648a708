"""A return home: its place prepares it, an agency answers what it was asked, the circle tells what happens."""

from datetime import time
from typing import Any

from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.moments import legal_day
from enrs.core.questionnaires.models import Answer
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.services.home_support import commands, needs
from enrs.services.home_support.models import Ask, HomeReturn, Visit
from enrs.services.home_support.rules.words import HOSPITAL_ROLES
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.services.home_support.factories import (
    MEAL,
    WASHING,
    accepted,
    asked,
    facts,
    fresh,
    leaving,
    opened,
    slots_of,
)

HS = "services.home_support"
OPENS: dict[str, Any] = {"category": "request", "roles": HOSPITAL_ROLES}
KEEPS: dict[str, Any] = OPENS | {"placed": True}
"""What the place that opened a return does of it."""
ANSWERS: dict[str, Any] = {
    "category": "request", "in_circle": False, "more": ("other_place",),
    "but": {"right_who_left": "an agency holds no right on the record: what it was asked is what it reads"},
}  # fmt: skip
"""What the agency that was asked does, outside of the circle."""


def one(w: World) -> HomeReturn:
    """A return that the right actor prepares, not said home yet."""
    known = HomeReturn.objects.filter(
        patient_id=w.patient.pk, ended_at=None, home_at=None, place_id=w.place.pk
    ).first()
    return known or opened(w.patient.pk, w.right, MEAL, WASHING)


def waiting(w: World) -> Ask:
    """What an agency has not answered."""
    known = Ask.objects.filter(home_return=one(w), task__state="sent").first()
    return known or asked(one(w), w.right, w.elsewhere)[0]


def helper(w: World) -> User:
    """Somebody of the agency that is elsewhere."""
    return w.user("coordinator", w.elsewhere)


def taken(w: World) -> Ask:
    """What an agency took, and nobody confirmed."""
    known = Ask.objects.filter(home_return=one(w), task__state="accepted").first()
    return known or accepted(waiting(w), helper(w))


def questioned(w: World) -> Ask:
    """What an agency asked something about."""
    found = waiting(w)
    task = fresh(found.task)
    with w.acting_as(helper(w)):
        commands.question_ask(task=task, text="Un ascenseur ?", expected_version=task.version)
    return found


def needed(w: World) -> Answer:
    """A finished form of the needs."""
    from enrs.core.questionnaires.commands import save_answer, start_answer  # noqa: PLC0415

    with w.as_right():
        answer = start_answer(form=needs.FORM, patient_id=w.patient.pk)
        return save_answer(
            answer=answer, values={"besoins": ["shopping"], "seul": True},
            expected_version=answer.version, is_final=True,
        )  # fmt: skip


def received(w: World) -> Task:
    """What the right actor's agency was asked, by the hospital that is elsewhere."""
    social = w.inside("social_worker", w.elsewhere)
    known = HomeReturn.objects.filter(patient_id=w.patient.pk, ended_at=None).first()
    found = known or opened(w.patient.pk, social, MEAL, leaving_at=leaving(-1, 8))
    opener = User.objects.get(pk=found.task.requester_id)
    ask = Ask.objects.filter(home_return=found, agency_id=w.place.pk, task__state="sent").first()
    return fresh((ask or asked(found, opener, w.place)[0]).task)


def held(w: World) -> Task:
    """What the right actor's agency took."""
    task = received(w)
    accepted(Ask.objects.get(task=task), w.right, from_on=timezone.localdate())
    return fresh(task)


@case(f"{HS}.open_return", "social_worker", **OPENS)
def open_return(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "facts": facts(), "is_agreed": True}


@case(f"{HS}.change_return", "social_worker", **KEEPS)
def change_return(w: World) -> dict[str, Any]:
    found = one(w)
    return {
        "home_return": found,
        "facts": facts(leaving_at=leaving(5)),
        "expected_version": found.version,
    }


@case(f"{HS}.arrive_home", "social_worker", **KEEPS)
def arrive_home(w: World) -> dict[str, Any]:
    found = one(w)
    HomeReturn.objects.filter(pk=found.pk).update(leaving_at=leaving(0, 0))
    return {"home_return": found, "expected_version": found.version}


@case(f"{HS}.close_return", "social_worker", **KEEPS)
def close_return(w: World) -> dict[str, Any]:
    found = one(w)
    return {
        "home_return": found,
        "code": "settled",
        "note": "En place",
        "expected_version": found.version,
    }


@case(f"{HS}.hand_on", "social_worker", **KEEPS)
def hand_on(w: World) -> dict[str, Any]:
    return {
        "home_return": one(w),
        "to": To(w.elsewhere.id, w.elsewhere.name),
        "need": "Aide au long cours",
    }


@case(f"{HS}.add_visit", "social_worker", **KEEPS)
def add_visit(w: World) -> dict[str, Any]:
    return {"home_return": one(w), "line": commands.Line("bedtime", time(20, 30), 30, (0, 1))}


@case(f"{HS}.begin_needs", "social_worker", **KEEPS)
def begin_needs(w: World) -> dict[str, Any]:
    return {"home_return": one(w)}


@case(f"{HS}.take_needs", "social_worker", **KEEPS)
def take_needs(w: World) -> dict[str, Any]:
    return {"home_return": one(w), "answer_id": needed(w).id}


@case(f"{HS}.remove_visit", "social_worker", **KEEPS)
def remove_visit(w: World) -> dict[str, Any]:
    found = one(w)
    visit = Visit.objects.filter(home_return=found, removed_at=None).first()
    assert visit is not None
    return {"home_return": found, "visit_id": visit.id}


@case(f"{HS}.cover_until", "social_worker", **KEEPS)
def cover_until(w: World) -> dict[str, Any]:
    ask = waiting(w)
    accepted(ask, helper(w), from_on=legal_day(leaving(5)))
    visit = Visit.objects.filter(home_return=one(w), removed_at=None).first()
    assert visit is not None
    return {"home_return": one(w), "visit_id": visit.id}


@case(f"{HS}.ask_agencies", "social_worker", **KEEPS)
def ask_agencies(w: World) -> dict[str, Any]:
    found = one(w)
    visits = Visit.objects.filter(home_return=found, removed_at=None)
    return {
        "home_return": found, "agencies": [w.elsewhere], "message": "Troisième étage",
        "visit_ids": list(visits.values_list("id", flat=True)),
    }  # fmt: skip


@case(f"{HS}.retain", "social_worker", **KEEPS)
def retain(w: World) -> dict[str, Any]:
    return {"home_return": one(w), "ask_id": taken(w).id}


@case(f"{HS}.release", "social_worker", **KEEPS)
def release(w: World) -> dict[str, Any]:
    return {"home_return": one(w), "ask_id": taken(w).id}


@case(f"{HS}.withdraw_ask", "social_worker", **KEEPS)
def withdraw_ask(w: World) -> dict[str, Any]:
    return {"home_return": one(w), "ask_id": waiting(w).id}


@case(f"{HS}.reply_ask", "social_worker", **KEEPS)
def reply_ask(w: World) -> dict[str, Any]:
    return {"home_return": one(w), "ask_id": questioned(w).id, "text": "Oui, au premier."}


@case(f"{HS}.accept_ask", "coordinator", **ANSWERS)
def accept_ask(w: World) -> dict[str, Any]:
    task = received(w)
    return {
        "task": task, "slot_ids": slots_of(Ask.objects.get(task=task)), "from_on": timezone.localdate(),
        "note": "Le matin", "expected_version": task.version,
    }  # fmt: skip


@case(f"{HS}.question_ask", "coordinator", **ANSWERS)
def question_ask(w: World) -> dict[str, Any]:
    task = received(w)
    return {"task": task, "text": "Un ascenseur ?", "expected_version": task.version}


@case(f"{HS}.refuse_ask", "coordinator", **ANSWERS)
def refuse_ask(w: World) -> dict[str, Any]:
    task = received(w)
    return {"task": task, "code": "full", "note": "En avril", "expected_version": task.version}


@case(f"{HS}.give_back", "coordinator", **ANSWERS)
def give_back(w: World) -> dict[str, Any]:
    task = held(w)
    return {"task": task, "code": "staff", "note": "Grève", "expected_version": task.version}


@case(f"{HS}.report_start", "coordinator", **ANSWERS)
def report_start(w: World) -> dict[str, Any]:
    task = held(w)
    visit = Visit.objects.get(asked__ask__task=task)
    return {"task": task, "visit_id": visit.id, "day": timezone.localdate(), "note": "À 8 h"}


@case(f"{HS}.report_missed", "nurse", category="request")
def report_missed(w: World) -> dict[str, Any]:
    social = w.inside("social_worker", w.elsewhere)
    found = opened(w.patient.pk, social, MEAL, leaving_at=leaving(-1, 8))
    agency = w.user("coordinator")
    accepted(asked(found, social, w.place)[0], agency, from_on=timezone.localdate())
    return {
        "home_return": found,
        "visit_id": Visit.objects.get(home_return=found).id,
        "day": timezone.localdate(),
        "note": "Attendu",
    }


@case(f"{HS}.not_home", "social_worker", **KEEPS)
def not_home(w: World) -> dict[str, Any]:
    found = one(w)
    HomeReturn.objects.filter(pk=found.pk).update(leaving_at=leaving(0, 0))
    with w.as_right():
        home = commands.arrive_home(home_return=found, expected_version=found.version)
    return {"home_return": fresh(home), "expected_version": fresh(home).version}


@case(f"{HS}.adjust_ask", "coordinator", **ANSWERS)
def adjust_ask(w: World) -> dict[str, Any]:
    task = held(w)
    return {
        "task": task, "from_on": legal_day(leaving(1)), "note": "Un jour plus tard",
        "expected_version": task.version,
    }  # fmt: skip


feed("what follows a person's opposition, which decided before", f"{HS}.follow_denials")
feed("a periodic job of the platform, without a caller", f"{HS}.warn_of_gaps")
part("what the commands are made of, which have decided before", f"{HS}.commands.shared")
part(
    "the end of what was asked, once its visits went; the command decided before",
    f"{HS}.end_if_empty",
)
part("what was asked and is not over: a reading of those who decided before", f"{HS}.standing_asks")
part("the decision of who answers for an agency, that every answer asks", f"{HS}.demand_agency")

"""The builders of plans, agendas, rosters, sendings and journal lines write what the commands would have written."""

from datetime import datetime, time, timedelta

import pytest

from enrs.core.access.models import Grant
from enrs.core.accounts.models import User
from enrs.core.agenda import commands as agenda
from enrs.core.agenda.demo import LEAD, Diary, open_agenda
from enrs.core.agenda.models import Agenda, Slot
from enrs.core.agenda.rules import Person
from enrs.core.demo import Rows
from enrs.core.plans import commands as plans
from enrs.core.plans.demo import STEP, PlanTeller, Reply
from enrs.core.plans.models import Action, Goal, Problem
from enrs.core.subjects.models import Patient
from tests.config.demo.twice import (
    IN_FORCE,
    NOW,
    REMINDED,
    ago,
    assert_same,
    by,
    in_bulk,
    somebody,
    someone,
    whom,
)
from tests.factories import known_patient, person_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(db: None) -> Patient:
    return known_patient()


@pytest.fixture
def nurse(patient: Patient) -> User:
    return somebody("nurse", patient)


@pytest.fixture
def person(patient: Patient) -> User:
    user = person_of(patient)
    patient_rights(user)
    return user


def patient_rights(user: User) -> None:
    """The person holds the rights on their record since before the story."""
    Grant.objects.filter(grantee_id=user.grantee_id).update(valid_from=ago(9000))


# --- plans ----------------------------------------------------------------------------------------

TEXTS = {"title": "Plan de coordination", "wishes": "Rester chez elle.", "situation": "Vit seule."}
REACHED = {"text": "Marcher dehors", "status": "reached", "stated_by": "La personne"}
DONE = {
    "text": "Kinésithérapie",
    "who_label": "Paul IMBERT",
    "status": "done",
    "evaluation": "Faite.",
}
MISSED = {"text": "Sortir seule", "status": "not_reached", "why": "Chute en janvier."}


def test_a_plan_by_bulk_is_that_of_the_commands(patient, nurse, person):
    """Written act after act, started, answered, completed a week later."""
    acts = (
        lambda plan: plans.add_problem(plan=plan, label="Chutes", priority=1),
        lambda plan: plans.add_goal(plan=plan, problem_id=plan.problems.get().pk, **REACHED),
        lambda plan: plans.add_action(plan=plan, goal_id=plan.goals.get().pk, **DONE),
        lambda plan: plans.add_goal(plan=plan, **MISSED),
        lambda plan: plans.add_action(plan=plan, text="Revoir", who_label="Le médecin"),
        lambda plan: plans.move_plan(plan=plan, status="active"),
        lambda plan: plans.record_agreement(
            plan=plan, party="actor", label="Dr M.", answer="agreed"
        ),
    )

    def by_hand() -> None:
        moment = ago(300)
        with by(nurse, moment):
            plan = plans.create_plan(patient_id=patient.pk, kind="ppcs", **TEXTS)
        for act in acts:
            moment += STEP
            with by(nurse, moment):
                act(plan)
        with by(person, moment + STEP):
            plans.record_agreement(plan=plan, party="", label="", answer="agreed", remark="Merci.")
        with by(nurse, ago(120)):
            plans.move_plan(plan=plan, status="completed", reason="Objectifs atteints.")

    def build(rows: Rows) -> None:
        teller = PlanTeller(
            rows, patient=whom(patient), kind="ppcs", by=someone(nurse), at=ago(300), **TEXTS
        )
        problem = teller.add(Problem, label="Chutes", priority=1)
        goal = teller.add(Goal, problem=problem, **REACHED)
        teller.add(Action, goal=goal, **DONE)
        teller.add(Goal, **MISSED)
        teller.add(Action, text="Revoir", who_label="Le médecin")
        teller.move("active")
        teller.agree("actor", "Dr M.", "agreed")
        teller.agree(
            "person", person.name, "agreed", means="online", who=someone(person), remark="Merci."
        )
        teller.move("completed", ago(120), "Objectifs atteints.")

    told = assert_same(by_hand, in_bulk(build), "plans")
    assert len(told["plan_step"]) == 10


def test_a_plan_sent_and_answered_by_bulk_is_that_of_the_commands(patient, nurse):
    doctor = somebody("physician", patient)
    who = {"who_kind": "member", "who_id": doctor.grantee_id, "who_label": doctor.name}

    def by_hand() -> None:
        with by(nurse, ago(300)):
            plan = plans.create_plan(patient_id=patient.pk, kind="ppcs", **TEXTS)
        with by(nurse, ago(300) + STEP):
            goal = plans.add_goal(plan=plan, text="Marcher dehors")
        with by(nurse, ago(300) + 2 * STEP):
            plans.add_action(plan=plan, text="Revoir l’ordonnance", goal_id=goal.id, **who)
        with by(nurse, ago(200)):
            plans.send_plan(plan=plan)
        with by(doctor, ago(180)):
            plans.record_agreement(
                plan=plan,
                party="actor",
                label="",
                answer="reserved",
                means="online",
                remark="Le mardi.",
            )

    def build(rows: Rows) -> None:
        teller = PlanTeller(
            rows, patient=whom(patient), kind="ppcs", by=someone(nurse), at=ago(300), **TEXTS
        )
        goal = teller.add(Goal, text="Marcher dehors")
        teller.add(Action, text="Revoir l’ordonnance", goal=goal, **who)
        reply = Reply(someone(doctor), "reserved", "Le mardi.", 20)
        teller.send({doctor.grantee_id: reply}, NOW, ago(200))
        teller.validate(ago(180))

    told = assert_same(by_hand, in_bulk(build), "plans", "workflow", but=REMINDED, only=IN_FORCE)
    assert told["plan"][0]["validated_edition"] == told["plan"][0]["edition"]
    assert told["task"][0]["state"] == "agreed"


# --- agendas --------------------------------------------------------------------------------------

HALF_HOUR = timedelta(minutes=30)
VISIT = {"kind": "home_visit", "title": "Pansement", "place": "À domicile"}
BECAME = {
    "fulfilled": (ago(50), ago(49.5)),
    "noshow": (ago(30), ago(29.5)),
    "arrived": (ago(0.25), ago(0.25)),
    "cancelled": (ago(-20), NOW - LEAD / 2),
}
"""What became of a visit: its start, and when it was said."""
CALENDAR = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//essai//FR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
DTSTAMP:20260301T000000Z\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{end:%Y%m%dT%H%M%SZ}\r\n\
END:VEVENT\r\nEND:VCALENDAR\r\n"""


@pytest.fixture
def board(nurse: User) -> Agenda:
    """The agenda of the nurse."""
    with by(nurse, ago(900)):
        return agenda.ensure_agenda(owner_id=nurse.grantee_id, label=nurse.name)


def diary(rows: Rows, board: Agenda, user: User) -> Diary:
    return Diary(rows, board, someone(user), NOW)


def test_an_agenda_opened_by_bulk_is_that_of_the_command(nurse):
    def by_hand() -> None:
        with by(nurse, NOW):
            agenda.ensure_agenda(owner_id=nurse.grantee_id, label=nurse.name)

    assert_same(
        by_hand, in_bulk(lambda rows: open_agenda(rows, owner=someone(nurse), label=nurse.name)), "agenda"
    )  # fmt: skip


@pytest.mark.parametrize("status", BECAME)
def test_an_appointment_by_bulk_is_that_of_the_commands(patient, nurse, board, status):
    start, said_at = BECAME[status]
    reason = "Hospitalisée" if status == "cancelled" else ""

    def by_hand() -> None:
        with by(nurse, min(start, NOW) - LEAD):
            row = agenda.book(
                start=start, end=start + HALF_HOUR, agenda=board, patient_id=patient.pk, **VISIT
            )
        with by(nurse, said_at):
            if status == "cancelled":
                agenda.cancel(appointment=row, reason=reason)
            else:
                agenda.move_status(appointment=row, status=status, expected_version=1)

    def build(rows: Rows) -> None:
        told = "" if status in ("arrived", "fulfilled") else status
        diary(rows, board, nurse).book(
            start, 30, patient=whom(patient), status=told, reason=reason, **VISIT
        )

    assert_same(by_hand, in_bulk(build), "agenda")


def test_a_meeting_by_bulk_is_that_of_the_commands(patient, nurse, board):
    """With somebody who accepted and somebody who did not answer, about a person."""
    guests = [somebody("coordinator", patient) for _ in range(2)]
    start = ago(-30)

    def by_hand() -> None:
        with by(nurse, NOW - LEAD):
            row = agenda.book(
                start=start, end=start + HALF_HOUR, agenda=board, patient_id=patient.pk, kind="meeting",
                participants=[Person(one.grantee_id, one.name) for one in guests if one.grantee_id],
            )  # fmt: skip
        with by(guests[0], NOW):
            agenda.answer(appointment=row, answer="accepted")

    def build(rows: Rows) -> None:
        invited = [(someone(guests[0]), "accepted"), (someone(guests[1]), "needs-action")]
        diary(rows, board, nurse).book(
            start, 30, patient=whom(patient), kind="meeting", invited=invited
        )

    told = assert_same(by_hand, in_bulk(build), "agenda")
    assert len(told["appointment_participant"]) == 2


def test_a_series_by_bulk_is_that_of_the_command(patient, nurse, board):
    rule, start = "FREQ=WEEKLY;COUNT=1", datetime(2026, 3, 16, 7, tzinfo=NOW.tzinfo)

    def by_hand() -> None:
        with by(nurse, NOW - LEAD):
            agenda.book_series(
                rule=rule, starts_on=start.date(), starts_at=start.time(), minutes=30, agenda=board,
                patient_id=patient.pk, **VISIT,
            )  # fmt: skip

    def build(rows: Rows) -> None:
        book = diary(rows, board, nurse)
        series = book.repeat(rule, start, 30)
        # 7 h of the region's clock is 6 h UTC in winter.
        book.book(
            start.replace(hour=6),
            30,
            patient=whom(patient),
            series=series,
            **VISIT,
        )

    assert_same(by_hand, in_bulk(build), "agenda")


def test_slots_by_bulk_are_those_of_the_command(patient, nurse, board):
    """Three in a day; the second is booked."""
    day, first = (
        datetime(2026, 3, 16, tzinfo=NOW.tzinfo).date(),
        datetime(2026, 3, 16, 11, tzinfo=NOW.tzinfo),
    )
    second = first + timedelta(minutes=20)

    def by_hand() -> None:
        with by(nurse, NOW - LEAD):
            agenda.open_slots(
                agenda=board, first_on=day, last_on=day, weekdays={0}, opens_at=time(12), closes_at=time(13),
                minutes=20,
            )  # fmt: skip
            slot = Slot.objects.get(agenda=board, period__startswith=second)
            agenda.book(
                start=second, end=second + timedelta(minutes=20), agenda=board, patient_id=patient.pk,
                slot=slot,
            )  # fmt: skip

    def build(rows: Rows) -> None:
        book = diary(rows, board, nurse)
        slots = [book.open_slot(first + timedelta(minutes=20) * rank, 20) for rank in range(3)]
        book.book(second, 20, patient=whom(patient), slot=slots[1])

    told = assert_same(by_hand, in_bulk(build), "agenda")
    assert len(told["agenda_slot"]) == 3


def test_an_occupied_hour_by_bulk_is_that_of_the_command(nurse, board):
    start = ago(-48)
    uid = f"Personnel {start.isoformat()}"

    def by_hand() -> None:
        text = CALENDAR.format(uid=uid, start=start, end=start + timedelta(minutes=90))
        with by(nurse, NOW):
            agenda.import_busy(agenda=board, content=text.encode(), source="Personnel")

    assert_same(
        by_hand, in_bulk(lambda rows: diary(rows, board, nurse).busy(start, 90, "Personnel")), "agenda"
    )  # fmt: skip

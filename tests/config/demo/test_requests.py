"""The builders of forms and of requests for a social assessment write what the commands would have written."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from enrs.core.accounts.models import User
from enrs.core.demo import Rows, Someone, by_day
from enrs.core.questionnaires import commands as forms
from enrs.core.questionnaires.demo import TIME_TAKEN, answer_form
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.subjects.models import Patient
from enrs.core.workflow import commands
from enrs.core.workflow.demo import Move
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.services.social_assessment import demo as social
from enrs.services.social_assessment.offer import FORM, WORKFLOW
from tests.config.demo.twice import (
    IN_FORCE,
    NOW,
    REMINDED,
    ago,
    assert_same,
    at,
    by,
    in_bulk,
    somebody,
    someone,
    whom,
)
from tests.factories import known_patient

pytestmark = pytest.mark.django_db

SITUATION = {"motif": ["home"], "situation": "Vit seule, ne sort plus.", "accord": True}
HOURS = {"sent": 100, "accepted": 60, "done": 400, "refused": 300, "cancelled": 200}
"""How many hours ago each was asked; the first waits for so long that it is late."""
REMINDERS = {"sent": 2, "accepted": 0, "done": 1, "refused": 0, "cancelled": 0}


@pytest.fixture
def patient(db: None) -> Patient:
    return known_patient()


@pytest.fixture
def nurse(patient: Patient) -> User:
    return somebody("nurse", patient)


@pytest.fixture
def worker(patient: Patient) -> User:
    return somebody("social_worker", patient)


@pytest.fixture
def form(db: None) -> Form:
    with by(None, ago(9000)):
        forms.sync_forms()
    return Form.objects.get(name=FORM, status="published")


def answered(patient: Patient, user: User, moment: datetime, values: dict[str, object]) -> Answer:
    """A form begun twenty minutes before it is finished, as a builder tells it."""
    with by(user, moment - TIME_TAKEN):
        begun = forms.start_answer(form=FORM, patient_id=patient.pk)
    with by(user, moment):
        return forms.save_answer(answer=begun, values=values, expected_version=1, is_final=True)


def test_a_finished_answer_by_bulk_is_that_of_the_commands(patient, nurse, form):
    def build(rows: Rows) -> None:
        answer_form(
            rows, form=form, values=SITUATION, by=someone(nurse), at=ago(8), patient=whom(patient)
        )

    assert_same(
        lambda: answered(patient, nurse, ago(8), SITUATION), in_bulk(build), "questionnaires"
    )


def test_an_answer_under_way_by_bulk_is_that_of_the_commands(patient, nurse, form):
    values = {"motif": ["housing"], "logement": "Humide."}

    def by_hand() -> None:
        with by(nurse, ago(8) - TIME_TAKEN):
            begun = forms.start_answer(form=FORM, patient_id=patient.pk)
        with by(nurse, ago(8)):
            forms.save_answer(answer=begun, values=values, expected_version=1)

    def build(rows: Rows) -> None:
        answer_form(
            rows, form=form, values=values, by=someone(nurse), at=ago(8), patient=whom(patient),
            is_final=False,
        )  # fmt: skip

    assert_same(by_hand, in_bulk(build), "questionnaires")


@pytest.mark.parametrize("fate", HOURS)
def test_an_assessment_by_bulk_is_that_of_the_commands(patient, nurse, worker, form, fate):
    ask = social.Ask(whom(patient), someone(nurse), HOURS[fate], fate)
    users = {one.id: one for one in (nurse, worker)}
    taker = someone(worker)
    desk = Someone(_placed(taker), taker.place_name, "")

    def by_hand() -> None:
        opened = by_day(ago(HOURS[fate]), NOW)
        text, motives = social.SITUATIONS[0]
        values = social._values(text, motives, opened, is_urgent=True)
        given = answered(patient, nurse, opened, values)
        with by(nurse, opened):
            task = commands.open_task(
                workflow=WORKFLOW, patient_id=patient.pk, title="Évaluation sociale", priority="urgent",
                answer_id=given.pk, addressees=[To(desk.grantee_id, desk.name)],
            )  # fmt: skip
        _live(task, opened, social._moves(ask, taker, opened, NOW), users)

    def build(rows: Rows) -> None:
        social.fill(rows, asks=[ask], desk=desk, social=taker, now=NOW)

    told = assert_same(
        by_hand, in_bulk(build), "questionnaires", "workflow", but=REMINDED, only=IN_FORCE
    )
    assert told["task"][0]["state"] == fate
    assert len(told["task_reminder"]) == REMINDERS[fate]


def _placed(who: Someone) -> UUID:
    assert who.place_id is not None
    return who.place_id


def _live(task: Task, opened: datetime, moves: list[Move], users: dict[UUID, User]) -> None:
    """Each move at its moment, and the periodic job at each hour."""
    hour = opened
    while hour <= NOW:
        with at(hour):
            commands.remind_due()
        hour += timedelta(hours=1)
        while moves and moves[0].at < min(hour, NOW):
            _take(task, moves.pop(0), users)
    assert not moves


def _take(task: Task, move: Move, users: dict[UUID, User]) -> None:
    task.refresh_from_db()
    assert move.by is not None
    assert move.by.user_id is not None
    with by(users[move.by.user_id], move.at):
        commands.move_task(
            task=task, transition=move.act, expected_version=task.version, reason=move.reason,
            reason_code=move.code, note=move.note,
        )  # fmt: skip

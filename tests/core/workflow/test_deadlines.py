"""Reminders, escalations and ends of limits: once each, to the right people."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.notifications.models import Notice
from enrs.core.rosters.models import Roster
from enrs.core.workflow import commands, queries
from enrs.core.workflow.escalation import to_on_call
from enrs.core.workflow.models import Deadline, Reminder, Task
from enrs.core.workflow.registry import register
from enrs.core.workflow.rules import Limit
from tests.core.rosters.factories import roster, shift
from tests.core.workflow.given import (
    NAME,
    WORKFLOW,
    Place,
    actor,
    as_user,
    browser_of,
    move,
    place,
    request,
)
from tests.factories import person_of

pytestmark = pytest.mark.django_db


def pass_time(task: Task, hours: float) -> None:
    """Everything of this task happened some hours earlier."""
    for row in Deadline.objects.filter(task=task):
        shift = timedelta(hours=hours)
        row.started_at, row.due_at = row.started_at - shift, row.due_at - shift
        row.next_at = row.next_at - shift if row.next_at else None
        row.save()


def done(task: Task) -> list[tuple[str, int]]:
    return [(one.kind, one.rank) for one in Reminder.objects.filter(task=task).order_by("rank")]


def told(kind: str) -> set[object]:
    return set(Notice.objects.filter(kind=f"task.{kind}.{NAME}").values_list("user_id", flat=True))


def test_nothing_before_its_time():
    asked = request(place())
    commands.remind_due()
    assert done(asked.task) == []


def test_a_reminder_then_escalations_once_each():
    dac = place()
    worker = dac.person()
    asked = request(dac)
    pass_time(asked.task, 25)
    for _ in range(3):
        commands.remind_due()
    assert done(asked.task) == [("reminder", 1)]
    assert told("due") == {worker.id}
    pass_time(asked.task, 24)
    commands.remind_due()
    commands.remind_due()
    assert done(asked.task) == [("reminder", 1), ("escalation", 2)]
    assert told("late") == {worker.id, asked.doctor.id}
    pass_time(asked.task, 24)
    commands.remind_due()
    assert done(asked.task)[-1] == ("escalation", 3)
    assert Deadline.objects.get(task=asked.task).next_at is None


def test_a_worker_that_was_away_tells_only_what_still_matters():
    dac = place()
    dac.person()
    asked = request(dac)
    pass_time(asked.task, 100)
    commands.remind_due()
    assert done(asked.task) == [("reminder", 1), ("escalation", 2), ("escalation", 3)]
    assert told("due") == set()


def test_a_move_in_time_ends_the_limit():
    dac = place()
    asked = request(dac)
    with as_user(dac.person()):
        move(asked.task, "accept")
    pass_time(asked.task, 100)
    commands.remind_due()
    assert done(asked.task) == []
    assert asked.fresh().due_at is None


def test_the_platform_takes_the_transition_at_the_end():
    dac = place()
    asked, worker = request(dac), dac.person()
    with as_user(worker):
        move(asked.task, "accept")
        move(asked.task, "pause")
    pass_time(asked.task, 73)
    commands.remind_due()
    task = asked.fresh()
    assert task.state == "accepted"
    last = task.steps.order_by("-version").first()
    assert (last.act, last.by_name) == ("resume", "Plateforme régionale")
    commands.remind_due()
    assert asked.fresh().version == task.version


def test_the_service_names_whom_each_escalation_tells():
    boss = place("Direction").person()
    limit = Limit(
        "answer", "Réponse", 1, escalate_after=(0,), escalate_to=lambda _task, _step: {boss.id}
    )
    register(replace(WORKFLOW, limit=limit))
    asked = request(place())
    pass_time(asked.task, 2)
    commands.remind_due()
    assert told("late") == {boss.id}


def test_a_wished_moment_is_reminded_too():
    dac = place()
    register(replace(WORKFLOW, limit=None))
    worker = dac.person()
    asked = request(dac, due_at=timezone.now() + timedelta(hours=30))
    pass_time(asked.task, 7)
    commands.remind_due()
    assert told("due") == {worker.id}


def test_the_job_takes_as_many_statements_a_task_whatever_waits(django_assert_max_num_queries):
    for _ in range(3):
        pass_time(request(place()).task, 25)
    with django_assert_max_num_queries(80):
        commands.remind_due()
    assert Reminder.objects.count() == 3


def test_the_page_says_what_was_reminded(as_actor):
    asked = request(place())
    pass_time(asked.task, 50)
    commands.remind_due()
    with as_actor(actor(asked.doctor)):
        assert {one.kind for one in queries.reminders(asked.task)} == {"reminder", "escalation"}


def test_the_worker_s_role_may_do_it_all():
    asked = request(place())
    pass_time(asked.task, 50)
    with connection.cursor() as cursor:
        cursor.execute("set local role enrs_feed")
        commands.remind_due()
        cursor.execute("set local role none")
    assert done(asked.task) == [("reminder", 1), ("escalation", 2)]


# --- the order of the rosters ------------------------------------------------------------------------


def on_call(where: Place, rank: int, user: User, hours: float = 12) -> None:
    one = Roster.objects.filter(organisation_id=where.id).first() or roster(where.id)
    shift(
        one,
        timezone.now() - timedelta(hours=1),
        hours,
        rank=rank,
        grantee_id=user.grantee_id,
        display=user.name,
    )


def escalated(limit: Limit) -> None:
    register(replace(WORKFLOW, limit=limit))


ORDER = Limit("answer", "Réponse attendue", 48, escalate_after=(0, 1, 2), escalate_to=to_on_call)


def test_escalations_follow_the_order_of_the_roster():
    escalated(ORDER)
    dac = place()
    first, second, third, nobody = (dac.person() for _ in range(4))
    for rank, user in enumerate((first, second, third), 1):
        on_call(dac, rank, user)
    asked = request(dac)
    for hours, called in ((48.5, {first}), (1, {first, second}), (1, {first, second, third})):
        pass_time(asked.task, hours)
        commands.remind_due()
        assert told("late") == {one.id for one in called}
    assert nobody.id not in told("late")


def test_an_absent_first_rank_is_passed_over_at_the_first_escalation():
    escalated(ORDER)
    dac = place()
    second, third = dac.person(), dac.person()
    on_call(dac, 2, second)
    on_call(dac, 3, third)
    asked = request(dac)
    for hours, called in ((48.5, {second}), (1, {second, third})):
        pass_time(asked.task, hours)
        commands.remind_due()
        assert told("late") == {one.id for one in called}


def test_when_nobody_is_on_call_the_team_and_who_asked_are_told():
    escalated(ORDER)
    dac, elsewhere = place(), place()
    worker = dac.person()
    on_call(elsewhere, 1, elsewhere.person())
    on_call(dac, 1, dac.person(), hours=0.5)
    asked = request(dac)
    pass_time(asked.task, 49)
    commands.remind_due()
    assert {worker.id, asked.doctor.id} <= told("late")


def test_who_has_the_task_in_hand_is_told_with_who_is_on_call():
    limit = Limit("work", "Traitement", 10, escalate_to=to_on_call)
    accept = replace(WORKFLOW.acts["accept"], deadline=limit)
    register(replace(WORKFLOW, transitions=(accept, *WORKFLOW.transitions[1:])))
    dac = place()
    worker, chief = dac.person(), dac.person()
    on_call(dac, 1, chief)
    asked = request(dac)
    with as_user(worker):
        move(asked.task, "accept")
    pass_time(asked.task, 11)
    commands.remind_due()
    assert told("late") == {worker.id, chief.id}


def test_the_page_says_whom_to_call_to_professionals_alone():
    dac = place()
    worker, chief = dac.person(), dac.person(name="Giulia MARCHETTI")
    asked = request(dac)
    url = f"/demandes/{asked.task.pk}/"
    assert "Qui joindre maintenant" not in browser_of(worker).get(url).content.decode()
    on_call(dac, 1, chief)
    shown = browser_of(worker).get(url).content.decode()
    assert "Qui joindre maintenant" in shown
    assert "Giulia MARCHETTI" in shown
    assert "Qui joindre" not in browser_of(person_of(asked.patient)).get(url).content.decode()

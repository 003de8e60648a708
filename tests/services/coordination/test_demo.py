"""The invented region: every state, late ones, alerts, and pages that open on it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.plans.models import Plan
from enrs.core.workflow.commands.deadlines import remind_due
from enrs.core.workflow.models import Deadline, Task, TaskParty
from enrs.referentials.circles.commands import add_member
from enrs.referentials.directory.models import Organisation
from enrs.services.coordination import queries
from enrs.services.coordination.demo import fill
from enrs.services.coordination.flows import CASE, REQUEST
from enrs.services.coordination.models import Case, Contact
from tests.referentials.identity.factories import actor_in
from tests.services.coordination.factories import today
from tests.services.record.factories import BARE, patient, signed_in

pytestmark = pytest.mark.django_db
PEOPLE = 24


@pytest.fixture
def region(ines: Actor) -> Actor:
    """People with a doctor, then what `fill` makes around Inès's desk."""
    doctor = actor_in("physician", "Dr Hélène Vasseur")
    for number in range(PEOPLE):
        found = patient(
            f"d{number}", birth_name=f"NOM{chr(65 + number)}", first_given_name="ANNE",
            birth_date=f"194{number % 10}-0{number % 9 + 1}-11", **BARE,
        )  # fmt: skip
        with acting(SYSTEM):
            add_member(
                patient_id=found, block="care_team", grantee_id=doctor.grantee_id,
                display=doctor.name, role_label="Médecin traitant", basis="care_team",
                informed_on=today(),
            )  # fmt: skip
    began = time.monotonic()
    assert fill(count=PEOPLE) == PEOPLE
    assert time.monotonic() - began < 10
    return ines


def test_a_region_without_a_desk_stays_empty() -> None:
    assert fill() == 0


def test_every_state_is_there_and_the_board_reads_it(
    region: Actor, place: Organisation, as_actor: Callable[..., Any]
) -> None:
    states = set(Task.objects.filter(workflow=REQUEST).values_list("state", flat=True))
    assert states == {
        "received", "incomplete", "qualified", "contacted", "oriented", "included", "refused",
        "cancelled",
    }  # fmt: skip
    assert set(Task.objects.filter(workflow=CASE).values_list("state", flat=True)) == {
        "active", "overdue", "closed",
    }  # fmt: skip
    with as_actor(region):
        counts = queries.counts()
        assert counts[CASE]["overdue"] >= 2
        assert counts[REQUEST]["received"] >= 2
    assert Plan.objects.exists()
    assert Contact.objects.count() > 20


def test_what_is_made_is_what_the_commands_make(region: Actor) -> None:
    for case in Case.objects.all():
        task = Task.objects.get(pk=case.task_id)
        assert (task.state == "closed") == (case.closed_at is not None)
        assert case.minutes == sum(one.minutes for one in case.contacts.order_by("id"))
    for task in Task.objects.all():
        steps = list(task.steps.order_by("version"))
        assert [one.version for one in steps] == list(range(1, task.version + 1))
        assert steps[-1].to_state == task.state
        assert [one.at for one in steps] == sorted(one.at for one in steps)
        open_limits = Deadline.objects.filter(task=task, ended_at=None).count()
        assert open_limits == (0 if task.place.is_final else open_limits)
    held = TaskParty.objects.values("task").annotate(count=Count("id"))
    assert held.count() == Task.objects.count()


def test_late_ones_are_told_once_by_the_job(region: Actor) -> None:
    while remind_due():
        pass
    waiting = Deadline.objects.filter(ended_at=None, next_at__isnull=False).order_by("next_at")
    assert all(one.next_at > one.started_at for one in waiting)


def test_the_pages_open_on_it(region: Actor) -> None:
    mine = signed_in(Client(), region)
    for name in ("home", "indicators"):
        assert mine.get(reverse(f"coordination:{name}")).status_code == 200
    for board in ("demandes-appui", "situations-suivies"):
        assert mine.get(reverse("workflow:board", args=[board])).status_code == 200
    for case in Case.objects.order_by("id")[:3]:
        assert mine.get(reverse("coordination:panel", args=[case.patient_id])).status_code == 200
        page = mine.get(reverse("coordination:sheet", args=[case.patient_id, case.id]))
        assert page.status_code == 200

"""The last days of a small region: every scene is played, and the platform finds nothing to mend in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db.models import Model, Q

from enrs.config.demo import bulk_people, days
from enrs.config.demo.bulk_circles import Circles, Registrar
from enrs.config.demo.bulk_record import Clerk, Rows, midnight
from enrs.config.demo.bulk_region import load_directory, load_people
from enrs.config.demo.bulk_stories import Cast, Teller
from enrs.config.demo.generator import DemoPlan, DemoRegion
from enrs.core.access.actor import SYSTEM, OpenSession, acting
from enrs.core.access.models import OperatingSession
from enrs.core.accounts.queries import people
from enrs.core.fhir.models import Resource
from enrs.core.notifications.commands import leaving
from enrs.core.notifications.models import Sending
from enrs.core.workflow import commands, rules
from enrs.core.workflow.commands.shared import addressees_of, desired_parties
from enrs.core.workflow.models import Reminder, Task, TaskStep
from tests.config.demo.twice import at

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 14, 20, tzinfo=UTC)
PERSONS, STORIES = 1_000, 200
"""The scenes speak of people of whom they take the ranks up to here; the cast is among the first."""

ROOMS = (
    "task_addressee", "task_step", "task_deadline", "task_reminder", "task_party", "thread_message",
    "thread_former_text", "thread_attachment", "thread_read_mark", "appointment", "appointment_participant",
    "agenda_slot", "agenda_series", "roster_shift", "roster_absence", "plan_step", "plan_agreement",
    "form_answer", "sending", "sending_receipt", "stand_in_message", "notice", "measure", "note",
    "circle_access_request", "identity_work_item", "identity_ins_check", "identity_ins_run",
    "coordination_case", "intake_line", "round_entry", "vaccination_act", "vaccination_prescription",
    "vaccination_attestation", "home_return", "home_visit", "home_slot", "home_ask", "home_asked_visit",
    "home_report",
)  # fmt: skip
"""Tables that the scenes fill."""
PAST = {
    "task_step": "at", "task_reminder": "at", "task_addressee": "answered_at", "thread_message": "posted_at",
    "thread": "last_message_at", "appointment": "updated_at", "plan_step": "at", "plan_agreement": "answered_at",
    "form_answer": "saved_at", "sending": "left_at", "sending_receipt": "at", "notice": "created_at",
    "roster_shift": "ended_at", "note": "written_at", "coordination_contact": "at",
    "vaccination_act": "given_at",
}  # fmt: skip
"""What can only have happened before the opening."""
PUBLISHED = {"Task": "task", "Appointment": "appointment", "CarePlan": "plan", "Goal": "plan_goal"}


class Silent:
    @contextmanager
    def stage(self, label: str, total: int | None = None) -> Iterator[Any]:
        yield lambda done: None


@pytest.fixture(scope="module")
def region() -> DemoRegion:
    return DemoRegion(DemoPlan(1, TODAY, ("75", "92", "93"), 60, 300, PERSONS))


@pytest.fixture
def lived(db, region, tmp_path, monkeypatch):
    """The region with its last days, told at the moment of the opening; the clock stays there."""
    monkeypatch.setattr(people, "open_session_of", open_at_the_moment)
    with at(NOW), acting(SYSTEM):
        load_directory(region, Silent(), tmp_path)
        load_people(region, Silent())
        accounts = bulk_people.open_accounts(region)
        _file(region, accounts)
        days.live(region, now=NOW)
        yield region


def open_at_the_moment(user_id: UUID) -> OpenSession | None:
    """The exploitation session of that moment: the clock of the database is not moved with ours."""
    rows = OperatingSession.objects.filter(user_id=user_id, ended_at=None, valid_until__gt=NOW)
    found = rows.values_list("id", "valid_until", "reason").first()
    return OpenSession(*found) if found else None


def _file(region: DemoRegion, accounts: bulk_people.Accounts) -> None:
    """The first stories in the record, with their circles."""
    cast, stories = Cast.of(region), list(Teller(region, STORIES).stories())
    clerk = Clerk(cast, accounts, midnight(TODAY))
    rows, circles = Rows(), Circles()
    stays = [clerk.file(story, rows) for story in stories]
    lives = {life.id: life for life in region.lives.values()}
    Registrar(cast, accounts, lives, NOW).enter(list(zip(stories, stays, strict=True)), circles)
    rows.write()
    circles.write()


def table(name: str) -> type[Model]:
    return next(one for one in apps.get_models() if one._meta.db_table == name)


def rows(name: str) -> Any:
    return table(name)._default_manager.all()


def test_every_scene_leaves_something_and_nothing_to_come_is_told_as_done(lived):
    assert [name for name in ROOMS if not rows(name).exists()] == []
    late = {name: rows(name).filter(**{f"{column}__gt": NOW}).count() for name, column in PAST.items()}  # fmt: skip
    assert {name: count for name, count in late.items() if count} == {}
    for kind, name in PUBLISHED.items():
        told = Resource.objects.filter(type=kind, is_current=True).values_list("id", flat=True)
        about = rows(name).filter(patient__isnull=False).values_list("id", flat=True)
        assert set(told) == set(about), kind


def test_the_places_of_units_bear_their_beds_and_the_code_of_their_software(lived):
    told = Resource.objects.filter(type="Location", is_current=True)
    beds = rows("beds_unit").exclude(service=None).exclude(code="")
    assert beds.exists()
    for unit in beds:
        body = told.get(id=unit.service_id).body
        assert f'"{unit.site_finess}/{unit.code}"' in body
        assert "ror-location-supported-capacity" in body


def test_the_jobs_find_nothing_left_to_remind_or_to_send(lived):
    """But for the limits that end: their transition is left to the job."""
    told = Reminder.objects.exclude(kind="end")
    before, sent = told.count(), Sending.objects.filter(state="sent").count()
    while commands.remind_due():
        pass
    assert told.count() == before
    leaving.send_due()
    assert leaving.recover_lost(NOW) == 0
    assert leaving.empty_contents(NOW) == 0
    assert Sending.objects.filter(state="sent").count() == sent


def test_the_boards_show_each_task_to_those_whom_it_concerns(lived):
    """And each step holds what an undo puts back."""
    for task in Task.objects.order_by("id"):
        shown = set(task.parties.filter(ended_at=None).values_list("grantee_id", "part"))
        assert shown == desired_parties(task, addressees_of(task))
        place = rules.place(task.priority, task.table.turn_of(task), task.closed_at)
        assert set(task.parties.order_by("id").values_list("state", "rank", "turn")) == {
            (task.state, *place)
        }
    told = TaskStep.objects.exclude(from_state="")
    assert not told.filter(Q(before={}) | ~Q(before__has_keys=["state", "ended", "begun"])).exists()

"""Measures that reach the record by themselves are judged by the thresholds of a follow-up, once, without a storm."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.effects import act
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import deliver
from enrs.core.subjects.measures import write_measures
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.commands.calls import call_due
from enrs.services.home_monitoring.commands.devices import QUIET, followed_among, judge_received
from enrs.services.home_monitoring.models import Alert, Call, Reading
from tests.services.home_monitoring.factories import AMBER, GREEN, RED, ago, begun, fresh, read
from tests.services.record.factories import signed_in

pytestmark = pytest.mark.django_db
NAME = "home_monitoring.measures"


@pytest.fixture(autouse=True)
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never night."""
    monkeypatch.setattr(
        "enrs.services.home_monitoring.commands.calls.rhythm.is_night", lambda *_, **__: False
    )


def received(
    patient_id: UUID, by: Actor, value: str, kind: str = "saturation", at: datetime | None = None
) -> None:
    """A measure written in the record by a device, an application or another page, then the worker's turn."""
    with acting(by):
        write_measures(
            patient_id, [{"kind": kind, "value": value, "measured_at": at or timezone.now()}]
        )
    turn()


def turn(*, again: bool = False) -> None:
    """What the worker does of the measures that came since its last turn; of all of them `again`, as after a crash."""
    rows = Event.objects.filter(kind="record.measure.recorded").order_by("id")
    events = [
        OutboxEvent(one.id, 0, 0, one.at, one.kind, one.patient_id, [], one.payload)
        for one in rows
        if again or one.id not in _seen
    ]
    _seen.update(one.id for one in events)
    with acting(SYSTEM), act():
        wanted = followed_among(events)
        for one in events:
            if one.id in wanted:
                judge_received(one)


_seen: set[UUID] = set()


@pytest.mark.django_db(transaction=True)
def test_the_worker_hands_a_measure_over_once(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    begun(awa, doctor)
    deliver(NAME)
    with acting(nurse):
        write_measures(awa, [{"kind": "saturation", "value": "88", "measured_at": timezone.now()}])
    assert (deliver(NAME), deliver(NAME)) == (1, 0)
    assert (Alert.objects.count(), Reading.objects.count()) == (1, 1)


def test_a_measure_past_a_threshold_alerts_and_calls(
    awa: UUID, doctor: Actor, nurse: Actor, client: Client
) -> None:
    one = begun(awa, doctor)
    received(awa, nurse, "88")
    alert = Alert.objects.get()
    assert (alert.kind, alert.findings[0]["value"]) == ("red", "88")
    reading = Reading.objects.get()
    assert (reading.means, reading.level, len(reading.measure_ids)) == ("device", "red", 1)
    held = fresh(one)
    assert (held.state, held.level, held.last_at) == ("red", "red", None)
    assert held.due_at == one.due_at
    call_due()
    assert Call.objects.get().users == [str(doctor.user_id)]
    signed_in(client, doctor)
    page = client.get(f"/surveillance/dossier/{awa}/{one.id}/").content.decode()
    assert "reçu d’un appareil" in page


def test_the_worker_s_own_role_judges(
    awa: UUID, doctor: Actor, nurse: Actor, as_actor: Callable[..., Any]
) -> None:
    begun(awa, doctor)
    with acting(nurse):
        write_measures(awa, [{"kind": "saturation", "value": "88", "measured_at": timezone.now()}])
    row = Event.objects.get(kind="record.measure.recorded")
    event = OutboxEvent(row.id, 0, 0, row.at, row.kind, row.patient_id, [], row.payload)
    with as_actor(SYSTEM, role="enrs_feed"), act():
        assert followed_among([event]) == {row.id}
        judge_received(event)
    assert (Alert.objects.count(), Reading.objects.count()) == (1, 1)


def test_a_measure_within_its_thresholds_changes_nothing(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    one = begun(awa, doctor)
    received(awa, nurse, "97")
    assert not Reading.objects.exists()
    assert not Alert.objects.exists()
    read(one, doctor, RED)
    received(awa, nurse, "97")
    assert fresh(one).state == "red"


def test_what_a_reading_entered_is_not_judged_again(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED)
    turn()
    assert (Alert.objects.count(), Reading.objects.count()) == (1, 1)
    assert Alert.objects.get().version == 1


def test_an_event_that_comes_twice_alerts_once(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    begun(awa, doctor)
    received(awa, nurse, "88")
    turn(again=True)
    assert (Alert.objects.count(), Reading.objects.count()) == (1, 1)


def test_a_device_that_measures_each_minute_does_not_call_each_minute(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    begun(awa, doctor)
    received(awa, nurse, "88")
    call_due()
    for value in ("87", "86"):
        received(awa, nurse, value)
        call_due()
    alert = Alert.objects.get()
    assert (alert.round, alert.version, alert.findings[0]["value"]) == (0, 3, "86")
    assert Call.objects.count() == 1
    with acting(doctor):
        commands.answer_alert(alert=alert, text="Oxygène posé.")
    received(awa, nurse, "87")
    assert Alert.objects.count() == 1
    received(awa, nurse, "41", kind="temperature")
    assert Alert.objects.filter(answered_at=None).count() == 1
    Alert.objects.update(answered_at=timezone.now() - QUIET - timedelta(minutes=1))
    received(awa, nurse, "87")
    assert Alert.objects.filter(answered_at=None).count() == 1


def test_another_threshold_of_an_alert_that_waits_calls_again(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    begun(awa, doctor)
    received(awa, nurse, "88")
    call_due()
    received(awa, nurse, "41", kind="temperature")
    alert = Alert.objects.get()
    assert (alert.round, {one["kind"] for one in alert.findings}) == (
        1,
        {"saturation", "temperature"},
    )
    call_due()
    assert Call.objects.count() == 2


def test_a_red_measure_is_not_hidden_by_an_amber_one_that_was_answered(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    one = begun(awa, doctor)
    read(one, doctor, AMBER, yes=["parler"])
    alert = Alert.objects.get(kind="red")
    assert {(row["level"], row["rule"]) for row in alert.findings} == {
        ("amber", "low"),
        ("red", "yes"),
    }
    with acting(doctor):
        commands.answer_alert(alert=alert, text="Je passe.")
    received(awa, nurse, "86")
    assert Alert.objects.filter(kind="red", answered_at=None).count() == 1


def test_a_red_measure_calls_again_where_the_alert_said_an_amber_one(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    one = begun(awa, doctor)
    read(one, doctor, AMBER, yes=["parler"])
    call_due()
    received(awa, nurse, "86")
    alert = Alert.objects.get(kind="red")
    assert (alert.round, alert.version) == (1, 2)
    assert [row["level"] for row in alert.findings if row.get("kind") == "saturation"] == ["red"]


def test_a_worse_value_breaks_the_quiet_and_what_is_quiet_is_kept(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    one = begun(awa, doctor)
    received(awa, nurse, "91")
    with acting(doctor):
        commands.answer_alert(alert=Alert.objects.get(), text="Je surveille.")
    received(awa, nurse, "90")
    assert Alert.objects.count() == 1
    assert Reading.objects.count() == 2
    assert fresh(one).last_findings[0]["value"] == "90"
    received(awa, nurse, "70")
    assert Alert.objects.filter(answered_at=None).count() == 1


def test_a_measure_told_late_does_not_pass_for_the_latest(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    one = begun(awa, doctor)
    type(one).objects.update(started_at=ago(days=1))
    received(awa, nurse, "88", at=ago(hours=1))
    received(awa, nurse, "91", at=ago(hours=3))
    alert = Alert.objects.get()
    assert (alert.findings[0]["value"], alert.version) == ("88", 1)
    received(awa, nurse, "89")
    alert = Alert.objects.get()
    assert (alert.findings[0]["value"], alert.version) == ("89", 1)
    received(awa, nurse, "85")
    assert Alert.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_the_measures_of_a_reading_are_left_before_a_transaction(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    deliver(NAME)
    read(one, doctor, RED)
    assert deliver(NAME) == 0
    assert Alert.objects.count() == 1


@pytest.mark.parametrize("case", ["before", "old", "kind", "ended", "withdrawn"])
def test_what_is_not_of_the_follow_up_is_left(
    awa: UUID, doctor: Actor, nurse: Actor, case: str
) -> None:
    one = begun(awa, doctor)
    at: dict[str, Any] = {"before": ago(hours=1), "old": ago(days=2)}
    if case == "old":
        type(one).objects.update(started_at=ago(days=5))
    if case == "ended":
        with acting(doctor):
            commands.end_follow_up(follow_up=one, code="planned", expected_version=one.version)
    if case == "withdrawn":
        type(one).objects.update(withdrawn_at=timezone.now())
    if case == "kind":
        received(awa, nurse, "150", kind="weight")
    else:
        received(awa, nurse, "88", at=at.get(case))
    assert not Alert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_measures_of_those_who_are_not_followed_cost_one_query_a_batch(
    awa: UUID, nurse: Actor
) -> None:
    deliver(NAME)
    counts = []
    for many in (1, 40):
        with acting(nurse):
            write_measures(
                awa,
                [
                    {"kind": "pulse", "value": "70", "measured_at": timezone.now()}
                    for _ in range(many)
                ],
            )
        with CaptureQueriesContext(connection) as asked, acting(SYSTEM):
            assert deliver(NAME) == 0
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_awaited_reading_is_still_awaited(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    one = begun(awa, doctor)
    type(one).objects.update(is_silent=True)
    received(awa, nurse, "88")
    assert fresh(one).is_silent
    read(one, doctor, GREEN)
    assert not fresh(one).is_silent

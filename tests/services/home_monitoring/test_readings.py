"""Readings: in the record at once, judged at once, by the person, a nurse or a caller; alerts taken once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.fhir.models import Resource
from enrs.core.subjects.measures import MeasureRefusedError
from enrs.services.home_monitoring import commands, queries
from enrs.services.home_monitoring.commands import MonitoringRefusedError
from enrs.services.home_monitoring.models import Alert, FollowUp, Reading
from enrs.services.record.models import Measure
from tests.services.home_monitoring.factories import (
    AMBER,
    GREEN,
    HEART,
    RED,
    ago,
    begun,
    fresh,
    read,
)
from tests.services.record.factories import member, proxy

pytestmark = pytest.mark.django_db


def test_the_person_s_reading_is_the_record_s_measure_and_the_board_s_state(
    awa: UUID, doctor: Actor, own: Actor, as_actor: Callable[..., Any]
) -> None:
    one = begun(awa, doctor)
    with as_actor(own):
        made = commands.enter_reading(
            follow_up=one, entered=commands.Entered(RED, ["souffle"], "J’ai du mal.")
        )
    assert (made.level, made.means, made.author_name) == ("red", "person", own.name)
    measures = Measure.objects.filter(patient_id=awa)
    assert {str(row.id) for row in measures} == set(made.measure_ids)
    assert {row.kind: str(row.value.normalize()) for row in measures} == {
        "saturation": "88", "temperature": "38",
    }  # fmt: skip
    assert all(row.is_by_person for row in measures)
    assert Resource.objects.filter(type="Observation", patient_id=awa, is_current=True).count() == 2
    assert [(row.get("kind") or row["code"], row["level"]) for row in made.findings] == [
        ("saturation", "red"), ("souffle", "amber"),
    ]  # fmt: skip
    held = fresh(one)
    assert (held.state, held.rank, held.level) == ("red", 0, "red")
    alert = Alert.objects.get()
    assert (alert.kind, alert.next_at) == ("red", alert.opened_at)


def test_a_proxy_enters_too_and_a_caller_says_how(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    one = begun(awa, doctor)
    assert read(one, proxy(awa), GREEN).means == "person"
    assert read(one, nurse, GREEN).means == "nurse"
    assert read(one, nurse, GREEN, by_call=True).means == "call"


@pytest.mark.parametrize("role", ["secretary", "social_worker"])
def test_who_writes_no_summary_enters_none(awa: UUID, doctor: Actor, role: str) -> None:
    one = begun(awa, doctor)
    with pytest.raises(AccessRefusedError):
        read(one, member(awa, role), GREEN)
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("values", "kind", "code"),
    [
        (GREEN | {"saturation": ("beaucoup", "")}, "saturation", "number"),
        (GREEN | {"saturation": ("970", "")}, "saturation", "range"),
        (GREEN | {"temperature": ("372", "")}, "temperature", "range"),
    ],
)
def test_a_value_that_cannot_be_leaves_nothing(
    awa: UUID, doctor: Actor, values: dict[str, Any], kind: str, code: str
) -> None:
    one = begun(awa, doctor)
    with pytest.raises(MeasureRefusedError) as refused:
        read(one, doctor, values)
    assert (refused.value.kind, refused.value.code) == (kind, code)
    assert not Measure.objects.exists()
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("values", "more", "reason"),
    [
        ({"saturation": ("97", "")}, {}, "missing"),
        (GREEN | {"waist": ("90", "")}, {}, "unknown"),
        (GREEN, {"yes": ["autre"]}, "unknown"),
        (GREEN, {"at": timezone.now() + timedelta(hours=1)}, "future"),
        (GREEN, {"at": timezone.now() - timedelta(days=3)}, "early"),
        (GREEN, {"note": "x" * 2001}, "long"),
    ],
)
def test_what_a_reading_may_not_say(
    awa: UUID, doctor: Actor, values: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    one = begun(awa, doctor)
    with pytest.raises(MonitoringRefusedError, match=reason):
        read(one, doctor, values, **more)
    assert not Measure.objects.exists()


def test_a_rise_of_weight_is_seen_against_the_record(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor, code="insuffisance-cardiaque")
    FollowUp.objects.update(started_at=ago(days=5))
    read(fresh(one), doctor, HEART, at=ago(days=2))
    made = read(fresh(one), doctor, HEART | {"weight": ("73,1", "")})
    assert [(row["rule"], row["value"]) for row in made.findings] == [("rise", "2.1")]
    assert fresh(one).state == "amber"


def test_an_alert_keeps_its_colour_until_somebody_takes_it(
    awa: UUID, doctor: Actor, own: Actor
) -> None:
    one = begun(awa, doctor)
    read(one, own, RED)
    read(one, own, GREEN)
    assert (fresh(one).state, fresh(one).level) == ("red", "green")
    alert = Alert.objects.get()
    with acting(doctor):
        commands.answer_alert(alert=alert, text="Appelée, va mieux.")
    assert (fresh(one).state, fresh(one).rank) == ("green", 7)
    with acting(doctor), pytest.raises(MonitoringRefusedError, match="answered"):
        commands.answer_alert(alert=alert, text="Encore.")


def test_the_same_alert_is_not_opened_twice(awa: UUID, doctor: Actor, own: Actor) -> None:
    one = begun(awa, doctor)
    for values in (AMBER, AMBER, RED, RED):
        read(one, own, values)
    assert sorted(Alert.objects.values_list("kind", flat=True)) == ["amber", "red"]


def test_a_reading_told_late_does_not_move_the_state_back(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    read(one, doctor, GREEN)
    due = fresh(one).due_at
    read(one, doctor, AMBER, at=ago(hours=5))
    held = fresh(one)
    assert (held.level, held.due_at) == ("green", due)
    assert held.state == "amber"


def test_the_person_takes_no_alert(awa: UUID, doctor: Actor, own: Actor) -> None:
    read(begun(awa, doctor), own, RED)
    with acting(own), pytest.raises(AccessRefusedError):
        commands.answer_alert(alert=Alert.objects.get(), text="C’est moi.")


@pytest.mark.django_db(transaction=True)
def test_two_people_take_the_same_alert_at_once(awa: UUID, doctor: Actor, nurse: Actor) -> None:
    read(begun(awa, doctor), doctor, RED)
    alert, gate = Alert.objects.get(), threading.Barrier(2)
    said: list[Any] = []

    def take(who: Actor) -> None:
        try:
            gate.wait(10)
            with transaction.atomic(), acting(who), connection.cursor() as cursor:
                cursor.execute("set local role enrs_app")
                said.append(commands.answer_alert(alert=alert, text="J’appelle.").answered_by)
        except MonitoringRefusedError as error:
            said.append(error.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(who,)) for who in (doctor, nurse)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(said) == 2
    assert said.count("answered") == 1


def test_a_reading_of_the_minute_of_the_beginning_is_on_the_curve(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED, at=one.started_at.replace(second=0, microsecond=0))
    with acting(doctor):
        found = queries.measures(fresh(one), queries.content_of(one.protocol))
    assert [str(row.value.normalize()) for row in found["saturation"]] == ["88"]

"""Who is called, in which order, once; by night another; a reading that does not come."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from enrs.core.access.actor import Actor, acting
from enrs.core.access.models import Denial, Grant
from enrs.core.notifications.models import Notice
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.commands.calls import call_due, tell_silent
from enrs.services.home_monitoring.models import Alert, Call, FollowUp, Protocol
from tests.core.rosters.factories import roster, shift
from tests.services.coordination.factories import desk, teammate
from tests.services.home_monitoring.factories import (
    AMBER,
    GREEN,
    RED,
    ago,
    begun,
    fresh,
    read,
    team,
)

pytestmark = pytest.mark.django_db
RHYTHM = "enrs.services.home_monitoring.commands.calls.rhythm"


@pytest.fixture(autouse=True)
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never night, unless a test says so."""
    monkeypatch.setattr(
        "enrs.services.home_monitoring.commands.calls.rhythm.is_night", lambda *_, **__: False
    )


def night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "enrs.services.home_monitoring.commands.calls.rhythm.is_night", lambda *_, **__: True
    )


def told() -> list[tuple[UUID, str]]:
    """Who received what."""
    rows = Notice.objects.filter(kind__startswith="home_monitoring.alert").order_by("created_at")
    return [(row.user_id, row.kind) for row in rows]


def age(alert: Alert, **span: float) -> None:
    """The alert as if it had been opened before, and looked at again now."""
    moment = ago(**span)
    Alert.objects.filter(pk=alert.pk).update(
        opened_at=moment, round_at=moment, next_at=timezone.now()
    )


def test_an_alert_reaches_its_watcher_once(awa: UUID, doctor: Actor, own: Actor) -> None:
    one = begun(awa, doctor)
    read(one, own, RED)
    assert told() == []
    call_due()
    call_due()
    assert told() == [(doctor.user_id, "home_monitoring.alert")]
    call = Call.objects.get()
    assert (call.rank, call.who, call.users) == (0, "watcher", [str(doctor.user_id)])
    alert = Alert.objects.get()
    assert alert.next_at == alert.opened_at + timedelta(minutes=10)
    details = Notice.objects.get(kind="home_monitoring.alert").details
    assert details["follow_up"] == str(one.id)


def test_it_goes_up_when_nobody_answers_and_stops_when_somebody_does(
    awa: UUID, nurse: Actor, own: Actor
) -> None:
    cell, place = desk("Cellule de soutien"), desk("Plateforme de Melun")
    team(cell, "cell")
    team(place)
    watcher, supporter = teammate(place, "nurse"), teammate(cell, "nurse")
    one = begun(awa, nurse, watcher=f"organisation:{place.id}")
    read(one, own, RED)
    alert = Alert.objects.get()
    call_due()
    assert [who for who, _ in told()] == [watcher.user_id]
    age(alert, minutes=21)
    call_due()
    # Nobody is on call: that step gives way, and the cell's time has come too.
    assert list(Call.objects.order_by("rank").values_list("rank", "who")) == [
        (0, "watcher"), (1, "on_call"), (2, "cell"),
    ]  # fmt: skip
    assert [who for who, _ in told()] == [watcher.user_id, supporter.user_id]
    with acting(watcher):
        commands.answer_alert(alert=alert, text="J’appelle le 15.")
    age(alert, minutes=60)
    call_due()
    assert Call.objects.count() == 3


def test_a_step_that_finds_nobody_gives_way_at_once(awa: UUID, doctor: Actor, own: Actor) -> None:
    place = desk("Plateforme sans compte")
    team(place)
    one = begun(awa, doctor, watcher=f"organisation:{place.id}")
    read(one, own, RED)
    call_due()
    assert [who for who, _ in told()] == [doctor.user_id]
    assert Call.objects.get(who="starter").rank == 3


def test_by_night_another_stands_in(
    awa: UUID, doctor: Actor, own: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = desk("Cellule de soutien")
    team(cell, "cell")
    supporter = teammate(cell, "nurse")
    one = begun(awa, doctor, code="insuffisance-cardiaque")
    night(monkeypatch)
    read(one, own, {"weight": ("70", ""), "pressure": ("70", "40"), "pulse": ("60", "")})
    call_due()
    assert [who for who, _ in told()] == [supporter.user_id]
    assert Call.objects.get().who == "cell"


def test_the_watcher_is_called_at_the_end_of_the_night_once(
    awa: UUID, doctor: Actor, own: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = desk("Cellule de soutien")
    team(cell, "cell")
    supporter = teammate(cell, "nurse")
    begun(awa, doctor, code="insuffisance-cardiaque")
    night(monkeypatch)
    ends = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(f"{RHYTHM}.night_end", lambda *_, **__: ends)
    read(FollowUp.objects.get(), own, _low_pressure())
    call_due()
    assert Alert.objects.get().next_at == ends
    Alert.objects.update(next_at=timezone.now())
    call_due()
    assert [who for who, _ in told()] == [supporter.user_id]
    monkeypatch.setattr(f"{RHYTHM}.is_night", lambda *_, **__: False)
    for _ in range(2):
        Alert.objects.update(next_at=timezone.now())
        call_due()
    assert [who for who, _ in told()] == [supporter.user_id, doctor.user_id]
    assert Call.objects.get(who="watcher").round == 0


def test_by_night_the_watcher_is_called_when_nobody_stands_in(
    awa: UUID, doctor: Actor, own: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = begun(awa, doctor)
    night(monkeypatch)
    read(one, own, RED)
    call_due()
    assert [who for who, _ in told()] == [doctor.user_id]
    assert Call.objects.get().who == "watcher"


def test_an_amber_has_its_own_steps(awa: UUID, doctor: Actor, own: Actor) -> None:
    read(begun(awa, doctor), own, AMBER)
    call_due()
    alert = Alert.objects.get()
    assert alert.next_at == alert.opened_at + timedelta(minutes=60)


def overdue(one: FollowUp) -> datetime:
    """The reading was awaited two days ago."""
    moment = ago(days=2)
    FollowUp.objects.filter(pk=one.pk).update(due_at=moment, silent_at=moment)
    return moment


def test_a_reading_that_does_not_come_is_told(awa: UUID, doctor: Actor, own: Actor) -> None:
    one = begun(awa, doctor)
    overdue(one)
    tell_silent()
    held = fresh(one)
    assert (held.state, held.rank, held.is_silent) == ("silent", 4, True)
    assert held.silent_at > timezone.now()
    call_due()
    assert told() == [(own.user_id, "home_monitoring.alert.person")]
    age(Alert.objects.get(), minutes=61)
    call_due()
    assert [who for who, _ in told()] == [own.user_id, doctor.user_id]


def test_a_silence_is_told_once_until_it_is_taken(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    for _ in range(3):
        overdue(one)
        tell_silent()
    assert Alert.objects.count() == 1
    with acting(doctor):
        commands.answer_alert(alert=Alert.objects.get(), text="Répondeur.")
    assert (fresh(one).state, fresh(one).rank) == ("silent", 5)
    overdue(one)
    tell_silent()
    assert Alert.objects.count() == 2


def test_a_reading_ends_the_silence(awa: UUID, doctor: Actor, own: Actor) -> None:
    one = begun(awa, doctor)
    overdue(one)
    tell_silent()
    read(one, own, GREEN)
    held = fresh(one)
    assert (held.state, held.is_silent) == ("green", False)
    assert Alert.objects.get().answer == "Relevé reçu"
    call_due()
    assert told() == []


def test_nothing_is_awaited_past_the_end(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    overdue(one)
    FollowUp.objects.update(ends_at=ago(days=1))
    tell_silent()
    assert (fresh(one).due_at, fresh(one).silent_at) == (None, None)


def test_a_protocol_retired_since_still_calls(awa: UUID, doctor: Actor, own: Actor) -> None:
    one = begun(awa, doctor)
    Protocol.objects.update(status="retired")
    read(one, own, RED)
    call_due()
    assert len(told()) == 1


def test_the_batch_says_whether_more_waits(awa: UUID, doctor: Actor, own: Actor) -> None:
    read(begun(awa, doctor), own, RED)
    read(begun(awa, doctor, code="insuffisance-cardiaque"), own, _low_pressure())
    assert call_due(limit=1)
    assert call_due(limit=1)
    assert not call_due(limit=1)


def _low_pressure() -> dict[str, Any]:
    return {"weight": ("70", ""), "pressure": ("70", "40"), "pulse": ("60", "")}


def test_who_is_on_call_where_the_watcher_works_comes_first(
    awa: UUID, doctor: Actor, own: Actor
) -> None:
    place = desk("HAD de Melun")
    team(place)
    first, second = teammate(place, "nurse", "Yann Le Tallec"), teammate(place, "nurse")
    teammate(place, "nurse", "Personne d’astreinte")
    duty = roster(place.id)
    since = timezone.now() - timedelta(hours=1)
    shift(duty, since, 12, grantee_id=first.grantee_id, rank=1)
    shift(duty, since, 12, grantee_id=second.grantee_id, rank=2)
    one = begun(awa, doctor, watcher=f"organisation:{place.id}")
    read(one, own, RED)
    call_due()
    assert [who for who, _ in told()] == [first.user_id]
    age(Alert.objects.get(), minutes=11)
    call_due()
    assert {who for who, _ in told()} == {first.user_id, second.user_id}


@pytest.mark.parametrize("how", ["left", "opposed"])
def test_who_left_or_is_opposed_is_passed_over(
    awa: UUID, nurse: Actor, own: Actor, how: str
) -> None:
    cell = desk("Cellule de soutien")
    team(cell, "cell")
    supporter = teammate(cell, "nurse")
    one = begun(awa, nurse)
    if how == "left":
        Grant.objects.filter(grantee_id=nurse.grantee_id).update(valid_until=ago(minutes=1))
    else:
        Denial.objects.create(
            patient_id=awa, grantee_id=nurse.grantee_id, source_id=one.id, valid_from=ago(minutes=1)
        )
    read(one, own, RED)
    call_due()
    assert [who for who, _ in told()] == [supporter.user_id]


def test_an_alert_crossed_again_or_left_alone_calls_again(
    awa: UUID, doctor: Actor, own: Actor
) -> None:
    one = begun(awa, doctor)
    read(one, own, RED)
    call_due()
    read(one, own, {"saturation": ("80", ""), "temperature": ("38", "")})
    call_due()
    alert = Alert.objects.get()
    assert (alert.round, alert.findings[0]["value"]) == (1, "80")
    assert len(told()) == 2
    Alert.objects.update(round_at=ago(minutes=40), next_at=timezone.now())
    call_due()
    alert = Alert.objects.get()
    assert alert.next_at > timezone.now() + timedelta(minutes=29)
    count = len(told())
    Alert.objects.update(next_at=timezone.now())
    call_due()
    assert (Alert.objects.get().round, len(told())) == (2, count + 1)


def test_an_alert_that_nobody_named_could_be_told_goes_to_the_care_team(
    awa: UUID, doctor: Actor, nurse: Actor, own: Actor
) -> None:
    one = begun(awa, doctor)
    read(one, own, RED)
    Grant.objects.filter(grantee_id=doctor.grantee_id).update(valid_until=ago(minutes=1))
    call_due()
    assert [who for who, _ in told()] == [nurse.user_id]
    assert Call.objects.order_by("rank").last().who == "circle"


def test_a_hand_over_calls_the_new_watcher_for_what_waits(
    awa: UUID, doctor: Actor, nurse: Actor, own: Actor
) -> None:
    place = desk("HAD de Melun")
    team(place)
    receiver = teammate(place, "nurse")
    one = begun(awa, doctor)
    read(one, own, RED)
    call_due()
    with acting(doctor):
        commands.hand_over(
            follow_up=fresh(one), watcher=f"organisation:{place.id}", reason="Congés",
            informed_on=timezone.localdate(), expected_version=1,
        )  # fmt: skip
    call_due()
    assert [who for who, _ in told()] == [doctor.user_id, receiver.user_id]

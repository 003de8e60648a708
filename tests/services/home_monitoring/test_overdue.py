"""A follow-up past its planned end: its watcher is told once, then it ends by the stated rule, with its places."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import deliver_all
from enrs.core.ids import uuid7
from enrs.core.notifications.models import Notice
from enrs.referentials.circles import queries as circles
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.commands.overdue import end_overdue, tell_overdue
from enrs.services.home_monitoring.commands.places import end_places
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp, Reading
from enrs.services.home_monitoring.notices import telling_over
from enrs.services.home_monitoring.rules.rhythm import WAITS
from tests.services.coordination.factories import desk
from tests.services.home_monitoring.factories import GREEN, RED, ago, begun, fresh, read, team
from tests.services.record.factories import signed_in

pytestmark = pytest.mark.django_db
LONG = WAITS + timedelta(minutes=1)


def past(one: FollowUp, span: timedelta = LONG, **changes: Any) -> None:
    """The follow-up as if its planned end, and what the watcher was told, were long past."""
    moment = timezone.now() - span
    values = {
        "ends_at": moment,
        "over_told_at": moment,
        "due_at": None,
        "silent_at": None,
    } | changes
    FollowUp.objects.filter(pk=one.pk).update(**values)
    Entry.objects.filter(follow_up=one).update(at=moment)
    Reading.objects.filter(follow_up=one).update(at=moment)


@pytest.mark.django_db(transaction=True)
def test_the_watcher_is_told_once(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    tell_overdue()
    assert fresh(one).over_told_at is None
    past(one, timedelta(minutes=1), over_told_at=None)
    tell_overdue()
    tell_overdue()
    assert Event.objects.filter(kind="home_monitoring.over").count() == 1
    deliver_all()
    notice = Notice.objects.get(kind="home_monitoring.over")
    assert notice.user_id == doctor.user_id
    assert not end_overdue()
    assert fresh(one).ended_at is None


def test_a_week_later_it_ends_and_its_places_with_it(
    awa: UUID, doctor: Actor, as_actor: Callable[..., Any]
) -> None:
    place = desk("Plateforme de Melun")
    team(place)
    one = begun(awa, doctor, watcher=f"organisation:{place.id}")
    past(one)
    with as_actor(SYSTEM, role="enrs_feed"):
        tell_overdue()
        end_overdue()
    done = fresh(one)
    assert (done.ended_code, done.due_at) == ("lapsed", None)
    assert Entry.objects.filter(kind="ended", follow_up=one).count() == 1
    FollowUp.objects.filter(pk=one.pk).update(places_at=timezone.now())
    end_places()
    with acting(doctor):
        assert circles.members(awa).organisations == []


@pytest.mark.parametrize("changes", [{"over_told_at": ago(days=1)}, {"over_told_at": None}])
def test_it_stays_while_the_watcher_was_not_told_long_enough(
    awa: UUID, doctor: Actor, changes: dict[str, Any]
) -> None:
    one = begun(awa, doctor)
    past(one, **changes)
    end_overdue()
    assert fresh(one).ended_at is None


def test_an_alert_that_waits_keeps_it(awa: UUID, doctor: Actor, client: Client) -> None:
    one = begun(awa, doctor)
    read(one, doctor, RED)
    past(one, last_at=timezone.now() - LONG)
    end_overdue()
    assert fresh(one).ended_at is None
    signed_in(client, doctor)
    page = client.get(f"/surveillance/dossier/{awa}/{one.id}/").content.decode()
    assert "tant qu’une alerte attend" in page
    with acting(doctor):
        commands.answer_alert(alert=Alert.objects.get(), text="Vue.")
    page = client.get(f"/surveillance/dossier/{awa}/{one.id}/").content.decode()
    assert "elle se termine d’elle-même le" in page
    end_overdue()
    assert fresh(one).ended_at is None
    Alert.objects.update(answered_at=timezone.now() - LONG)
    end_overdue()
    assert fresh(one).ended_code == "lapsed"
    page = client.get(f"/surveillance/dossier/{awa}/{one.id}/").content.decode()
    assert "durée prévue passée" in page


@pytest.mark.parametrize("what", ["reading", "device", "note", "handed"])
def test_it_stays_a_week_after_what_somebody_did(awa: UUID, doctor: Actor, what: str) -> None:
    one = begun(awa, doctor)
    past(one)
    if what == "reading":
        read(one, doctor, GREEN)
    elif what == "device":
        Reading.objects.create(
            id=uuid7(), follow_up=one, patient_id=awa, at=ago(hours=1), level="red", means="device"
        )
    elif what == "note":
        with acting(doctor):
            commands.write_note(follow_up=one, text="On continue.")
    else:
        place = desk("HAD de Melun")
        team(place)
        with acting(doctor):
            commands.hand_over(
                follow_up=fresh(one), watcher=f"organisation:{place.id}", reason="Congé",
                informed_on=timezone.localdate(), expected_version=fresh(one).version,
            )  # fmt: skip
        assert fresh(one).over_told_at is None
        FollowUp.objects.update(over_told_at=timezone.now() - LONG)
    end_overdue()
    assert fresh(one).ended_at is None


@pytest.mark.django_db(transaction=True)
def test_whoever_watched_and_the_person_learn_that_it_ended(
    awa: UUID, doctor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = begun(awa, doctor)
    monkeypatch.setattr(
        "enrs.services.home_monitoring.queries.users_of_person", lambda _: {doctor.user_id}
    )
    past(one)
    end_overdue()
    told = {event.kind for event in Event.objects.filter(kind__startswith="home_monitoring.lapsed")}
    assert told == {"home_monitoring.lapsed", "home_monitoring.lapsed.person"}
    deliver_all()
    assert Notice.objects.get(kind="home_monitoring.lapsed").user_id == doctor.user_id


def test_a_watcher_who_left_is_not_the_only_one_told(
    awa: UUID, doctor: Actor, nurse: Actor
) -> None:
    one = begun(awa, doctor)
    FollowUp.objects.filter(pk=one.pk).update(watcher_id=uuid7())
    past(one, timedelta(minutes=1), over_told_at=None)
    tell_overdue()
    row = Event.objects.get(kind="home_monitoring.over")
    event = OutboxEvent(row.id, 0, 0, row.at, row.kind, row.patient_id, [], row.payload)
    with acting(SYSTEM):
        assert doctor.user_id in telling_over(event).users


def test_nobody_chooses_that_end(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    with acting(doctor), pytest.raises(commands.MonitoringRefusedError, match="code"):
        commands.end_follow_up(follow_up=one, code="lapsed", expected_version=one.version)

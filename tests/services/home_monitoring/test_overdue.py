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
from enrs.core.events.subscribers import deliver_all
from enrs.core.notifications.models import Notice
from enrs.referentials.circles import queries as circles
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.commands.overdue import end_overdue, tell_overdue
from enrs.services.home_monitoring.commands.places import end_places
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp
from enrs.services.home_monitoring.rules.rhythm import WAITS
from tests.services.coordination.factories import desk
from tests.services.home_monitoring.factories import RED, ago, begun, fresh, read, team
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


@pytest.mark.parametrize(
    "changes", [{"last_at": ago(days=2)}, {"over_told_at": ago(days=1)}, {"over_told_at": None}]
)
def test_it_stays_while_somebody_enters_or_was_not_told_long_enough(
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
    assert fresh(one).ended_code == "lapsed"
    page = client.get(f"/surveillance/dossier/{awa}/{one.id}/").content.decode()
    assert "durée prévue passée" in page


def test_nobody_chooses_that_end(awa: UUID, doctor: Actor) -> None:
    one = begun(awa, doctor)
    with acting(doctor), pytest.raises(commands.MonitoringRefusedError, match="code"):
        commands.end_follow_up(follow_up=one, code="lapsed", expected_version=one.version)

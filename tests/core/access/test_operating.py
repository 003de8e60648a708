"""The exploitation's sessions: opened, ended, and what the database itself refuses without one."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from enrs.core.access import operating
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import (
    AccessRefusedError,
    OperatingError,
    end_session,
    end_sessions_of,
    open_session,
    settle_sessions,
)
from enrs.core.access.models import MatrixChange, OperatingSession
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from tests.factories import UserFactory, actor, operating_session
from tests.hostile.cases import gateway, notifications
from tests.hostile.world import World

pytestmark = pytest.mark.django_db
REASON = "Message HL7 mis de côté, à corriger"


def at_rest():
    return UserFactory(operator=True, role="standby")


def opened(user, **more):
    with acting(actor(user)):
        return open_session(**{"reason": REASON, "minutes": 60} | more)


def lines(action):
    return list(AuditLine.objects.filter(action=action).order_by("at"))


def test_a_session_gives_the_role_for_its_time_and_leaves_its_line(as_actor):
    user = at_rest()
    assert actor(user).role == "standby"
    with as_actor(actor(user)):
        made = open_session(reason=REASON, minutes=30, ticket=" INC-2041 ", proof="mfa")
    now = actor(user)
    assert (now.role, now.session.id, now.session.until) == ("operator", made.id, made.valid_until)
    assert made.valid_until - made.opened_at == timedelta(minutes=30)
    (line,) = lines("access.session.opened")
    assert (line.actor_id, line.object_id, line.reason) == (user.id, str(made.id), REASON)
    assert '"INC-2041"' in line.details
    with as_actor(now):
        end_session(session=made)
    assert actor(user).role == "standby"
    made.refresh_from_db()
    assert (made.ended_how, made.ended_by_id) == ("oneself", user.id)
    (line,) = lines("access.session.ended")
    assert str(made.id) in line.details


def test_what_is_done_in_a_session_names_it():
    user = at_rest()
    made = opened(user)
    with acting(actor(user)):
        note("portal.announcement.published", object_kind="announcement")
    (line,) = lines("portal.announcement.published")
    assert f'"session": "{made.id}"' in line.details


def test_who_is_not_of_the_exploitation_opens_none():
    for role in ("nurse", "auditor", "physician"):
        with pytest.raises(AccessRefusedError):
            opened(UserFactory(role=role))
    with acting(SYSTEM), pytest.raises(AccessRefusedError):
        open_session(reason=REASON, minutes=30)
    assert not OperatingSession.objects.exists()


def test_a_second_one_is_refused_and_makes_the_first_no_longer():
    user = at_rest()
    made = opened(user, minutes=30)
    with pytest.raises(OperatingError) as refused:
        opened(user, minutes=240)
    assert refused.value.code == "running"
    made.refresh_from_db()
    assert made.valid_until - made.opened_at == timedelta(minutes=30)


def over(user):
    now = timezone.now()
    return operating_session(
        user, opened_at=now - timedelta(hours=2), valid_until=now - timedelta(hours=1)
    )


def test_it_ends_by_itself_and_the_platform_writes_the_line():
    user = at_rest()
    past = over(user)
    assert actor(user).role == "standby"
    with acting(SYSTEM):
        assert not settle_sessions()
        settle_sessions()
    past.refresh_from_db()
    assert (past.ended_how, past.ended_at, past.ended_by) == ("time", past.valid_until, "")
    (line,) = lines("access.session.ended")
    assert line.actor_role == "system"


def test_another_is_opened_after_one_that_ended_by_itself(as_actor):
    user = at_rest()
    past = over(user)
    with as_actor(actor(user)):
        open_session(reason=REASON, minutes=30)
    past.refresh_from_db()
    assert past.ended_how == "time"
    with pytest.raises(OperatingError), acting(actor(user)):
        end_session(session=past)


def test_a_colleague_ends_one_with_one_of_their_own(as_actor):
    user, other = at_rest(), at_rest()
    made = opened(user)
    with as_actor(actor(other)), pytest.raises(AccessRefusedError):
        end_session(session=made)
    opened(other)
    with as_actor(actor(other)):
        end_session(session=made)
    made.refresh_from_db()
    assert (made.ended_how, made.ended_by) == ("colleague", other.name)


def test_signing_out_ends_one_s_own_alone():
    user, other = at_rest(), at_rest()
    made = opened(user)
    with acting(actor(other)), pytest.raises(AccessRefusedError):
        end_sessions_of(user_id=user.id)
    with acting(actor(user)):
        end_sessions_of(user_id=user.id)
    made.refresh_from_db()
    assert made.ended_how == "sign_out"


def test_a_position_that_ended_gives_nothing_with_a_session(as_actor):
    user = at_rest()
    opened(user)
    user.positions.update(valid_until=timezone.now() - timedelta(minutes=1))
    assert actor(user).role == "anonymous"
    with as_actor(actor(user)):
        assert not operates()


def operates() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select access_operates()")
        return cursor.fetchone()[0]


def test_the_database_gives_the_power_to_an_open_session_alone(as_actor):
    rest, busy, nurse = (
        at_rest(),
        UserFactory(operator=True, role="operator"),
        UserFactory(role="nurse"),
    )
    auditor, past = UserFactory(operator=True, role="auditor"), at_rest()
    over(past)
    for user, may in ((rest, False), (busy, True), (nurse, False), (auditor, False), (past, False)):
        with as_actor(actor(user)):
            assert operates() is may


def test_the_matrix_is_not_changed_without_a_session_whatever_the_page_forgets(as_actor):
    user = at_rest()
    values = {
        "role": "pharmacist", "category": "social", "before": "", "after": "r", "reason": REASON,
        "by_id": user.id, "by_name": user.name,
    }  # fmt: skip
    with pytest.raises(DatabaseError), as_actor(actor(user)):
        MatrixChange.objects.create(**values)
    opened(user)
    with as_actor(actor(user)):
        MatrixChange.objects.create(**values)


def test_raw_messages_and_what_leaves_are_seen_in_a_session_alone(as_actor):
    desk = World("operator", in_circle=False)
    gateway.message(desk, "waiting")
    notifications.failed(desk)
    for role in ("standby", "auditor", "nurse", "operator"):
        with as_actor(actor(desk.user(role))), connection.cursor() as cursor:
            cursor.execute("select (select count(*) from inbox), (select count(*) from sending)")
            assert [count > 0 for count in cursor.fetchone()] == [role == "operator"] * 2, role


def test_the_list_is_read_by_the_exploitation_and_by_the_control(as_actor):
    mine = opened(at_rest())
    seen = {
        "standby": 1, "operator": 2, "auditor": 1, "nurse": 0, "physician": 0, "identity_officer": 0,
    }  # fmt: skip
    for role, count in seen.items():
        user = UserFactory(role=role, operator=role in ("standby", "operator", "auditor"))
        with as_actor(actor(user)):
            assert OperatingSession.objects.count() == count, role
            found, following = operating.sessions()
            assert len(found) == count
            assert following == ""
            done, _ = operating.done_in(mine.id)
            assert bool(done) is (count > 0)
        OperatingSession.objects.filter(user_id=user.id).delete()


def test_nobody_opens_one_for_somebody_else_or_for_later_or_writes_it_again(as_actor):
    user, other = at_rest(), at_rest()
    now = timezone.now()

    def given(who, opened_at, hours=1):
        return {
            "user_id": who.id, "user_name": who.name, "reason": REASON, "opened_at": opened_at,
            "valid_until": opened_at + timedelta(hours=hours),
        }  # fmt: skip

    wrong = (
        (user, given(other, now)),
        (user, given(user, now + timedelta(hours=1))),
        (user, given(user, now - timedelta(hours=1), hours=3)),
        (user, given(user, now, hours=5)),
        (UserFactory(role="nurse"), None),
    )
    for who, values in wrong:
        with pytest.raises(DatabaseError), as_actor(actor(who)):
            OperatingSession.objects.create(**values or given(who, now))
    made = opened(user)
    for field, value in (
        ("valid_until", made.valid_until + timedelta(hours=1)),
        ("reason", "Tout autre chose, après coup"),
        ("user_id", other.id),
    ):
        with pytest.raises(DatabaseError), as_actor(actor(user)):
            OperatingSession.objects.filter(pk=made.pk).update(**{field: value})
    with as_actor(actor(other)):
        assert not OperatingSession.objects.filter(pk=made.pk).update(ended_at=timezone.now())
    with as_actor(actor(user)):
        end_session(session=made)
    with pytest.raises(DatabaseError), as_actor(actor(user)):
        OperatingSession.objects.filter(pk=made.pk).update(ended_at=None)


def test_two_at_once_cannot_be():
    user = at_rest()
    operating_session(user)
    with pytest.raises(IntegrityError), transaction.atomic():
        operating_session(user)


def test_what_was_done_is_paged_and_is_of_the_session_alone(as_actor, monkeypatch):
    monkeypatch.setattr(operating, "LINES", 3)
    user = at_rest()
    with acting(actor(user)):
        note("portal.before", object_kind="test")
    made = opened(user)
    with acting(actor(user)):
        for rank in range(4):
            note(f"portal.act{rank}", object_kind="test")
    with acting(actor(UserFactory(operator=True, role="operator"))):
        note("portal.other", object_kind="test")
    with acting(actor(user)):
        end_session(session=made)
        note("portal.after", object_kind="test")
    seen, position, pages = [], None, 0
    with as_actor(actor(UserFactory(operator=True, role="auditor"))):
        while pages < 5:
            done, following = operating.done_in(made.id, position)
            seen += [one.action for one in done]
            pages += 1
            if not following:
                break
            moment, _, key = following.partition("~")
            position = (operating.datetime.fromisoformat(moment), operating.UUID(key))
    assert pages == 2
    assert seen == [
        "access.session.ended", *(f"portal.act{rank}" for rank in (3, 2, 1, 0)), "access.session.opened",
    ]  # fmt: skip

"""The outbox: events in the act's transaction, passed on in the order of commits, each once."""

import json
import threading
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from enrs.config.postgres import Cluster
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.events.models import Cursor, Event, Receipt
from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.relay import BATCH, CHANNEL, NOTICE_BYTES, _notices, relay
from enrs.core.ids import uuid7
from tests.waiting import settle


@pytest.fixture
def heard(emptied_journals):
    """What `live` hears: a function that returns the hints since its last call."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(Cluster().dsn("app", database=name), autocommit=True) as listener:
        listener.execute(f"listen {CHANNEL}")

        def take():
            notices = [one.payload for one in listener.notifies(timeout=0.3)]
            assert all(len(one.encode()) < 8000 for one in notices)
            return [hint for one in notices for hint in json.loads(one)]

        yield take


def tell(name: str, **payload: object) -> None:
    emit("essai", topics=[f"patient:{name}"], payload={"kind": "notes", "ids": [name]} | payload)


def topics(hints: list) -> list[str]:
    return [one["topic"].split(":")[1] for one in hints]


@pytest.mark.django_db
def test_event_waits_for_its_act_and_many_are_one_statement(django_assert_num_queries):
    with django_assert_num_queries(3), act():
        for _ in range(50):
            tell("a")
    assert Event.objects.count() == 50


@pytest.mark.django_db
def test_event_goes_with_its_act():
    with pytest.raises(ZeroDivisionError), act():  # noqa: PT012
        tell("a")
        raise ZeroDivisionError
    assert not Event.objects.exists()


def relay_all(subscriber: str = "live") -> int:
    """Relay once everything told so far has committed."""
    settle()
    return relay(subscriber)


def test_each_event_is_passed_on_once(heard):
    tell("a")
    tell("b")
    assert relay_all() == 2
    assert topics(heard()) == ["a", "b"]
    assert relay_all() == 0
    assert heard() == []
    tell("c")
    assert relay_all() == 1
    assert topics(heard()) == ["c"]


def test_two_subscribers_have_each_their_mark(heard):
    tell("a")
    assert relay_all("one") == 1
    assert relay_all("two") == 1
    assert relay_all("one") == 0
    assert Cursor.objects.count() == 2


def test_transactions_that_commit_in_reverse_order_are_all_heard(heard):
    """The first to start is the last to commit: its event has the lower number and comes later."""
    started, go_on, failures = threading.Event(), threading.Event(), []

    def slow():
        try:
            with act():
                with connection.cursor() as cursor:
                    cursor.execute("select pg_current_xact_id()")
                started.set()
                assert go_on.wait(10)
                tell("lent")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert started.wait(10)
    tell("rapide")
    seen = []
    for _ in range(3):
        relay()
        seen += topics(heard())
    assert seen == [], "what is above an open transaction must wait for it"
    go_on.set()
    thread.join(10)
    assert failures == []
    relay_all()
    assert topics(heard()) == ["lent", "rapide"]
    assert relay_all() == 0


def test_transaction_of_another_database_holds_nobody_back(heard):
    with psycopg.connect(Cluster().dsn("admin", database="postgres")) as elsewhere:
        elsewhere.execute("select pg_current_xact_id()")
        tell("ici")
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_snapshot_xmin(pg_current_snapshot()) < enrs_horizon(), "
                "pg_snapshot_xmax(pg_current_snapshot()) >= enrs_horizon()"
            )
            assert cursor.fetchone() == (True, True)
        assert relay() == 1
        assert topics(heard()) == ["ici"]


def test_horizon_stops_at_the_transaction_that_asks(heard):
    """A later one that has ended must not carry it past what this one is about to write."""
    with act(), connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        own = cursor.fetchone()[0]
        with psycopg.connect(
            Cluster().dsn("admin", database=connection.settings_dict["NAME"])
        ) as on:
            on.execute("select pg_current_xact_id()")
        cursor.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint > %s", [own])
        assert cursor.fetchone()[0]
        cursor.execute("select enrs_horizon()::text::bigint")
        assert cursor.fetchone()[0] == own


def test_more_than_a_batch_is_read_in_several_calls(heard):
    with act():
        for rank in range(BATCH + 20):
            tell(str(rank))
    assert [relay_all(), relay_all(), relay_all()] == [BATCH, 20, 0]
    assert sorted(topics(heard()), key=int) == [str(rank) for rank in range(BATCH + 20)]


def test_relay_that_fails_begins_again_where_it_was(heard, monkeypatch):
    tell("a")

    def failing(_events):
        raise RuntimeError("notice refused")

    with monkeypatch.context() as broken:
        broken.setattr("enrs.core.events.relay._notices", failing)
        with pytest.raises(RuntimeError):
            relay_all()
    assert relay_all() == 1
    assert topics(heard()) == ["a"]


def test_events_of_a_new_epoch_come_after_those_of_the_former(heard):
    tell("ancien")
    with connection.cursor() as cursor:
        cursor.execute("update enrs_epoch set epoch = epoch + 1")
    try:
        tell("nouveau")
        assert relay_all() == 2
        assert topics(heard()) == ["ancien", "nouveau"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("update enrs_epoch set epoch = epoch - 1")


def row(topic: str, payload: dict) -> OutboxEvent:
    return OutboxEvent(uuid7(), 1, 1, datetime.now(UTC), "essai", None, [topic], payload)


def test_same_hint_is_sent_once_a_batch_with_its_last_ids():
    events = [row("patient:a", {"kind": "notes", "ids": [str(n)]}) for n in range(30)]
    (notice,) = _notices(events)
    (hint,) = json.loads(notice)
    assert hint == {"topic": "patient:a", "kind": "notes", "ids": [str(n) for n in range(10, 30)]}


def test_event_without_a_kind_hints_at_nothing():
    assert list(_notices([row("patient:a", {"other": 1})])) == []


@pytest.mark.parametrize("count", [1, 200, 2000])
def test_notices_stay_below_the_limit(count):
    ids = [str(uuid7()) for _ in range(count)]
    events = [
        row("patient:a", {"revoked": ids}),
        *(row(f"patient:{one}", {"kind": "documents", "ids": ids[:20]}) for one in ids[:200]),
        row("inbox", {"kind": "messages", "ids": ["é" * 300] * 20}),
    ]
    notices = list(_notices(events))
    assert all(len(one.encode()) <= NOTICE_BYTES for one in notices)
    hints = [hint for one in notices for hint in json.loads(one)]
    assert sorted(i for one in hints for i in one.get("revoked", [])) == sorted(ids)
    assert {one["topic"] for one in hints} == {
        "patient:a",
        "inbox",
        *(f"patient:{i}" for i in ids[:200]),
    }


@pytest.mark.django_db
def test_an_effect_is_received_once():
    event = uuid7()
    Receipt(event_id=event, subscriber="mail").save(force_insert=True)
    Receipt(event_id=event, subscriber="sms").save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt(event_id=event, subscriber="mail").save(force_insert=True)

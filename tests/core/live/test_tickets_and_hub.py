"""Tickets of open pages, and the streams that hear their topics."""

import asyncio
import json
import time

import pytest

from enrs.core.access.actor import ANONYMOUS, acting
from enrs.core.live.asgi import events_of
from enrs.core.live.hub import BACKLOG, SLACK, Hub, Stream
from enrs.core.live.tickets import LIFETIME, Ticket, TicketError, issue, read
from enrs.core.live.views import live_context, may_hear
from tests.factories import PatientFactory, UserFactory, actor, member, person_of

KEY = b"k" * 32


def ticket(**changes: object) -> str:
    return issue(KEY, **({"user": "u", "grantees": ["g"], "topics": ["patient:a"]} | changes))


def test_ticket_round_trip():
    assert read(KEY, ticket()) == Ticket("u", ("g",), ("patient:a",))
    assert read(KEY, ticket(now=time.time() - 60.25)).since == pytest.approx(
        time.time() - 60.25, abs=1
    )


def test_ticket_of_another_key_is_refused():
    with pytest.raises(TicketError, match="signature"):
        read(b"z" * 32, ticket())


@pytest.mark.parametrize("place", range(0, 90, 7))
def test_altered_ticket_is_refused(place):
    text = ticket()
    altered = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    with pytest.raises(TicketError):
        read(KEY, altered)


@pytest.mark.parametrize("text", ["", ".", "a", "a.b", "é.é", "." * 500])
def test_what_is_no_ticket_is_refused(text):
    with pytest.raises(TicketError):
        read(KEY, text)


def test_ticket_lives_two_minutes():
    now = time.time()
    assert read(KEY, ticket(now=now - LIFETIME + 2))
    with pytest.raises(TicketError, match="expired"):
        read(KEY, ticket(now=now - LIFETIME - 1))
    assert read(KEY, ticket(now=now - 10_000), now=0).user == "u"


def stream(*topics: str, grantees: tuple[str, ...] = ("g",), age: float = -60) -> Stream:
    """A stream whose ticket was issued `age` seconds ago; below zero, nothing told before counts."""
    return Stream(Ticket("u", grantees, topics, time.time() - age))


def events(one: Stream) -> list[bytes | None]:
    return [one.queue.get_nowait() for _ in range(one.queue.qsize())]


def hint(topic: str) -> dict:
    return {"topic": topic, "kind": "notes", "ids": ["1"]}


def test_hint_reaches_its_topic_alone():
    async def scenario():
        hub, here, there = Hub(), stream("patient:a", "inbox"), stream("patient:b")
        hub.join(here)
        hub.join(there)
        assert len(hub) == 2
        hub.tell([hint("patient:a"), hint("patient:c")])
        (event,) = events(here)
        assert event.startswith(b"event: hint\ndata: ")
        assert event.endswith(b"\n\n")
        assert json.loads(event.split(b"data: ")[1]) == hint("patient:a")
        assert events(there) == []
        hub.leave(here)
        hub.leave(there)
        hub.leave(there)
        assert len(hub) == 0
        hub.tell([hint("patient:a")])
        assert events(here) == []

    asyncio.run(scenario())


def test_slow_browser_is_cut_off_rather_than_kept_in_memory():
    async def scenario():
        hub, slow = Hub(), stream("patient:a")
        hub.join(slow)
        for _ in range(BACKLOG):
            hub.tell([hint("patient:a")])
        assert slow.queue.qsize() == BACKLOG
        hub.tell([hint("patient:a")])
        assert events(slow) == [None]

    asyncio.run(scenario())


def test_revocation_ends_the_older_streams_of_whom_it_names():
    async def scenario():
        hub = Hub()
        named = stream("patient:a", grantees=("g", "o"), age=10)
        opened_since = stream("patient:a", grantees=("g", "o"), age=1)
        colleague = stream("patient:a", grantees=("h",), age=10)
        elsewhere = stream("patient:b", grantees=("o",), age=10)
        for one in (named, opened_since, colleague, elsewhere):
            hub.join(one)
        hub.tell([{"topic": "patient:a", "revoked": ["o", "x"], "at": time.time() - 5}])
        told = events(named)
        assert told[0].startswith(b"event: revoked\n")
        assert told[1] is None
        assert events(opened_since) == events(colleague) == events(elsewhere) == []

    asyncio.run(scenario())


def test_page_that_joins_late_hears_what_it_missed_once_and_nothing_older():
    async def scenario():
        hub = Hub()
        hub.tell([hint("patient:a"), hint("patient:a"), hint("patient:b")])
        late, fresh = stream("patient:a", age=10), stream("patient:a")
        hub.join(late)
        hub.join(fresh)
        (event,) = events(late)
        assert json.loads(event.split(b"data: ")[1]) == hint("patient:a") | {"ids": []}
        assert events(fresh) == []

    asyncio.run(scenario())


def test_revocation_told_before_a_page_joins_ends_its_stream():
    async def scenario():
        hub = Hub()
        hub.tell([{"topic": "patient:a", "revoked": ["o"], "at": time.time() - 5}])
        named = stream("patient:a", grantees=("g", "o"), age=10)
        granted_since = stream("patient:a", grantees=("o",), age=1)
        colleague = stream("patient:a", age=10)
        for one in (named, granted_since, colleague):
            hub.join(one)
        told = events(named)
        assert told[0].startswith(b"event: revoked\n")
        assert told[1] is None
        assert events(granted_since) == events(colleague) == []

    asyncio.run(scenario())


def test_what_no_ticket_can_have_missed_is_forgotten(monkeypatch):
    async def scenario():
        hub, now = Hub(), time.time()
        monkeypatch.setattr(time, "time", lambda: now - LIFETIME - SLACK - 1)
        hub.tell([hint("patient:a"), hint("patient:b")])
        monkeypatch.setattr(time, "time", lambda: now)
        hub.tell([hint("patient:b")])
        assert list(hub._told) == ["patient:b"]

    asyncio.run(scenario())


@pytest.mark.django_db
def test_who_may_hear_what():
    patient = PatientFactory()
    topic = f"patient:{patient.pk}"
    nurse, stranger = actor(member(patient, "nurse")), actor(member(PatientFactory(), "nurse"))
    operator = actor(UserFactory(role="operator", operator=True))
    for who, hears in (
        (ANONYMOUS, False),
        (stranger, False),
        (operator, False),
        (nurse, True),
        (actor(person_of(patient)), True),
    ):
        assert may_hear(topic, who) == hears
    assert may_hear(f"user:{nurse.user_id}", nurse)
    assert not may_hear(f"user:{nurse.user_id}", stranger)
    assert may_hear("inbox", operator)
    assert not may_hear("inbox", nurse)
    for odd in ("", "patient:", "patient:abc", "other:x", "user:"):
        assert not may_hear(odd, nurse)


@pytest.mark.django_db
def test_page_gets_a_ticket_of_what_its_reader_may_hear(settings):
    patient = PatientFactory()
    nurse = actor(member(patient, "nurse"))
    with acting(nurse):
        live = live_context(f"patient:{patient.pk}", "inbox", f"user:{nurse.user_id}")
    given = read(settings.SECRETS.live_ticket_key, live.ticket)
    assert given.topics == (f"patient:{patient.pk}", f"user:{nurse.user_id}")
    assert given.user == str(nurse.user_id)
    assert set(given.grantees) == {str(nurse.grantee_id), str(nurse.organisation_id)}


def test_a_stream_ends_after_its_life_so_that_its_page_asks_again():
    async def heard(life: float) -> list[bytes]:
        stream = Stream(read(KEY, ticket()))
        stream.push(b"une nouvelle")
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return [one async for one in events_of(stream, gone, life)]

    assert asyncio.run(heard(0.05))[:2] == [b": bonjour\n\n", b"une nouvelle"]
    assert asyncio.run(heard(0)) == [b": bonjour\n\n"]

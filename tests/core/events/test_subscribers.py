"""Subscribers of the outbox: each effect once, a failure tried again, then left aside."""

import logging

import pytest
from django.db import connection

from enrs.core.access.actor import current_actor
from enrs.core.events import subscribers
from enrs.core.events.commands import emit
from enrs.core.events.models import Cursor, Event, Receipt
from enrs.core.events.subscribers import TRIES, deliver, deliver_all, subscribe
from enrs.core.notifications.models import Notice
from tests.waiting import settle


@pytest.fixture
def done(emptied_journals, monkeypatch):
    """What the subscriber `essai` did; it fails on the events that `done.faulty` names."""

    class Done(list):
        faulty: set[str] = set()

    effects = Done()

    def handle(event):
        assert current_actor().kind == "system"
        emit("effet", payload={"of": event.payload["name"]})
        if event.payload["name"] in effects.faulty:
            raise ValueError("essai")
        effects.append(event.payload["name"])

    monkeypatch.setattr(subscribers, "_subscribers", {})
    subscribe("essai", {"essai.wanted"}, handle)
    return effects


def tell(*names: str, kind: str = "essai.wanted") -> None:
    for name in names:
        emit(kind, payload={"name": name})
    settle()


def test_each_wanted_event_is_handled_once_in_order(done):
    tell("a", "b")
    tell("x", kind="essai.other")
    tell("c")
    assert deliver_all() == 3
    assert done == ["a", "b", "c"]
    settle()
    assert deliver("essai") == 0
    assert Receipt.objects.count() == 3


def test_lost_mark_repeats_no_effect(done):
    tell("a")
    assert deliver("essai") == 1
    Cursor.objects.all().delete()
    settle()
    assert deliver("essai") == 0
    assert done == ["a"]


def test_failure_is_tried_again_then_left_aside_with_its_effects_undone(done, caplog):
    tell("a", "b", "c")
    done.faulty = {"b"}
    for _ in range(TRIES - 1):
        with caplog.at_level(logging.ERROR):
            deliver("essai")
        assert done == ["a"]
    deliver("essai")
    assert done == ["a", "c"]
    assert "left aside" in caplog.text
    assert {one.payload["of"] for one in Event.objects.filter(kind="effet")} == {"a", "c"}
    assert not subscribers._failures


def test_failure_that_mends_itself_is_delivered(done):
    tell("a")
    done.faulty = {"a"}
    deliver("essai")
    done.faulty = set()
    assert deliver("essai") == 1
    assert done == ["a"]


def test_a_choice_that_fails_leaves_nothing_and_holds_nobody_back(done, caplog):
    def among(_events):
        raise ValueError("essai")

    handled = []
    subscribe("choix", {"essai.wanted"}, lambda event: handled.append(event.id), among)
    subscribe("suivant", {"essai.wanted"}, lambda event: handled.append(event.id))
    tell("a")
    with caplog.at_level(logging.ERROR):
        assert deliver_all() == 3
    assert len(handled) == 2
    assert "could not choose" in caplog.text


def test_one_call_handles_no_more_than_a_turn(done, monkeypatch):
    monkeypatch.setattr(subscribers, "TURN", 2)
    monkeypatch.setattr(subscribers, "SPAN", -1)
    tell("a", "b", "c")
    # What a call leaves is the next one's.
    assert (deliver("essai"), deliver("essai"), deliver("essai")) == (2, 1, 0)
    assert done == ["a", "b", "c"]


def test_unknown_subjects_leave_the_outbox_readable(emptied_journals):
    """The subscribers of the program itself pass over what nobody wants."""
    tell("a")
    assert deliver_all() == 0
    assert Notice.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("select xid > 0 from event_cursor where subscriber = 'notices'")
        assert cursor.fetchone()[0]

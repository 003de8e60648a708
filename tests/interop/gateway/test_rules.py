"""Lanes, ids and waiting times."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from enrs.interop.gateway.rules import (
    LANES,
    OrderedIds,
    lane_of,
    masked,
    milliseconds_of,
    wait_after,
)


@given(st.text(), st.text())
def test_a_patient_of_a_sender_always_has_the_same_lane(sender, key):
    assert lane_of(sender, key) == lane_of(sender, key)
    assert 0 <= lane_of(sender, key) < LANES


def test_lanes_are_shared_out():
    assert len({lane_of("A|B", f"urn:finess:750099991|{n}") for n in range(1000)}) == LANES


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=50))
def test_ids_grow_even_when_the_clock_steps_back(moments):
    ids = OrderedIds()
    made = [ids.next(moment, 0) for moment in moments]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert made[0].version == 7
    assert milliseconds_of(made[0]) == moments[0]


def test_more_messages_than_a_millisecond_holds_stay_in_order():
    ids = OrderedIds()
    made = [ids.next(5, 0) for _ in range(10_000)]
    assert made == sorted(made)


def test_waiting_times_double_up_to_five_minutes():
    assert [wait_after(n).total_seconds() for n in (1, 2, 3)] == [1, 2, 4]
    assert wait_after(50) == timedelta(minutes=5)


def test_a_patient_key_is_masked_in_lists():
    assert masked("urn:finess:750099991|000123") == "•••123"
    assert masked("") == ""

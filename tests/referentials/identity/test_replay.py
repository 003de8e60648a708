"""A hundred thousand messages of identity, told in two orders: the region knows the same people."""

import time

import pytest

from tests.proof_page import found
from tests.referentials.identity.stories import interleaved, story
from tests.referentials.identity.test_order import told

LENGTH, PERSONS = 100_000, 12_000


def replayed(length: int, persons: int) -> tuple[int, float]:
    """How many patients both orders end in, and the messages applied a second."""
    messages = story(2026, length=length, persons=persons, systems=4)
    began = time.monotonic()
    first = told(interleaved(messages, 1))
    second = told(interleaved(messages, 2))
    assert first == second
    return len(first), 2 * length / (time.monotonic() - began)


@pytest.mark.django_db
@pytest.mark.usefixtures("without_quarantine")
def test_the_order_of_some_hundred_messages_changes_nothing():
    patients, _ = replayed(400, 60)
    assert patients > 20


@pytest.mark.proof
@pytest.mark.django_db
@pytest.mark.usefixtures("without_quarantine")
def test_the_order_of_a_hundred_thousand_messages_changes_nothing():
    patients, rate = replayed(LENGTH, PERSONS)
    found(
        f"{LENGTH} messages of identity in two orders, each sender's own kept",
        f"the same {patients} patients, trait by trait; {rate:.0f} messages/s, one process",
    )

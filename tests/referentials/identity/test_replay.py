"""A hundred thousand messages of identity, told in two orders: the region knows the same people."""

import time

import pytest
from django.db import connection

from tests.proof_page import found
from tests.referentials.identity.stories import interleaved, story, tell
from tests.referentials.identity.test_order import state, told

LENGTH, PERSONS = 100_000, 12_000


def replayed(length, persons, telling):
    """How many patients both orders end in, and the messages applied a second."""
    messages = story(2026, length=length, persons=persons, systems=4)
    began = time.monotonic()
    first = telling(interleaved(messages, 1))
    second = telling(interleaved(messages, 2))
    assert first == second
    return len(first), 2 * length / (time.monotonic() - began)


def told_in_service(messages):
    """Each message in a transaction of its own, then everybody forgotten."""
    for message in messages:
        tell(message)
    known = state()
    with connection.cursor() as cursor:
        cursor.execute(
            "truncate patient, source_identity, event, audit_line, fhir_resource cascade"
        )
    return known


@pytest.mark.django_db
@pytest.mark.usefixtures("without_quarantine")
def test_the_order_of_some_hundred_messages_changes_nothing():
    patients, _ = replayed(400, 60, told)
    assert patients > 20


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("without_quarantine", "emptied_journals")
def test_the_order_of_a_hundred_thousand_messages_changes_nothing():
    patients, rate = replayed(LENGTH, PERSONS, told_in_service)
    found(
        f"{LENGTH} messages of identity in two orders, each sender's own kept",
        f"the same {patients} patients, trait by trait; {rate:.0f} messages/s, one process",
    )

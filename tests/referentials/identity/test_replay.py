"""A hundred thousand messages of identity, told in two orders: the region knows the same people."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import django
import pytest
from django.conf import settings
from django.db import connections

from enrs.config.postgres import Cluster
from tests.proof_page import found
from tests.referentials.identity.stories import interleaved, story, tell
from tests.referentials.identity.test_order import state, told

LENGTH, PERSONS, MIXED = 100_000, 12_000, 0.05
ORDERS = (1, 2)


def messages_of(length, persons, *, mixed=1.0):
    return story(2026, length=length, persons=persons, systems=4, mixed=mixed)


@pytest.mark.django_db
@pytest.mark.usefixtures("without_quarantine")
def test_the_order_of_some_hundred_messages_changes_nothing():
    messages = messages_of(400, 60)
    first, second = (told(interleaved(messages, one)) for one in ORDERS)
    assert first == second
    assert len(first) > 20


@pytest.mark.proof
def test_the_order_of_a_hundred_thousand_messages_changes_nothing(template_database):
    with ProcessPoolExecutor(len(ORDERS), get_context("spawn"), initializer=django.setup) as pool:
        orders = [pool.submit(told_in_service, template_database, one) for one in ORDERS]
        (first, seconds), (second, others) = (one.result() for one in orders)
    assert first == second
    assert sum(len(members) for members, *_ in first) > LENGTH / 4
    found(
        f"{LENGTH} messages of identity in two orders, each sender's own kept",
        f"the same {len(first)} patients, trait by trait;"
        f" {2 * LENGTH / max(seconds, others):.0f} messages/s, two processes",
    )


def told_in_service(template, order):
    """What a region of its own knows after one order, each message in a transaction; the seconds it took."""
    settings.REGION = replace(settings.REGION, links_by_score=True, quarantines_overlays=False)
    cluster, name = Cluster(), f"enrs_test_replay{order}_{os.getpid()}"
    cluster.create_database(name, template=template)
    connections["default"].settings_dict["NAME"] = name
    try:
        began = time.monotonic()
        for message in interleaved(messages_of(LENGTH, PERSONS, mixed=MIXED), order):
            tell(message)
        return state(), time.monotonic() - began
    finally:
        connections.close_all()
        cluster.drop_database(name)

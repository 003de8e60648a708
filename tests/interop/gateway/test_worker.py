"""Lanes: order, faults that stop one patient only, merges that wait their turn."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError

from enrs.core import effects
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from enrs.interop.gateway.failures import MessageRefusedError, NotYetError
from enrs.interop.gateway.flows.shapes import Outcome
from enrs.interop.gateway.models import Inbox
from enrs.interop.gateway.rules import lane_of
from tests.interop.gateway import messages

pytestmark = pytest.mark.django_db
SENDER = "GAM|CHU-ESSAI"


def due_now():
    Inbox.objects.filter(state="waiting").update(
        next_try_at=datetime.now(UTC) - timedelta(seconds=1)
    )


def other_patients(count, *, same_lane):
    """Local identifiers whose lane is, or is not, that of P1."""
    lane = lane_of(SENDER, f"urn:finess:{messages.FINESS}|P1")
    found = [
        f"Q{n}" for n in range(5000)
        if (lane_of(SENDER, f"urn:finess:{messages.FINESS}|Q{n}") == lane) == same_lane
    ]  # fmt: skip
    return found[:count]


def test_messages_of_one_patient_are_applied_in_their_order(receive, work):
    for n in range(120):
        receive(messages.adt("A08", str(n)))
    done = []
    work(lambda one: done.append(int(one.control_id)) or Outcome())
    assert done == list(range(120))


def test_a_refused_message_is_parked_and_the_next_ones_go_on(receive, work, states):
    for n in range(3):
        receive(messages.adt("A08", str(n)))

    def refuse_second(one):
        note("essai.fait", object_id=one.control_id)
        if one.control_id == "1":
            raise MessageRefusedError("PID-3", "Ce patient n'est pas le bon.")
        return Outcome({"words": ["fait"]})

    work(refuse_second)
    assert states() == {"0": "applied", "1": "parked", "2": "applied"}
    parked = Inbox.objects.get(state="parked")
    assert (parked.error_where, parked.error_text) == ("PID-3", "Ce patient n'est pas le bon.")
    lines = AuditLine.objects.filter(action="essai.fait").order_by("id")
    assert {line.object_id for line in lines} == {"0", "2"}


def test_a_temporary_fault_holds_that_patient_only(receive, work, states):
    (neighbour,) = other_patients(1, same_lane=True)
    receive(messages.adt("A08", "1"))
    receive(messages.adt("A08", "2"))
    receive(messages.adt("A08", "3", ipp=neighbour))
    late = {"1"}

    def once_late(one):
        if one.control_id in late:
            raise NotYetError("PV1", "Le séjour n'est pas encore connu.")
        return Outcome()

    work(once_late)
    assert states() == {"1": "waiting", "2": "received", "3": "applied"}
    late.clear()
    work(once_late)
    assert states() == {"1": "waiting", "2": "received", "3": "applied"}
    due_now()
    work(once_late)
    assert states() == {"1": "applied", "2": "applied", "3": "applied"}


def test_a_busy_database_is_tried_again_and_a_bug_is_parked(receive, work, states):
    receive(messages.adt("A08", "1"))
    receive(messages.adt("A08", "2", ipp="P2"))

    def fail(one):
        raise OperationalError if one.control_id == "1" else ZeroDivisionError

    work(fail, rounds=1)
    assert states() == {"1": "waiting", "2": "parked"}
    assert "ZeroDivisionError" in Inbox.objects.get(control_id="2").error_text


@pytest.mark.parametrize("same_lane", [True, False])
def test_a_merge_comes_after_earlier_and_before_later_messages_of_both(receive, work, same_lane):
    (absorbed,) = other_patients(1, same_lane=same_lane)
    receive(messages.adt("A08", "before-absorbed", ipp=absorbed))
    receive(messages.adt("A08", "before-kept"))
    receive(messages.merge("P1", absorbed, "merge"))
    receive(messages.adt("A08", "after-absorbed", ipp=absorbed))
    receive(messages.adt("A08", "after-kept"))
    done = []

    def apply(one):
        done.append(one.control_id)
        return Outcome()

    for _ in range(6):
        work(apply, rounds=1)
        due_now()
    at = done.index("merge")
    assert set(done[:at]) == {"before-absorbed", "before-kept"}
    assert set(done[at + 1 :]) == {"after-absorbed", "after-kept"}


def test_a_failure_at_the_end_of_a_batch_is_found_one_by_one(receive, work, states):
    for n in range(3):
        receive(messages.adt("A08", str(n)))

    def sink(items):
        if "1" in items:
            raise IntegrityError

    def apply(one):
        effects.defer(sink, one.control_id)
        return Outcome()

    work(apply, rounds=1)
    assert states() == {"0": "applied", "1": "waiting", "2": "received"}

"""Acts, their waiting effects, and what an error takes away."""

import pytest
from django.db import connection, transaction

from enrs.core.effects import act, defer
from enrs.core.subjects.models import Patient
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


class Sink:
    """Keeps each batch that it was handed, and can refuse one."""

    def __init__(self, *, is_broken: bool = False, log: list | None = None) -> None:
        self.batches: list[list] = []
        self.is_broken = is_broken
        self.log = log

    def __call__(self, items):
        assert connection.in_atomic_block
        if self.is_broken:
            raise RuntimeError("broken sink")
        self.batches.append(list(items))
        if self.log is not None:
            self.log.append(self)


def test_outside_an_act_an_effect_is_immediate():
    sink = Sink()
    defer(sink, 1)
    assert sink.batches == [[1]]


def test_effects_wait_for_the_end_of_the_outermost_act():
    sink = Sink()
    with act():
        defer(sink, 1)
        with act():
            defer(sink, 2)
        with act(savepoint=True):
            defer(sink, 3)
        assert sink.batches == []
    assert sink.batches == [[1, 2, 3]]


def test_sinks_are_flushed_in_the_order_of_their_first_effect():
    log: list = []
    first, second = Sink(log=log), Sink(log=log)
    with act():
        defer(first, 1)
        defer(second, 2)
        defer(first, 3)
    assert log == [first, second]
    assert first.batches == [[1, 3]]


def test_failed_savepoint_takes_its_rows_and_its_effects():
    kept, lost = Sink(), Sink()
    with act():
        defer(kept, "before")
        with pytest.raises(ZeroDivisionError), act(savepoint=True):  # noqa: PT012
            PatientFactory()
            defer(kept, "inside")
            defer(lost, "inside")
            with act():
                defer(kept, "deeper")
            raise ZeroDivisionError
        defer(kept, "after")
    assert kept.batches == [["before", "after"]]
    assert lost.batches == []
    assert not Patient.objects.exists()


def test_database_error_in_a_savepoint_leaves_the_act_alive():
    patient = PatientFactory()
    sink = Sink()
    with act():
        with pytest.raises(Exception, match="duplicate key"), act(savepoint=True):
            Patient(pk=patient.pk).save(force_insert=True)
        defer(sink, "still here")
        PatientFactory()
    assert sink.batches == [["still here"]]
    assert Patient.objects.count() == 2


def test_failed_act_leaves_nothing_and_the_next_starts_fresh():
    sink = Sink()
    with pytest.raises(ZeroDivisionError), act():  # noqa: PT012
        PatientFactory()
        defer(sink, 1)
        raise ZeroDivisionError
    assert sink.batches == []
    assert not Patient.objects.exists()
    with act():
        defer(sink, 2)
    assert sink.batches == [[2]]


def test_error_at_the_flush_rolls_everything_back():
    first = Sink()
    with pytest.raises(RuntimeError, match="broken sink"), act():  # noqa: PT012
        PatientFactory()
        defer(first, 1)
        defer(Sink(is_broken=True), 2)
    assert not Patient.objects.exists()


def test_effect_of_an_effect_is_written_too():
    last = Sink()

    def passing_on(items):
        for item in items:
            defer(last, item)

    with act():
        defer(passing_on, 1)
        defer(passing_on, 2)
    assert last.batches == [[1, 2]]


def test_act_inside_a_request_s_transaction_flushes_before_it_ends():
    sink = Sink()
    with transaction.atomic():
        with act():
            defer(sink, 1)
        assert sink.batches == [[1]]

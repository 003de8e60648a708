"""Indicators: delays, time, reasons, and the small numbers that are kept back."""

from datetime import UTC, datetime, timedelta

from enrs.services.coordination.rules import figures

START = datetime(2026, 1, 1, tzinfo=UTC)


def line(days: float | None = 1, minutes: int = 60, code: str = "") -> figures.CaseLine:
    at = None if days is None else START + timedelta(days=days)
    return figures.CaseLine(START, at, at, minutes, code)


def test_delays_are_the_median_and_the_ninth_decile() -> None:
    found = figures.delay([line(day) for day in range(1, 11)], "first_contact_at")
    assert (found.median, found.ninth, found.count, found.waiting) == (5.5, 9.0, 10, 0)


def test_a_delay_over_fewer_than_five_cases_is_not_shown() -> None:
    found = figures.delay([line(), line(), line(), line(), line(None)], "first_visit_at")
    assert (found.median, found.ninth, found.count, found.waiting) == (None, None, None, None)


def test_a_contact_before_the_request_counts_as_none() -> None:
    assert figures.delay([line(-1)] * 5, "first_contact_at").median == 0.0


def test_time_per_case_wants_five_cases() -> None:
    assert figures.hours_per_case([line(minutes=90)] * 4) is None
    assert figures.hours_per_case([line(minutes=90)] * 5) == 1.5


def test_counts_from_one_to_four_are_kept_back() -> None:
    assert [figures.shown(count) for count in (0, 1, 4, 5)] == [0, None, None, 5]


def test_one_kept_count_takes_the_smallest_other_with_it() -> None:
    lines = [*[line(code="goals")] * 9, *[line(code="moved")] * 6, *[line(code="death")] * 2]
    assert [(one.label, one.count) for one in figures.closings(lines)] == [
        ("Objectifs atteints", 9), ("Déménagement", None), ("Décès", None),
    ]  # fmt: skip
    lines += [line(code="lost")] * 3
    assert [one.count for one in figures.closings(lines)] == [9, 6, None, None]


def test_nothing_is_nothing() -> None:
    assert figures.closings([]) == []
    assert figures.hours_per_case([]) is None

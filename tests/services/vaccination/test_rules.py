"""Who may be vaccinated, and who may do it: exhaustive tables of the rules."""

from datetime import UTC, date, datetime

import pytest

from enrs.services.vaccination.rules.acts import Given, fault
from enrs.services.vaccination.rules.eligibility import (
    OUTSIDE_TARGET,
    Past,
    Terms,
    age_on,
    grounds,
    judge,
    signs,
    suits,
)

TODAY = date(2026, 11, 30)
ALL = {"physician": 0, "midwife": 0, "nurse": 11, "pharmacist": 11}


def terms(**fields):
    values = {
        "is_open": True, "starts_on": date(2026, 10, 13), "ends_on": date(2027, 1, 31), "target_age": 65,
        "conditions": ("Grossesse",), "prescribers": ALL, "vaccinators": ALL,
    }  # fmt: skip
    return Terms(**values | fields)


def verdict(said=None, *, role="pharmacist", born="1950-01-01", past=None, **fields):
    return judge(
        terms(**fields), role=role, born=born, values=said, past=past or Past(), today=TODAY
    )


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1950-11-30", 76),
        ("1950-12-01", 75),
        ("1950", 75),
        ("1950-11", 76),
        ("", None),
        ("2026", 0),
        ("2026-11-29", 0),
    ],
)
def test_age_is_the_least_that_a_partial_date_allows(born, age):
    assert age_on(born, TODAY) == age


@pytest.mark.parametrize(
    ("fields", "past", "born", "reasons"),
    [
        ({}, Past(), "1950-01-01", ()),
        ({"is_open": False}, Past(), "1950-01-01", ("closed",)),
        ({"starts_on": date(2026, 12, 1)}, Past(), "1950-01-01", ("closed",)),
        ({"ends_on": date(2026, 11, 29)}, Past(), "1950-01-01", ("closed",)),
        ({"ends_on": None}, Past(), "1950-01-01", ()),
        ({}, Past(), "", ("age_unknown",)),
        ({"min_months": 216}, Past(), "2010-01-01", ("age",)),
        ({"min_months": 6}, Past(), "2026-06-01", ("age",)),
        ({"min_months": 5}, Past(), "2026-06-01", ()),
        ({"max_age": 17}, Past(), "1950-01-01", ("age",)),
        ({"is_target_only": True, "conditions": ()}, Past(), "1990-01-01", ("target",)),
        ({"is_target_only": True}, Past(), "1990-01-01", ()),
        ({}, Past(1, ((date(2026, 11, 1), date(2026, 11, 1)),)), "1950-01-01", ("done",)),
        (
            {"dose_count": 2, "interval_days": 30},
            Past(1, ((date(2026, 11, 1), date(2026, 11, 1)),)),
            "1950-01-01",
            ("interval",),
        ),
        (
            {"dose_count": 2, "interval_days": 29},
            Past(1, ((date(2026, 11, 1), date(2026, 11, 1)),)),
            "1950-01-01",
            (),
        ),
        (
            {"interval_days": 180},
            Past(0, ((date(2026, 8, 1), date(2026, 8, 1)),)),
            "1950-01-01",
            ("interval",),
        ),
    ],
)
def test_a_campaign_says_no_with_its_reasons(fields, past, born, reasons):
    found = verdict(past=past, born=born, **fields)
    assert (found.reasons, found.kind) == (reasons, "no" if reasons else "yes")
    assert not (reasons and found.may_vaccinate)


@pytest.mark.parametrize(
    ("said", "role", "kind", "may_prescribe", "may_vaccinate"),
    [
        ({}, "pharmacist", "yes", True, True),
        ({"ci-fievre": True}, "physician", "no", False, False),
        ({"accord": False}, "pharmacist", "no", False, False),
        ({"av-allergie": True}, "pharmacist", "advice", False, True),
        ({"av-allergie": True}, "physician", "advice", True, True),
        ({"saignement": True}, "nurse", "yes", True, True),
        ({}, "secretary", "yes", False, False),
        ({}, "allied", "yes", False, False),
    ],
)
def test_answers_decide_who_prescribes(said, role, kind, may_prescribe, may_vaccinate):
    found = verdict(said, role=role, asks=True)
    assert (found.kind, found.may_prescribe, found.may_vaccinate) == (
        kind,
        may_prescribe,
        may_vaccinate,
    )


def test_nothing_is_done_while_the_questions_wait():
    found = verdict(None, asks=True)
    assert (found.kind, found.may_prescribe, found.may_vaccinate) == ("yes", False, False)


@pytest.mark.parametrize(("born", "may"), [("2015-11-30", True), ("2015-12-01", False)])
def test_a_pharmacist_may_from_the_age_of_the_campaign(born, may):
    found = verdict(born=born)
    assert (found.may_prescribe, found.may_vaccinate) == (may, may)
    assert verdict(born=born, role="physician").may_prescribe


def test_signs_are_the_answers_that_count():
    said = {
        "ci-a": True,
        "ci-b": False,
        "av-c": True,
        "accord": False,
        "autre": True,
        "ci-texte": "oui",
    }
    assert signs(said) == (("accord", "ci-a"), ("av-c",))


def test_grounds_are_age_conditions_or_none():
    assert grounds(terms(), 70) == ["65 ans et plus", "Grossesse", OUTSIDE_TARGET]
    assert grounds(terms(is_target_only=True), 30) == ["Grossesse"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"given_at": datetime(2026, 12, 1, tzinfo=UTC)}, "future"),
        ({"lot": "A B"}, "lot"),
        ({"lot": ""}, "lot"),
        ({"lot": "A" * 21}, "lot"),
        ({"expires_on": date(2026, 11, 29)}, "expired"),
        ({"expires_on": date(2026, 11, 30)}, ""),
        ({"site": "NEZ"}, "site"),
        ({"route": "X"}, "route"),
        ({"dose_rank": 0}, "rank"),
        ({"dose_rank": 21}, "rank"),
        ({"gtin": "²"}, "gtin"),
        ({"gtin": "09520000000012"}, "gtin"),
        ({"serial": "A B"}, "serial"),
        ({"comment": "\x00"}, "long"),
        ({"comment": "a" * 2001}, "long"),
    ],
)
def test_a_dose_is_refused_with_the_fault(changes, code):
    values = {
        "given_at": datetime(2026, 11, 30, 9, tzinfo=UTC), "lot": "AB12", "expires_on": date(2027, 6, 30),
        "site": "LA", "route": "IM", "dose_rank": 1,
    }  # fmt: skip
    found = fault(
        Given(**values | changes), now=datetime(2026, 11, 30, 10, tzinfo=UTC), day=TODAY,
        born=date(1950, 1, 1), sites={"LA"}, routes={"IM"},
    )  # fmt: skip
    assert found == code


def test_nobody_is_vaccinated_before_their_birth():
    values = Given(datetime(2026, 11, 30, 9, tzinfo=UTC), "A", date(2027, 1, 1), "LA", "IM", 1)
    found = fault(
        values, now=datetime(2026, 11, 30, 10, tzinfo=UTC), day=TODAY, born=date(2026, 12, 1),
        sites={"LA"}, routes={"IM"},
    )  # fmt: skip
    assert found == "born"


@pytest.mark.parametrize(
    ("months", "least", "most", "fits"),
    [
        (None, 0, None, False),
        (5, 6, None, False),
        (6, 6, None, True),
        (215, 24, 215, True),
        (216, 24, 215, False),
    ],
)
def test_a_vaccine_is_for_an_age(months, least, most, fits):
    assert suits(months, least, most) is fits

"""Hours, needs, slips, contacts and quality, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from enrs.referentials.offer.rules import contacts, hours, quality, searching
from enrs.referentials.offer.rules.vocabulary import phrases_of
from enrs.referentials.offer.tables import packaged, packaged_needs

PHRASES = phrases_of(packaged_needs())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9h-12h, 14h-18h30", [(540, 720), (840, 1110)]),
        ("8h30-12h", [(510, 720)]),
        ("9:00 à 12:15", [(540, 735)]),
        ("20h-8h", [(1200, 480)]),
        ("", []),
    ],
)
def test_hours_are_read_as_they_are_written(text, found):
    assert hours.read_day(text) == found


@pytest.mark.parametrize("text", ["matin", "9h", "25h-26h", "9h-12h70", "24h-25h"])
def test_what_is_no_range_of_hours_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        hours.read_day(text)


def test_hours_are_written_back_as_they_were():
    assert hours.write_day([[0, 540, 720], [0, 840, 1110], [1, 0, 60]], 0) == "9h-12h, 14h-18h30"


def test_a_night_past_sunday_comes_back_on_monday():
    assert hours.spans([[6, 1200, 480]]) == [(0, 480), (6 * 1440 + 1200, 10080)]


@pytest.mark.parametrize(
    ("day", "hour", "is_open"), [(2, 10, True), (2, 12, False), (3, 10, False), (8, 10, False)]
)
def test_open_within_hours_but_on_closed_days(day, hour, is_open):
    """March 2026 begins on a Sunday: the 2nd is a Monday, closed on the 9th; the 8th is a Sunday."""
    at = datetime(2026, 3, day, hour, tzinfo=UTC)
    found = hours.is_open(
        is_always=False, hours=[[0, 540, 720]], on_holidays=False,
        exceptions=[{"from": "2026-03-09", "to": "2026-03-15", "words": ""}], at=at, is_holiday=False,
    )  # fmt: skip
    assert found is is_open


def test_a_unit_of_day_and_night_is_closed_by_its_exceptions_alone():
    at = datetime(2026, 5, 1, 3, tzinfo=UTC)
    shared = {"is_always": True, "hours": [], "on_holidays": False, "at": at, "is_holiday": True}
    assert hours.is_open(exceptions=[], **shared)
    assert not hours.is_open(exceptions=[{"from": "2026-05-01", "to": "2026-05-01"}], **shared)


def test_a_need_in_plain_words_becomes_what_offers_bear():
    found = searching.terms("place de dialyse a bobigny", PHRASES)
    assert [one.text for one in found] == ["dialyse", "bobigny"]
    assert "activity:dialyse-centre" in found[0].tokens
    assert found[1].words == ("bobigny",)


def test_a_phrase_wins_over_its_words():
    found = searching.terms("hospitalisation a domicile", PHRASES)
    assert [one.tokens for one in found] == [("activity:had",)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dyalise", "dialyse"),
        ("reanimaton", "reanimation"),
        ("plaei", "plaie"),
        ("xyzt", ""),
        ("irn", ""),
    ],
)
def test_slips_of_the_finger_are_read_as_what_was_meant(typed, meant):
    assert searching.nearest(typed, [one for one in PHRASES if " " not in one]) == meant


def test_an_equipment_answers_to_each_step_of_weight_that_it_holds():
    found = searching.weight_tokens("089", 250)
    assert "equipment:089:250" in found
    assert "equipment:089:270" not in found
    assert searching.weight_step(231) == 250


def test_the_box_holds_its_circle():
    around = searching.box(48.86, 2.35, 10)
    assert searching.metres((48.86, 2.35), (around.north, 2.35)) == pytest.approx(10_000, rel=0.01)
    assert searching.metres((48.86, 2.35), (48.86, around.east)) == pytest.approx(10_000, rel=0.01)


@pytest.mark.parametrize(
    ("who", "levels"),
    [
        ({"is_professional": False, "is_regulator": False, "describes": False}, ["1"]),
        ({"is_professional": True, "is_regulator": False, "describes": False}, ["1", "professionnels"]),
        ({"is_professional": True, "is_regulator": True, "describes": False}, ["1", "professionnels", "samu"]),
        ({"is_professional": True, "is_regulator": False, "describes": True}, ["1", "professionnels", "samu", "?"]),
    ],
    ids=["patient", "professional", "regulator", "referent"],
)  # fmt: skip
def test_a_contact_is_read_by_its_level(who, levels):
    lines = [{"level": level} for level in ("1", "professionnels", "samu", "?")]
    read = contacts.readable(lines, contacts.rank_of(**who))
    assert [one["level"] for one in read] == levels


def described(**over):
    return {
        "name": "Dialyse", "activity_code": "dialyse-centre", "field_code": "01", "mode_codes": ["seance"],
        "reception_codes": [], "speciality_codes": [], "act_codes": [], "public_codes": ["adultes"],
        "equipment": [], "contacts": [{"level": "1"}], "is_always_open": True, "hours": [],
        "description": "Douze postes.", "conditions": "Sur courrier.", "department": "75", "age_from": None,
        "age_to": None, "place_count": 12, "latitude": 48.8,
    } | over  # fmt: skip


FACTS = quality.Facts(
    now=datetime(2026, 3, 2, tzinfo=UTC),
    known={name: frozenset(packaged(name)) for name in
           ("activity", "field", "mode", "reception", "speciality", "act", "public", "equipment", "level")},
    site_department="75",
    verified_at=datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip


def test_a_whole_description_is_worth_a_hundred():
    assert quality.faults(described(), FACTS) == []
    assert quality.score([]) == 100


@pytest.mark.parametrize(
    ("over", "code", "blocks"),
    [
        ({"name": " "}, "CP01", True),
        ({"activity_code": ""}, "CP02", True),
        ({"mode_codes": []}, "CP03", False),
        ({"contacts": []}, "CP04", False),
        ({"is_always_open": False}, "CP05", False),
        ({"department": "93"}, "CO02", False),
        ({"age_from": 30, "age_to": 3}, "CO03", True),
        ({"mode_codes": ["28"], "place_count": None}, "CO04", False),
        ({"latitude": None}, "EX01", False),
        ({"act_codes": ["inconnu"]}, "ST01", True),
    ],
)
def test_each_rule_is_told_by_its_code(over, code, blocks):
    broken = quality.faults(described(**over), FACTS)
    assert broken == [code]
    assert bool(quality.blocking(broken, described(**over), FACTS)) is blocks
    assert quality.score(broken) < 100


@pytest.mark.parametrize(("days", "codes"), [(89, []), (91, ["RE01"]), (366, ["RE01", "RE02"])])
def test_a_description_ages(days, codes):
    told = FACTS.now - timedelta(days=days)
    facts = quality.Facts(FACTS.now, FACTS.known, "75", site_is_closed=False, verified_at=told)
    assert quality.faults(described(), facts) == codes

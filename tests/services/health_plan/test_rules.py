"""For whom a plan is opened, and by whom; its dictionary."""

import re
from datetime import date
from pathlib import Path

import pytest

from enrs.services.health_plan import rules

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ("1951-11-22", 75), ("1951-11-23", 74), ("1951-11", 75), ("1951", 75), ("1951-12", 74), ("", None),
        ("0000", None), ("1951-00-00", 75), ("1926-02-29", 100), ("n’importe", None),
    ],
)  # fmt: skip
def test_the_age_is_read_in_favour_of_the_person(birth: str, age: int | None) -> None:
    assert rules.age_on(birth, TODAY) == age


def refusal(**changes: object) -> str:
    given = {
        "role": "nurse", "is_of_team": True, "birth": "1942-01-01", "is_deceased": False, "exception": "",
        "today": TODAY,
    } | changes  # fmt: skip
    return rules.refusal(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"role": "secretary"}, "profession"),
        ({"role": "biologist"}, "profession"),
        ({"is_of_team": False}, "team"),
        ({"is_deceased": True}, "deceased"),
        ({"birth": ""}, "birth"),
        ({"birth": "1955-01-01"}, "age"),
        ({"birth": "1955-01-01", "exception": "Oui."}, "age"),
        ({"birth": "1955-01-01", "exception": "Démence à 68 ans."}, ""),
        ({"birth": "1970-01-01", "exception": "Démence à 56 ans."}, "young"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_sentence(changes: dict[str, object], code: str) -> None:
    assert refusal(**changes) == code
    assert not code or rules.REFUSALS[code]


def test_the_dictionary_is_that_of_the_value_set() -> None:
    """The codes of JDV_ProblemePPSPAERPA_CISIS, each one once."""
    expected = [f"MED-0{number}" for number in range(56, 64)] + ["ORG-011", "GEN-092.01.01"]
    assert list(rules.PROBLEMS) == expected
    assert rules.OTHER in rules.PROBLEMS


def test_no_screen_says_pps_alone() -> None:
    """« PPS » is the programme of cancer too: the name says whose plan it is."""
    room = Path(rules.__file__).parents[1]
    for path in [*room.rglob("*.html"), room / "offer.py"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bPPS\b(?! personne âgée)", text), path

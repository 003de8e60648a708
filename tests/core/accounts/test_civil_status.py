"""The pivot identity of FranceConnect, as it is compared."""

from typing import Any

import pytest

from enrs.core.accounts.rules.civil_status import CivilStatus, civil_status_of
from enrs.core.accounts.rules.identities import AnswerRefusedError

ANSWER = {
    "family_name": "RIVOAL", "given_name": "Sylvie  Anne", "preferred_username": "MARCHAND", "gender": "female",
    "birthdate": "1968-03-14", "birthplace": "29019", "birthcountry": "99100",
}  # fmt: skip


def test_a_whole_answer() -> None:
    found = civil_status_of(ANSWER)
    assert found == CivilStatus("RIVOAL", "Sylvie Anne", "1968-03-14", "F", "29019", "MARCHAND")
    assert (found.first_given, found.name) == ("Sylvie", "Sylvie MARCHAND")


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({"birthplace": "", "birthcountry": "99341"}, "birth_place", "99341"),
        ({"birthplace": "", "birthcountry": "99100"}, "birth_place", ""),
        ({"birthplace": "2a004"}, "birth_place", "2A004"),
        ({"birthplace": "Brest", "birthcountry": "France"}, "birth_place", ""),
        ({"birthdate": "1968-00-00"}, "birth_date", ""),
        ({"birthdate": "1968-03"}, "birth_date", ""),
        ({"birthdate": 19680314}, "birth_date", ""),
        ({"gender": "male"}, "sex", "M"),
        ({"gender": "unspecified"}, "sex", ""),
        ({"preferred_username": None}, "used", ""),
    ],
    ids=str,
)
def test_what_is_unknown_is_left_empty(changed: dict[str, Any], field: str, expected: str) -> None:
    assert getattr(civil_status_of(ANSWER | changed), field) == expected


@pytest.mark.parametrize("missing", ["family_name", "given_name"])
def test_nobody_without_a_name(missing: str) -> None:
    with pytest.raises(AnswerRefusedError, match="civil_status"):
        civil_status_of(ANSWER | {missing: " "})

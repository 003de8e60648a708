"""The official computation: every profile, the vectors, the parts of each variable."""

from collections import Counter
from itertools import product

import pytest

from enrs.services.coordination.rules import aggir
from tests.proof_page import found


@pytest.mark.proof
def test_the_counts_for_the_page() -> None:
    counts = Counter(aggir.compute("".join(one)).gir for one in product("ABC", repeat=8))
    told = " / ".join(str(counts[gir]) for gir in range(1, 7))
    assert told == "8 / 3208 / 2400 / 760 / 157 / 28"
    found("AGGIR, the 6,561 profiles", f"GIR 1 to 6: {told}")


def test_the_6561_profiles_fall_into_the_groups_as_the_official_table_has_them() -> None:
    counts = Counter(aggir.compute("".join(one)).gir for one in product("ABC", repeat=8))
    assert [counts[gir] for gir in range(1, 7)] == [8, 3208, 2400, 760, 157, 28]


@pytest.mark.parametrize(
    ("profile", "gir", "rank"),
    [
        ("AAAAAAAA", 6, 13),
        ("BBBBBBBB", 4, 10),
        ("CCAAAAAA", 2, 4),
        ("AACCCCCC", 2, 5),
        ("AABAAAAA", 5, 12),
        ("AAAAAABA", 5, 12),
        # Transfers alone: a C weighs less than a B in group H. The table is so.
        ("AAAAAACA", 6, 13),
        ("CCCCCCCC", 1, 1),
    ],
)
def test_known_profiles(profile: str, gir: int, rank: int) -> None:
    found = aggir.compute(profile)
    assert (found.gir, found.rank) == (gir, rank)


def test_a_profile_may_be_given_by_variable() -> None:
    profile = dict(zip(aggir.DISCRIMINANT, "CCCCCCCC", strict=True))
    assert aggir.compute(profile | {"deplacement_exterieur": "A"}) == aggir.compute("CCCCCCCC")


def test_the_result_says_which_group_decided_and_what_was_tried_before() -> None:
    found = aggir.compute("BBBBBBBB")
    assert found.letter == "G"
    assert [letter for letter, _ in found.totals] == list("ABCDEFG")


@pytest.mark.parametrize("profile", ["", "AAAAAAA", "AAAAAAAAA", "AAAAAAAD", "aaaaaaaa"])
def test_anything_else_is_refused(profile: str) -> None:
    with pytest.raises(ValueError, match="eight modalities"):
        aggir.compute(profile)


def _parts(variable: str) -> list[str]:
    return ["".join(one) for one in product("ABC", repeat=len(aggir.SUB_VARIABLES[variable]))]


@pytest.mark.parametrize("variable", ["coherence", "orientation", "toilette", "habillage"])
def test_most_variables_are_a_or_c_only_when_every_part_is(variable: str) -> None:
    for parts in _parts(variable):
        wanted = parts[0] if set(parts) in ({"A"}, {"C"}) else "B"
        assert aggir.modality_of(variable, parts) == wanted


def test_eating_ac_is_b() -> None:
    found = {parts: aggir.modality_of("alimentation", parts) for parts in _parts("alimentation")}
    assert {parts for parts, letter in found.items() if letter == "A"} == {"AA"}
    assert {parts for parts, letter in found.items() if letter == "C"} == {"CC", "BC", "CB"}


def test_elimination_one_c_is_enough() -> None:
    found = {parts: aggir.modality_of("elimination", parts) for parts in _parts("elimination")}
    assert {parts for parts, letter in found.items() if letter == "A"} == {"AA"}
    assert {parts for parts, letter in found.items() if letter == "C"} == {
        "CC", "AC", "CA", "BC", "CB",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "letter"),
    [((1, 1, 1, 1), "A"), ((0, 0, 0, 0), "C"), ((1, 0, 0, 0), "B"), ((1, 1, 1, 0), "B")],
)
def test_the_four_adverbs(answers: tuple[int, ...], letter: str) -> None:
    assert aggir.modality_of_adverbs([bool(one) for one in answers]) == letter


def test_parts_make_a_profile_and_say_what_is_missing() -> None:
    answers = {"coherence.communication": "A", "coherence.comportement": "C", "transferts": "B"}
    profile = aggir.profile_of(answers)
    assert profile == {"coherence": "B", "transferts": "B"}
    assert aggir.missing(profile) == [
        "orientation", "toilette", "habillage", "alimentation", "elimination",
        "deplacement_interieur",
    ]  # fmt: skip


def test_wrong_parts_are_refused() -> None:
    with pytest.raises(ValueError, match="toilette"):
        aggir.modality_of("toilette", "A")
    with pytest.raises(ValueError, match="transferts"):
        aggir.modality_of("transferts", "X")

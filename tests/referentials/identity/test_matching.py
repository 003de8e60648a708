"""The matching engine: one truth in Python and SQL, and the class expected of each trap of the field."""

from dataclasses import replace

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrs.referentials.identity.matching.comparisons import COMPARISONS, ELSE, levels
from enrs.referentials.identity.matching.features import (
    FEATURE_FIELDS,
    blocking_keys,
    features_of,
)
from enrs.referentials.identity.matching.model import current
from enrs.referentials.identity.matching.scorer import (
    BARRIERS,
    POSSIBLE,
    SURE,
    UNLIKE,
    explain,
    grade,
    score,
)
from enrs.referentials.identity.rules import Traits, settle
from enrs.referentials.identity.rules.phonetics import heard
from tests.referentials.identity.factories import AWA, fictional_ins

YANN = Traits(
    birth_name="KERVELLA", first_given_name="YANN", given_names="YANN MARIE", birth_date="1961-09-23",
    sex="M", birth_place_code="29019", status="validated", postal_code="77000", city="Melun",
    phone="06 00 00 12 34",
)  # fmt: skip
INS = {"ins": fictional_ins(1), "ins_oid": AWA.ins_oid, "status": "qualified"}
OTHER_INS = {"ins": fictional_ins(2), "ins_oid": AWA.ins_oid, "status": "qualified"}


def featured(traits, **more):
    return features_of(settle(traits, mode="demo").traits, **more)


def graded(one, two):
    """The class of a pair, and its barrier; `unmet` when no blocking key brings the two together."""
    left, right = featured(one), featured(two)
    if not set(blocking_keys(left)) & set(blocking_keys(right)):
        return "unmet", ""
    found = score(left, right, current())
    return grade(found, current()), found.barrier


@pytest.mark.parametrize(
    ("one", "change", "expected"),
    [
        # --- slips and habits of desks: the same person ---
        (YANN, {}, SURE),
        (YANN, {"birth_name": "KERVELA"}, SURE),
        (YANN, {"birth_name": "Kervella", "first_given_name": "yann"}, SURE),
        (YANN, {"birth_date": "1961-09-24"}, SURE),
        (YANN, {"birth_name": "YANN", "first_given_name": "KERVELLA", "given_names": ""}, SURE),
        (YANN, {"postal_code": "75011", "phone": "0600009999"}, SURE),
        (replace(YANN, birth_date="1961-09-03"), {"birth_date": "1961-03-09"}, SURE),
        (AWA, {"birth_name": "N’Diaye", **OTHER_INS, "ins": "", "ins_oid": ""}, SURE),
        (replace(AWA, used_name="KONE"), {"birth_name": "KONE", "used_name": ""}, SURE),
        (replace(YANN, birth_name="DA SILVA PEREIRA"), {"birth_name": "DASILVA"}, SURE),
        (replace(YANN, birth_name="NGUYEN", first_given_name="THI MINH", given_names="THI MINH"),
         {"birth_name": "NGUYEN", "first_given_name": "THI MINH HOA", "given_names": "THI MINH HOA"}, SURE),
        (replace(YANN, first_given_name="MOHAMMED", given_names="MOHAMMED"),
         {"first_given_name": "MOHAMED", "given_names": "MOHAMED"}, SURE),
        (replace(YANN, birth_name="L" * 60), {"birth_name": "L" * 59}, SURE),
        (replace(YANN, birth_place_code="2A004"), {"birth_place_code": "2A004"}, SURE),
        (replace(YANN, birth_place_code="97411"), {"birth_place_code": "97411"}, SURE),
        # --- left to a person ---
        (YANN, {"sex": "F"}, POSSIBLE),
        (replace(YANN, **INS), OTHER_INS, POSSIBLE),
        (YANN, {"first_given_name": "LOIC", "given_names": "LOIC"}, POSSIBLE),
        (YANN, {"first_given_name": "YOANN", "given_names": "YOANN"}, POSSIBLE),
        (replace(YANN, multiple_birth="1"),
         {"multiple_birth": "2", "first_given_name": "YVAN", "given_names": "YVAN"}, POSSIBLE),
        (replace(YANN, birth_date="2026-03-02"),
         {"birth_date": "2026-03-02", "first_given_name": "BEBE", "given_names": ""}, POSSIBLE),
        (replace(YANN, used_name="ROCHE", sex="F", first_given_name="MARIE", given_names="MARIE"),
         {"birth_name": "GUEGUEN", "used_name": "ROCHE"}, POSSIBLE),
        # --- somebody else ---
        (YANN, {"birth_name": "ROUX", "birth_place_code": "93066", "postal_code": "", "phone": ""}, UNLIKE),
        (YANN, {"birth_date": "1989-02-11", "postal_code": "", "phone": ""}, "unmet"),
        (YANN, {"birth_name": "MARTIN", "first_given_name": "LUC", "given_names": "LUC"}, "unmet"),
    ],
)  # fmt: skip
def test_each_trap_has_its_class(one, change, expected):
    two = replace(one, **change)
    found, barrier = graded(one, two)
    assert found == expected
    assert barrier == "" if expected == SURE else True
    assert graded(two, one) == (found, barrier)


def test_a_father_and_a_son_of_one_name_and_home_are_never_joined_by_a_rule():
    son = replace(YANN, birth_date="1989-09-23")
    assert graded(YANN, son) == (POSSIBLE, "birth_date")


def test_married_namesakes_born_the_same_day_are_never_joined_by_a_rule():
    one = replace(YANN, sex="F", birth_name="LE GOFF", used_name="MARTIN", first_given_name="MARIE",
                  given_names="MARIE", phone="", postal_code="")  # fmt: skip
    two = replace(one, birth_name="QUEMENER")
    assert graded(one, two) == (POSSIBLE, "name") or graded(one, two)[0] == UNLIKE


def test_triplets_are_left_apart_two_by_two():
    names = ("LEA", "LENA", "LISA")
    three = [replace(YANN, sex="F", first_given_name=name, given_names=name, multiple_birth=str(rank))
             for rank, name in enumerate(names, 1)]  # fmt: skip
    for index, one in enumerate(three):
        for two in three[index + 1 :]:
            assert graded(one, two)[1] == "twins"


@pytest.mark.parametrize("day", ["1931-01-01", "1931-12-31", "1931", "1931-01"])
def test_an_unknown_day_is_weak_evidence(day):
    vague, known = replace(YANN, birth_date=day), replace(YANN, birth_date="1931-05-17")
    left, right, other = featured(vague), featured(vague), featured(known)
    assert score(left, right, current()).weight < score(other, other, current()).weight
    assert graded(vague, known)[0] in (SURE, POSSIBLE)
    assert not any(
        key in blocking_keys(left)
        for key in blocking_keys(featured(replace(vague, birth_name="ROUX", phone="")))
    )


def test_a_rare_name_is_stronger_evidence_than_martin():
    common, rare = replace(YANN, birth_name="MARTIN"), replace(YANN, birth_name="BRISEPAILLE")
    weights = [score(featured(one), featured(one), current()).weight for one in (common, rare)]
    assert weights[0] + 5 < weights[1]


def test_an_identity_typed_by_a_person_of_the_region_is_linked_by_no_rule():
    typed = featured(YANN, system="urn:local:x")
    found = score(typed, featured(YANN), current())
    assert (grade(found, current()), found.barrier) == (POSSIBLE, "barred")


@pytest.mark.parametrize("attribute", ["doubtful", "fictive"])
def test_a_doubtful_or_fictive_identity_is_linked_by_no_rule(attribute):
    found = score(featured(YANN, attribute=attribute), featured(YANN), current())
    assert found.barrier == "barred"


def test_the_waterfall_adds_up_to_the_weight():
    one, two = featured(YANN), featured(replace(YANN, birth_name="KERVELA", phone=""))
    found = score(one, two, current())
    parts = explain(one, two, current())
    assert sum(part.bits for part in parts) == pytest.approx(found.weight, abs=0.1)
    assert [part.words for part in parts if part.label == "Téléphone"] == ["non renseigné"]
    assert all(BARRIERS.values())


@pytest.mark.parametrize(
    "names",
    [
        ("THIBAULT", "THIBAUD", "TIBEAU"), ("DUPONT", "DUPOND"), ("PHILIPPE", "FILIP"),
        ("SCHMITT", "SCHMIDT"), ("GAUTHIER", "GAUTIER", "GOTIER"), ("MEYER", "MAYER", "MEIER"),
        ("RENAULT", "RENAUD", "RENOT"), ("CHRISTINE", "KRISTINE"), ("MOREAU", "MOROT"),
    ],
)  # fmt: skip
def test_names_that_sound_alike_have_one_key(names):
    assert len({heard(name) for name in names}) == 1


words = st.sampled_from(
    ["MARTIN", "MARTINE", "MARTAIN", "DE", "SILVA", "DASILVA", "PEREIRA", "JEAN", "PIERRE", "JEANNE",
     "MARIE", "LEA", "MOHAMED", "MED", "ELODIE", "ELODY", ""]
)  # fmt: skip
names = st.lists(words, min_size=1, max_size=2).map(" ".join)
dates = st.one_of(
    st.dates().map(str),
    st.sampled_from(["", "1950", "1950-01", "1950-01-01", "1950-12-31", "1950-03-04", "1950-04-03",
                     "1950-03-05", "1951-03-04"]),
)  # fmt: skip
people = st.builds(
    Traits,
    birth_name=names.filter(str.strip), first_given_name=names, given_names=names, used_name=names,
    birth_date=dates, sex=st.sampled_from("MFU"),
    birth_place_code=st.sampled_from(["", "77288", "77305", "2A004", "99341"]),
    postal_code=st.sampled_from(["", "77000", "77300", "20000"]),
    phone=st.sampled_from(["", "0600000001", "+33600000001", "0600000002"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def in_sql():
    """The levels of many pairs at once, by the SQL of the nightly pass."""
    columns = ", ".join(f"{name} varchar" for name in FEATURE_FIELDS)
    digits = []
    for one in COMPARISONS:
        cases = " ".join(
            f"when {level.sql} then {rank}"
            for rank, level in enumerate(one.levels, 1)
            if level.sql != ELSE
        )
        digits.append(f"case when {one.missing} then 0 {cases} else {len(one.levels)} end")

    def compute(pairs):
        base = duckdb.connect()
        for side in ("a", "b"):
            base.execute(f"create table {side} (n integer, {columns})")
        for rank, (left, right) in enumerate(pairs):
            for side, one in (("a", left), ("b", right)):
                values = [rank, *(str(getattr(one, name)) for name in FEATURE_FIELDS)]
                base.execute(f"insert into {side} values ({', '.join('?' * len(values))})", values)
        asked = " || ".join(f"({digit})" for digit in digits)
        rows = base.execute(f"select {asked} from a l join b r using (n) order by n").fetchall()
        return [row[0] for row in rows]

    return compute


# The first draw builds a table of characters: a second and a half on a busy machine.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(people, people), min_size=1, max_size=30))
def test_python_and_sql_tell_the_same_levels(in_sql, drawn):
    pairs = [tuple(featured(one) for one in pair) for pair in drawn]
    assert in_sql(pairs) == [levels(left, right) for left, right in pairs]


@given(people, people)
def test_a_score_is_symmetric(one, two):
    left, right = featured(one), featured(two)
    forth, back = score(left, right, current()), score(right, left, current())
    assert (forth.levels, forth.barrier) == (back.levels, back.barrier)
    assert forth.weight == pytest.approx(back.weight)

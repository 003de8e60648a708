"""Names, statuses, comparison, precedence and search text, by tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enrs.formats.ins import INS_C_OID, INS_NIA_OID, INS_NIR_OID, INS_TEST_OID
from enrs.referentials.identity import rules
from enrs.referentials.identity.rules import Candidate, SearchFields, Traits, compare, settle
from tests.referentials.identity.factories import AWA


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("N'Diaye", "NDIAYE"),
        ("N’DIAYE", "NDIAYE"),
        ("N'Diaye née Diop", "NDIAYE"),
        ("de La Rochefoucauld-Montbel", "DELAROCHEFOUCAULD MONTBEL"),
        ("LE GOFF", "LEGOFF"),
        ("Legoff", "LEGOFF"),
        ("Ben Arfa", "BENARFA"),
        ("Œuvrard", "OEUVRARD"),
        ("Müller--Straße", "MULLER STRASSE"),
        ("Renée", "RENEE"),
        ("O'Neill", "ONEILL"),
        ("  ", ""),
    ],
)
def test_a_family_name_has_one_key_however_it_is_written(text, key):
    assert rules.name_key(text) == key


@given(st.text(max_size=60))
@example("0:NE:0")
@example("A N E B")
@example("Le Né-Durand")
def test_a_key_is_made_of_letters_digits_and_single_spaces_and_is_its_own_key(text):
    key = rules.name_key(text)
    assert all(char.isascii() and (char.isupper() or char.isdigit() or char == " ") for char in key)
    assert "  " not in key
    assert rules.name_key(key).replace(" ", "") == key.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "used", "birth"),
    [
        ("MARTIN née DURAND", "MARTIN", "DURAND"),
        ("MARTIN nee DURAND", "MARTIN", "DURAND"),
        ("MARTIN né DURAND", "MARTIN", "DURAND"),
        ("DURAND", "", "DURAND"),
        ("RENÉE", "", "RENÉE"),
    ],
)
def test_the_birth_name_follows_nee(text, used, birth):
    assert rules.split_birth_name(text) == (used, birth)


@pytest.mark.parametrize(
    ("changes", "status", "attribute", "codes"),
    [
        ({}, "qualified", "", ()),
        ({"status": "retrieved"}, "retrieved", "", ()),
        ({"ins": "", "ins_oid": ""}, "validated", "", ("status.without_ins",)),
        ({"ins": "", "status": "retrieved"}, "provisional", "", ("status.without_ins",)),
        ({"ins": "", "status": "validated"}, "validated", "", ()),
        ({"ins": AWA.ins[:13] + "00"}, "provisional", "doubtful", ("ins.key",)),
        ({"ins": "12"}, "provisional", "doubtful", ("ins.length",)),
        ({"ins_oid": "1.2.3"}, "provisional", "doubtful", ("ins.oid",)),
        ({"ins": "1" * 22, "ins_oid": INS_C_OID}, "validated", "", ("status.without_ins",)),
        ({"ins_oid": INS_NIA_OID}, "qualified", "", ()),
        ({"sex": "U"}, "provisional", "", ("traits.incomplete",)),
        ({"birth_date": ""}, "provisional", "", ("traits.incomplete",)),
        ({"birth_place_code": ""}, "qualified", "", ()),
        ({"status": "ever so good"}, "provisional", "", ()),
    ],
)
def test_a_status_comes_down_to_what_the_traits_prove(changes, status, attribute, codes):
    settled = settle(replace(AWA, **changes), mode="test")
    assert (settled.traits.status, settled.attribute, settled.codes) == (status, attribute, codes)


def test_a_test_ins_is_refused_in_production():
    with pytest.raises(rules.IdentityRefusedError, match=r"ins\.test_in_production"):
        settle(AWA, mode="production")
    assert settle(replace(AWA, ins_oid=INS_NIR_OID), mode="production").traits.status == "qualified"


def test_traits_without_a_name_are_refused():
    with pytest.raises(rules.IdentityRefusedError, match=r"traits\.empty"):
        settle(replace(AWA, birth_name="  "), mode="test")


def test_settling_twice_changes_nothing():
    once = settle(replace(AWA, birth_name="SOW née N'Diaye", given_names=""), mode="test")
    assert (once.traits.birth_name, once.traits.used_name) == ("N'Diaye", "SOW")
    assert settle(once.traits, mode="test").traits == once.traits


@pytest.mark.parametrize("attribute", ["doubtful", "fictive"])
def test_a_doubtful_identity_is_provisional_only(attribute):
    allowed = rules.allowed_statuses(
        has_ins=True, oid=INS_NIR_OID, attribute=attribute, mode="test"
    )
    assert allowed == {"provisional"}
    assert rules.shown_status("qualified", attribute) == "provisional"


@pytest.mark.parametrize(
    ("mode", "oid", "qualifies"),
    [
        ("production", INS_NIR_OID, True),
        ("production", INS_TEST_OID, False),
        ("test", INS_TEST_OID, True),
        ("test", INS_C_OID, False),
    ],
)
def test_which_authority_qualifies(mode, oid, qualifies):
    allowed = rules.allowed_statuses(has_ins=True, oid=oid, attribute="", mode=mode)
    assert ("qualified" in allowed) is qualifies


@pytest.mark.parametrize(
    ("changes", "verdict", "fields"),
    [
        ({}, "concordant", ()),
        ({"birth_name": "N'Diaye"}, "concordant", ()),
        ({"first_given_name": "AWA MARIE"}, "concordant", ()),
        ({"first_given_name": "Awa", "given_names": "Awa"}, "concordant", ()),
        ({"used_name": "SOW", "city": "Paris"}, "concordant", ()),
        ({"birth_place_code": ""}, "concordant", ()),
        ({"birth_place_code": "75114"}, "birth_place_only", ("birth_place_code",)),
        ({"birth_name": "NDAYE"}, "discordant", ("birth_name",)),
        (
            {"first_given_name": "AICHA", "given_names": "AICHA"},
            "discordant",
            ("first_given_name",),
        ),
        ({"birth_date": "1948-12-03"}, "discordant", ("birth_date",)),
        ({"birth_date": "1948"}, "discordant", ("birth_date",)),
        ({"sex": "M"}, "discordant", ("sex",)),
        ({"sex": "M", "birth_place_code": "75114"}, "discordant", ("sex", "birth_place_code")),
    ],
)
def test_strict_traits_are_compared_with_the_birth_place_apart(changes, verdict, fields):
    other = replace(AWA, **changes)
    assert compare(AWA, other) == compare(other, AWA) == rules.Comparison(verdict, fields)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("JEAN-PIERRE", ""), ("JEAN PIERRE", "JEAN PIERRE MARC"), True),
        (("JEANPIERRE", ""), ("JEAN-PIERRE", ""), True),
        (("MARIE", "MARIE ANNE"), ("MARIE ANNE", "MARIE ANNE LOUISE"), True),
        (("JEAN", "JEAN MARC"), ("JEAN-PIERRE", "JEAN-PIERRE"), False),
        (("JEAN", "JEAN PAUL"), ("JEAN", "JEAN MARC"), True),
        (("JEAN", ""), ("", ""), False),
        (("PIERRE", ""), ("JEAN-PIERRE", ""), False),
    ],
)
def test_a_given_name_may_be_cut_short_but_not_be_another(one, other, same):
    left, right = (Traits("X", first, given_names) for first, given_names in (one, other))
    assert rules.same_given(left, right) is rules.same_given(right, left) is same


def test_the_best_traits_are_qualified_first_then_newest_and_filled_from_the_others():
    now = datetime(2026, 3, 12, tzinfo=UTC)
    old = Candidate(replace(AWA, city="Melun", phone="0160000000"), "", now - timedelta(days=9))
    new = Candidate(replace(AWA, city="Paris"), "", now - timedelta(days=1))
    doubtful = Candidate(replace(AWA, birth_name="SOW"), "doubtful", now)
    validated = Candidate(replace(AWA, status="validated", email="a@b.example"), "", now)
    chosen = rules.best([doubtful, validated, old, new])
    assert chosen.traits == replace(AWA, city="Paris", phone="0160000000", email="a@b.example")
    assert rules.ranked([doubtful, validated, old, new]) == [new, old, validated, doubtful]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("MARTIN 12/03/1948", SearchFields("MARTIN", "", "1948-03-12")),
        ("martin Jean-Paul 1948", SearchFields("MARTIN", "JEAN PAUL", "1948")),
        ("de la Tour marie 03/1948", SearchFields("DELATOUR", "MARIE", "1948-03")),
        ("Rochefort-Montbel Anne", SearchFields("ROCHEFORT MONTBEL", "ANNE")),
        ("1948-03-12", SearchFields(birth_date="1948-03-12")),
        (f"{AWA.ins[0]} {AWA.ins[1:3]} {AWA.ins[3:5]} {AWA.ins[5:]}", SearchFields(ins=AWA.ins)),
        ("8000123456", SearchFields(local="8000123456")),
        ("", SearchFields()),
    ],
)
def test_free_text_is_read_into_fields(text, fields):
    assert rules.parse_search(text) == fields


@pytest.mark.parametrize("text", ["", "M", "1948", "M 03/1948"])
def test_a_search_needs_something_to_start_from(text):
    assert rules.parse_search(text).is_empty


@given(st.text(max_size=80))
def test_no_text_breaks_the_search(text):
    rules.parse_search(text)

"""INS: keys, authorities, masks, statuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.formats import ins
from enrs.formats.keys import nir_key


def numbered(body: str) -> str:
    return body + nir_key(body)


GOOD = numbered("2840675114302")


@pytest.mark.parametrize(
    ("body", "key"),
    [("2840675114302", 97 - 2840675114302 % 97), ("1800120041022", 97 - 1800120041022 % 97)],
)
def test_the_key_is_97_less_the_remainder(body, key):
    assert ins.ins_key(body) == f"{key:02d}"


@pytest.mark.parametrize(("letter", "digits"), [("2A", "19"), ("2B", "18")])
def test_corsica_counts_as_19_and_18(letter, digits):
    assert ins.ins_key(f"18001{letter}004102") == ins.ins_key(f"18001{digits}004102")


@pytest.mark.parametrize(
    ("oid", "kind"),
    [
        (ins.INS_NIR_OID, "NIR"),
        (ins.INS_NIA_OID, "NIA"),
        (ins.INS_TEST_OID, "TEST"),
        (f"urn:oid:{ins.INS_DEMO_OID}", "DEMO"),
        (ins.INS_C_OID, "C"),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_authorities(oid, kind):
    assert ins.ins_oid_kind(oid) == kind


@pytest.mark.parametrize(
    ("value", "oid", "codes"),
    [
        (GOOD, ins.INS_TEST_OID, []),
        (numbered("180012A004102"), ins.INS_NIR_OID, []),
        (numbered("1802099351001"), ins.INS_NIR_OID, []),
        (GOOD, "1.2.3", ["ins.oid"]),
        ("", ins.INS_NIR_OID, ["ins.empty"]),
        ("", "", ["ins.oid", "ins.empty"]),
        (GOOD[:13], ins.INS_NIR_OID, ["ins.length"]),
        ("9" + GOOD[1:], ins.INS_NIR_OID, ["ins.shape"]),
        (GOOD[:3] + "13" + GOOD[5:], ins.INS_NIR_OID, ["ins.shape"]),
        (GOOD[:13] + f"{(int(GOOD[13:]) + 1) % 97:02d}", ins.INS_NIR_OID, ["ins.key"]),
        ("٢" + GOOD[1:], ins.INS_NIR_OID, ["ins.shape"]),
        ("1" * 22, ins.INS_C_OID, []),
        ("A" * 22, ins.INS_C_OID, ["ins.shape"]),
        (GOOD, ins.INS_C_OID, ["ins.length"]),
    ],
)
def test_checks(value, oid, codes):
    assert ins.check_ins(value, oid) == codes


@given(st.text(max_size=25))
def test_any_text_is_checked_without_raising(value):
    assert isinstance(ins.check_ins(value, ins.INS_NIR_OID), list)
    assert len(ins.mask_ins(value)) == len(value)


def test_shapes_for_people():
    assert ins.split_ins(GOOD) == (GOOD[:13], GOOD[13:])
    assert ins.split_ins(GOOD[:13]) == (GOOD[:13], "")
    assert ins.split_ins(ins.format_ins(GOOD)) == (GOOD[:13], GOOD[13:])
    assert ins.format_ins(GOOD) == f"2 84 06 75 114 302 {GOOD[13:]}"
    assert ins.mask_ins(GOOD) == "•" * 11 + GOOD[-4:]
    assert ins.mask_ins("123") == "•••"


@pytest.mark.parametrize(
    ("reliability", "has_ins", "status"),
    [
        ("VALI", True, "qualified"),
        ("VALI", False, "validated"),
        ("QUAL", True, "qualified"),
        ("QUAL", False, "validated"),
        ("RECUP", True, "retrieved"),
        ("RECUP", False, "retrieved"),
        ("PROV", True, "provisional"),
        ("PROV", False, "provisional"),
        ("VIDE", False, "provisional"),
        ("", True, "provisional"),
        ("INCONNU", True, "provisional"),
        (("VALI", "HOMD"), True, "qualified"),
        (("VALI", "DOUT"), True, "provisional"),
        (("VALI", "FICT"), True, "provisional"),
        ((), False, "provisional"),
    ],
)
def test_rniv_statuses(reliability, has_ins, status):
    assert ins.rniv_status(reliability, has_ins) == status

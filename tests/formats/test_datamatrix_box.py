"""The Datamatrix of a medicine's box: what is read of it, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.formats.datamatrix_box import BoxCode, BoxCodeError, gtin_of, is_gtin, is_ours, read

GS = "\x1d"
GTIN = "09520000000011"
"""Prefix 952: kept by GS1 for examples."""


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}17270331" + f"10AB12{GS}21SN0001",
        f"01{GTIN}21SN0001{GS}17270331" + "10AB12",
        f"]d201{GTIN}17270331" + f"10AB12{GS}21SN0001\r\n",
        f"{GS}01{GTIN}17270331" + f"10AB12{GS}21SN0001",
        f"01{GTIN}17270331" + "10AB12<GS>21SN0001",
        f"(01){GTIN}(17)270331(10)AB12(21)SN0001",
        f"01{GTIN}11240101" + f"17270331710{'1' * 7}{GS}10AB12{GS}21SN0001",
    ],
)
def test_a_box_is_read_in_every_order_and_spelling(text):
    assert read(text) == BoxCode(GTIN, "AB12", date(2027, 3, 31), "SN0001")
    assert is_ours(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "kind"),
        ("bonjour", "kind"),
        ("IS010000000000000000000000", "kind"),
        ("3400930000001", "kind"),
        ("17270331" + f"10AB12{GS}21X", "missing"),
        ("01095200000000", "length"),
        ("0109520000000012", "key"),
        (f"01{GTIN}99X", "identifier"),
        (f"01{GTIN}01{GTIN}", "twice"),
        (f"01{GTIN}10" + "A" * 21, "length"),
        (f"01{GTIN}10", "length"),
        (f"01{GTIN}10AB 12", "length"),
        (f"01{GTIN}172703", "length"),
        (f"01{GTIN}1727033110AB1221SN0001", "length"),
        (f"01{GTIN}17270331" + "10AB12", "length"),
        (f"01{GTIN}17271301", "date"),
        (f"01{GTIN}17270230", "date"),
        (f"(01){GTIN}(10", "kind"),
        (f"(01){GTIN}(99)1", "identifier"),
    ],
)
def test_what_is_no_code_of_a_box_is_refused_with_the_reason(text, code):
    with pytest.raises(BoxCodeError) as caught:
        read(text)
    assert caught.value.code == code


def test_a_day_of_zeros_is_the_last_of_the_month():
    assert read(f"01{GTIN}17280200").expires_on == date(2028, 2, 29)


def test_the_french_number_is_in_the_gtin():
    assert BoxCode("03400930000014").cip13 == "3400930000014"
    assert BoxCode(GTIN).cip13 == ""


@pytest.mark.parametrize(
    ("typed", "gtin"),
    [
        ("9520000000011", GTIN),
        ("0952 0000 0000 11", GTIN),
        ("9520000000012", ""),
        ("12", ""),
        ("٣" * 13, ""),
    ],
)
def test_a_number_typed_by_hand_is_brought_to_fourteen_digits(typed, gtin):
    assert gtin_of(typed) == gtin


@given(st.text(max_size=60))
def test_nothing_but_a_refusal_comes_of_any_text(text):
    try:
        found = read(text)
    except BoxCodeError:
        return
    assert is_gtin(found.gtin)

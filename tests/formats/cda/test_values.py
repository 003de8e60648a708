"""Values of each data type, and the French words for them."""

from decimal import Decimal

import pytest
from lxml import etree

from enrs.formats.cda.values import (
    french_date,
    french_moment,
    quantity,
    unit_label,
    value_of,
)

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def value(kind, attributes="", inner=""):
    return value_of(
        etree.fromstring(
            f'<value xmlns="urn:hl7-org:v3" xmlns:xsi="{XSI}" xsi:type="{kind}" {attributes}>'
            f"{inner}</value>"
        )
    )


@pytest.mark.parametrize(
    ("kind", "attributes", "inner", "display", "number"),
    [
        ("PQ", 'value="5.20" unit="mmol/L"', "", "5,20 mmol/L", Decimal("5.20")),
        ("c:PQ", 'value="7,5" unit="g"', "", "7,5 g", Decimal("7.5")),
        ("PQ", 'value="&lt;0.1" unit="g"', "", "< 0,1 g", Decimal("0.1")),
        ("PQ", 'value="illisible" unit="g"', "", "illisible g", None),
        ("PQ", 'nullFlavor="MSK"', "", "masqué", None),
        ("INT", 'value="3"', "", "3", Decimal(3)),
        ("REAL", 'value="1e-3"', "", "1e-3", Decimal("0.001")),
        ("ST", "", "  trouble\n léger ", "trouble léger", None),
        ("ED", "", "texte", "texte", None),
        ("CD", 'code="A" displayName="Présence"', "", "Présence", None),
        ("CO", 'code="4"', "", "4", None),
        ("BL", 'value="true"', "", "oui", None),
        ("TS", 'value="20260312"', "", "12 mars 2026", None),
        ("IVL_TS", "", '<low value="2026"/>', "2026", None),
        ("RTO", "", '<numerator value="1"/><denominator value="64"/>', "1/64", None),
        ("IVL_PQ", "", '<low value="2" unit="g"/><high value="3" unit="g"/>', "2 – 3 g", None),
        ("IVL_PQ", "", '<low value="2" unit="g" inclusive="false"/>', "> 2 g", Decimal(2)),
        ("IVL_INT", "", '<high value="9"/>', "≤ 9", Decimal(9)),
        ("IVL_PQ", "", "", "", None),
    ],
)
def test_each_type_reads_as_people_say_it(kind, attributes, inner, display, number):
    found = value(kind, attributes, inner)
    assert found.display == display
    assert found.number == number


@pytest.mark.parametrize(
    ("unit", "label"),
    [
        ("ug/mL", "µg/mL"), ("umol/L", "µmol/L"), ("10*9/L", "10⁹/L"), ("m[IU]/L", "mUI/L"),
        ("u[IU]/mL", "µUI/mL"), ("1", ""), ("%", "%"), ("mm[Hg]", "mmHg"), ("{pack}/a", "pack/a"),
        ("mol/L", "mol/L"), ("/uL", "/µL"), ("UI/L", "UI/L"),
    ],
)  # fmt: skip
def test_units_are_written_as_in_a_report(unit, label):
    assert unit_label(unit) == label


@pytest.mark.parametrize("text", ["5.2", "< 0.5", "<= 0.5", "> 90", ">= 90", "-1"])
def test_a_quantity_keeps_its_sign(text):
    assert quantity(text, "g").text == text


def test_a_quantity_in_words_is_refused():
    with pytest.raises(ValueError, match="Not a number"):
        quantity("beaucoup", "g")


def test_french_dates():
    assert french_date("2026-03-01") == "1er mars 2026"
    assert french_date("2026-08") == "août 2026"
    assert french_moment(None) == ""

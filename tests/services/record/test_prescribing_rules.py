"""What a line may say, who prescribes what, which alerts are given: pure rules, by tables."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.services.record.rules import prescribing as rules
from tests.services.record.prescribing import AMLODIPINE, PARACETAMOL, VACCINE

ATC_URI = "http://www.whocc.no/atc"


@dataclass
class Line:
    display: str = "Amlodipine 5 mg"
    code: str = ""
    code_system: str = ""
    dose: Decimal | None = None
    dose_unit: str = ""
    times: int | None = None
    period: str = ""
    moments: str = ""
    is_as_needed: bool = False
    lasts: int | None = None
    lasts_unit: str = ""
    refills: int = 0


def refused(values: dict[str, Any], role: str = "physician") -> tuple[str, str]:
    with pytest.raises(rules.LineRefusedError) as caught:
        rules.checked(values, role=role)
    return caught.value.field, caught.value.code


def test_a_line_is_cleaned():
    line = rules.checked(PARACETAMOL, role="physician")
    assert (line["dose"], line["times"], line["lasts"], line["refills"]) == (
        Decimal("0.500"),
        3,
        5,
        0,
    )
    assert (line["code"], line["code_system"], line["quantity"]) == ("", "", None)
    assert line["is_as_needed"]
    assert rules.checked(AMLODIPINE, role="physician")["code_system"] == rules.ATC


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"display": " "}, ("display", "missing")),
        ({"display": "A" * 201}, ("display", "length")),
        ({"display": "A\x00"}, ("display", "nul")),
        ({"code": "C08CA1"}, ("code", "choice")),
        ({"code": "C08CA01", "code_system": "ailleurs"}, ("code", "choice")),
        ({"dose": "beaucoup"}, ("dose", "number")),
        ({"dose": "0"}, ("dose", "range")),
        ({"dose": "NaN"}, ("dose", "range")),
        ({"dose_unit": ""}, ("dose_unit", "missing")),
        ({"dose_unit": "seau"}, ("dose_unit", "choice")),
        ({"times": "1.5"}, ("times", "number")),
        ({"times": "25"}, ("times", "range")),
        ({"period": "an"}, ("period", "choice")),
        ({"route": "1"}, ("route", "choice")),
        ({"lasts": "0"}, ("lasts", "range")),
        ({"lasts": "13"}, ("refills", "months")),
        ({"lasts": "13", "refills": "0"}, ("lasts", "months")),
        ({"refills": "12"}, ("refills", "range")),
        ({"no_substitution": "NON"}, ("no_substitution", "choice")),
        ({"times": "", "moments": "", "comment": ""}, ("times", "how")),
        ({"lasts": "", "quantity": ""}, ("lasts", "how")),
    ],
)
def test_what_cannot_be(changes, expected):
    assert refused(AMLODIPINE | changes) == expected


@pytest.mark.parametrize(
    ("role", "values", "may"),
    [
        ("physician", PARACETAMOL, True), ("dentist", PARACETAMOL, True), ("midwife", PARACETAMOL, True),
        ("nurse", PARACETAMOL, False), ("nurse", AMLODIPINE, False), ("nurse", VACCINE, True),
        ("nurse", VACCINE | {"code": "N07BA01"}, True), ("pharmacist", VACCINE, True),
        ("pharmacist", VACCINE | {"code": "N07BA01"}, False), ("pharmacist", VACCINE | {"code": ""}, False),
        ("allied", VACCINE, False), ("secretary", VACCINE, False),
        ("pharmacist", VACCINE | {"code_system": "1.2.250.1.213.2.3.2"}, False),
    ],
)  # fmt: skip
def test_who_prescribes_what(role, values, may):
    if may:
        assert rules.checked(values, role=role)
    else:
        assert refused(values, role) == ("code", "scope")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dose": Decimal("1.000"), "dose_unit": "gélule", "times": 1, "period": "d"}, "1 gélule, 1 fois par jour"),
        ({"dose": Decimal("2.5"), "dose_unit": "cuillère à café"}, "2,5 cuillères à café"),
        ({"dose": Decimal(500), "dose_unit": "mg", "lasts": 1, "lasts_unit": "mo"}, "500 mg, pendant 1 mois"),
        (
            {"times": 3, "period": "wk", "moments": "au coucher", "is_as_needed": True, "lasts": 10, "lasts_unit": "d"},
            "3 fois par semaine, au coucher, si besoin, pendant 10 jours",
        ),
        ({}, ""),
    ],
)  # fmt: skip
def test_how_it_is_taken_in_words(values, words):
    assert rules.dosage_words(Line(**values)) == words


def test_the_last_day():
    begins = date(2026, 3, 1)
    assert rules.last_day(Line(lasts=7, lasts_unit="d"), begins) == date(2026, 3, 7)
    assert rules.last_day(Line(lasts=1, lasts_unit="mo"), begins) == date(2026, 3, 30)
    assert rules.last_day(Line(lasts=1, lasts_unit="mo", refills=5), begins) == date(2026, 8, 27)
    assert rules.last_day(Line(), begins) is None


@pytest.mark.parametrize(
    ("line", "other", "is_same"),
    [
        (Line("Amoxicilline 1 g, comprimé"), rules.Known("Amoxicilline"), True),
        (Line("AMOXICILLINE/ACIDE CLAVULANIQUE"), rules.Known("amoxicillines"), True),
        (Line("Amoxicilline 1 g"), rules.Known("Allergie à la pénicilline"), True),
        (Line("Augmentin 1 g"), rules.Known("PÉNICILLINES"), True),
        (Line("Céfixime 200 mg"), rules.Known("Bêta-lactamines"), True),
        (Line("Ibuprofène 400 mg"), rules.Known("AINS"), True),
        (Line("Sérétide", "J01CA04", rules.ATC), rules.Known("penicillin"), True),
        (Line("Œstradiol 1 mg"), rules.Known("oestradiol"), True),
        (Line("Paracétamol 1 g"), rules.Known("Pénicilline"), False),
        (Line("Amoxicilline 1 g", "J01CA04", rules.ATC), rules.Known("Pénicilline", "J01C", ATC_URI), True),
        (Line("Amoxicilline 1 g", "J01CA04", rules.ATC), rules.Known("Anti-infectieux", "J01", rules.ATC), False),
        (Line("Chlorure de sodium"), rules.Known("Alginate de sodium"), False),
        (Line("Doliprane 1 g, comprimé"), rules.Known("Efferalgan 1 g, comprimé"), False),
        (Line("Metformine 1 g", "A10BA02", rules.ATC), rules.Known("Glucophage", "A10BA02", rules.ATC), True),
        (Line("X", "123", "1.2.250.1.213.2.3.1"), rules.Known("Y", "123", rules.ATC), False),
    ],
)  # fmt: skip
def test_the_same_substance(line, other, is_same):
    assert bool(rules.alerts([line], [other], [])) is is_same


def test_a_family_is_told_of_an_allergy_and_of_nothing_else():
    line, known = Line("Amoxicilline 1 g"), rules.Known("Oxacilline")
    (alert,) = rules.alerts([line], [known], [known])
    assert (alert.kind, "(pénicillines)" in alert.words) == ("allergy", True)


def test_alerts_say_what_stands_and_each_once():
    lines = [Line("Amoxicilline 1 g"), Line("Amoxicilline 500 mg")]
    known = rules.Known("Amoxicilline")
    found = rules.alerts(lines, [known], [known, known])
    assert [one.kind for one in found] == ["allergy", "treatment", "allergy", "treatment", "twice"]
    assert "« Amoxicilline »" in found[0].words


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_words_are_compared(first, second):
    rules.alerts([Line(first)], [rules.Known(second)], [])


@given(st.dictionaries(st.sampled_from(sorted(AMLODIPINE)), st.text(max_size=12)))
def test_any_values_are_kept_or_refused(values):
    with suppress(rules.LineRefusedError):
        assert rules.checked(AMLODIPINE | values, role="physician")["display"]

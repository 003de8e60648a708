"""Documents made from facts read back the same, whatever their kind, and are what their layouts say."""

import string
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from enrs.formats.cda.builder import Table
from enrs.formats.cda.builder_documents import headed, summary_document
from enrs.formats.cda.checks import Fault, faults, printable
from enrs.formats.cda.clinical import (
    ALLERGY_KINDS,
    PACK_YEARS,
    TOBACCO,
    VITAL_SIGNS,
    AllergyFact,
    Facts,
    HabitFact,
    MeasureFact,
    PrescribedFact,
    ProblemFact,
    TreatmentFact,
    VaccineFact,
)
from enrs.formats.cda.clinical_reader import facts as read_facts
from enrs.formats.cda.header import metadata, missing
from enrs.formats.cda.layouts import EMERGENCY_OF_RESIDENTS, LAYOUTS, Part
from enrs.formats.cda.model import LOINC, Code, Identifier, Organization, Party, Patient
from enrs.formats.cda.nodes import V3
from enrs.formats.cda.reader import read
from enrs.formats.cda.viewer import plain_text, render
from tests.formats.cda.examples import METADATA, PARIS

AT = datetime(2026, 3, 12, 10, 15, tzinfo=PARIS)
ICD = "2.16.840.1.113883.6.3"
EDQM = "0.4.0.127.0.16.1.1.2.1"
SIGN = Code("29463-7", LOINC, "Poids", "LOINC")
INS = Identifier("1.2.250.1.213.1.4.10", "279035121518989")
"""The test patient that the ANS publishes."""
META = replace(
    METADATA,
    unique_id=Identifier("2.25.3401"),
    set_id=Identifier("2.25.3400"),
    type_code=None,
    title="",
    replaces=(Identifier("2.25.3399"),),
    orders=(),
    patient=replace(METADATA.patient, ins=INS, birth_date="1984-05-02"),
)
KEYS = [f"0198c0de-0000-7000-8000-{rank:012d}" for rank in range(20)]
WHOLE = Facts(
    problems=(
        ProblemFact("Diabète & « type 2 »", KEYS[0], Code("E11", ICD, "Diabète", "CIM-10"), "HbA1c 7 %", began="2011"),
        ProblemFact("Fracture du col", KEYS[1], is_active=False, began="2019-04", ended="2019-06-02"),
    ),
    allergies=(
        AllergyFact("Pénicilline", KEYS[2], None, "Vu aux urgences", "medication", "high", "Œdème", began="2004-02-01"),
        AllergyFact("Arachide", KEYS[3], Code("91935009", "2.16.840.1.113883.6.96", "x", "SNOMED CT"), kind="food"),
        AllergyFact("Latex", KEYS[4], kind="environment", is_active=False),
    ),
    treatments=(
        TreatmentFact("Metformine 1 g", KEYS[5], None, "", "1 matin et soir", "2012"),
        TreatmentFact("Amoxicilline", KEYS[6], dosage="3 g", began="2026-03-01", ended="2026-03-08"),
    ),
    vaccines=(
        VaccineFact(
            "Grippe", KEYS[7], None, "", "2025-10", "rappel", "L-77", 2,
            Code("20035000", EDQM, "Voie intramusculaire", "EDQM"),
            Code("16217701000119102", "2.16.840.1.113883.6.96", "deltoïde gauche", "SNOMED CT"),
            Party(
                role="PRF", idnat="801234567897", family="MULLER", given="Charles", suffix="DR",
                organization=Organization("1750803447", "Cabinet du Dr Muller"),
            ),
        ),
        VaccineFact("Tétanos", KEYS[8]),
    ),
    habits=(HabitFact(TOBACCO.display, "", TOBACCO, value=Decimal("12.5"), unit=PACK_YEARS),),
    measures=(
        MeasureFact("Poids", KEYS[9], SIGN, value=Decimal("72.5"), unit="kg", at=AT),
        MeasureFact("Taille", KEYS[10], Code("8302-2", LOINC, "Taille", "LOINC"), value=Decimal(171), unit="cm", at=AT),
    ),
    prescribed=(
        PrescribedFact(
            "Paracétamol 500 mg", KEYS[11], Code("N02BE01", "2.16.840.1.113883.6.73", "paracétamol", "ATC"),
            "Au cours d’un repas", dosage="1 comprimé, 3 fois par jour, pendant 6 jours", dose=Decimal("0.5"),
            dose_unit="comprimé", times=3, period="d", lasts=6, lasts_unit="d",
            route=Code("20053000", EDQM, "Voie orale", "EDQM"), quantity=2, refills=3, began="2026-03-12",
            is_long_term=True, to_pharmacist="Sans sucre",
        ),
        PrescribedFact(
            "Lévothyrox 75 µg", KEYS[12], dosage="1 le matin", is_substitutable=False,
            no_substitution="Marge thérapeutique étroite (MTE)",
        ),
    ),
)  # fmt: skip
TEXTS = {
    "warnings": ("Chutes répétées", "Vit seule"),
    "reason": ("Décompensation cardiaque",),
    "synthesis": ("Bonne évolution.",),
    "follow_up": ("Revoir à un mois.",),
    "goals": (Table(("Objectif",), (("Marcher jusqu’au marché",),)),),
    "status": ("Réalisé",),
}


TELLS_ONE = ("vaccination_note", "prescription")
"""Kinds that tell of one act, in a section or two."""


def kept_by(kind: str) -> Facts:
    """What a layout has a place for."""
    names: set[str] = set()

    def look(parts: tuple[Part, ...]) -> None:
        for part in parts:
            names.add(part.holds)
            look(part.parts)

    look(LAYOUTS[kind].parts)
    problems = tuple(
        one for one in WHOLE.problems if ("problems" if one.is_active else "antecedents") in names
    )
    others = ("allergies", "treatments", "vaccines", "habits", "measures", "prescribed")
    return replace(WHOLE, problems=problems, **{name: () for name in others if name not in names})


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_document_reads_back_the_same(kind: str):
    raw = summary_document(META, kind, WHOLE, TEXTS)
    document = read(raw)
    assert read_facts(document) == kept_by(kind)
    header = metadata(document)
    expected = headed(META, kind)
    assert replace(header, format_code="") == expected
    assert missing(header) == []
    assert header.type_code == LAYOUTS[kind].type_code
    assert faults(header, kind, read_facts(document) if kind != "plan" else WHOLE, TEXTS) == []


@pytest.mark.parametrize("kind", LAYOUTS)
def test_an_empty_record_says_so_and_gives_no_fact(kind: str):
    document = read(summary_document(META, kind, Facts(), {}))
    assert read_facts(document) == Facts()
    words = html.fromstring(render(document)).text_content()
    assert "Pas d’information sur les allergies" in words or kind in TELLS_ONE
    assert "None" not in words
    codes = [node.get("code") for node in document.root.iter(f"{{{V3}}}code")]
    if "Aucun traitement" in words:
        assert "no-medication-info" in codes


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_pointer_of_an_entry_leads_to_the_narrative(kind: str):
    root = read(summary_document(META, kind, WHOLE, TEXTS)).root
    ids = [node.get("ID") for node in root.iter(etree.Element) if node.get("ID")]
    assert len(ids) == len(set(ids))
    pointers = {node.get("value") for node in root.iter(f"{{{V3}}}reference")}
    assert pointers <= {f"#{one}" for one in ids}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_sections_have_their_code_and_templates_in_the_order_of_the_schema(kind: str):
    root = read(summary_document(META, kind, WHOLE, TEXTS)).root
    order = ("templateId", "id", "code", "title", "text", "entry", "component")
    sections = list(root.iter(f"{{{V3}}}section"))
    assert len(sections) > 3 or kind in TELLS_ONE
    for section in sections:
        names = [etree.QName(child).localname for child in section]
        assert names == sorted(names, key=order.index)
        assert section.find(f"{{{V3}}}code") is not None
        assert section.find(f"{{{V3}}}title").text
    numbers = [section.find(f"{{{V3}}}id").get("root") for section in sections]
    assert len(set(numbers)) == len(sections)
    observation = ("templateId", "id", "code", "text", "statusCode", "effectiveTime", "value", "author",
                   "participant", "entryRelationship")  # fmt: skip
    for node in root.iter(f"{{{V3}}}observation"):
        names = [etree.QName(child).localname for child in node]
        assert names == sorted(names, key=observation.index)


def test_the_statement_that_no_allergy_is_known_is_a_fact():
    stated = Facts(is_no_allergy_known=True)
    document = read(summary_document(META, "vsm", stated, {}))
    assert read_facts(document) == stated
    assert "Pas d'allergie/hypersensibilité connue" in plain_text(document)


def test_a_resident_s_emergency_document_claims_the_model_of_nursing_homes():
    at_home = metadata(read(summary_document(META, "dlu", WHOLE, {})))
    resident = metadata(read(summary_document(META, "dlu", WHOLE, {}, EMERGENCY_OF_RESIDENTS)))
    assert at_home.format_code == ""
    assert resident.format_code == "urn:asip:ci-sis:dlu:2015"
    vsm = metadata(read(summary_document(META, "vsm", WHOLE, {})))
    assert vsm.format_code == "urn:asip:ci-sis:vsm:2012"


def test_optional_parts_without_content_are_left_out():
    words = plain_text(read(summary_document(META, "vsm", Facts(is_no_allergy_known=True), {})))
    assert "Vaccinations" not in words
    assert "Points de vigilance" in words
    assert "Aucun signalé." in words


LETTERS = "aZ09é<>&'\"#;{}Œ€«»—…\u0301\u200d\ufffd😀ع"
"""Letters that markup, other alphabets and accents make hard."""
TEXT = st.text(LETTERS, min_size=1, max_size=30)
PARTIAL = st.sampled_from(["", "2011", "2011-02", "2011-02-28"])


@given(
    st.lists(
        st.builds(
            TreatmentFact, label=TEXT, key=st.sampled_from(KEYS), comment=TEXT, dosage=TEXT, began=PARTIAL,
            ended=PARTIAL,
        ),
        max_size=4,
    ),
    st.lists(
        st.builds(
            AllergyFact, label=TEXT, key=st.sampled_from(KEYS), kind=st.sampled_from(list(ALLERGY_KINDS)),
            criticality=st.sampled_from(["", "low", "high", "unable-to-assess"]), reaction=TEXT,
            is_active=st.booleans(), began=PARTIAL,
        ),
        max_size=4,
    ),
)  # fmt: skip
def test_whatever_people_write_reads_back(treatments, allergies):
    told = Facts(
        treatments=tuple(replace(one, label=printable(one.label) or "x") for one in treatments),
        allergies=tuple(allergies),
    )
    assert read_facts(read(summary_document(META, "vsm", told, {}))) == told


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_what_xml_forbids_is_taken_out(character: str):
    assert printable(f"a{character}b") == "ab"
    assert printable("a\tb\nc") == "a\tb\nc"


def codes(found: list[Fault], stops: str = "") -> set[str]:
    return {one.code for one in found if stops in ("", one.stops)}


def without(**changes) -> object:
    return replace(headed(META, "vsm"), **changes)


NOBODY = Party(role="AUT")
WRONG = [
    ({"patient": replace(META.patient, ins=None)}, "INS-01", "leaving"),
    ({"patient": replace(META.patient, ins=replace(INS, extension="279035121518988"))}, "INS-02", "leaving"),
    ({"patient": replace(META.patient, ins=Identifier("1.2.3", INS.extension))}, "INS-02", "leaving"),
    ({"patient": replace(META.patient, birth_name="")}, "IDE-01", "making"),
    ({"patient": replace(META.patient, birth_date="1984-05")}, "IDE-02", "leaving"),
    ({"patient": replace(META.patient, sex="U")}, "IDE-02", "leaving"),
    ({"authors": ()}, "AUT-01", "making"),
    ({"authors": (NOBODY,)}, "AUT-01", "making"),
    ({"authors": (replace(META.authors[0], profession=Code("médecin", "1.2")),)}, "AUT-02", "leaving"),
    ({"authors": (replace(META.authors[0], organization=Organization(name="Cabinet")),)}, "STR-01", "leaving"),
    ({"legal_authenticator": None}, "AUT-03", "making"),
    ({"custodian": None}, "STR-02", "leaving"),
    ({"type_code": Code("11502-2", LOINC, "CR")}, "MET-01", "making"),
    ({"encounter": None}, "MET-02", "leaving"),
    ({"encounter": replace(META.encounter, facility_type=Code("SA99", "1.2.250.1.71.4.2.4"))}, "MET-02", "leaving"),
    ({"encounter": replace(META.encounter, code=Code("PARTOUT", "1.2"))}, "MET-06", "leaving"),
    ({"practice_setting": Code("CHEZMOI", "1.2")}, "MET-03", "leaving"),
    ({"confidentiality": Code("X", "2.16.840.1.113883.5.25")}, "MET-04", "making"),
    ({"creation_time": "2026-03-12"}, "MET-05", "making"),
    ({"creation_time": datetime(2026, 3, 12)}, "MET-05", "making"),  # noqa: DTZ001  that is what is wrong
    ({"unique_id": Identifier("pas un oid")}, "MET-07", "making"),
    ({"set_id": None}, "MET-07", "making"),
    ({"title": ""}, "MET-08", "making"),
    ({"service_events": ()}, "MET-09", "making"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "stops"), WRONG, ids=lambda one: str(one)[:40])
def test_each_rule_of_the_header_has_its_code_and_its_remedy(changes, code, stops):
    found = faults(without(**changes), "vsm", WHOLE, {})
    assert code in codes(found, stops)
    assert all(one.where and one.remedy for one in found)


def test_a_right_header_has_no_fault():
    assert faults(headed(META, "vsm"), "vsm", WHOLE, {}) == []
    assert isinstance(META.patient, Patient)


@pytest.mark.parametrize(
    ("kind", "told", "texts", "expected"),
    [
        ("vsm", replace(WHOLE, allergies=()), {}, {"CLI-01"}),
        ("vsm", Facts(), {}, {"CLI-01", "CLI-02"}),
        ("dlu", Facts(is_no_allergy_known=True), {}, {"CLI-02"}),
        ("admission_letter", WHOLE, {}, {"CLI-03"}),
        ("admission_letter", WHOLE, TEXTS, set()),
        ("discharge_letter", WHOLE, {"reason": ("x",)}, {"CLI-03"}),
        ("discharge_letter", WHOLE, TEXTS, set()),
        ("plan", WHOLE, {}, {"CLI-03"}),
        ("plan", WHOLE, TEXTS, set()),
    ],
)
def test_what_a_document_must_say(kind, told, texts, expected):
    assert codes(faults(headed(META, kind), kind, told, texts)) == expected


def test_a_measure_outside_of_the_national_list_is_told():
    pain = MeasureFact(
        "Douleur", "", Code("72514-3", LOINC, "Douleur"), value=Decimal(3), unit="{score}", at=AT
    )
    found = faults(headed(META, "vsm"), "vsm", replace(WHOLE, measures=(pain,)), {})
    assert codes(found) == {"CLI-04"}
    assert SIGN.code in VITAL_SIGNS


@pytest.mark.parametrize("letters", [string.ascii_letters, "é" * 40, "1" * 40])
def test_a_value_set_refuses_what_is_not_in_it(letters):
    wrong = without(practice_setting=Code(letters, "1.2"))
    assert "MET-03" in codes(faults(wrong, "vsm", WHOLE, {}))

"""What the builder writes reads back the same."""

from dataclasses import replace
from datetime import datetime

import pytest
from lxml import html

from enrs.formats.cda.builder import (
    LAB_TEMPLATES,
    Bullets,
    Picture,
    Section,
    Table,
    laboratory_report,
    letter,
    level_1,
)
from enrs.formats.cda.builder_header import complete
from enrs.formats.cda.header import metadata, missing
from enrs.formats.cda.laboratory import (
    LabObservation,
    PreviousResult,
    ReferenceRange,
    Specimen,
    observations,
)
from enrs.formats.cda.model import LOINC, Code, Identifier, Party
from enrs.formats.cda.reader import Kind, read
from enrs.formats.cda.values import coded_value, interval_value, quantity, text_value
from enrs.formats.cda.viewer import plain_text, render
from tests.formats.cda.examples import METADATA, PARIS, PDF, PNG

AT = datetime(2026, 3, 12, 10, 15, tzinfo=PARIS)
BIOCHEMISTRY = Code("18719-5", LOINC, "Biochimie", "LOINC")
MICROBIOLOGY = Code("18725-2", LOINC, "Microbiologie")
HIGH = Code("H", "2.16.840.1.113883.5.83", "Anormalement haut")
VALIDATOR = Party(
    role="AUTHEN", idnat="899900000128", family="ABRIVARD", given="Solène", suffix="DR", at=AT
)
BLOOD = Specimen(
    kind=Code("BLD", "2.16.840.1.113883.5.129", "Sang"),
    act=Code("9050", "1.2.250.1.213.2.7", "Ponction veineuse", "NABM"),
    identifier="T-0417",
    collected_at=AT,
    received_at=AT,
)


def usual(low, high, unit):
    value = interval_value(low, high, unit)
    return (ReferenceRange(value.low, value.high, unit, value.text),)


def result(code, label, value, **others):
    words = {"at": AT, "status": "completed", "specimen": BLOOD, "validator": VALIDATOR}
    return LabObservation(
        code=Code(code, LOINC, label, original_text=label), value=value, **{**words, **others}
    )


def report():
    blood = {"chapter": "Biochimie", "chapter_code": BIOCHEMISTRY, "subchapter": "Sang"}
    ions = {"battery": "Ionogramme", "battery_code": Code("24323-8", LOINC, "Ionogramme")}
    urine = {
        "chapter": "Microbiologie",
        "chapter_code": MICROBIOLOGY,
        "specimen": None,
        "validator": None,
    }
    germ = {**urine, "isolate": Code("112283007", "2.16.840.1.113883.6.96", "Escherichia coli")}
    test = {"battery": "Antibiogramme", "battery_code": Code("18769-0", LOINC, "Antibiogramme")}
    found = [
        result("2951-2", "Sodium", quantity("139", "mmol/L"), **blood, **ions),
        result(
            "2823-3",
            "Potassium",
            quantity("5.8", "mmol/L"),
            **blood,
            **ions,
            interpretation=(HIGH,),
            ranges=usual("3.5", "5.0", "mmol/L"),
            comment="Non hémolysé",
            previous=(PreviousResult(quantity("4.1", "mmol/L"), "2025-11-04"),),
            method=Code("X1", "1.2.250.1.213.2.3.5", "Potentiométrie"),
        ),
        result("1988-5", "CRP", quantity("< 1.0", "mg/L"), **blood, ranges=usual("", "5", "mg/L")),
        result("5195-3", "Antigène HBs", text_value("négatif"), **blood, group_comment="Fin"),
        result("1-1", "Index", quantity("0.2", ""), **blood, group_comment="Fin", parent=3),
        result("630-4", "Culture", coded_value(Code("P", "2.25.1", "Positive")), **urine),
        result("51480-2", "Bactéries", quantity("100000", "/mL"), **germ),
        result("18862-3", "Amoxicilline", quantity("> 16", "ug/mL"), **germ, **test),
    ]
    return [replace(item, order=index) for index, item in enumerate(found)]


def test_a_laboratory_report_reads_back_the_same():
    built = read(laboratory_report(METADATA, report(), copy=PDF))
    assert observations(built) == report()
    assert built.attachments[0].data == PDF
    expected = complete(METADATA, LAB_TEMPLATES)
    assert metadata(built) == replace(expected, format_code="urn:ihe:lab:xd-lab:2008")
    assert missing(metadata(built)) == []


def test_a_laboratory_report_shows_its_values():
    shown = render(read(laboratory_report(METADATA, report())))
    words = html.fromstring(shown).text_content()
    assert "Potassium5,8 mmol/L3,5 – 5,0 mmol/LAnormalement haut" in words
    assert "Escherichia coli – Antibiogramme" in words
    assert "Index0,2" in words


@pytest.mark.parametrize("data", [PDF, PNG])
def test_a_wrapped_file_reads_back_the_same(data):
    built = read(level_1(METADATA, data, "application/pdf"))
    assert built.kind is Kind.LEVEL_1
    assert built.attachments[0].data == data
    meta = metadata(built)
    assert meta.format_code == "urn:ihe:iti:xds-sd:pdf:2008"
    assert replace(meta, format_code="") == complete(
        METADATA, (Identifier("1.3.6.1.4.1.19376.1.2.20"),)
    )


def test_a_letter_reads_back_and_shows_its_blocks():
    meta = replace(
        METADATA,
        title="Scanner du thorax",
        type_code=Code("18748-4", LOINC, "CR d'imagerie médicale"),
        template_ids=(Identifier("1.2.250.1.213.1.1.1.45", "2024.01"),),
    )
    sections = (
        Section("Indication", ("Toux & fièvre depuis < 8 jours",)),
        Section(
            "Résultats",
            (
                Bullets(("pas d'épanchement", "nodule de 4 mm"), is_ordered=True),
                Table(("Mesure", "Valeur"), (("PDL", "412 mGy.cm"),), "Dose"),
                Picture(PNG, "image/png", "Coupe 12"),
            ),
            Code("59776-5", LOINC, "Résultats"),
            (Section("Conclusion", ("Contrôle à trois mois",)),),
        ),
    )
    built = read(letter(meta, sections))
    assert metadata(built).format_code.startswith("urn:ihe:rad:CDA")
    shown = render(built, lambda index: f"/pieces/{index}")
    assert "<p>Toux &amp; fièvre depuis &lt; 8 jours</p>" in shown
    assert "<li>nodule de 4 mm</li>" in shown
    assert 'src="/pieces/0"' in shown
    assert "<h3>Conclusion</h3>" in shown
    assert "412 mGy.cm" in plain_text(built)


def test_the_first_author_signs_and_practises_by_default():
    meta = metadata(read(level_1(METADATA, PDF)))
    assert meta.legal_authenticator.name == "Dr Solène ABRIVARD"
    assert meta.practice_setting == METADATA.practice_setting

"""Results, units, ranges and germs taken out of laboratory documents."""

from datetime import datetime
from decimal import Decimal

import pytest

from enrs.formats.cda.laboratory import observations
from tests.formats.cda.examples import PARIS, document, section_document


def by_name(name):
    return {item.name: item for item in observations(document(name))}


def test_results_keep_the_order_and_the_titles_of_the_report():
    found = observations(document("laboratory"))
    assert [item.order for item in found] == list(range(9))
    assert [item.name for item in found][:4] == ["Natrémie", "Kaliémie", "CRP", "Cholestérol total"]
    assert {(item.chapter, item.subchapter) for item in found} == {
        ("Biochimie", "Sang"),
        ("Hématologie", ""),
        ("Sérologie", ""),
    }
    assert [item.battery for item in found][:3] == ["Ionogramme", "Ionogramme", ""]


def test_a_measured_result_is_whole():
    potassium = by_name("laboratory")["Kaliémie"]
    assert (potassium.code.code, potassium.code.display) == ("2823-3", "Potassium")
    assert potassium.value.number == Decimal("5.8")
    assert (potassium.value.text, potassium.value.unit) == ("5.8", "mmol/L")
    assert [item.code for item in potassium.interpretation] == ["H"]
    assert potassium.is_abnormal
    assert (potassium.ranges[0].low, potassium.ranges[0].high) == (Decimal("3.5"), Decimal(5))
    assert potassium.ranges[0].display == "3,5 – 5 mmol/L"
    assert potassium.at == datetime(2026, 3, 12, 10, 15, tzinfo=PARIS)
    assert potassium.status == "completed"
    assert potassium.comment == "Prélèvement non hémolysé"
    assert potassium.group_comment == "Contrôle conseillé sous huit jours"
    assert [(old.value.display, old.at) for old in potassium.previous] == [
        ("4,1 mmol/L", "2025-11-04")
    ]


def test_the_sample_and_the_people_are_known():
    sodium = by_name("laboratory")["Natrémie"]
    assert sodium.specimen.kind.display == "Sang"
    assert sodium.specimen.act.code == "9050"
    assert sodium.specimen.identifier == "T-0417"
    assert sodium.specimen.collected_at == datetime(2026, 3, 12, 7, 35, tzinfo=PARIS)
    assert sodium.specimen.received_at == datetime(2026, 3, 12, 8, 20, tzinfo=PARIS)
    assert sodium.validator.name == "Dr Solène ABRIVARD"
    assert not sodium.is_abnormal


def test_a_local_code_and_a_bound_are_understood():
    crp = by_name("laboratory")["CRP"]
    assert (crp.code.code, crp.code.system) == ("L-CRP", "1.2.250.1.999.34.2")
    assert (crp.value.comparator, crp.value.number) == ("<", Decimal("1.0"))
    assert crp.value.display == "< 1,0 mg/L"
    assert crp.ranges[0].display == "≤ 5 mg/L"


def test_second_units_coded_and_missing_values():
    found = by_name("laboratory")
    assert found["Cholestérol total"].value.others == (("4.90", "mmol/L"),)
    assert found["Groupe sanguin"].value.code.code == "112144000"
    assert found["Hémoglobine"].value.display == "non demandé"
    assert found["Hémoglobine"].value.null_flavor == "NASK"
    assert found["Antigène HBs"].ranges[0].text == "négatif"
    assert not found["Antigène HBs"].is_abnormal


def test_a_detail_points_to_its_result():
    found = by_name("laboratory")
    assert found["Index"].parent == found["Antigène HBs"].order


def test_an_antibiogram_is_kept_by_germ():
    found = observations(document("microbiology"))
    lines = [
        (item.isolate.label, item.battery, item.name, item.value.display, item.is_abnormal)
        for item in found
    ]
    assert lines[1] == ("Escherichia coli", "Antibiogramme", "Amoxicilline", "> 16 µg/mL", True)
    assert lines[2] == ("Escherichia coli", "Antibiogramme", "Gentamicine", "≤ 0,5 µg/mL", False)
    assert lines[4][:4] == (
        "Enterococcus faecalis",
        "Antibiogramme",
        "Amoxicilline",
        "0,5 – 1 µg/mL",
    )
    assert found[0].battery == ""


def test_an_older_report_with_prefixes_and_bare_references_is_read():
    glucose = observations(document("self_rendering"))[0]
    assert (glucose.name, glucose.value.display) == ("Glycémie à jeun", "0,88 g/L")


@pytest.mark.parametrize("name", ["level_1", "image"])
def test_a_document_without_results_gives_none(name):
    assert observations(document(name)) == []


def test_the_observations_of_other_documents_are_not_laboratory_results():
    smoke = "<entry><observation><code code='1'/><value value='3'/></observation></entry>"
    assert observations(section_document("", smoke)) == []


def test_a_long_text_under_many_ids_is_not_copied_for_each():
    levels = 100
    opening = "".join(f"<content ID='n{level}'>" for level in range(levels))
    deep = section_document(f"<text>{opening}{'mot ' * 50_000}{'</content>' * levels}</text>")
    assert all(len(deep.narratives.get(f"n{level}")) <= 20_000 for level in range(levels))
    assert deep.narratives.get("absent") == ""

"""The simulated hospital: its messages are whole, in the French shape, and always the same."""

import base64
from collections import Counter
from datetime import UTC, date, datetime
from itertools import islice

import pytest
from lxml import etree

from enrs.config.demo.generator import DemoPlan, DemoRegion
from enrs.config.demo.hospital import HospitalScenario, hl7_text, segment

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def scenario():
    region = DemoRegion(DemoPlan.small(today=date(2026, 3, 2)))
    patients = list(islice(region.people(), 200))

    def make(**options):
        doctors = region.cast.hospital_doctors
        return HospitalScenario(region.structure_at(0), patients, doctors, START, **options)

    return make


@pytest.fixture(scope="module")
def messages(scenario):
    return list(islice(scenario().messages(), 2_000))


def fields(message, name):
    lines = message.decode().split("\r")
    return [line.split("|") for line in lines if line.startswith(name)]


def test_the_same_hospital_says_the_same(scenario, messages):
    assert list(islice(scenario().messages(), 300)) == messages[:300]
    other = list(islice(scenario(run="1").messages(), 50))
    ids = {fields(message, "MSH")[0][9] for message in messages}
    assert len(ids) == 2_000
    assert not ids & {fields(message, "MSH")[0][9] for message in other}


def test_all_the_kinds_come(messages):
    kinds = Counter(fields(message, "MSH")[0][8].split("^")[1] for message in messages)
    assert {"A28", "A01", "A02", "A03", "A08", "A40", "R01"} <= set(kinds)
    assert kinds["R01"] > 400


def test_messages_have_the_french_shape(messages):
    for message in messages:
        assert message.endswith(b"\r")
        assert b"\n" not in message
        (header,) = fields(message, "MSH")
        (pid,) = fields(message, "PID")
        assert header[11] == "2.5^FRA^2.11"
        assert header[17] == "UNICODE UTF-8"
        assert "&N^PI" in pid[3]
        assert pid[5].split("~")[0].endswith("^L")
        assert pid[11].split("~")[1].split("^")[6] == "BDL"
        assert pid[11].split("~")[1].split("^")[8]
        assert pid[32] in {"VALI", "PROV"}
        assert ("^INS" in pid[3]) == (pid[32] == "VALI")


def test_a_stay_moves_in_order(messages):
    seen = {}
    for message in messages:
        kind = fields(message, "MSH")[0][8].split("^")[1]
        if kind in {"A01", "A02", "A03"}:
            visit = fields(message, "PV1")[0][19]
            assert (seen.get(visit) is None) == (kind == "A01")
            assert seen.get(visit) != "A03"
            assert fields(message, "ZBE")[0][4] == "INSERT"
            seen[visit] = kind


def test_numeric_results_and_letters(messages):
    values = [obx for m in messages for obx in fields(m, "OBX") if obx[2] == "NM"]
    assert all(float(obx[5]) >= 0 and obx[6].endswith("^UCUM") for obx in values)
    letters = [obx for m in messages for obx in fields(m, "OBX") if obx[2] == "ED"]
    assert letters
    for obx in letters:
        tree = etree.fromstring(base64.b64decode(obx[5].split("^")[-1]))
        assert tree.tag == "{urn:hl7-org:v3}ClinicalDocument"


def test_delimiters_are_escaped_and_empty_tails_dropped():
    assert hl7_text("a|b^c~d&e\\f\r") == "a\\F\\b\\S\\c\\R\\d\\T\\e\\E\\f "
    assert segment("PV1", {1: "1", 3: "x", 5: ""}) == "PV1|1||x"


def test_a_hospital_without_patients_says_so(scenario):
    empty = scenario()
    empty.people = []
    with pytest.raises(ValueError, match="needs patients"):
        next(empty.messages())

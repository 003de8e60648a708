"""The flow of activities of FINESS: what is read of each, its beds, its state, and documents that are none."""

import io
import json

import pytest

from enrs.formats.directory.common import DirectoryFileError, Refusal
from enrs.formats.directory.finess_activities import addresses, read_activities
from tests.referentials.directory.factories import (
    activities_flow,
    capacity,
    carried,
    finess_flow,
    finess_number,
)


def read(*given, **options):
    return list(read_activities([json.dumps(activities_flow(*given, **options))]))


def one(*given, **options):
    (row,) = read(*given, **options)
    return row


def test_an_activity_takes_what_its_authorisation_tells():
    row = one(carried(1, granted=capacity("09", 40), capacite=[capacity("01", 38)]))
    assert (row.finess, row.number, row.nature) == (finess_number(1), "11", "AMF")
    assert row.codes == ("01", "00", "01")
    assert (row.authorised, row.installed, row.unit) == (40, 38, "01")
    assert (row.authorisation, row.started_on) == ("84-82-1", "2009-06-10")
    assert not row.is_closed


def test_an_activity_without_authorisation_stands_by_itself():
    row = one(carried(1, granted=capacity("09", 40), stands=False))
    assert (row.authorised, row.installed, row.authorisation) == (None, None, "")


@pytest.mark.parametrize(
    ("events", "is_running"),
    [
        ([], False), ([("012", "2010-01-01")], True), ([("12", "2010-01-01")], True),
        ([("012", "2010-01-01"), ("015", "2011-01-01")], False),
        ([("015", "2011-01-01"), ("012", "2012-01-01")], True), ([("010", "2013-01-01")], False),
    ],
)  # fmt: skip
def test_the_last_event_says_whether_it_is_carried_on(events, is_running):
    told = [{"codeEvenement": code, "dateEvenement": day} for code, day in events]
    assert one(carried(1, evenement=told)).is_running is is_running


def test_parts_of_a_capacity_and_words_are_left():
    part = capacity("01", 12) | {"habilitation": "01"}
    row = one(carried(1, capacite=[part, capacity("01", "douze"), None, capacity("01", 30)]))
    assert row.installed == 30


@pytest.mark.parametrize(
    ("nature", "told", "codes"),
    [
        ("EML", {"typeActiviteEML": {"typeEmlId": "05602"}}, ("05602",)),
        (
            "ASDR",
            {
                "typeActiviteASDR": {
                    "activiteSanitaireDiverseRegulee": "824", "modeFonctionnement": "09", "public": "990",
                }
            },
            ("824", "09", "990"),
        ),
        ("AMSR", {"typeActiviteAMSR": {"activiteSocialeRegulee": "841"}}, ("841", "", "")),
    ],
)  # fmt: skip
def test_each_nature_has_its_own_codes(nature, told, codes):
    row = one(carried(1, nature={"codeNature": nature, "caracteristiquesSpecifiques": told}))
    assert (row.nature, row.codes) == (nature, codes)


def test_the_devices_that_are_installed_are_counted():
    devices = [
        {"typeAppareilAMM": "001", "statutAppareilAMM": "09", "nombreAppareilAMM": "3"},
        {"typeAppareilAMM": "001", "statutAppareilAMM": "01", "nombreAppareilAMM": "2"},
        {"typeAppareilAMM": "002", "statutAppareilAMM": "09", "nombreAppareilAMM": "1"}, 7,
    ]  # fmt: skip
    specific = {"typeActiviteAMM": {"activiteAMM": "30"}, "appareil": devices}
    row = one(carried(1, nature={"codeNature": "AMM", "caracteristiquesSpecifiques": specific}))
    assert row.devices == (("001", 2), ("002", 1))


@pytest.mark.parametrize(
    "nature",
    [{}, {"codeNature": "XYZ"}, {"codeNature": "AMF"}, {"codeNature": "AMF", "caracteristiquesSpecifiques": []}],
    ids=str,
)  # fmt: skip
def test_an_activity_without_a_known_code_is_refused(nature):
    row = one(carried(1, nature=nature))
    assert isinstance(row, Refusal)
    assert (row.line_number, row.reason_code) == (1, "unknown_activity")


def test_a_bad_number_is_refused_with_its_rank():
    row = one(carried(1), finess="12345678X")
    assert (row.line_number, row.reason_code) == (1, "finess_key")


WHOLE = json.dumps(activities_flow(carried(1), carried(2))).encode()


@pytest.mark.parametrize("length", range(0, len(WHOLE), 41))
def test_a_cut_document_is_an_error_wherever_it_is_cut(length):
    with pytest.raises(DirectoryFileError):
        list(read_activities(io.BytesIO(WHOLE[:length])))


@pytest.mark.parametrize(
    "tree",
    [
        finess_flow(), {"pmej": []}, {}, {"pmej": [3]}, {"schemaVersion": "v2.0.0", "pmej": []},
        {"metadata": {"schemaVersion": "2.0"}, "pmej": []},
    ],
    ids=lambda tree: str(tree)[:30],
)  # fmt: skip
def test_other_documents_are_errors(tree):
    with pytest.raises(DirectoryFileError):
        list(read_activities([json.dumps(tree)]))


def test_a_nomenclature_is_sought_under_both_of_its_addresses():
    assert addresses("TRE_r381-activite-amm") == (
        "https://mos.esante.gouv.fr/NOS/TRE_r381-activite-amm/FHIR/TRE-r381-activite-amm",
        "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r381-activite-amm",
    )

"""The header read into the names of XDS and MHD."""

from datetime import datetime, timedelta, timezone

import pytest

from enrs.formats.cda.header import metadata, missing
from enrs.formats.cda.model import Identifier, Patient
from enrs.formats.cda.nodes import format_stamp, parse_moment
from enrs.formats.cda.reader import read
from tests.formats.cda.examples import NAMES, PARIS, document


def test_the_document_is_identified_and_typed():
    meta = metadata(document("laboratory"))
    assert str(meta.unique_id) == "2.25.3401^LAB1.2"
    assert str(meta.set_id) == "2.25.3400^LAB1"
    assert meta.version_number == 2
    assert [str(item) for item in meta.replaces] == ["2.25.3401^LAB1.1"]
    assert meta.type_code.code == "11502-2"
    assert meta.creation_time == datetime(2026, 3, 12, 14, 5, tzinfo=PARIS)
    assert meta.confidentiality.code == "N"
    assert meta.language == "fr-FR"
    assert Identifier("1.2.250.1.213.1.1.1.55", "2024.01") in meta.template_ids
    assert [str(item) for item in meta.orders] == ["2.25.3402^ORD-77"]


def test_the_patient_has_ins_traits_and_local_numbers():
    assert metadata(document("laboratory")).patient == Patient(
        ins=Identifier("1.2.250.1.213.1.4.10", "284053417204226"),
        identifiers=(Identifier("1.2.250.1.999.34.1", "IPP000417"),),
        birth_name="LEROUX-TESTE",
        first_given_name="CAMILLE",
        given_names="CAMILLE ODETTE",
        used_name="N'DIAYE",
        used_given_name="CAMILLE",
        birth_date="1984-05-23",
        sex="F",
        birth_place_code="34172",
        birth_place="MONTPELLIER",
        address=("4 rue des Amandiers", "34000 MONTPELLIER"),
        telecoms=("tel:0467000000", "mailto:284053417204226@patient.mssante.fr"),
        mailbox="284053417204226@patient.mssante.fr",
    )


def test_the_people_and_places_are_read():
    meta = metadata(document("laboratory"))
    author = meta.authors[0]
    assert (author.idnat, author.name) == ("899900000128", "Dr Solène ABRIVARD")
    assert author.profession.code == "G15_10/SM03"
    assert author.mailbox == "solene.abrivard@labo-test.mssante.fr"
    assert (author.organization.idnat, author.organization.name) == (
        "1340990019",
        "Laboratoire des Salines",
    )
    assert meta.custodian.idnat == "1340990019"
    assert meta.legal_authenticator.role == "LA"
    assert [(p.role, p.family, p.at) for p in meta.participants] == [
        ("REF", "PELISSARD", "2026-03-10")
    ]
    assert [p.idnat for p in meta.recipients] == ["899900000342"]
    assert [(p.role, p.given, p.profession.code) for p in meta.informants] == [
        ("NOK", "Ida", "SIS")
    ]


def test_the_act_and_the_visit_are_read():
    meta = metadata(document("laboratory"))
    event = meta.service_events[0]
    assert event.code.code == "18719-5"
    assert event.start == datetime(2026, 3, 12, 8, 0, tzinfo=PARIS)
    assert event.end == datetime(2026, 3, 12, 14, 0, tzinfo=PARIS)
    assert meta.facility_type.code == "SA25"
    assert meta.encounter.facility_name == "Laboratoire des Salines"
    assert meta.practice_setting.code == "AMBULATOIRE"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("laboratory", "urn:ihe:lab:xd-lab:2008"),
        ("level_1", "urn:ihe:iti:xds-sd:pdf:2008"),
        ("self_rendering", "urn:ihe:lab:xd-lab:2008"),
    ],
)
def test_the_format_code_follows_the_national_table(name, expected):
    assert metadata(document(name)).format_code == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_fixtures_lack_nothing_that_xds_requires(name):
    assert missing(metadata(document(name))) == []


def test_an_empty_header_is_read_and_what_lacks_is_named():
    bare = read(
        b'<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody/></component>'
        b"</ClinicalDocument>"
    )
    lacking = missing(metadata(bare))
    assert "l'identifiant du document" in lacking
    assert "l'identité du patient" in lacking
    assert len(lacking) == 14


def test_an_ordinary_mail_address_is_never_taken_for_a_secure_mailbox():
    bare = read(
        b'<ClinicalDocument xmlns="urn:hl7-org:v3"><author><assignedAuthor>'
        b'<telecom value="mailto:x@mssante.fr.example.org"/></assignedAuthor></author>'
        b"<component><structuredBody/></component></ClinicalDocument>"
    )
    assert metadata(bare).authors[0].mailbox == ""


def zone(hours, minutes=0):
    return timezone(timedelta(hours=hours, minutes=minutes))


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("20260312140527+0100", datetime(2026, 3, 12, 14, 5, 27, tzinfo=zone(1))),
        ("20260312140527+100", datetime(2026, 3, 12, 14, 5, 27, tzinfo=zone(1))),
        ("20260312140527-0330", datetime(2026, 3, 12, 14, 5, 27, tzinfo=zone(-3, -30))),
        ("20260312140527Z", datetime(2026, 3, 12, 14, 5, 27, tzinfo=zone(0))),
        ("20260312140527.827+0100", datetime(2026, 3, 12, 14, 5, 27, 827000, tzinfo=zone(1))),
        ("202603121405", datetime(2026, 3, 12, 14, 5)),  # noqa: DTZ001
        ("2026031214", datetime(2026, 3, 12, 14)),  # noqa: DTZ001
        ("20260312", "2026-03-12"),
        ("20260312+0100", "2026-03-12"),
        ("202603", "2026-03"),
        ("2026", "2026"),
        ("20261312", None),
        ("20260230", None),
        ("20260312250000", None),
        ("20260312140527+9999", None),
        ("hier", None),
        ("", None),
        (None, None),
    ],
)
def test_stamps_are_aware_naive_or_partial(stamp, expected):
    assert parse_moment(stamp) == expected


@pytest.mark.parametrize(
    "moment",
    ["2026", "2026-03", "2026-03-12", datetime(2026, 3, 12, 14, 5, 27, tzinfo=PARIS)],
)
def test_a_written_stamp_reads_back(moment):
    assert parse_moment(format_stamp(moment)) == moment

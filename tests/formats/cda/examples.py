"""The fixtures of this folder as bytes and documents, and invented metadata to build others."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from enrs.formats.cda.model import (
    LOINC,
    Code,
    Encounter,
    Identifier,
    Metadata,
    Organization,
    Party,
    Patient,
    ServiceEvent,
)
from enrs.formats.cda.reader import CdaDocument, read

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = ("laboratory", "level_1", "self_rendering", "microbiology", "image", "hostile")
PARIS = timezone(timedelta(hours=1))
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 16


def raw(name: str) -> bytes:
    return (FIXTURES / f"{name}.xml").read_bytes()


def document(name: str) -> CdaDocument:
    return read(raw(name))


def section_document(text: str, entries: str = "", title: str = "Partie") -> CdaDocument:
    """A minimal document with one section around that narrative and those entries."""
    return read(
        f'<ClinicalDocument xmlns="urn:hl7-org:v3" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><structuredBody>'
        f"<component><section><title>{title}</title>{text}{entries}</section></component>"
        f"</structuredBody></component></ClinicalDocument>".encode()
    )


LAB = Organization("1340990019", "Laboratoire des Salines", telecoms=("tel:0467000001",))
AUTHOR = Party(
    role="AUT",
    idnat="899900000128",
    family="ABRIVARD",
    given="Solène",
    prefix="MME",
    suffix="DR",
    profession=Code("G15_10/SM03", "1.2.250.1.213.1.1.4.5", "Médecin - Biologie médicale (SM)"),
    organization=LAB,
    mailbox="solene.abrivard@labo-test.mssante.fr",
    at=datetime(2026, 3, 12, 14, 5, tzinfo=PARIS),
)
RECIPIENT = Party(role="PRCP", idnat="899900000342", family="PELISSARD", given="Hugo", suffix="DR")
PATIENT = Patient(
    ins=Identifier("1.2.250.1.213.1.4.10", "284053417204226"),
    identifiers=(Identifier("1.2.250.1.999.34.1", "IPP000417"),),
    birth_name="LEROUX-TESTE",
    first_given_name="CAMILLE",
    given_names="CAMILLE ODETTE",
    used_name="N'DIAYE",
    used_given_name="CAMILLE",
    birth_date="1984-05",
    sex="F",
    birth_place_code="34172",
    birth_place="MONTPELLIER",
    address=("4 rue des Amandiers", "34000 MONTPELLIER"),
    mailbox="284053417204226@patient.mssante.fr",
    guardians=(Party(role="GUARD", family="LEROUX-TESTE", given="Ida"),),
)
METADATA = Metadata(
    unique_id=Identifier("2.25.3401", "DOC.2"),
    set_id=Identifier("2.25.3400", "DOC"),
    version_number=2,
    replaces=(Identifier("2.25.3401", "DOC.1"),),
    type_code=Code("11502-2", LOINC, "CR d'examens biologiques"),
    title="Compte rendu d'examens biologiques & divers <test>",
    creation_time=datetime(2026, 3, 12, 14, 5, 27, tzinfo=PARIS),
    patient=PATIENT,
    authors=(AUTHOR,),
    custodian=LAB,
    recipients=(RECIPIENT,),
    participants=(
        Party(
            role="REF",
            idnat="899900000342",
            family="PELISSARD",
            given="Hugo",
            at="2026-03-10",
            function=Code("PCP", "2.16.840.1.113883.5.88", "Médecin traitant"),
        ),
    ),
    informants=(Party(role="NOK", family="LEROUX-TESTE", given="Ida"),),
    orders=(Identifier("2.25.3402", "ORD-77"),),
    service_events=(
        ServiceEvent(
            code=Code("18719-5", LOINC, "Biochimie"),
            start=datetime(2026, 3, 12, 8, 0, tzinfo=PARIS),
            end=datetime(2026, 3, 12, 14, 0, tzinfo=PARIS),
            status="completed",
        ),
    ),
    encounter=Encounter(
        identifiers=(Identifier("2.25.3403", "VEN-9"),),
        code=Code("AMB", "2.16.840.1.113883.5.4", "Ambulatoire"),
        start=datetime(2026, 3, 12, 7, 35, tzinfo=PARIS),
        facility_type=Code("SA25", "1.2.250.1.71.4.2.4", "Laboratoire de biologie médicale"),
        facility_name="Laboratoire des Salines",
        facility_idnat="1340990019",
    ),
    practice_setting=Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
)

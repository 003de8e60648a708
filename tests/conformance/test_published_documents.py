"""The published CDA examples, filed by MLLP for the patient that each names, and opened in the page."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from enrs.core.access.commands import give_grant
from enrs.core.ids import uuid7
from enrs.formats.cda import header, reader
from enrs.formats.hl7v2 import writer
from tests import factories
from tests.conformance.conftest import EXAMPLES, example_files
from tests.proof_page import found
from tests.running import Region

pytestmark = pytest.mark.proof
DOCUMENTS = example_files("cda", "*.xml")
LABORATORY = [path for path in DOCUMENTS if path.name.startswith("BIO-")]


def message(path: Path) -> tuple[bytes, str]:
    """An MDM^T02 that carries the document under its own patient's identity, and its control id."""
    raw = path.read_bytes()
    patient = header.metadata(reader.read(raw)).patient
    control = f"CDA{abs(hash(path.name))}"
    ins = patient.ins
    number = (
        f"{ins.extension}^^^ASIP-SANTE-INS-NIR&{ins.root}&ISO^INS"
        if ins
        else f"{path.stem}^^^ESSAI^PI"
    )
    name = "^".join(
        writer.escape(part)
        for part in (
            patient.birth_name,
            patient.first_given_name,
            patient.given_names or patient.first_given_name,
        )
    )
    born = patient.birth_date.replace("-", "")
    segments = [
        f"MSH|^~\\&|ESSAI|ESSAI|PFI|REGION|20261101120000||MDM^T02^MDM_T02|{control}|P|2.6|||||FRA|UNICODE UTF-8",
        "EVN||20261101120000",
        f"PID|||{number}||{name}^^^^L||{born}|{patient.sex}||||||||||{path.stem[:20]}^^^ESSAI^AN||||||||||||||VALI",
        "PV1|1|I",
        "TXA|1|CDA|TEXT|20261101120000",
        f"OBX|1|ED|CDA^Document^L||^TEXT^XML^Base64^{base64.b64encode(raw).decode()}||||||F",
    ]
    return "\r".join(segments).encode() + b"\r", control


def test_the_documents_are_there():
    assert EXAMPLES, "ENRS_EXAMPLES names no folder: the published documents were not tried"
    assert len(DOCUMENTS) >= 20
    assert len(LABORATORY) >= 5


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_published_document_opens_readable(
    path: Path, region: Region, rows: Any, all_settled: Any
):
    raw, control = message(path)
    assert region.send(raw) == "AA"
    all_settled()
    ((state, error, patient),) = rows(
        "select state, error_text, patient_id from inbox where control_id = %s", control
    )
    assert (state, error) == ("applied", "")
    browser = Client()
    browser.force_login(reader_of(patient))
    digest = hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
    ((document,),) = rows(
        "select id from document where patient_id = %s and hash_sha1 = %s", patient, digest
    )
    page = browser.get(f"/dossier/{patient}/documents/{document}/")
    assert page.status_code == 200
    text = page.content.decode()
    if reader.read(path.read_bytes()).kind is reader.Kind.LEVEL_1:
        address = f"/dossier/{patient}/documents/{document}/piece/0/"
        assert address in text
        piece = browser.get(address)
        assert (piece.status_code, piece.headers["Content-Type"]) == (200, "application/pdf")
    else:
        assert "cda-document" in text
    assert "cda-refused" not in text
    assert "<script" not in text.partition('class="cda-document"')[2].partition("</main>")[0]
    if path in LABORATORY:
        results = browser.get(f"/dossier/{patient}/resultats/").content.decode()
        assert "Aucun résultat" not in results
        found = rows(
            "select display, value, text, unit from observation where patient_id = %s and withdrawn_at is null",
            patient,
        )
        assert [one for one in found if (one[1] is not None and one[3]) or one[2]]


def test_laboratory_documents_give_their_values(region: Region, rows: Any, all_settled: Any):
    for path in DOCUMENTS:
        region.send(message(path)[0])
    all_settled()
    ((documents, values, with_unit),) = rows(
        "select (select count(*) from document), count(*), count(*) filter (where unit <> '') from observation"
    )
    assert documents >= len(DOCUMENTS)
    found(
        "3. Published CDA examples",
        f"{len(DOCUMENTS)} open readable; {values} values, {with_unit} with a unit",
    )


def reader_of(patient: Any) -> Any:
    """A doctor of the patient's circle."""
    doctor = factories.user_of_role("physician")
    give_grant(
        patient_id=patient,
        grantee_id=doctor.grantee_id,
        source_kind="proof",
        source_id=uuid7(),
        purpose="care_team",
        level=2,
    )
    return doctor

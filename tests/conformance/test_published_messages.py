"""The published HL7 v2 examples, sent by MLLP to a region that runs."""

import base64
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrs.core.access.commands import give_grant
from enrs.core.ids import uuid7
from tests import factories
from tests.conformance.conftest import EXAMPLES, example_files, region_of
from tests.proof_page import found
from tests.running import Region

pytestmark = pytest.mark.proof
MESSAGES = example_files("hl7v2", "*.er7", "*.hl7", "Message metier*")
INS = "279035121518989"
PASSWORD = "un mot de passe long"
PLACEHOLDER = re.compile(rb"RG9jdW1lbnQgbWVkY2lhbCBhdSBmb3JtYXQgQ0RBIG5pdmVhdSAx")
STATE = """
select (select array_agg(status order by status) from document),
    (select count(*) from observation where withdrawn_at is null),
    (select count(*) from observation), (select count(*) from source_identity),
    (select count(*) from patient), (select count(*) from encounter)
"""


def completed(path: Path) -> bytes:
    """A message whose placeholders are filled with the CDA files published beside it."""
    raw = path.read_bytes()
    for document in sorted(path.parent.glob("*.XML")):
        raw = PLACEHOLDER.sub(base64.b64encode(document.read_bytes()), raw, count=1)
    return raw


def one(folder: str, name: str) -> bytes:
    return completed(
        next(path for path in MESSAGES if folder in path.parts[-2] and name in path.name)
    )


def test_the_examples_are_there():
    assert EXAMPLES, "ENRS_EXAMPLES names no folder: the published examples were not tried"
    assert len(MESSAGES) >= 15


@pytest.fixture
def region(template_database: str, django_db_blocker: Any) -> Iterator[Region]:
    """A region of its own for each test: what one sends, the next would find."""
    with region_of(template_database, django_db_blocker) as running:
        yield running


def test_every_published_message_is_answered(region: Region):
    for path in MESSAGES:
        assert region.send(path.read_bytes()) in {"AA", "AE", "AR"}, path


def test_admission_laboratory_and_imaging_make_one_record(
    region: Region, rows: Any, all_settled: Any
):
    for path in example_files("hl7v2/adt-pam", "*.er7"):
        assert region.send(path.read_bytes()) == "AA"
    assert region.send(one("Transmission", "INIT")) == "AA"
    assert region.send(one("initial", "Base64")) == "AA"
    all_settled()
    ((patient, status, ins),) = rows(
        "select patient_id, status, ins from regional_identity where ins = %s", INS
    )
    assert (status, ins) == ("qualified", INS)
    assert (
        rows("select count(*) from document where patient_id = %s and status = 'current'", patient)[
            0
        ][0]
        == 3
    )
    doctor = factories.user_of_role("physician")
    factories.set_password(doctor, PASSWORD)
    give_grant(
        patient_id=patient,
        grantee_id=doctor.grantee_id,
        source_kind="proof",
        source_id=uuid7(),
        purpose="care_team",
        level=2,
    )
    with closing(signed_in(region, doctor.login)) as browser:
        summary = browser.get(f"{region.url}/dossier/{patient}/").text
        assert "PAT-TROIS" in summary
        assert "Identité qualifiée" in summary
        documents = browser.get(f"{region.url}/dossier/{patient}/documents/").text
        assert "biologi" in documents
        assert "imagerie" in documents.lower()
        results = browser.get(f"{region.url}/dossier/{patient}/resultats/").text
        assert "mmol/L" in results


def test_replacement_supersedes_deletion_withdraws_and_twice_changes_nothing(
    region: Region, rows: Any, all_settled: Any
):
    region.send(one("Transmission", "INIT"))
    region.send(one("Remplacement", "N1_N3"))
    all_settled()
    laboratory = "select status from document where type_code = '11502-2' order by status"
    assert [row[0] for row in rows(laboratory)] == [
        "current",
        "current",
        "superseded",
        "superseded",
    ]
    region.send(one("Suppression", "N1_N3"))
    all_settled()
    assert {row[0] for row in rows(laboratory)} == {"superseded", "withdrawn"}
    assert rows("select count(*) from observation where withdrawn_at is null")[0][0] == 0
    send_all(region)
    all_settled()
    before = rows(STATE)
    send_all(region)
    all_settled()
    assert rows(STATE) == before
    answers = rows("select ack_code, count(*) from inbox group by 1 order by 1")
    found(
        "2. Published HL7 v2 examples",
        f"{len(MESSAGES)} examples answered ({', '.join(f'{code} {count}' for code, count in answers)} over all "
        "sendings); identity, laboratory and imaging reports in one record; replaced, withdrawn, twice: no change",
    )


def send_all(region: Region) -> None:
    """Every published message, then the three of the laboratory with their documents in place."""
    for path in MESSAGES:
        region.send(path.read_bytes())
    for folder, name in (
        ("Transmission", "INIT"),
        ("Remplacement", "N1_N3"),
        ("Suppression", "N1_N3"),
    ):
        region.send(one(folder, name))


def signed_in(region: Region, login: str) -> httpx.Client:
    """A browser's session, opened through the sign-in page."""
    browser = httpx.Client(follow_redirects=True, timeout=20)
    page = browser.get(f"{region.url}/compte/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    answer = browser.post(
        f"{region.url}/compte/login/",
        data={"csrfmiddlewaretoken": token[1], "login": login, "password": PASSWORD},
        headers={"Referer": region.url},
    )
    assert "Se déconnecter" in answer.text
    return browser

"""Binary: a document's content, under the same decision as its reference."""

import base64
from uuid import UUID

import pytest
from django.utils import timezone

from enrs.core.audit.models import AuditLine
from enrs.core.documents.models import Blob, Document
from enrs.core.documents.store import put as store
from enrs.core.ids import uuid7
from tests.core.fhir.conftest import Ask, World
from tests.core.fhir.factories import make_token, put

CONTENT = b"<html><script>alert(1)</script></html>"


def make_document(world: World, **marks: int) -> UUID:
    own = uuid7()
    Document.objects.create(
        id=own, patient=world.patient, unique_id=f"urn:oid:{own}", type_code="11502-2", type_display="CR",
        title="Compte rendu", mime_type="text/html", happened_at=timezone.now(), blob=store(CONTENT),
        size=len(CONTENT), hash_sha1="0" * 40,
    )  # fmt: skip
    return put("DocumentReference", world.patient, "documents", id=own, **marks)


@pytest.fixture
def document(world: World) -> UUID:
    return make_document(world)


def test_three_actors_on_a_content(world: World, ask: Ask, document: UUID):
    assert ask(f"Binary/{document}").status_code == 401
    assert ask(f"Binary/{document}", world.outside_token).status_code == 404
    response = ask(f"Binary/{document}", world.token)
    assert (response.status_code, response.content) == (200, CONTENT)
    line = AuditLine.objects.get(outcome="done")
    assert (line.object_kind, line.object_id, line.patient_id) == (
        "Binary",
        str(document),
        world.patient.id,
    )


def test_a_raw_content_runs_nothing(world: World, ask: Ask, document: UUID):
    response = ask(f"Binary/{document}", world.token, Accept="text/html")
    assert response.headers["Content-Type"] == "text/html"
    assert response.headers["Content-Disposition"] == "attachment"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_as_a_fhir_resource(world: World, ask: Ask, document: UUID):
    tree = ask(f"Binary/{document}", world.token, Accept="application/fhir+json").json()
    assert (tree["resourceType"], tree["contentType"]) == ("Binary", "text/html")
    assert base64.b64decode(tree["data"]) == CONTENT


def test_marks_and_scopes_hold(world: World, ask: Ask, document: UUID):
    masked = make_document(world, marks=1)
    assert ask(f"Binary/{masked}", world.token).status_code == 404
    assert (
        ask(f"Binary/{document}", make_token(world.inside, "user/Observation.rs")).status_code
        == 403
    )


def test_an_erased_content_is_gone(world: World, ask: Ask, document: UUID):
    Blob.objects.update(wrapped_key=None)
    assert ask(f"Binary/{document}", world.token).status_code == 410


def test_a_withdrawn_content_is_gone(world: World, ask: Ask, document: UUID):
    """Its reference still says that it was an error; what it held, perhaps somebody else's, is closed."""
    Document.objects.filter(pk=document).update(status="withdrawn", withdrawn_at=timezone.now())
    assert ask(f"Binary/{document}", world.token).status_code == 410

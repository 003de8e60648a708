"""Filing documents: once, replaced, in versions, withdrawn, never resurrected."""

import base64
import hashlib

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.models import AuditLine
from enrs.core.documents import store
from enrs.core.documents.models import Blob, Document
from enrs.core.events.models import Event
from enrs.core.fhir.models import Key, Resource
from enrs.core.ids import uuid7
from enrs.services.record.commands import documents, file_document, withdraw_document
from enrs.services.record.commands.documents import DocumentRefusedError
from tests.factories import PatientFactory
from tests.services.record.checks import assert_r4, current, left_behind, search
from tests.services.record.given import meta

pytestmark = pytest.mark.django_db
CONTENT = b"<ClinicalDocument/>"


@pytest.fixture(autouse=True)
def gateway():
    """Documents come as the gateway files them."""
    with acting(SYSTEM):
        yield


@pytest.fixture
def file():
    patient, identity = PatientFactory(), uuid7()

    def filing(unique_id="1.2.250.1.999.1", content=CONTENT, **fields):
        source = fields.pop("source", "ch-essai")
        return file_document(
            identity_id=identity,
            patient_id=patient.pk,
            content=content,
            meta=meta(unique_id, **fields),
            source=source,
        )

    return filing


def test_filed_document_is_kept_told_audited_and_published(file):
    document = file()
    row = Document.objects.get()
    assert (row.status, row.size, row.title) == (
        "current",
        len(CONTENT),
        "Consultation de cardiologie",
    )
    assert row.hash_sha1 == hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()
    assert row.identity_id == document.identity_id
    assert store.take(Blob.objects.get(pk=row.blob_id)) == CONTENT
    assert left_behind("record.document.filed") == ("documents", [str(row.id)])
    published = assert_r4(current("DocumentReference", row.id))
    attachment = published["content"][0]["attachment"]
    assert (
        base64.b64decode(attachment["hash"])
        == hashlib.sha1(CONTENT, usedforsecurity=False).digest()
    )
    assert attachment["url"] == f"Binary/{row.id}"
    assert published["masterIdentifier"]["value"] == "urn:oid:1.2.250.1.999.1"
    assert published["status"] == "current"
    for param, value in (
        ("identifier", "urn:ietf:rfc:3986|urn:oid:1.2.250.1.999.1"),
        ("identifier", "1.2.250.1.999.1"),
        ("type", "http://loinc.org|11488-4"),
        ("date", "2026-03-12T09:00:00Z"),
    ):
        assert search("DocumentReference", param, value) == [row.id]


def test_same_again_changes_nothing(file):
    document = file()
    assert file().pk == document.pk
    assert [Document.objects.count(), AuditLine.objects.count(), Event.objects.count()] == [1, 1, 1]
    assert Resource.objects.exclude(patient_id=None).count() == 1


def test_same_number_from_another_source_is_another_document(file):
    assert file().pk != file(source="autre").pk


@pytest.mark.parametrize(("content", "words"), [(b"", "vide"), (b"x" * 2000, "50 Mo")])
def test_empty_or_too_big_is_refused(file, content, words, monkeypatch):
    monkeypatch.setattr(documents, "MAX_BYTES", 1000)
    with pytest.raises(DocumentRefusedError, match=words):
        file(content=content)
    assert not Document.objects.exists()


def test_replacing_supersedes(file):
    old = file("1.1")
    new = file("1.2", b"<v2/>", replaces=("1.1",))
    old.refresh_from_db()
    assert (old.status, new.status, new.replaces_id) == ("superseded", "current", old.pk)
    assert assert_r4(current("DocumentReference", old.pk))["status"] == "superseded"
    related = assert_r4(current("DocumentReference", new.pk))["relatesTo"]
    assert related == [{"code": "replaces", "target": {"reference": f"DocumentReference/{old.pk}"}}]
    assert Key.objects.filter(id=old.pk, param="status").get().value == "superseded"


def test_other_content_under_the_same_number_replaces_it(file):
    old, new = file("1.1"), file("1.1", b"<v2/>")
    old.refresh_from_db()
    assert (old.status, new.status) == ("superseded", "current")


def test_higher_version_of_a_set_supersedes_the_lower(file):
    old = file("1.1", set_id="S", version_number=1)
    new = file("1.2", b"<v2/>", set_id="S", version_number=2)
    old.refresh_from_db()
    assert (old.status, new.status, new.replaces_id) == ("superseded", "current", old.pk)


def test_late_older_version_is_kept_as_superseded(file):
    new = file("1.2", b"<v2/>", set_id="S", version_number=2)
    late = file("1.1", set_id="S", version_number=1)
    new.refresh_from_db()
    assert (late.status, new.status) == ("superseded", "current")
    assert Document.objects.filter(status="current").count() == 1
    last = file("1.3", b"<v3/>", set_id="S", version_number=3)
    new.refresh_from_db()
    assert (new.status, last.replaces_id) == ("superseded", new.pk)


def test_withdrawn_document_stays_with_its_reason_and_is_not_resurrected(file):
    document = file()
    withdraw_document(document=document, reason="Erreur de patient")
    row = Document.objects.get()
    assert (row.status, row.withdrawn_reason) == ("withdrawn", "Erreur de patient")
    assert row.withdrawn_at is not None
    assert left_behind("record.document.withdrawn") == ("documents", [str(row.id)])
    assert AuditLine.objects.get(action="record.document.withdrawn").reason == "Erreur de patient"
    assert assert_r4(current("DocumentReference", row.pk))["status"] == "entered-in-error"
    assert file().status == "withdrawn"
    withdraw_document(document=row, reason="Encore")
    assert Document.objects.get().withdrawn_reason == "Erreur de patient"


def test_withdrawn_version_is_not_replaced_by_an_older_one_that_comes_late(file):
    withdraw_document(
        document=file("1.2", b"<v2/>", set_id="S", version_number=2), reason="Erreur de patient"
    )
    assert file("1.1", set_id="S", version_number=1).status == "superseded"


@pytest.mark.parametrize(
    ("mark", "bit"),
    [("masked_from_professionals", 1), ("hidden_from_patient", 2), ("hidden_from_proxies", 4)],
)
def test_marks_are_published(file, mark, bit):
    assert Resource.objects.get(id=file(**{mark: True}).pk).marks == bit


def test_long_texts_fit_and_poor_metadata_make_no_empty_text(file):
    document = file(title="T" * 500, author_name="A" * 500, type_display="D" * 500)
    assert len(document.title) == 300
    poor = file("2.1", b"x", title="", author_name="", custodian="", type_display="", type_code="")
    assert_r4(current("DocumentReference", poor.pk))


def test_filing_and_replacing_take_few_statements(file, django_assert_max_num_queries):
    file("1.1")
    with django_assert_max_num_queries(11):
        file("9.9", b"fresh")
    with django_assert_max_num_queries(13):
        file("1.2", b"<v2/>", replaces=("1.1",))
    with django_assert_max_num_queries(3):
        file("1.2", b"<v2/>", replaces=("1.1",))

"""The search in a record's documents: by the words of their text, their kind, their date."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.core.documents.models import Document
from enrs.services.record import commands
from enrs.services.record.models import DocumentText
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db


def indexed() -> None:
    Document.objects.update(recorded_at=timezone.now() - timedelta(hours=1))
    commands.index_documents()


def test_words_of_the_text_are_found_as_french_reads_them(client: Client) -> None:
    patient_id = f.patient()
    f.document(patient_id, "Les chutes répétées inquiètent la famille".encode(), title="Lettre A")
    f.document(patient_id, b"Rien de tel", title="Lettre B")
    f.document(patient_id, b"chute", title="Masqué", masked_from_professionals=True)
    f.document(patient_id, b"%PDF-1.4", "application/pdf", title="Image")
    f.document(patient_id, b"<pas un cda", "text/xml", title="Abîmé")
    other = f.patient("200", birth_name="DIALLO", **f.BARE)
    f.document(other, b"chute aussi", title="Ailleurs")
    indexed()
    assert DocumentText.objects.count() == 6
    f.signed_in(client, f.member(patient_id))
    address = reverse("record:documents", args=[patient_id])
    page = client.get(address, {"q": "chute"}).content.decode()
    assert "Lettre A" in page
    for title in ("Lettre B", "Masqué", "Ailleurs"):
        assert title not in page
    for asked in ("lettre", "Lettre A", "vasseur"):
        assert "Lettre A" in client.get(address, {"q": asked}).content.decode()
    for hostile in ("' or 1=1 --", "<script>", '"chute', "a" * 5000, "chute & | !"):
        assert client.get(address, {"q": hostile}).status_code == 200
    assert client.get(address, {"q": "\x00"}).status_code == 400


def test_a_period_keeps_what_is_recent(client: Client) -> None:
    patient_id = f.patient()
    f.document(patient_id, title="Ancien", happened_at=f.ago(400))
    f.document(patient_id, title="Récent")
    f.signed_in(client, f.member(patient_id))
    address = reverse("record:documents", args=[patient_id])
    page = client.get(address, {"periode": "an"}).content.decode()
    assert "Récent" in page
    assert "Ancien" not in page
    assert "Ancien" in client.get(address, {"periode": "faux"}).content.decode()


def test_a_document_is_read_once() -> None:
    patient_id = f.patient()
    f.document(patient_id)
    indexed()
    before = DocumentText.objects.get().document_id
    f.document(patient_id, b"Plus tard")
    indexed()
    indexed()
    assert DocumentText.objects.count() == 2
    assert DocumentText.objects.exclude(document_id=before).count() == 1

"""Documents as the browser receives them: nothing runs, names are only names, versions are told."""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.documents.models import Document
from enrs.services.record import commands
from enrs.services.record.views import documents as views
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient_id(client: Client) -> UUID:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    return patient_id


def address(name: str, filed: Document, *more: object) -> str:
    return reverse(f"record:{name}", args=[filed.patient_id, filed.id, *more])


@pytest.mark.parametrize(
    ("mime", "content", "shown_as"),
    [
        ("application/pdf", f.PDF, "application/pdf"),
        ("text/plain", "Été".encode(), "text/plain; charset=utf-8"),
        ("text/plain", "Été".encode("latin-1"), "text/plain; charset=windows-1252"),
        ("image/png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("text/html", b"<script>alert(1)</script>", ""),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", ""),
        ("text/xml", b"<a/>", ""),
        ("application/x-msdownload", b"MZ", ""),
    ],
)
def test_a_file_is_shown_only_when_it_cannot_run(
    client: Client, patient_id: UUID, mime: str, content: bytes, shown_as: str
) -> None:
    filed = f.document(patient_id, content, mime)
    answer = client.get(address("document_file", filed))
    assert answer.content == content
    assert answer.headers["Content-Type"] == (shown_as or "application/octet-stream")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("inline;" if shown_as else "attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert ("sandbox" in policy) is (mime != "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    saved = client.get(address("document_file", filed) + "?telecharger=1")
    assert saved.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        'x"; filename=evil.exe',
        "a\r\nSet-Cookie: x=1",
        "C:\\Windows\\cmd.exe",
        "\u202egpj.exe",
        "....",
        "é" * 300,
        "/",
    ],
)
def test_a_hostile_title_is_never_more_than_a_name(
    client: Client, patient_id: UUID, title: str
) -> None:
    filed = f.document(patient_id, f.PDF, "application/pdf", title=title)
    answer = client.get(address("document_file", filed))
    disposition = answer.headers["Content-Disposition"]
    kind, _, encoded = disposition.partition("; filename*=UTF-8''")
    name = unquote(encoded)
    assert kind == "inline"
    assert name.endswith(".pdf")
    assert len(name) <= 104
    assert name.count(".") == 1
    assert not set(name) & set('/\\":;\r\n\u202e')
    assert name != ".pdf"


def test_the_reader_of_each_kind(client: Client, patient_id: UUID) -> None:
    pages = {
        mime: client.get(address("document", f.document(patient_id, content, mime)))
        for mime, content in (
            ("application/pdf", f.PDF),
            ("image/png", b"\x89PNG\r\n\x1a\n"),
            ("text/plain", b"Bonjour"),
            ("application/zip", b"PK"),
            ("text/xml", b"<pas-un-cda>"),
        )
    }
    text = {mime: page.content.decode() for mime, page in pages.items()}
    assert all(page.status_code == 200 for page in pages.values())
    assert '<iframe class="doc-frame"' in text["application/pdf"]
    assert 'class="doc-image"' in text["image/png"]
    assert "sandbox" in text["text/plain"]
    assert "ne peut pas être affiché" in text["application/zip"]
    assert "cda-refused" in text["text/xml"]


def test_a_script_in_a_title_is_only_text(client: Client, patient_id: UUID) -> None:
    filed = f.document(patient_id, b"\x89PNG", "image/png", title='"><script>alert(1)</script>')
    page = client.get(address("document", filed)).content.decode()
    assert "<script>alert" not in page


def test_a_superseded_document_leads_to_the_newer(client: Client, patient_id: UUID) -> None:
    old = f.document(patient_id, b"v1", set_id="S1", version_number=1, title="Lettre de sortie")
    new = f.document(patient_id, b"v2", set_id="S1", version_number=2, title="Lettre corrigée")
    page = client.get(address("document", old)).content.decode()
    assert "Une version plus récente remplace ce document" in page
    assert address("document", new) in page
    current = client.get(address("document", new)).content.decode()
    assert "une version antérieure" in current
    listing = reverse("record:documents", args=[patient_id])
    assert "Lettre de sortie" not in client.get(listing).content.decode()
    every = client.get(f"{listing}?etat=tous").content.decode()
    assert "Lettre de sortie" in every
    assert "remplacé" in every


def test_a_withdrawn_document_says_so_and_gives_nothing_more(
    client: Client, patient_id: UUID
) -> None:
    filed = f.document(patient_id, b"Secret")
    with f.feed():
        commands.withdraw_document(document=filed, reason="Erreur de patient")
    page = client.get(address("document", filed)).content.decode()
    assert "a été retiré du dossier" in page
    assert "Erreur de patient" in page
    assert address("document_file", filed) not in page
    assert client.get(address("document_file", filed)).status_code == 404
    assert client.get(address("document_attachment", filed, 0)).status_code == 404


def test_a_document_of_another_record_is_not_found(client: Client, patient_id: UUID) -> None:
    other = f.patient("200", birth_name="Diallo", birth_date="1940-01-01", **f.BARE)
    filed = f.document(other)
    for name in ("document", "document_file"):
        assert client.get(address(name, filed)).status_code == 404
        crossed = reverse(f"record:{name}", args=[patient_id, filed.id])
        assert client.get(crossed).status_code == 404


def test_documents_are_found_by_word_and_by_kind(client: Client, patient_id: UUID) -> None:
    f.document(patient_id, title="Radiographie du thorax", type_code="18748-4")
    f.document(patient_id, title="Ordonnance", type_code="57833-6", type_display="Prescription")
    listing = reverse("record:documents", args=[patient_id])
    found: dict[str, Any] = {
        query: [one.title for one in client.get(f"{listing}?{query}").context["documents"]]
        for query in ("q=thorax", "genre=57833-6", "q=rien")
    }
    assert found == {
        "q=thorax": ["Radiographie du thorax"],
        "genre=57833-6": ["Ordonnance"],
        "q=rien": [],
    }


def test_the_files_a_browser_shows_never_include_markup() -> None:
    assert not {"text/html", "image/svg+xml", "text/xml", "application/xml"} & set(views.SHOWN)

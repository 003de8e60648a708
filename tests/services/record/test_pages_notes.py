"""Writing, amending and withdrawing notes from the pages."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from enrs.services.record.models import Note
from tests.services.record import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward(client: Client) -> dict[str, Any]:
    patient_id = f.patient()
    nurse = f.member(patient_id)
    written = f.note(patient_id, nurse, "Premier texte.")
    f.signed_in(client, nurse)
    return {"patient_id": patient_id, "nurse": nurse, "note": written}


def listing(patient_id: UUID) -> str:
    return reverse("record:notes", args=[patient_id])


def one(written: Note, name: str = "note") -> str:
    return reverse(f"record:{name}", args=[written.patient_id, written.id])


def test_a_note_is_written_and_read(client: Client, ward: dict[str, Any]) -> None:
    answer = client.post(
        listing(ward["patient_id"]), {"text": "Tension 14/8\nRevoir.", "audience": "care"}
    )
    assert answer.status_code == 302
    page = client.get(listing(ward["patient_id"])).content.decode()
    assert "Tension 14/8<br>Revoir." in page
    assert "Note enregistrée." in page


@pytest.mark.parametrize("text", ["", "   \n ", "a" * 20_001])
def test_a_note_that_cannot_be_is_refused_in_words(
    client: Client, ward: dict[str, Any], text: str
) -> None:
    answer = client.post(listing(ward["patient_id"]), {"text": text, "audience": "care"})
    assert answer.status_code == 200
    assert "form-errors" in answer.content.decode()
    assert Note.objects.count() == 1


def test_a_social_worker_writes_for_the_whole_circle_only(
    client: Client, ward: dict[str, Any]
) -> None:
    f.signed_in(client, f.member(ward["patient_id"], "social_worker"))
    page = client.get(listing(ward["patient_id"])).content.decode()
    assert 'value="care"' not in page
    client.post(listing(ward["patient_id"]), {"text": "Visite", "audience": "care"})
    assert Note.objects.count() == 1
    client.post(listing(ward["patient_id"]), {"text": "Visite", "audience": "shared"})
    assert Note.objects.count() == 2


def test_a_note_is_amended_and_its_former_text_kept(client: Client, ward: dict[str, Any]) -> None:
    written = ward["note"]
    answer = client.post(one(written), {"text": "Texte revu.", "version": str(written.version)})
    assert answer.status_code == 302
    written.refresh_from_db()
    assert written.text == "Texte revu."
    assert [former.text for former in written.former_texts.all()] == ["Premier texte."]


def test_a_stale_save_is_refused_and_shows_both_texts(client: Client, ward: dict[str, Any]) -> None:
    written = ward["note"]
    stale = str(written.version)
    client.post(one(written), {"text": "Écrit ailleurs.", "version": stale})
    answer = client.post(one(written), {"text": "Le mien.", "version": stale})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Écrit ailleurs." in page
    assert "Le mien." in page
    written.refresh_from_db()
    again = client.post(one(written), {"text": "Le mien.", "version": str(written.version)})
    assert again.status_code == 302


def test_a_note_amended_to_nothing_keeps_what_was_typed(
    client: Client, ward: dict[str, Any]
) -> None:
    answer = client.post(one(ward["note"]), {"text": "  ", "version": "1"})
    assert answer.status_code == 200
    assert "La note est vide" in answer.content.decode()


def test_a_note_is_withdrawn_with_its_reason(client: Client, ward: dict[str, Any]) -> None:
    written = ward["note"]
    assert client.get(one(written, "note_withdraw")).status_code == 405
    client.post(one(written, "note_withdraw"), {"reason": "Mauvais patient"})
    written.refresh_from_db()
    assert written.withdrawn_reason == "Mauvais patient"
    assert "Premier texte." not in client.get(listing(ward["patient_id"])).content.decode()


def test_a_note_belongs_to_its_author(client: Client, ward: dict[str, Any]) -> None:
    f.signed_in(client, f.member(ward["patient_id"], "physician", "Dr Paul Imbert"))
    assert client.get(one(ward["note"])).status_code == 404
    assert client.post(one(ward["note"]), {"text": "x", "version": "1"}).status_code == 404
    assert client.post(one(ward["note"], "note_withdraw"), {"reason": "x"}).status_code == 404


def test_a_script_in_a_note_is_only_text(client: Client, ward: dict[str, Any]) -> None:
    f.note(ward["patient_id"], ward["nurse"], "<script>alert(1)</script>")
    assert "<script>alert" not in client.get(listing(ward["patient_id"])).content.decode()

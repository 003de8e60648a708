"""Tags, photos and favourites of notes."""

import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.services.record import commands
from enrs.services.record.models import Note
from enrs.services.record.rules import photo as rules
from enrs.services.record.rules import tags_of
from tests.services.record import factories as f

SCRIPT = "<script>alert(1)</script>"


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*more: bytes, width: int = 1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\x00\x7f"))
    return rules.PNG_HEAD + head + b"".join(more) + pixels + chunk(b"IEND")


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*more: bytes) -> bytes:
    frame = segment(0xC0, b"\x08" + struct.pack(">HH", 1, 1) + b"\x01\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd9"
    return b"\xff\xd8" + b"".join(more) + frame + scan


def test_a_photo_keeps_its_picture_alone() -> None:
    kept, kind = rules.clean_photo(png(chunk(b"tEXt", b"GPS 48.5")) + b"<?php evil ?>")
    assert (kept, kind) == (png(), "image/png")
    kept, kind = rules.clean_photo(jpeg(segment(0xE1, b"Exif GPS"), segment(0xFE, b"mot")) + b"PK\x03\x04")  # fmt: skip
    assert (kept, kind) == (jpeg(), "image/jpeg")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"), (b"GIF89a", "type"), (b"<svg onload=alert(1)>", "type"), (b"%PDF-1.4", "type"),
        (rules.PNG_HEAD, "broken"), (png()[:-6], "broken"), (png().replace(b"IDAT", b"IDAX"), "broken"),
        (png(width=50_000), "size"), (b"\xff\xd8\xff", "broken"), (jpeg()[:-2], "broken"),
        (b"\xff\xd8\xff\xe0\x00\x00", "broken"), (b"x" * (rules.MAX_BYTES + 1), "size"),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(rules.PhotoRefusedError) as caught:
        rules.clean_photo(content)
    assert caught.value.code == code


def test_tags_are_few_and_short() -> None:
    assert tags_of(" Chute , chute,,Plaie  du  pied,a,b,c,d") == ["chute", "plaie du pied", "a", "b", "c"]  # fmt: skip
    assert tags_of("x" * 90) == ["x" * 30]


@pytest.mark.django_db
def test_a_note_with_tags_and_photo(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    address = reverse("record:notes", args=[patient_id])
    sent = {"text": "Plaie", "audience": "care", "tags": f"plaie, {SCRIPT}",
            "photo": SimpleUploadedFile("a.png", png())}  # fmt: skip
    assert client.post(address, sent).status_code == 302
    f.signed_in(client, f.member(patient_id, "physician"))
    page = client.get(address).content.decode()
    assert SCRIPT not in page
    written = Note.objects.get()
    shown = client.get(reverse("record:note_photo", args=[patient_id, written.id]))
    assert shown.status_code == 200
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "Plaie" in client.get(address, {"etiquette": "plaie"}).content.decode()
    assert "Aucune note de ce genre" in client.get(address, {"etiquette": "autre"}).content.decode()
    for role in ("social_worker", "secretary"):
        f.signed_in(client, f.member(patient_id, role))
        hidden = client.get(reverse("record:note_photo", args=[patient_id, written.id]))
        assert hidden.status_code == 404


@pytest.mark.django_db
def test_a_page_that_calls_itself_a_photo_is_refused(client: Client) -> None:
    patient_id = f.patient()
    f.signed_in(client, f.member(patient_id))
    sent = {"text": "x", "audience": "care",
            "photo": SimpleUploadedFile("a.png", b"<html>", content_type="image/png")}  # fmt: skip
    answer = client.post(reverse("record:notes", args=[patient_id]), sent)
    assert "ni une photo JPEG" in answer.content.decode()
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_a_kept_note_is_one_s_own(client: Client) -> None:
    patient_id = f.patient()
    nurse, doctor = f.member(patient_id), f.member(patient_id, "physician")
    note = f.note(patient_id, nurse, "À relire")
    f.note(patient_id, nurse, "Ordinaire")
    address = reverse("record:notes", args=[patient_id])
    f.signed_in(client, doctor)
    client.post(reverse("record:note_keep", args=[patient_id, note.id]), {"favori": "1"})
    only = client.get(address, {"etat": "favoris"}).content.decode()
    assert "À relire" in only
    assert "Ordinaire" not in only
    f.signed_in(client, nurse)
    assert "À relire" not in client.get(address, {"etat": "favoris"}).content.decode()
    worker = f.member(patient_id, "social_worker")
    with acting(worker), pytest.raises(AccessRefusedError):
        commands.keep_note(written=note, is_favourite=True)


@pytest.mark.django_db
@pytest.mark.parametrize("audience", ["care", "shared"])
def test_the_person_s_audience_is_checked_by_the_command(audience: str) -> None:
    patient_id = f.patient()
    given: dict[str, Any] = {"patient_id": patient_id, "text": "Mot", "audience": audience}
    with acting(f.owner(patient_id)):
        if audience == "shared":
            assert commands.write_note(**given).is_by_person
        else:
            with pytest.raises(AccessRefusedError):
                commands.write_note(**given)

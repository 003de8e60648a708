"""What may be said, joined and mentioned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.ids import uuid7
from enrs.core.threads import rules
from enrs.core.threads.rules import NewFile, Person

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0jpeg", "image/jpeg"),
        ("Un mot, accentué.\n".encode(), "text/plain"),
        (b"<html><script>alert(1)</script>", ""),
        (b"  <svg onload=alert(1)>", ""),
        (b"MZ\x90\x00", ""),
        (b"PK\x03\x04", ""),
        (b"a\x00b", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_a_file_is_what_its_bytes_say(content, kind):
    assert rules.mime_type(content) == kind


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (NewFile("a.pdf", b""), "file_empty"),
        (NewFile("a.pdf", b"%PDF-" + b"0" * rules.MAX_FILE), "file_size"),
        (NewFile("a.pdf", b"<html>"), "file_kind"),
        (NewFile("a.exe", PNG), ""),
    ],
)
def test_faults_of_a_file(file, fault):
    assert rules.fault_of_file(file) == fault


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Temp\\radio.png.exe", "image/png", "radio.png.png"),
        ("", "application/pdf", "fichier.pdf"),
        ('"><img src=x>.pdf', "application/pdf", "_img src_x_.pdf"),
        ("compte rendu n°2.pdf", "application/pdf", "compte rendu n_2.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "application/pdf", "a_Set-Cookie_ x.pdf"),
    ],
)
def test_a_name_is_a_name(name, kind, kept):
    assert rules.file_name(name, kind) == kept


@given(st.text(max_size=300))
def test_any_name_is_short_and_ends_as_its_content(name):
    kept = rules.file_name(name, "application/pdf")
    assert kept.endswith(".pdf")
    assert len(kept) <= 104
    assert not set(kept) & set('/\\"<>\r\n\x00')


def test_the_longest_name_is_the_one_meant():
    anne, petit = Person(uuid7(), "Anne"), Person(uuid7(), "Anne Petit")
    assert rules.mentioned("Pour @anne petit", [anne, petit]) == [petit]
    assert rules.mentioned("@Anne et @Anne Petit", [anne, petit]) == [petit, anne]
    assert rules.mentioned("Anne Petit", [anne, petit]) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("x" * 10_001, "long"),
        ("a\x00", "characters"),
        ("Oui", ""),
    ],
)
def test_faults_of_a_text(text, fault):
    assert rules.fault_of_text(text) == fault


@pytest.mark.parametrize(
    ("audience", "is_professional", "has_patient", "heard"),
    [
        ("members", True, True, False),
        ("circle", True, True, True),
        ("circle", False, True, False),
        ("all", False, True, True),
        ("all", True, False, False),
    ],
)
def test_who_hears_a_thread(audience, is_professional, has_patient, heard):
    found = rules.is_heard(audience, is_professional=is_professional, has_patient=has_patient)
    assert found is heard

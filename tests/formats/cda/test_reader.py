"""What the reader accepts, and what it refuses in plain words."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrs.formats.cda.header import metadata
from enrs.formats.cda.laboratory import observations
from enrs.formats.cda.reader import MAX_DEPTH, CdaError, Kind, read
from enrs.formats.cda.viewer import plain_text, render
from tests.formats.cda.examples import NAMES, document, raw

SHELL = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3">{}<component><structuredBody/></component>'
    "</ClinicalDocument>"
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("laboratory", Kind.STRUCTURED),
        ("level_1", Kind.LEVEL_1),
        ("self_rendering", Kind.SELF_RENDERING),
    ],
)
def test_each_shape_is_recognised(name, kind):
    assert document(name).kind is kind


def test_a_self_rendering_document_still_has_sections():
    assert document("self_rendering").is_structured


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "vide"),
        (b"   \n", "vide"),
        (b"pas du xml", "bien formé"),
        (b"<a><b></a>", "bien formé"),
        (b"<html/>", "« html »"),
        (b"<ClinicalDocument/>", "urn:hl7-org:v3"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "pas de corps"),
        (
            b'<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform"/>',
            "ne contient pas de ClinicalDocument",
        ),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "« UTF-7 »"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "« klingon »"),
        ('<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1"), "l'encodage annoncé"),
        (b"\xff\xfe<\x00a", "l'encodage annoncé"),
        (b"<a>&inconnue;</a>", "bien formé"),
    ],
)
def test_a_refusal_says_what_and_where(data, words):
    with pytest.raises(CdaError) as caught:
        read(data)
    assert words in caught.value.text_fr
    assert caught.value.where
    assert caught.value.where in str(caught.value)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">',
        "<!-- leurre --><?x y?>\n<!DOCTYPE a>",
        '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_any_doctype_is_refused_in_any_encoding(prolog, encoding):
    data = (prolog + SHELL.format("")).encode(encoding)
    with pytest.raises(CdaError, match="DOCTYPE"):
        read(data)


def test_the_word_doctype_in_a_comment_or_in_text_is_harmless():
    text = "<!-- <!DOCTYPE a> --><title>&lt;!DOCTYPE a&gt;</title>"
    assert read(SHELL.format(text).encode()).is_structured


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_declared_encodings_are_honoured(encoding):
    declared = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?>' + SHELL.format("<title>Été</title>")
    title = read(data.encode(encoding)).root.find("{urn:hl7-org:v3}title")
    assert title is not None
    assert title.text == "Été"


def test_a_document_over_fifty_megabytes_is_refused():
    with pytest.raises(CdaError, match="50 Mo"):
        read(b" " * 50_000_001 + b"<a/>")


def test_an_embedded_file_beyond_ten_megabytes_is_read():
    text = "QUJD" * 2_700_000
    data = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><nonXMLBody>'
        f'<text mediaType="text/plain" representation="B64">{text}</text>'
        "</nonXMLBody></component></ClinicalDocument>"
    )
    assert len(read(data.encode()).attachments[0].data) == 8_100_000


def test_a_depth_bomb_is_refused():
    bomb = "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1)
    with pytest.raises(CdaError, match="emboîtés"):
        read(SHELL.format(bomb).encode())
    with pytest.raises(CdaError):
        read(SHELL.format("<a>" * 5000 + "</a>" * 5000).encode())


def test_a_crowd_of_elements_is_refused():
    with pytest.raises(CdaError, match="trop d'éléments"):
        read(SHELL.format("<a/>" * 2_000_001).encode())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_document_is_read_or_refused_and_nothing_else(data):
    whole = bytearray(raw(data.draw(st.sampled_from(NAMES))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    with contextlib.suppress(CdaError):
        found = read(bytes(whole))
        metadata(found)
        observations(found)
        assert render(found)
        plain_text(found)

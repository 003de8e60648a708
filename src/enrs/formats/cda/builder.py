"""Writes CDA documents with French headers: a laboratory report, a wrapped file, a letter in
sections; used by the demo and the tests.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from enrs.formats.cda import builder_laboratory
from enrs.formats.cda.builder_header import add, code_element, complete, header_element
from enrs.formats.cda.format_codes import XDS_SD
from enrs.formats.cda.laboratory import LabObservation
from enrs.formats.cda.model import LOINC, Code, Identifier, Metadata

LAB_TEMPLATES = (
    Identifier("1.3.6.1.4.1.19376.1.3.3"),
    Identifier("1.2.250.1.213.1.1.1.55", "2024.01"),
)
COPY = Code("55108-5", LOINC, "Copie du document", "LOINC")


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points."""

    items: tuple[str, ...]
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: headings, rows of the same length, an optional caption."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file shown in the text: bytes, media type, caption."""

    data: bytes
    mime: str
    caption: str = ""


Block = str | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part: paragraphs (text), lists, tables, pictures, then inner sections."""

    title: str
    blocks: tuple[Block, ...] = ()
    code: Code | None = None
    sections: tuple["Section", ...] = ()


def laboratory_report(
    meta: Metadata, results: Sequence[LabObservation], copy: bytes | None = None
) -> bytes:
    """A structured laboratory report (CR-BIO 2024.01) as UTF-8 XML.

    ``results`` are grouped by their chapter, sub-chapter, germ and battery as they follow one
    another; ``parent`` is the index in ``results`` of the result that one details. ``copy`` is
    the PDF that laboratories join to the report.
    """
    root = header_element(complete(meta, LAB_TEMPLATES))
    body = add(add(root, "component"), "structuredBody")
    builder_laboratory.write_chapters(body, results)
    if copy is not None:
        _write_section(
            body, Section("Copie du document", (Picture(copy, "application/pdf"),), COPY), [0]
        )
    return to_bytes(root)


def level_1(meta: Metadata, data: bytes, mime: str = "application/pdf") -> bytes:
    """A level-1 document (IHE XDS-SD) that wraps one file, as UTF-8 XML."""
    root = header_element(complete(meta, (Identifier(XDS_SD),)))
    body = add(add(root, "component"), "nonXMLBody")
    add(body, "text", _encoded(data), mediaType=mime, representation="B64")
    return to_bytes(root)


def letter(meta: Metadata, sections: Iterable[Section]) -> bytes:
    """A structured letter (consultation, imaging, liaison) as UTF-8 XML.

    The model's own template, for example ``1.2.250.1.213.1.1.1.45`` for an imaging report, comes
    from ``meta.template_ids``.
    """
    root = header_element(complete(meta, ()))
    body = add(add(root, "component"), "structuredBody")
    counter = [0]
    for section in sections:
        _write_section(body, section, counter)
    return to_bytes(root)


def _write_section(parent: etree._Element, section: Section, counter: list[int]) -> None:
    """``counter`` numbers the document's media, so that their IDs stay unique."""
    node = add(add(parent, "component"), "section")
    code_element(node, "code", section.code)
    add(node, "title", section.title)
    media: list[tuple[str, Picture]] = []
    if section.blocks:
        text = add(node, "text")
        for block in section.blocks:
            write_block(text, block, media, counter)
    for identifier, picture in media:
        organizer = add(add(node, "entry"), "organizer", classCode="CLUSTER", moodCode="EVN")
        add(organizer, "statusCode", code="completed")
        item = add(add(organizer, "component"), "observationMedia", classCode="OBS", moodCode="EVN")
        item.set("ID", identifier)
        value = add(item, "value", _encoded(picture.data), mediaType=picture.mime)
        value.set("representation", "B64")
    for inner in section.sections:
        _write_section(node, inner, counter)


def write_block(
    text: etree._Element, block: Block, media: list[tuple[str, Picture]], counter: list[int]
) -> None:
    """Write a block of narrative; a picture waits in ``media`` for its entry."""
    if isinstance(block, str):
        add(text, "paragraph", block)
    elif isinstance(block, Bullets):
        node = add(text, "list", listType="ordered" if block.is_ordered else "unordered")
        for item in block.items:
            add(node, "item", item)
    elif isinstance(block, Table):
        _write_table(text, block)
    else:
        counter[0] += 1
        identifier = f"media-{counter[0]}"
        media.append((identifier, block))
        node = add(text, "renderMultiMedia", referencedObject=identifier)
        if block.caption:
            add(node, "caption", block.caption)


def _write_table(text: etree._Element, table: Table) -> None:
    node = add(text, "table", border="0")
    if table.caption:
        add(node, "caption", table.caption)
    heading = add(add(node, "thead"), "tr")
    for words in table.headings:
        add(heading, "th", words)
    body = add(node, "tbody")
    for row in table.rows:
        line = add(body, "tr")
        for words in row:
            add(line, "td", words)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def to_bytes(root: etree._Element) -> bytes:
    """The document as UTF-8 XML."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=False)

"""Writes the documents that the region makes from a record: summary (VSM), emergency document (DLU), liaison letters,
plan; each by its layout, with its coded entries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lxml import etree

from enrs.formats.cda.builder import Block, to_bytes, write_block
from enrs.formats.cda.builder_entries import WRITERS
from enrs.formats.cda.builder_header import add, code_element, complete, header_element
from enrs.formats.cda.builder_pieces import (
    new_observation,
    put_templates,
    put_text,
    put_value,
    say_none,
)
from enrs.formats.cda.clinical import Facts
from enrs.formats.cda.layouts import DONE, LAYOUTS, Layout, Part
from enrs.formats.cda.model import Code, Identifier, Metadata
from enrs.formats.cda.nodes import V3, XSI, format_stamp

Texts = Mapping[str, Sequence[Block]]
"""What the author writes, by the `says` of parts; a name that is absent says nothing."""


def headed(meta: Metadata, kind: str, template: Identifier | None = None) -> Metadata:
    """The header of a kind of document: its type, title and act where `meta` has none, its templates.

    `template` stands for the layout's own model.
    """
    layout = LAYOUTS[kind]
    model = template or layout.template
    events = tuple(replace(one, code=one.code or layout.act) for one in meta.service_events)
    filled = replace(
        meta,
        type_code=meta.type_code or layout.type_code,
        title=meta.title or layout.title,
        service_events=events,
    )
    return complete(filled, (*layout.profiles, *((model,) if model else ())))


def summary_document(
    meta: Metadata, kind: str, facts: Facts, texts: Texts, template: Identifier | None = None
) -> bytes:
    """A document of a key of `layouts.LAYOUTS` as UTF-8 XML, with `facts` in coded entries.

    Raises:
        ValueError: a text holds a character that XML forbids.
    """
    layout: Layout = LAYOUTS[kind]
    root = header_element(headed(meta, kind, template))
    body = add(add(root, "component"), "structuredBody")
    stamp = format_stamp(meta.creation_time)
    for part in layout.parts:
        _write(body, part, facts, texts, stamp)
    for rank, section in enumerate(root.iter(f"{{{V3}}}section"), 1):
        # Derived from the document's own number: unique, and the same again for the same document.
        number = add(section, "id", root=f"{meta.unique_id.root}.{rank}")
        section.insert(len(section.findall(f"{{{V3}}}templateId")), number)
    return to_bytes(root)


def _write(parent: etree._Element, part: Part, facts: Facts, texts: Texts, stamp: str) -> None:
    link = add(parent, "component")
    section = add(link, "section")
    put_templates(section, part.templates)
    code_element(section, "code", part.code)
    add(section, "title", part.title)
    is_full = bool(part.parts)
    if part.holds:
        is_full = WRITERS[part.holds](section, facts)
    elif part.says:
        is_full = _say(section, part, texts.get(part.says, ()), stamp)
    if part.is_optional and not is_full:
        parent.remove(link)
        return
    for inner in part.parts:
        _write(section, inner, facts, texts, stamp)


def _say(section: etree._Element, part: Part, blocks: Sequence[Block], stamp: str) -> bool:
    """Write what the author says; with `observed`, in an entry besides."""
    if not blocks:
        return say_none(section, part.empty)
    text = add(section, "text")
    if part.observed is None:
        for block in blocks:
            write_block(text, block, [], [0])
        return True
    key = f"dit-{part.observed.code.lower()}"
    words = "\n".join(block for block in blocks if isinstance(block, str))
    add(add(text, "paragraph"), "content", words).set("ID", key)
    node = new_observation(add(section, "entry"), part.observed_templates, part.observed)
    put_text(node, key)
    add(node, "statusCode", code="completed")
    add(node, "effectiveTime", value=stamp)
    if part.says == "status":
        put_value(node, DONE, "")
    else:
        add(node, "value", words).set(f"{{{XSI}}}type", "ST")
    return True


def is_model(code: Code | None, kind: str) -> bool:
    """Whether a document's type is that of a kind."""
    wanted = LAYOUTS[kind].type_code
    return code is not None and (code.code, code.system) == (wanted.code, wanted.system)

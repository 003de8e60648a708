"""Small readers for CDA elements: names, text, codes and HL7 time stamps, shared by the whole
package.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from lxml import etree

from enrs.formats.cda.model import Code, Identifier, Moment

V3 = "urn:hl7-org:v3"
LAB = "urn:oid:1.3.6.1.4.1.19376.1.3.2"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSL = "http://www.w3.org/1999/XSL/Transform"

_STAMP = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?"
    r"(?:[.,](?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d{1,4})?"
)
_SPACES = re.compile(r"\s+")


def local_name(node: etree._Element) -> str:
    """The name of an element without its namespace; empty for a comment or an instruction."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def namespace(node: etree._Element) -> str:
    """The namespace of an element; empty when it has none."""
    tag = node.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def kids(node: etree._Element | None, name: str) -> list[etree._Element]:
    """The direct HL7 v3 children of that name."""
    return [] if node is None else node.findall(f"{{{V3}}}{name}")


def first(node: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of HL7 v3 child names, or None."""
    for name in path:
        if node is None:
            return None
        node = node.find(f"{{{V3}}}{name}")
    return node


def elements(node: etree._Element) -> Iterator[etree._Element]:
    """The direct children that are elements (no comment, no instruction)."""
    return (child for child in node if isinstance(child.tag, str))


def squeeze(text: str | None) -> str:
    """The text with each run of white space made one blank, trimmed."""
    return _SPACES.sub(" ", text or "").strip()


def text_of(node: etree._Element | None) -> str:
    """All the text under an element, squeezed; comments excluded."""
    if node is None:
        return ""
    return squeeze(str(node.xpath("string()")))


def attr(node: etree._Element | None, name: str) -> str:
    """An attribute's trimmed value, or an empty string."""
    return "" if node is None else (node.get(name) or "").strip()


def xsi_type(node: etree._Element) -> str:
    """The local part of xsi:type; a misspelt xsi namespace, seen in the wild, is forgiven."""
    for name, value in node.attrib.items():
        if str(name).startswith("{") and str(name).endswith("}type"):
            return str(value).rpartition(":")[2].strip()
    return ""


class Narratives:
    """The narrative text of each ID, which entries point to; read when asked, 20,000 characters
    at most, so that IDs nested around one long text cost nothing.
    """

    _LONGEST = 20_000

    def __init__(self, body: etree._Element) -> None:
        self._nodes: dict[str, etree._Element] = {}
        self._texts: dict[str, str] = {}
        for text in body.iter(f"{{{V3}}}text"):
            for node in text.iter(etree.Element):
                identifier = node.get("ID")
                if identifier:
                    self._nodes.setdefault(identifier, node)

    def get(self, identifier: str) -> str:
        """The text of that ID, squeezed; empty when the narrative has no such ID."""
        node = self._nodes.get(identifier)
        if node is None:
            return ""
        if identifier not in self._texts:
            pieces: list[str] = []
            length = 0
            for piece in node.itertext(etree.Element, with_tail=False):
                pieces.append(str(piece))
                length += len(piece)
                if length > self._LONGEST:
                    break
            self._texts[identifier] = squeeze("".join(pieces)[: self._LONGEST])
        return self._texts[identifier]


def code_of(node: etree._Element | None, originals: Narratives | None = None) -> Code | None:
    """A coded element as Code; None when absent or wholly empty.

    ``originals`` gives the narrative text of each ID, to resolve ``originalText/reference``.
    A local code is often given only as ``translation`` (CI-SIS rule for codes awaiting LOINC):
    the first one then stands for the code.
    """
    if node is None:
        return None
    original = referenced_text(first(node, "originalText"), originals)
    translations = tuple(_plain_code(item, "") for item in kids(node, "translation"))
    code = _plain_code(node, original, translations)
    if not code.code and translations:
        lead = translations[0]
        code = Code(
            lead.code, lead.system, lead.display or code.display, lead.system_name,
            original, translations[1:],
        )  # fmt: skip
    if code == Code():
        return None
    return code


def _plain_code(node: etree._Element, original: str, translations: tuple[Code, ...] = ()) -> Code:
    return Code(
        code=attr(node, "code"),
        system=attr(node, "codeSystem"),
        display=squeeze(node.get("displayName")),
        system_name=squeeze(node.get("codeSystemName")),
        original_text=original,
        translations=translations,
        null_flavor=attr(node, "nullFlavor"),
    )


def referenced_text(node: etree._Element | None, originals: Narratives | None) -> str:
    """The text of an element, or the narrative text that its ``reference`` points to."""
    if node is None:
        return ""
    reference = first(node, "reference")
    if reference is not None and originals:
        found = originals.get(attr(reference, "value").lstrip("#"))
        if found:
            return found
    return text_of(node)


def identifier_of(node: etree._Element) -> Identifier:
    """An ``id`` element (root, extension) as Identifier."""
    return Identifier(
        attr(node, "root"), attr(node, "extension"), squeeze(node.get("assigningAuthorityName"))
    )


def parse_moment(stamp: str | None) -> Moment:
    """Read an HL7 time stamp ``AAAAMMJJhhmmss[.fff]±hhmm`` (HL7 v3 data type TS).

    Returns an aware datetime with an offset, a naive one without, a partial ISO text
    (``2026``, ``2026-03`` or ``2026-03-12``) when there is no hour, None when unreadable.
    """
    match = _STAMP.fullmatch((stamp or "").strip())
    if match is None:
        return None
    part = match.groupdict()
    if part["hour"] is None:
        return _partial_date(part["year"], part["month"], part["day"])
    try:
        return datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            int(part["hour"]),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int((part["fraction"] or "0").ljust(6, "0")[:6]),
            tzinfo=_zone(part["zone"]),
        )
    except ValueError:
        return None


def _partial_date(year: str, month: str | None, day: str | None) -> str | None:
    try:
        datetime(int(year), int(month or 1), int(day or 1), tzinfo=timezone.utc)  # noqa: UP017
    except ValueError:
        return None
    return "-".join(piece for piece in (year, month, day) if piece)


def _zone(text: str | None) -> timezone | None:
    """The zone of a stamp; ``+0100``, ``+100``, ``+01`` and ``Z`` are all met in real documents."""
    if text is None:
        return None
    if text == "Z":
        return timezone(timedelta(0))
    digits = text[1:]
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    delta = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-delta if text[0] == "-" else delta)


def format_stamp(moment: Moment) -> str:
    """Write a moment as an HL7 time stamp; the inverse of parse_moment."""
    if moment is None:
        return ""
    if isinstance(moment, str):
        return moment.replace("-", "")
    stamp = moment.strftime("%Y%m%d%H%M%S")
    return stamp + (moment.strftime("%z")[:5] if moment.tzinfo else "")


def interval(node: etree._Element | None) -> tuple[Moment, Moment]:
    """The (start, end) of an effectiveTime, given as a point (start only) or by low and high."""
    if node is None:
        return None, None
    point = parse_moment(node.get("value"))
    low = parse_moment(attr(first(node, "low"), "value"))
    high = parse_moment(attr(first(node, "high"), "value"))
    return low or point, high

"""Reads laboratory results (CR-BIO, CI-SIS 2021 to 2024, and rapid tests TROD) out of a structured
CDA document.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from lxml import etree

from enrs.formats.cda.header import party_of
from enrs.formats.cda.model import Code, Moment, Party
from enrs.formats.cda.nodes import (
    Narratives,
    attr,
    code_of,
    elements,
    first,
    interval,
    kids,
    local_name,
    parse_moment,
    referenced_text,
    text_of,
)
from enrs.formats.cda.reader import CdaDocument
from enrs.formats.cda.values import Value, value_of

REPORT_CODES = {"11502-2", "96173-0"}  # LOINC: laboratory report, rapid orientation test (TROD)
COMMENT = "48767-8"
_COPY_SECTION = "55108-5"
_ATTACHED_TYPE = "1.2.250.1.213.1.1.3.48.18"
# IHE PALM and CI-SIS templates of chapters, sub-chapters, result acts and results.
_LAB_SECTIONS = {
    "1.3.6.1.4.1.19376.1.3.3.2.1", "1.3.6.1.4.1.19376.1.3.3.2.2",
    "1.2.250.1.213.1.1.2.70", "1.2.250.1.213.1.1.2.71",
}  # fmt: skip
_LAB_ENTRIES = {
    "1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21",
    "1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """The usual values of a result; ``text`` is readable by itself (``0.4 – 1.0``, ``<= 5``)."""

    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    text: str = ""
    interpretation: Code | None = None

    @property
    def display(self) -> str:
        """The range as a French reader expects it."""
        number = self.high if self.low is None else self.low
        return Value(text=self.text, number=number, unit=self.unit).display


@dataclass(frozen=True, slots=True)
class PreviousResult:
    """An earlier result of the same test, repeated by the laboratory for comparison."""

    value: Value
    at: Moment = None


@dataclass(frozen=True, slots=True)
class Specimen:
    """What was taken, how and when: kind of sample, act of taking (NABM), moment, reception."""

    kind: Code | None = None
    act: Code | None = None
    identifier: str = ""
    collected_at: Moment = None
    received_at: Moment = None


@dataclass(frozen=True, slots=True)
class LabObservation:
    """One result. ``order`` counts from 0 through the document; ``parent`` is the order of the
    result it details.

    ``isolate`` is the germ that an antibiogram line speaks of, ``battery`` the group of tests.
    """

    code: Code
    value: Value | None = None
    order: int = 0
    parent: int | None = None
    chapter: str = ""
    chapter_code: Code | None = None
    subchapter: str = ""
    battery: str = ""
    battery_code: Code | None = None
    isolate: Code | None = None
    interpretation: tuple[Code, ...] = ()
    ranges: tuple[ReferenceRange, ...] = ()
    at: Moment = None
    status: str = ""
    specimen: Specimen | None = None
    method: Code | None = None
    performer: Party | None = None
    validator: Party | None = None
    comment: str = ""
    group_comment: str = ""
    previous: tuple[PreviousResult, ...] = ()

    @property
    def name(self) -> str:
        """The test's name for a person: the report's own words, else the code's label."""
        return self.code.label

    @property
    def is_abnormal(self) -> bool:
        """Whether the laboratory flagged it: neither normal (N), nor susceptible (S), nor
        negative.
        """
        return any(item.code not in ("", "N", "S", "NEG", "ND") for item in self.interpretation)


@dataclass
class _Walk:
    """The reading of one document: narrative texts by ID, results so far."""

    originals: Narratives
    found: list[LabObservation] = field(default_factory=list)


def observations(document: CdaDocument) -> list[LabObservation]:
    """The laboratory results in document order; empty for a level-1 body or another kind of
    document.
    """
    if not document.is_structured:
        return []
    walk = _Walk(document.narratives)
    is_report = attr(first(document.root, "code"), "code") in REPORT_CODES
    for section in _sections(document.body):
        _section(walk, section, LabObservation(Code()), is_report)
    return walk.found


def _sections(node: etree._Element) -> Iterator[etree._Element]:
    for link in kids(node, "component"):
        section = first(link, "section")
        if section is not None:
            yield section


def _templates(node: etree._Element) -> set[str]:
    return {attr(item, "root") for item in kids(node, "templateId")}


def _section(walk: _Walk, section: etree._Element, frame: LabObservation, is_lab: bool) -> None:
    code = code_of(first(section, "code"))
    if code is not None and code.code == _COPY_SECTION:
        return
    title = text_of(first(section, "title")) or (code.label if code else "")
    titles = {"subchapter": title} if frame.chapter else {"chapter": title, "chapter_code": code}
    frame = replace(frame, **titles)
    is_lab = is_lab or bool(_templates(section) & _LAB_SECTIONS)
    for entry in kids(section, "entry"):
        inside = is_lab or bool(_templates(entry) & _LAB_ENTRIES)
        for node in elements(entry):
            _statement(walk, node, frame, inside)
    for nested in _sections(section):
        _section(walk, nested, frame, is_lab)


def _statement(walk: _Walk, node: etree._Element, frame: LabObservation, is_lab: bool) -> None:
    """Read an act, an organizer or an observation; ``frame`` carries what its ancestors said."""
    kind = local_name(node)
    templates = _templates(node)
    is_lab = is_lab or bool(templates & _LAB_ENTRIES)
    if kind == "observation":
        if is_lab and _ATTACHED_TYPE not in templates:
            _observation(walk, node, frame)
        return
    if kind not in ("act", "organizer", "procedure"):
        return
    frame = _framed(walk, node, frame, kind)
    for link in elements(node):
        if local_name(link) in ("entryRelationship", "component"):
            for child in elements(link):
                _statement(walk, child, frame, is_lab)


def _framed(walk: _Walk, node: etree._Element, frame: LabObservation, kind: str) -> LabObservation:
    """The frame with what this group adds: battery, germ, specimen, people, comment, moment."""
    frame = replace(
        frame,
        performer=_performer(node) or frame.performer,
        validator=_validator(node) or frame.validator,
        specimen=_specimen(walk, node) or frame.specimen,
        isolate=_isolate(walk, node) or frame.isolate,
        group_comment=_comment(walk, node) or frame.group_comment,
    )
    if kind == "organizer":
        code = code_of(first(node, "code"), walk.originals)
        start, end = interval(first(node, "effectiveTime"))
        frame = replace(
            frame,
            battery=code.label if code else frame.battery,
            battery_code=code or frame.battery_code,
            at=end or start or frame.at,
        )
    return frame


def _observation(walk: _Walk, node: etree._Element, frame: LabObservation) -> None:
    start, end = interval(first(node, "effectiveTime"))
    status = first(node, "statusCode")
    order = len(walk.found)
    codes = (code_of(item, walk.originals) for item in kids(node, "interpretationCode"))
    text = Code(original_text=referenced_text(first(node, "text"), walk.originals))
    values = kids(node, "value")
    walk.found.append(
        replace(
            frame,
            code=code_of(first(node, "code"), walk.originals) or text,
            value=value_of(values[0], walk.originals) if values else None,
            order=order,
            interpretation=tuple(code for code in codes if code),
            ranges=tuple(_ranges(walk, node)),
            at=end or start or frame.at,
            status=attr(status, "code"),
            specimen=_specimen(walk, node) or frame.specimen,
            isolate=_isolate(walk, node) or frame.isolate,
            method=code_of(first(node, "methodCode"), walk.originals),
            performer=_performer(node) or frame.performer,
            validator=_validator(node) or frame.validator,
            comment=_comment(walk, node),
            previous=tuple(_previous(walk, node)),
        )
    )
    frame = replace(frame, parent=order)
    for link in kids(node, "entryRelationship"):
        if attr(link, "typeCode") != "REFR":
            for child in elements(link):
                if local_name(child) in ("observation", "organizer"):
                    _statement(walk, child, frame, True)


def _previous(walk: _Walk, node: etree._Element) -> Iterator[PreviousResult]:
    for link in kids(node, "entryRelationship"):
        earlier = first(link, "observation") if attr(link, "typeCode") == "REFR" else None
        value = value_of(first(earlier, "value"), walk.originals)
        if value is not None:
            start, end = interval(first(earlier, "effectiveTime"))
            yield PreviousResult(value, end or start)


def _ranges(walk: _Walk, node: etree._Element) -> Iterator[ReferenceRange]:
    for link in kids(node, "referenceRange"):
        range_node = first(link, "observationRange")
        if range_node is None:
            continue
        value = value_of(first(range_node, "value"), walk.originals) or Value()
        yield ReferenceRange(
            low=value.low,
            high=value.high,
            unit=value.unit,
            text=value.text or referenced_text(first(range_node, "text"), walk.originals),
            interpretation=code_of(first(range_node, "interpretationCode")),
        )


def _comment(walk: _Walk, node: etree._Element) -> str:
    found = []
    for link in (*kids(node, "entryRelationship"), *kids(node, "component")):
        act = first(link, "act")
        if attr(first(act, "code"), "code") == COMMENT:
            found.append(referenced_text(first(act, "text"), walk.originals))
    return "\n".join(text for text in found if text)


def _performer(node: etree._Element) -> Party | None:
    found = first(node, "performer")
    return party_of(found, "PRF") if found is not None else None


def _validator(node: etree._Element) -> Party | None:
    for item in kids(node, "participant"):
        if attr(item, "typeCode") == "AUTHEN":
            return party_of(item, "AUTHEN")
    return None


def _isolate(walk: _Walk, node: etree._Element) -> Code | None:
    """The germ of an isolate organizer: a specimen whose playing entity is a micro-organism."""
    for item in kids(node, "specimen"):
        playing = first(item, "specimenRole", "specimenPlayingEntity")
        if attr(playing, "classCode") == "MIC":
            return code_of(first(playing, "code"), walk.originals)
    return None


def _specimen(walk: _Walk, node: etree._Element) -> Specimen | None:
    """The sample, from the group's taking procedure or the result's own specimen element."""
    for link in kids(node, "entryRelationship"):
        procedure = first(link, "procedure")
        if procedure is not None:
            return _collected(walk, procedure)
    for item in kids(node, "specimen"):
        role = first(item, "specimenRole")
        playing = first(role, "specimenPlayingEntity")
        if attr(playing, "classCode") != "MIC":
            kind = code_of(first(playing, "code"), walk.originals)
            return Specimen(kind=kind, identifier=attr(first(role, "id"), "extension"))
    return None


def _collected(walk: _Walk, procedure: etree._Element) -> Specimen:
    start, end = interval(first(procedure, "effectiveTime"))
    kind, identifier, received = None, "", None
    for item in kids(procedure, "participant"):
        role = first(item, "participantRole")
        if attr(item, "typeCode") == "PRD" or attr(role, "classCode") == "SPEC":
            kind = code_of(first(role, "playingEntity", "code"), walk.originals)
            identifier = attr(first(role, "id"), "extension")
    for link in kids(procedure, "entryRelationship"):
        act = first(link, "act")
        if attr(first(act, "code"), "code") == "SPRECEIVE":
            received = parse_moment(attr(first(act, "effectiveTime"), "value"))
    act_code = code_of(first(procedure, "code"), walk.originals)
    return Specimen(kind, act_code, identifier, end or start, received)

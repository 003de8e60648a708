"""Writes the body of a laboratory report: chapters, specimen, batteries, germs, results (CR-BIO,
IHE PALM XD-LAB).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from lxml import etree

from enrs.formats.cda.builder_header import (
    add,
    code_element,
    identifier_element,
    performer_element,
    period_element,
)
from enrs.formats.cda.laboratory import COMMENT, LabObservation, ReferenceRange, Specimen
from enrs.formats.cda.model import ID_NAT_PS, LOINC, Code, Identifier, Party
from enrs.formats.cda.nodes import XSI, format_stamp
from enrs.formats.cda.values import Value

_CHAPTER = ("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70")
_SUB_CHAPTER = ("1.3.6.1.4.1.19376.1.3.3.2.2", "1.2.250.1.213.1.1.2.71")
_RESULTS = ("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21")
_TAKING = ("1.3.6.1.4.1.19376.1.3.1.2", "1.2.250.1.213.1.1.3.77")
_BATTERY = ("1.3.6.1.4.1.19376.1.3.1.4", "1.2.250.1.213.1.1.3.78")
_ISOLATE = ("1.3.6.1.4.1.19376.1.3.1.5", "1.2.250.1.213.1.1.3.79")
_RESULT = ("1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80")
_HEADINGS = ("Examen", "Résultat", "Valeurs usuelles", "Interprétation")

Item = tuple[int, LabObservation]
Results = Sequence[LabObservation]


def write_chapters(body: etree._Element, results: Results) -> None:
    """Write the sections under ``body``; details sit under the result that they detail."""
    tops = [(index, item) for index, item in enumerate(results) if item.parent is None]
    for _, chapter in _runs(tops, lambda item: (item.chapter, item.chapter_code)):
        lead = chapter[0][1]
        section = _section(body, lead.chapter or "Résultats", lead.chapter_code, _CHAPTER)
        direct = [pair for pair in chapter if not pair[1].subchapter]
        if direct:
            _fill(section, direct, results)
        nested = [pair for pair in chapter if pair[1].subchapter]
        for title, run in _runs(nested, lambda item: item.subchapter):
            _fill(_section(section, str(title), None, _SUB_CHAPTER), run, results)


def _runs(
    items: Sequence[Item], key: Callable[[LabObservation], object]
) -> Iterator[tuple[object, list[Item]]]:
    for value, run in groupby(items, lambda pair: key(pair[1])):
        yield value, list(run)


def _templates(node: etree._Element, roots: Sequence[str]) -> None:
    for root in roots:
        identifier_element(node, "templateId", Identifier(root))


def _section(
    parent: etree._Element, title: str, code: Code | None, templates: Sequence[str]
) -> etree._Element:
    section = add(add(parent, "component"), "section")
    _templates(section, templates)
    code_element(section, "code", code)
    add(section, "title", title)
    return section


def _fill(section: etree._Element, run: Sequence[Item], results: Results) -> None:
    """Write a section's narrative, then one act for each run with the same sample and people."""
    _narrative(section, run, results)
    shared = _runs(
        run, lambda item: (item.specimen, item.validator, item.performer, item.group_comment)
    )
    for _, group in shared:
        lead = group[0][1]
        entry = add(section, "entry", typeCode="DRIV")
        _templates(entry, _RESULTS)
        act = add(entry, "act", classCode="ACT", moodCode="EVN")
        code_element(act, "code", lead.chapter_code)
        add(act, "statusCode", code="completed")
        if lead.performer:
            performer_element(act, lead.performer)
        if lead.validator:
            _validator(act, lead.validator)
        if lead.specimen:
            _specimen(act, lead.specimen)
        _organizers(act, group, results)
        if lead.group_comment:
            _comment(act, lead.group_comment)


def _organizers(act: etree._Element, group: Sequence[Item], results: Results) -> None:
    for _, isolated in _runs(group, lambda item: item.isolate):
        isolate = isolated[0][1].isolate
        parent, link = act, "entryRelationship"
        if isolate is not None:
            parent, link = _isolate(act, isolate), "component"
        for _, battery in _runs(isolated, lambda item: (item.battery, item.battery_code)):
            inner, inner_link = parent, link
            if battery[0][1].battery:
                inner, inner_link = _battery(_link(parent, link), battery[0][1]), "component"
            for index, item in battery:
                _observation(_link(inner, inner_link), index, item, results)


def _link(parent: etree._Element, name: str) -> etree._Element:
    return add(parent, name, typeCode="COMP" if name == "entryRelationship" else "")


def _isolate(act: etree._Element, isolate: Code) -> etree._Element:
    organizer = add(
        _link(act, "entryRelationship"), "organizer", classCode="CLUSTER", moodCode="EVN"
    )
    _templates(organizer, _ISOLATE)
    add(organizer, "statusCode", code="completed")
    role = add(add(organizer, "specimen", typeCode="SPC"), "specimenRole", classCode="SPEC")
    code_element(add(role, "specimenPlayingEntity", classCode="MIC"), "code", isolate)
    return organizer


def _battery(link: etree._Element, item: LabObservation) -> etree._Element:
    organizer = add(link, "organizer", classCode="BATTERY", moodCode="EVN")
    _templates(organizer, _BATTERY)
    code_element(organizer, "code", item.battery_code or Code(original_text=item.battery))
    add(organizer, "statusCode", code="completed")
    return organizer


def _observation(link: etree._Element, index: int, item: LabObservation, results: Results) -> None:
    node = add(link, "observation", classCode="OBS", moodCode="EVN")
    _templates(node, _RESULT)
    code_element(node, "code", item.code, reference=f"examen-{index}")
    add(node, "statusCode", code=item.status or "completed")
    add(node, "effectiveTime", value=format_stamp(item.at))
    if item.value:
        _value(node, item.value)
    for code in item.interpretation:
        code_element(node, "interpretationCode", code)
    code_element(node, "methodCode", item.method)
    if item.comment:
        _comment(node, item.comment)
    for earlier in item.previous:
        past = add(
            add(node, "entryRelationship", typeCode="REFR"),
            "observation",
            classCode="OBS",
            moodCode="EVN",
        )
        code_element(past, "code", item.code)
        add(past, "statusCode", code="completed")
        add(past, "effectiveTime", value=format_stamp(earlier.at))
        _value(past, earlier.value)
    for child, detail in enumerate(results):
        if detail.parent == index:
            _observation(_link(node, "entryRelationship"), child, detail, results)
    for usual in item.ranges:
        _range(node, usual)


def _value(node: etree._Element, value: Value) -> None:
    kind = value.kind or "ST"
    element = add(node, "value", nullFlavor=value.null_flavor)
    element.set(f"{{{XSI}}}type", kind)
    if value.code is not None:
        _set_code(element, value.code)
    elif kind == "IVL_PQ":
        _bounds(element, value)
    elif value.number is not None:
        element.set("value", value.text)
        if value.unit:
            element.set("unit", value.unit)
        for text, unit in value.others:
            add(element, "translation", value=text, code=unit)
    else:
        element.text = value.text


def _set_code(element: etree._Element, code: Code) -> None:
    for name, words in (
        ("code", code.code),
        ("codeSystem", code.system),
        ("displayName", code.display),
        ("codeSystemName", code.system_name),
    ):
        if words:
            element.set(name, words)
    if code.original_text:
        add(element, "originalText", code.original_text)


def _bounds(element: etree._Element, value: Value) -> None:
    strict = "false" if value.comparator in ("<", ">") else ""
    for name, bound in (("low", value.low), ("high", value.high)):
        if bound is not None:
            add(element, name, value=str(bound), unit=value.unit, inclusive=strict)


def _range(node: etree._Element, usual: ReferenceRange) -> None:
    inner = add(
        add(node, "referenceRange", typeCode="REFV"),
        "observationRange",
        classCode="OBS",
        moodCode="EVN.CRT",
    )
    if usual.low is None and usual.high is None:
        add(inner, "text", usual.text)
    else:
        value = Value("IVL_PQ", usual.text, None, usual.unit, "", usual.low, usual.high)
        _value(inner, value)
    code_element(inner, "interpretationCode", usual.interpretation)


def _comment(node: etree._Element, words: str) -> None:
    act = add(
        add(node, "entryRelationship", typeCode="SUBJ"), "act", classCode="ACT", moodCode="EVN"
    )
    identifier_element(act, "templateId", Identifier("1.2.250.1.213.1.1.3.32"))
    code_element(act, "code", Code(COMMENT, LOINC, "Commentaire", "LOINC"))
    add(act, "text", words)
    add(act, "statusCode", code="completed")


def _validator(act: etree._Element, party: Party) -> None:
    node = add(act, "participant", typeCode="AUTHEN")
    identifier_element(node, "templateId", Identifier("1.2.250.1.213.1.1.3.109"))
    period_element(node, "time", party.at, party.until)
    role = add(node, "participantRole")
    if party.idnat:
        identifier_element(role, "id", Identifier(ID_NAT_PS, party.idnat))
    name = add(add(role, "playingEntity"), "name")
    for part in ("prefix", "given", "family", "suffix"):
        if getattr(party, part):
            add(name, part, getattr(party, part))


def _specimen(act: etree._Element, specimen: Specimen) -> None:
    procedure = add(_link(act, "entryRelationship"), "procedure", classCode="PROC", moodCode="EVN")
    _templates(procedure, _TAKING)
    code_element(procedure, "code", specimen.act)
    add(procedure, "effectiveTime", value=format_stamp(specimen.collected_at))
    role = add(add(procedure, "participant", typeCode="PRD"), "participantRole", classCode="SPEC")
    if specimen.identifier:
        identifier_element(role, "id", Identifier("1.2.250.1.213.1.1.9", specimen.identifier))
    code_element(add(role, "playingEntity"), "code", specimen.kind)
    if specimen.received_at:
        received = add(
            _link(procedure, "entryRelationship"), "act", classCode="ACT", moodCode="EVN"
        )
        add(received, "code", code="SPRECEIVE", codeSystem="1.3.5.1.4.1.19376.1.5.3.2")
        add(received, "effectiveTime", value=format_stamp(specimen.received_at))


def _narrative(section: etree._Element, run: Sequence[Item], results: Results) -> None:
    text = add(section, "text")
    for _, group in _runs(run, lambda item: (item.isolate, item.battery)):
        lead = group[0][1]
        table = add(text, "table", border="0")
        title = " – ".join(
            words for words in (lead.isolate.label if lead.isolate else "", lead.battery) if words
        )
        if title:
            add(table, "caption", title)
        heading = add(add(table, "thead"), "tr")
        for words in _HEADINGS:
            add(heading, "th", words)
        body = add(table, "tbody")
        for index, item in group:
            _line(body, index, item)
            for child, detail in enumerate(results):
                if detail.parent == index:
                    _line(body, child, detail)
    notes = dict.fromkeys(item.group_comment for _, item in run if item.group_comment)
    for note in notes:
        add(text, "paragraph", note)


def _line(body: etree._Element, index: int, item: LabObservation) -> None:
    row = add(body, "tr")
    add(add(row, "td"), "content", item.name).set("ID", f"examen-{index}")
    flagged = "Bold" if item.is_abnormal else ""
    value = add(row, "td")
    add(value, "content", item.value.display if item.value else "", styleCode=flagged)
    add(row, "td", " ; ".join(usual.display for usual in item.ranges))
    add(row, "td", ", ".join(code.display or code.code for code in item.interpretation))

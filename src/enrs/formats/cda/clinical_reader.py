"""Reads the coded entries of a summary (problems, allergies, treatments, vaccines, habits, vital signs) into facts.

Sections are known by their LOINC code wherever they stand, so that a document of another maker reads as ours does.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from lxml import etree

from enrs.formats.cda.builder_entries import CRITICALITIES, CRITICALITY_CODE, STATUS
from enrs.formats.cda.builder_medicines import (
    FULFILMENT,
    LONG_TERM,
    NONE,
    RANK,
    SUBSTITUTIONS,
    unit_words,
)
from enrs.formats.cda.builder_pieces import COMMENT, INSTRUCTION
from enrs.formats.cda.clinical import (
    ABSENT_OR_UNKNOWN,
    ALLERGY_KINDS,
    AllergyFact,
    Facts,
    HabitFact,
    MeasureFact,
    PrescribedFact,
    ProblemFact,
    TreatmentFact,
    VaccineFact,
)
from enrs.formats.cda.header import party_of
from enrs.formats.cda.layouts import LAYOUTS, Part
from enrs.formats.cda.model import Code, Party
from enrs.formats.cda.nodes import (
    V3,
    Narratives,
    attr,
    code_of,
    first,
    interval,
    kids,
    referenced_text,
    text_of,
    xsi_type,
)
from enrs.formats.cda.reader import CdaDocument
from enrs.formats.cda.values import decimal_of, value_of

Node = etree._Element

_PRESENT, _PAST, _ALLERGIES = {"11450-4"}, {"11348-0"}, {"48765-2"}
_TREATMENTS = {"10160-0", "42346-7", "10183-2"}
_VACCINES, _HABITS, _MEASURES = {"11369-6"}, {"29762-2"}, {"8716-3"}
_PRESCRIBED = {"57828-6"}


def facts(document: CdaDocument) -> Facts:
    """The facts of a structured document; empty for another.

    What says that nothing is known is no fact, but for the statement that no allergy is; nor is an entry that names
    nothing, as a published letter has for no allergy.
    """
    if not document.is_structured:
        return Facts()
    told = document.narratives
    return Facts(
        problems=tuple(one for one in _problems(document, told) if one.label),
        allergies=tuple(one for one in _allergies(document, told) if one.label),
        treatments=tuple(one for one in _treatments(document, told) if one.label),
        vaccines=tuple(one for one in _vaccines(document, told) if one.label),
        habits=tuple(one for one in _habits(document, told) if one.label),
        measures=tuple(one for one in _measures(document, told) if one.label),
        prescribed=tuple(one for one in _prescribed(document, told) if one.label),
        is_no_allergy_known=any(
            _absent(node) == "no-known-allergies" for node in _observations(document, _ALLERGIES)
        ),
    )


def _sections(document: CdaDocument, codes: set[str]) -> Iterator[Node]:
    for section in document.body.iter(f"{{{V3}}}section"):
        if attr(first(section, "code"), "code") in codes:
            yield section


def _observations(document: CdaDocument, codes: set[str]) -> Iterator[Node]:
    """The observation within each concern of these sections."""
    for section in _sections(document, codes):
        for entry in kids(section, "entry"):
            for link in kids(first(entry, "act"), "entryRelationship"):
                found = first(link, "observation")
                if found is not None and attr(link, "typeCode") == "SUBJ":
                    yield found


def _administrations(document: CdaDocument, codes: set[str]) -> Iterator[Node]:
    for section in _sections(document, codes):
        for entry in kids(section, "entry"):
            found = first(entry, "substanceAdministration")
            if found is not None and attr(found, "negationInd") != "true":
                yield found


def _problems(document: CdaDocument, told: Narratives) -> Iterator[ProblemFact]:
    for codes in (_PRESENT, _PAST):
        for node in _observations(document, codes):
            code = code_of(first(node, "value"), told)
            if _absent(node) or attr(node, "negationInd") == "true":
                continue
            began, ended = _dates(node)
            yield ProblemFact(
                label=_label(code, node, told), key=_key(node), code=_plain(code),
                comment=_comment(node), is_active=codes is _PRESENT, began=began, ended=ended,
            )  # fmt: skip


def _allergies(document: CdaDocument, told: Narratives) -> Iterator[AllergyFact]:
    kinds = {one.code: name for name, one in ALLERGY_KINDS.items()}
    for node in _observations(document, _ALLERGIES):
        if _absent(node) or attr(node, "negationInd") == "true":
            continue
        agent = first(node, "participant", "participantRole", "playingEntity")
        code = code_of(first(agent, "code"), told)
        label = (code.label if code else "") or text_of(first(agent, "name"))
        yield AllergyFact(
            label=label or _label(code_of(first(node, "value"), told), node, told), key=_key(node),
            code=_plain(code), comment=_comment(node),
            kind=kinds.get(attr(first(node, "code"), "code"), "medication"),
            criticality=_within(node, CRITICALITY_CODE, CRITICALITIES),
            reaction=_reaction(node, told),
            is_active=_within(node, STATUS, ("active", "inactive", "resolved")) != "resolved",
            began=_dates(node)[0],
        )  # fmt: skip


def _treatments(document: CdaDocument, told: Narratives) -> Iterator[TreatmentFact]:
    for node in _administrations(document, _TREATMENTS):
        label, code, _ = _product(node, told)
        if code is not None and code.system == ABSENT_OR_UNKNOWN:
            continue
        began, ended = _dates(node)
        yield TreatmentFact(
            label=label, key=_key(node), code=code, comment=_comment(node),
            dosage=_instruction(node, told), began=began, ended=ended,
        )  # fmt: skip


def _vaccines(document: CdaDocument, told: Narratives) -> Iterator[VaccineFact]:
    for node in _administrations(document, _VACCINES):
        label, code, lot = _product(node, told)
        yield VaccineFact(
            label=label, key=_key(node), code=code, comment=_comment(node),
            given_on=_dates(node)[0], dose=_instruction(node, told), lot=lot,
            rank=_whole(_value_of(node, RANK.code)), route=_plain(code_of(first(node, "routeCode"))),
            site=_plain(code_of(first(node, "approachSiteCode"))), by=_performer(node),
        )  # fmt: skip


def _performer(node: Node) -> Party | None:
    found = first(node, "performer")
    return None if found is None else party_of(found, "PRF")


def _prescribed(document: CdaDocument, told: Narratives) -> Iterator[PrescribedFact]:
    for node in _administrations(document, _PRESCRIBED):
        label, code, _ = _product(node, told)
        lasting, often = _times(node)
        period = first(often, "period")
        began, ended = (_day(one) for one in interval(lasting))
        width, dose = first(lasting, "width"), first(node, "doseQuantity")
        codes = (first(one, "code") for one in _inner(node, "act"))
        substitution = next(
            (one for one in codes if attr(one, "codeSystem") == SUBSTITUTIONS), None
        )
        is_free = attr(substitution, "code") != NONE
        yield PrescribedFact(
            label=label, key=_key(node), code=code, comment=_comment(node),
            dosage=_instruction(node, told), dose=_decimal(attr(dose, "value")),
            dose_unit=unit_words(attr(dose, "unit")), times=_times_in(attr(period, "value")),
            period=attr(period, "unit"), lasts=_whole(width), lasts_unit=attr(width, "unit"),
            route=_plain(code_of(first(node, "routeCode"))),
            quantity=next((_whole(first(one, "quantity")) for one in _inner(node, "supply")), 0),
            refills=_whole(first(node, "repeatNumber")), began=began, ended=ended, is_substitutable=is_free,
            no_substitution="" if is_free else _bracketed(referenced_text(first(substitution, "originalText"), told)),
            is_long_term=attr(_value_of(node, LONG_TERM.code), "value") == "true",
            to_pharmacist=_instruction(node, told, FULFILMENT),
        )  # fmt: skip


def _times(node: Node) -> tuple[Node | None, Node | None]:
    """The period of a treatment, and how often it is taken."""
    found = {xsi_type(one): one for one in kids(node, "effectiveTime")}
    return found.get("IVL_TS"), found.get("PIVL_TS")


def _times_in(value: str) -> int:
    """How many times a period: the inverse of a fraction of it."""
    part = _decimal(value)
    return round(1 / part) if part else 0


def _decimal(value: str) -> Decimal | None:
    return decimal_of(value) if value else None


def _whole(node: Node | None) -> int:
    value = attr(node, "value")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _value_of(node: Node, code: str) -> Node | None:
    """The value of the inner observation of this code."""
    found = (one for one in _inner(node, "observation") if attr(first(one, "code"), "code") == code)
    return next((first(one, "value") for one in found), None)


def _bracketed(text: str) -> str:
    return text.partition("(")[2].rpartition(")")[0]


def _habits(document: CdaDocument, told: Narratives) -> Iterator[HabitFact]:
    for section in _sections(document, _HABITS):
        for entry in kids(section, "entry"):
            node = first(entry, "observation")
            value = value_of(first(node, "value"), told)
            code = code_of(first(node, "code"), told)
            if node is None or code is None:
                continue
            is_number = value is not None and value.number is not None
            yield HabitFact(
                label=referenced_text(first(node, "text"), told) or code.label, key=_key(node),
                code=_plain(code), value=value.number if value and is_number else None,
                unit=value.unit if value and is_number else "",
                text="" if is_number or value is None else value.text,
            )  # fmt: skip


def _measures(document: CdaDocument, told: Narratives) -> Iterator[MeasureFact]:
    for section in _sections(document, _MEASURES):
        for entry in kids(section, "entry"):
            for component in kids(first(entry, "organizer"), "component"):
                node = first(component, "observation")
                value = value_of(first(node, "value"), told)
                code = code_of(first(node, "code"), told)
                if node is None or code is None or value is None or value.number is None:
                    continue
                at = interval(first(node, "effectiveTime"))[0]
                yield MeasureFact(
                    label=referenced_text(first(node, "text"), told) or code.label,
                    key=_key(node), code=_plain(code), comment=_comment(node), value=Decimal(value.number),
                    unit=value.unit, at=at if isinstance(at, datetime) else None,
                )  # fmt: skip


# --- pieces ---------------------------------------------------------------------------------------


def _plain(code: Code | None) -> Code | None:
    """The code without the words of the document; None when it only has words."""
    if code is None or not code.code:
        return None
    return replace(code, original_text="", translations=(), null_flavor="")


def _label(code: Code | None, node: Node, told: Narratives) -> str:
    words = code.original_text if code else ""
    return words or referenced_text(first(node, "text"), told) or (code.label if code else "")


def _key(node: Node) -> str:
    return attr(first(node, "id"), "root")


def _absent(node: Node) -> str:
    """The code by which an entry says that there is nothing, or nothing known (JDV_AbsentOrUnknown…)."""
    value = first(node, "value")
    return attr(value, "code") if attr(value, "codeSystem") == ABSENT_OR_UNKNOWN else ""


def _dates(node: Node) -> tuple[str, str]:
    start, end = interval(first(node, "effectiveTime"))
    return _day(start), _day(end)


def _day(moment: datetime | str | None) -> str:
    return moment.date().isoformat() if isinstance(moment, datetime) else moment or ""


def _inner(node: Node, name: str) -> Iterator[Node]:
    for link in kids(node, "entryRelationship"):
        found = first(link, name)
        if found is not None:
            yield found


def _comment(node: Node) -> str:
    acts = (one for one in _inner(node, "act") if attr(first(one, "code"), "code") == COMMENT)
    return next((_raw(first(one, "text")) for one in acts), "")


def _raw(node: Node | None) -> str:
    """The text of an element with its line breaks."""
    return "" if node is None else str(node.xpath("string()")).strip()


def _instruction(node: Node, told: Narratives, kind: str = INSTRUCTION) -> str:
    acts = (one for one in _inner(node, "act") if attr(first(one, "code"), "code") == kind)
    return next((referenced_text(first(one, "text"), told) for one in acts), "")


def _within(node: Node, code: str, known: Collection[str]) -> str:
    """The coded value of the inner observation of this code, when it is one that we know."""
    found = (one for one in _inner(node, "observation") if attr(first(one, "code"), "code") == code)
    value = next((attr(first(one, "value"), "code") for one in found), "")
    return value if value in known else ""


def _reaction(node: Node, told: Narratives) -> str:
    for link in kids(node, "entryRelationship"):
        found = first(link, "observation")
        if attr(link, "typeCode") == "MFST" and found is not None:
            is_denied = attr(found, "negationInd") == "true"
            return "" if is_denied else _label(code_of(first(found, "value"), told), found, told)
    return ""


def _product(node: Node, told: Narratives) -> tuple[str, Code | None, str]:
    material = first(node, "consumable", "manufacturedProduct", "manufacturedMaterial")
    code = code_of(first(material, "code"), told)
    words = (code.original_text if code else "") or text_of(first(material, "name"))
    return (
        words or (code.label if code else ""),
        _plain(code),
        text_of(first(material, "lotNumberText")),
    )


def author_texts(document: CdaDocument, kind: str) -> dict[str, str]:
    """What the author of a document of ours wrote, a line for each point, by the `says` of its layout's parts."""
    found: dict[str, str] = {}
    for part in _parts(LAYOUTS[kind].parts):
        for section in document.body.iter(f"{{{V3}}}section"):
            if part.says and text_of(first(section, "title")) == part.title:
                lines = [_raw(one) for one in kids(first(section, "text"), "paragraph")]
                if lines != [part.empty]:
                    found[part.says] = "\n".join(lines)
    return found


def _parts(parts: tuple[Part, ...]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _parts(part.parts)

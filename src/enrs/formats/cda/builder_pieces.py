"""The pieces that coded entries are made of: concerns, observations, administrations, narrative tables with the IDs
that entries point to.
"""

from collections.abc import Iterable, Sequence

from lxml import etree

from enrs.formats.cda.builder_header import add, code_element, identifier_element
from enrs.formats.cda.clinical import Fact
from enrs.formats.cda.model import LOINC, Code, Identifier
from enrs.formats.cda.nodes import XSI, format_stamp
from enrs.formats.cda.values import french_date

COMMENT, INSTRUCTION = "48767-8", "PINSTRUCT"
_COMMENT = ("1.2.250.1.213.1.1.3.32",)
_PRODUCT = (
    "2.16.840.1.113883.10.20.1.53", "1.3.6.1.4.1.19376.1.5.3.1.4.7.2", "1.2.250.1.213.1.1.3.43",
)  # fmt: skip
_INSTRUCTION = (
    "2.16.840.1.113883.10.20.1.49", "1.3.6.1.4.1.19376.1.5.3.1.4.3", "1.2.250.1.213.1.1.3.33",
)  # fmt: skip

Node = etree._Element
Cell = tuple[str, str]
"""Words, and the ID by which an entry points to them (empty: none does)."""


def put_templates(node: Node, roots: Iterable[str]) -> None:
    """Write template identifiers."""
    for root in roots:
        identifier_element(node, "templateId", Identifier(root))


def put_key(node: Node, key: str) -> None:
    """Write the identifier of an entry; without one, that it has none."""
    add(node, "id", root=key, nullFlavor="" if key else "NI")


def new_concern(
    section: Node,
    one: Fact,
    outer: Sequence[str],
    inner: Sequence[str],
    code: Code,
    *,
    is_active: bool,
) -> Node:
    """A concern act around one observation, which is returned once it has its code."""
    act = add(add(section, "entry"), "act", classCode="ACT", moodCode="EVN")
    put_templates(act, outer)
    put_key(act, one.key)
    add(act, "code", nullFlavor="NA")
    add(act, "statusCode", code="active" if is_active else "completed")
    put_period(act, getattr(one, "began", ""), getattr(one, "ended", ""), has_end=not is_active)
    node = new_observation(new_link(act, "SUBJ"), inner, code, one.key)
    node.set("negationInd", "false")
    return node


def new_observation(
    parent: Node, templates: Sequence[str], code: Code | None, key: str = ""
) -> Node:
    """An observation with its templates, identifier and code."""
    node = add(parent, "observation", classCode="OBS", moodCode="EVN")
    put_templates(node, templates)
    put_key(node, key)
    code_element(node, "code", code)
    return node


def new_administration(
    section: Node, one: Fact, templates: Sequence[str], code: Code, reference: str
) -> Node:
    """A medicine or a vaccine given, up to its status."""
    entry = add(section, "entry", typeCode="DRIV")
    node = add(entry, "substanceAdministration", classCode="SBADM", moodCode="EVN")
    put_templates(node, templates)
    put_key(node, one.key)
    code_element(node, "code", code)
    put_text(node, reference)
    add(node, "statusCode", code="completed")
    return node


def put_product(node: Node, one: Fact, reference: str, lot: str = "") -> None:
    """Write what was given."""
    product = add(add(node, "consumable"), "manufacturedProduct")
    put_templates(product, _PRODUCT)
    material = add(product, "manufacturedMaterial")
    put_reference(put_code(material, "code", one.code), reference)
    add(material, "name", one.label)
    if lot:
        add(material, "lotNumberText", lot)


def new_link(node: Node, kind: str, *, inversion: str = "false") -> Node:
    """A relation to an inner entry."""
    return add(node, "entryRelationship", typeCode=kind, inversionInd=inversion)


def put_code(node: Node, name: str, code: Code | None) -> Node:
    """Write a coded element, said to be unknown without a code."""
    found = code_element(node, name, code)
    return add(node, name, nullFlavor="UNK") if found is None else found


def put_value(node: Node, code: Code | None, reference: str, *, kind: str = "CD") -> None:
    """Write a coded value whose words are those of the narrative at `reference`."""
    value = put_code(node, "value", code)
    value.set(f"{{{XSI}}}type", kind)
    put_reference(value, reference)


def put_reference(node: Node, reference: str) -> None:
    """Write the original text of a code as a pointer to the narrative."""
    if reference:
        add(add(node, "originalText"), "reference", value=f"#{reference}")


def put_text(node: Node, reference: str) -> None:
    """Write the text of an entry as a pointer to the narrative."""
    add(add(node, "text"), "reference", value=f"#{reference}")


def put_instruction(node: Node, reference: str) -> None:
    """Write how a medicine is taken, in the narrative at `reference`."""
    told = add(new_link(node, "SUBJ", inversion="true"), "act", classCode="ACT", moodCode="INT")
    put_templates(told, _INSTRUCTION)
    add(told, "code", code=INSTRUCTION, codeSystem="1.3.6.1.4.1.19376.1.5.3.2")
    put_text(told, reference)
    add(told, "statusCode", code="completed")


def put_comment(node: Node, words: str) -> None:
    """Write a remark; nothing without words."""
    if not words:
        return
    act = add(new_link(node, "SUBJ", inversion="true"), "act", classCode="ACT", moodCode="EVN")
    put_templates(act, _COMMENT)
    code_element(act, "code", Code(COMMENT, LOINC, "Commentaire", "LOINC"))
    add(act, "text", words)
    add(act, "statusCode", code="completed")


def put_period(node: Node, began: str, ended: str, *, has_end: bool) -> Node:
    """Write a period from partial dates; what is unknown is said to be."""
    time = add(node, "effectiveTime")
    add(time, "low", value=format_stamp(began), nullFlavor="" if began else "UNK")
    if ended or has_end:
        add(time, "high", value=format_stamp(ended), nullFlavor="" if ended else "UNK")
    return time


def say_none(section: Node, words: str) -> bool:
    """Write a narrative of one sentence; always false, for a writer that had nothing to write."""
    add(add(section, "text"), "paragraph", words)
    return False


def write_table(section: Node, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Write the narrative as a table; a column that no row fills is left out."""
    kept = [rank for rank, _ in enumerate(headings) if any(row[rank][0] for row in rows)]
    table = add(add(section, "text"), "table", border="0")
    line = add(add(table, "thead"), "tr")
    for rank in kept:
        add(line, "th", headings[rank])
    body = add(table, "tbody")
    for row in rows:
        line = add(body, "tr")
        for rank in kept:
            words, key = row[rank]
            cell = add(line, "td", "" if key else words)
            if key:
                add(cell, "content", words).set("ID", key)


def date_words(text: str) -> str:
    """A partial date in French, empty without one."""
    return french_date(text) if text else ""


def period_words(began: str, ended: str) -> str:
    """A period of partial dates in French."""
    words = [date_words(began), date_words(ended)]
    return " – ".join(one for one in words if one)

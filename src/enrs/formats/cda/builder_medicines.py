"""Writes the coded entries of what is given and what is prescribed: vaccinations, lines of a prescription.

Templates, order and codes are those of the published VAC-NOTE 2023.01 and eP-MED-DM 2024.01 examples of the ANS.
"""

from dataclasses import replace

from enrs.formats.cda.builder_header import add, code_element, performer_element
from enrs.formats.cda.builder_pieces import (
    Node,
    date_words,
    new_administration,
    new_link,
    new_observation,
    put_comment,
    put_instruction,
    put_period,
    put_product,
    put_reference,
    put_templates,
    put_text,
    say_none,
    write_table,
)
from enrs.formats.cda.clinical import Facts, PrescribedFact, VaccineFact
from enrs.formats.cda.layouts import TERMS
from enrs.formats.cda.model import LOINC, Code
from enrs.formats.cda.nodes import XSI, format_stamp

_VACCINE = (
    "2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45",
)  # fmt: skip
_RANK = ("2.16.840.1.113883.10.20.1.46", "1.2.250.1.213.1.1.3.82")
_PRESCRIBED = (
    "2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.7", "1.3.6.1.4.1.19376.1.9.1.3.2",
    "1.2.250.1.213.1.1.3.83",
)  # fmt: skip
_STRUCTURED = ("1.3.6.1.4.1.19376.1.9.1.3.6",)
_AMOUNT = ("1.3.6.1.4.1.19376.1.9.1.3.8", "1.2.250.1.213.1.1.3.86")
_SUBSTITUTION = ("1.3.6.1.4.1.19376.1.9.1.3.9.1", "1.2.250.1.213.1.1.3.87")
_LONG_TERM = (
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.2.250.1.213.1.1.3.48",
    "1.2.250.1.213.1.1.3.48.13",
)
_PHARMACIST = (
    "2.16.840.1.113883.10.20.1.43", "1.3.6.1.4.1.19376.1.5.3.1.4.3.1", "1.2.250.1.213.1.1.3.34",
)  # fmt: skip

RANK = Code("30973-2", LOINC, "Rang de la vaccination", "LOINC")
LONG_TERM = Code("MED-574", TERMS, "En rapport avec une ALD", "TA_ASIP")
TWO_ZONES = Code("MED-1096", TERMS, "Prescription bizone", "TA_ASIP")
"""What the header of a prescription says when some of its lines are for a long-term condition."""
FULFILMENT = "FINSTRUCT"
SUBSTITUTIONS = "2.16.840.1.113883.5.1070"
GENERIC, NONE = "G", "N"
UNITS = {"mL": "mL", "mg": "mg", "g": "g", "µg": "ug", "UI": "[iU]"}
"""Units of a dose that UCUM has; what is counted (tablets, drops) is an annotation."""
BOX = "30009000"
"""EDQM: a box, the unit in which quantities are counted."""


def write_vaccines(section: Node, facts: Facts) -> bool:
    """Vaccines received."""
    if not facts.vaccines:
        return say_none(section, "Aucune vaccination notée au dossier.")
    ids = [f"vac-{rank}" for rank, _ in enumerate(facts.vaccines, 1)]
    write_table(
        section,
        (
            "Date", "Vaccin", "Lot n°", "Rang", "Dose", "Voie d'administration", "Région d'administration",
            "Commentaire", "Vaccinateur",
        ),
        [
            [
                (date_words(one.given_on), ""), (one.label, key), (one.lot, ""), (str(one.rank or ""), ""),
                (one.dose, f"{key}-dose"), (one.route.display if one.route else "", ""),
                (one.site.display if one.site else "", f"{key}-site" if one.site else ""),
                (one.comment, ""), (one.by.name if one.by else "", ""),
            ]
            for one, key in zip(facts.vaccines, ids, strict=True)
        ],
    )  # fmt: skip
    for one, reference in zip(facts.vaccines, ids, strict=True):
        _vaccine(section, one, reference)
    return True


def _vaccine(section: Node, one: VaccineFact, reference: str) -> None:
    given = Code("IMMUNIZ", "2.16.840.1.113883.5.4", "Vaccination sans autre précision", "ActCode")
    node = new_administration(section, one, _VACCINE, given, reference)
    node.set("negationInd", "false")
    add(
        node,
        "effectiveTime",
        value=format_stamp(one.given_on),
        nullFlavor="" if one.given_on else "UNK",
    )
    code_element(node, "routeCode", one.route)
    if one.site:
        put_reference(_coded(node, "approachSiteCode", one.site), f"{reference}-site")
    add(node, "doseQuantity", nullFlavor="NA")
    put_product(node, one, reference, one.lot)
    if one.by:
        performer_element(node, replace(one.by, role="PRF"))
    if one.rank:
        told = new_observation(new_link(node, "SUBJ"), _RANK, RANK)
        add(told, "statusCode", code="completed")
        add(told, "value", value=str(one.rank)).set(f"{{{XSI}}}type", "INT")
    if one.dose:
        put_instruction(node, f"{reference}-dose")
    put_comment(node, one.comment)


def unit_code(unit: str) -> str:
    """The unit of a dose in UCUM."""
    return UNITS.get(unit, f"{{{unit}}}")


def unit_words(code: str) -> str:
    """The unit of a dose as people write it."""
    return next((words for words, one in UNITS.items() if one == code), code.strip("{}"))


def write_prescribed(section: Node, facts: Facts) -> bool:
    """The lines of a prescription, a table and an entry for each."""
    if not facts.prescribed:
        return say_none(section, "Aucune ligne.")
    ids = [f"med-{rank}" for rank, _ in enumerate(facts.prescribed, 1)]
    write_table(
        section,
        (
            "Médicament", "Posologie", "Voie", "Délivrance", "Substitution", "ALD", "Précisions", "Au dispensateur",
        ),
        [_cells(one, key) for one, key in zip(facts.prescribed, ids, strict=True)],
    )  # fmt: skip
    for one, reference in zip(facts.prescribed, ids, strict=True):
        _prescribed(section, one, reference)
    return True


def _cells(one: PrescribedFact, key: str) -> list[tuple[str, str]]:
    boxes = f"{one.quantity} boîte{'s' if one.quantity > 1 else ''}" if one.quantity else ""
    again = f"à renouveler {one.refills} fois" if one.refills else "à ne pas renouveler"
    substitution = "Oui" if one.is_substitutable else f"Non ({one.no_substitution})"
    return [
        (one.label, key), (one.dosage, f"{key}-posologie"),
        (one.route.display if one.route else "", f"{key}-voie" if one.route else ""),
        (", ".join(part for part in (boxes, again) if part), ""), (substitution, f"{key}-substitution"),
        ("Oui" if one.is_long_term else "Non", f"{key}-ald"), (one.comment, ""),
        (one.to_pharmacist, f"{key}-dispensateur" if one.to_pharmacist else ""),
    ]  # fmt: skip


def _prescribed(section: Node, one: PrescribedFact, reference: str) -> None:
    drug = Code("DRUG", "2.16.840.1.113883.5.4", "Médicament", "HL7:ActCode")
    templates = (*_PRESCRIBED, *(_STRUCTURED if one.dose is not None else ()))
    node = new_administration(section, one, templates, drug, reference)
    node.set("moodCode", "INT")
    time = put_period(node, one.began, one.ended, has_end=False)
    time.set(f"{{{XSI}}}type", "IVL_TS")
    if one.lasts and not one.ended:
        add(time, "width", value=str(one.lasts), unit=one.lasts_unit)
    if one.times:
        often = add(node, "effectiveTime", operator="A", institutionSpecified="true")
        often.set(f"{{{XSI}}}type", "PIVL_TS")
        # « three times a day » is a day divided by three: HL7 has no count of times.
        add(often, "period", value=f"{1 / one.times:.6f}".rstrip("0").rstrip("."), unit=one.period)
    add(node, "repeatNumber", value=str(one.refills))
    if one.route:
        put_reference(_coded(node, "routeCode", one.route), f"{reference}-voie")
    if one.dose is not None:
        add(node, "doseQuantity", value=f"{one.dose.normalize():f}", unit=unit_code(one.dose_unit))
    put_product(node, one, reference)
    if one.dosage:
        put_instruction(node, f"{reference}-posologie")
    if one.to_pharmacist:
        told = add(new_link(node, "SUBJ", inversion="true"), "act", classCode="ACT", moodCode="INT")
        put_templates(told, _PHARMACIST)
        add(told, "code", code=FULFILMENT, codeSystem="1.3.6.1.4.1.19376.1.5.3.2")
        put_text(told, f"{reference}-dispensateur")
        add(told, "statusCode", code="completed")
    _put_supply(node, one, reference)
    put_comment(node, one.comment)


def _put_supply(node: Node, one: PrescribedFact, reference: str) -> None:
    """Boxes, substitution, long-term condition."""
    if one.quantity:
        supply = add(new_link(node, "COMP"), "supply", classCode="SPLY", moodCode="RQO")
        put_templates(supply, _AMOUNT)
        add(supply, "independentInd", value="false")
        add(supply, "quantity", value=str(one.quantity), unit=BOX)
    act = add(new_link(node, "COMP"), "act", classCode="ACT", moodCode="DEF")
    put_templates(act, _SUBSTITUTION)
    code, words = (
        (GENERIC, "Substitution autorisée par un produit générique")
        if one.is_substitutable
        else (NONE, "Aucune substitution permise")
    )
    put_reference(
        _coded(act, "code", Code(code, SUBSTITUTIONS, words, "HL7_substanceAdminSubstitution")),
        f"{reference}-substitution",
    )
    add(act, "statusCode", code="completed")
    told = new_observation(new_link(node, "COMP"), _LONG_TERM, LONG_TERM)
    put_text(told, f"{reference}-ald")
    add(told, "statusCode", code="completed")
    value = add(told, "value", value="true" if one.is_long_term else "false")
    value.set(f"{{{XSI}}}type", "BL")


def _coded(node: Node, name: str, code: Code) -> Node:
    found = code_element(node, name, code)
    assert found is not None  # noqa: S101  a code was given
    return found

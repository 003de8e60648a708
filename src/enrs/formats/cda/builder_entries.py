"""Writes the coded entries (level 3) of a summary: problems, allergies, treatments, vaccines, habits, vital signs.

Templates, order and codes are those of the published VSM 1.4 (2022.01), DLU-EHPAD and FLUDT examples of the ANS.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

from enrs.formats.cda.builder_header import add, code_element
from enrs.formats.cda.builder_medicines import write_prescribed, write_vaccines
from enrs.formats.cda.builder_pieces import (
    Node,
    date_words,
    new_administration,
    new_concern,
    new_link,
    new_observation,
    period_words,
    put_code,
    put_comment,
    put_instruction,
    put_period,
    put_product,
    put_reference,
    put_templates,
    put_text,
    put_value,
    say_none,
    write_table,
)
from enrs.formats.cda.clinical import (
    ABSENT_OR_UNKNOWN,
    ALLERGY_KINDS,
    PACK_YEARS,
    SNOMED,
    AllergyFact,
    Fact,
    Facts,
    HabitFact,
    MeasureFact,
    ProblemFact,
    TreatmentFact,
)
from enrs.formats.cda.model import LOINC, Code
from enrs.formats.cda.nodes import XSI, format_stamp
from enrs.formats.cda.values import french_moment, unit_label

_CONCERN = ("2.16.840.1.113883.10.20.1.27", "1.3.6.1.4.1.19376.1.5.3.1.4.5.1")
_PROBLEM_CONCERN = (*_CONCERN, "1.3.6.1.4.1.19376.1.5.3.1.4.5.2", "1.2.250.1.213.1.1.3.39")
_ALLERGY_CONCERN = (*_CONCERN, "1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40")
_PROBLEM = (
    "2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37",
)  # fmt: skip
_ALLERGY = (
    "2.16.840.1.113883.10.20.1.18", "2.16.840.1.113883.10.20.1.28",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.3.6.1.4.1.19376.1.5.3.1.4.6", "1.2.250.1.213.1.1.3.41",
)  # fmt: skip
_STATUS = (
    "2.16.840.1.113883.10.20.1.50", "2.16.840.1.113883.10.20.1.57",
    "1.3.6.1.4.1.19376.1.5.3.1.4.1.1", "1.2.250.1.213.1.1.3.30",
)  # fmt: skip
_TREATMENT = (
    "2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.7",
    "1.2.250.1.213.1.1.3.42", "1.3.6.1.4.1.19376.1.5.3.1.4.7.1",
)  # fmt: skip
_HABIT = (
    "2.16.840.1.113883.10.20.1.33", "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13.4", "1.2.250.1.213.1.1.3.52",
)  # fmt: skip
_VITALS = (
    "2.16.840.1.113883.10.20.1.32", "2.16.840.1.113883.10.20.1.35",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13.1", "1.2.250.1.213.1.1.3.49",
)  # fmt: skip
_VITAL = (
    "2.16.840.1.113883.10.20.1.31", "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13.2", "1.2.250.1.213.1.1.3.50",
)  # fmt: skip

DIAGNOSIS = Code("282291009", SNOMED, "interprétation diagnostique", "SNOMED CT")
CLINICAL_STATUS, CRITICALITY = "2.16.840.1.113883.4.642.4.1373", "2.16.840.1.113883.4.642.4.130"
CRITICALITIES = {"low": "Bas", "high": "Elevé", "unable-to-assess": "Impossible à évaluer"}
STATUS, CRITICALITY_CODE = "33999-4", "82606-5"


def write_problems(section: Node, facts: Facts) -> bool:
    """Present problems. Returns whether there was any."""
    return _problems(section, [one for one in facts.problems if one.is_active], "pb")


def write_antecedents(section: Node, facts: Facts) -> bool:
    """Past problems."""
    return _problems(section, [one for one in facts.problems if not one.is_active], "atcd")


def _problems(section: Node, rows: Sequence[ProblemFact], prefix: str) -> bool:
    if not rows:
        return _unknown(section, "Rien de noté au dossier.", "no-problem-info",
                        "Pas d'information sur les problèmes", _PROBLEM)  # fmt: skip
    ids = [f"{prefix}-{rank}" for rank, _ in enumerate(rows, 1)]
    write_table(
        section, ("Date", "Pathologie", "Précisions"),
        [
            [(period_words(one.began, one.ended), ""), (one.label, key), (one.comment, "")]
            for one, key in zip(rows, ids, strict=True)
        ],
    )  # fmt: skip
    for one, reference in zip(rows, ids, strict=True):
        observation = new_concern(
            section, one, _PROBLEM_CONCERN, _PROBLEM, DIAGNOSIS, is_active=one.is_active
        )
        put_text(observation, reference)
        add(observation, "statusCode", code="completed")
        put_period(observation, one.began, one.ended, has_end=not one.is_active)
        put_value(observation, one.code, reference)
        put_comment(observation, one.comment)
    return True


def write_allergies(section: Node, facts: Facts) -> bool:
    """Allergies; that none is known, when somebody stated it; else that nothing is known of them."""
    if not facts.allergies:
        code, words = (
            ("no-known-allergies", "Pas d'allergie/hypersensibilité connue")
            if facts.is_no_allergy_known
            else ("no-allergy-info", "Pas d’information sur les allergies/hypersensibilités")
        )
        return _unknown(section, f"{words}.", code, words, _ALLERGY)
    ids = [f"all-{rank}" for rank, _ in enumerate(facts.allergies, 1)]
    write_table(
        section, ("Date", "Type", "Agent responsable", "Réaction", "Gravité", "Précisions"),
        [
            [
                (date_words(one.began), ""), (ALLERGY_KINDS[one.kind].display, f"{key}-type"),
                (one.label, key), (one.reaction, f"{key}-reaction"),
                (CRITICALITIES.get(one.criticality, ""), ""), (one.comment, ""),
            ]
            for one, key in zip(facts.allergies, ids, strict=True)
        ],
    )  # fmt: skip
    for one, reference in zip(facts.allergies, ids, strict=True):
        _allergy(section, one, reference)
    return True


def _allergy(section: Node, one: AllergyFact, reference: str) -> None:
    kind = ALLERGY_KINDS[one.kind]
    node = new_concern(section, one, _ALLERGY_CONCERN, _ALLERGY, kind, is_active=one.is_active)
    put_text(node, f"{reference}-type")
    add(node, "statusCode", code="completed")
    put_period(node, one.began, "", has_end=False)
    put_value(node, kind, f"{reference}-type")
    role = add(add(node, "participant", typeCode="CSM"), "participantRole", classCode="MANU")
    agent = add(role, "playingEntity", classCode="MMAT")
    put_reference(put_code(agent, "code", one.code), reference)
    add(agent, "name", one.label)
    if one.reaction:
        found = new_observation(new_link(node, "MFST", inversion="true"), _PROBLEM, DIAGNOSIS)
        put_text(found, f"{reference}-reaction")
        add(found, "statusCode", code="completed")
        add(add(found, "effectiveTime"), "low", nullFlavor="UNK")
        put_value(found, None, f"{reference}-reaction")
    status = new_observation(
        new_link(node, "REFR"), _STATUS, Code(STATUS, LOINC, "Status", "LOINC")
    )
    add(status, "statusCode", code="completed")
    word = ("active", "Actif") if one.is_active else ("resolved", "Résolu")
    put_value(status, Code(word[0], CLINICAL_STATUS, word[1]), "", kind="CE")
    if one.criticality in CRITICALITIES:
        said = Code(one.criticality, CRITICALITY, CRITICALITIES[one.criticality])
        grave = new_observation(
            new_link(node, "SUBJ", inversion="true"), (), Code(CRITICALITY_CODE, LOINC, "Criticité", "LOINC")
        )  # fmt: skip
        add(grave, "statusCode", code="completed")
        put_value(grave, said, "", kind="CE")
    put_comment(node, one.comment)


def write_treatments(section: Node, facts: Facts) -> bool:
    """Medicines taken."""
    if not facts.treatments:
        words = add(add(section, "text"), "paragraph")
        add(words, "content", "Aucun traitement noté au dossier.").set("ID", "trt-0")
        told = Code(
            "no-medication-info", ABSENT_OR_UNKNOWN, "Pas d’information sur les traitements"
        )
        _treatment(section, TreatmentFact(told.display, code=told), "trt-0")
        return False
    ids = [f"trt-{rank}" for rank, _ in enumerate(facts.treatments, 1)]
    write_table(
        section, ("Date de début", "Date de fin", "Médicament", "Posologie", "Précisions"),
        [
            [
                (date_words(one.began), ""), (date_words(one.ended), ""), (one.label, key),
                (one.dosage, f"{key}-posologie"), (one.comment, ""),
            ]
            for one, key in zip(facts.treatments, ids, strict=True)
        ],
    )  # fmt: skip
    for one, reference in zip(facts.treatments, ids, strict=True):
        _treatment(section, one, reference)
    return True


def _treatment(section: Node, one: TreatmentFact, reference: str) -> None:
    drug = Code("DRUG", "2.16.840.1.113883.5.4", "Médicament", "HL7:ActCode")
    node = new_administration(section, one, _TREATMENT, drug, reference)
    time = put_period(node, one.began, one.ended, has_end=True)
    time.set(f"{{{XSI}}}type", "IVL_TS")
    add(node, "doseQuantity", nullFlavor="UNK")
    add(node, "rateQuantity", nullFlavor="NAV")
    put_product(node, one, reference)
    if one.dosage:
        put_instruction(node, f"{reference}-posologie")
    put_comment(node, one.comment)


def write_habits(section: Node, facts: Facts) -> bool:
    """Ways of life that are risks."""
    if not facts.habits:
        return say_none(section, "Rien de noté au dossier.")
    ids = [f"vie-{rank}" for rank, _ in enumerate(facts.habits, 1)]
    rows = [[(one.label, key), (_habit_words(one), f"{key}-dit")]
            for one, key in zip(facts.habits, ids, strict=True)]  # fmt: skip
    write_table(section, ("Type", "Observation"), rows)
    for one, reference in zip(facts.habits, ids, strict=True):
        node = new_observation(add(section, "entry"), _HABIT, one.code, one.key)
        put_text(node, reference)
        add(node, "statusCode", code="completed")
        add(node, "effectiveTime", nullFlavor="NA")
        value = add(node, "value", one.text if one.value is None else "")
        value.set(f"{{{XSI}}}type", "ST" if one.value is None else "PQ")
        if one.value is not None:
            value.set("value", str(one.value))
            value.set("unit", one.unit)
    return True


def _habit_words(one: HabitFact) -> str:
    if one.value is None:
        return one.text
    return _amount(one.value, one.unit)


def write_measures(section: Node, facts: Facts) -> bool:
    """Vital signs, one organizer for those of one moment."""
    if not facts.measures:
        return say_none(section, "Aucune mesure notée au dossier.")
    pairs = [(one, f"mes-{rank}") for rank, one in enumerate(facts.measures, 1)]
    write_table(
        section, ("Date", "Constante", "Mesure", "Précisions"),
        [
            [(french_moment(one.at), ""), (one.label, key), (_measure_words(one), ""), (one.comment, "")]
            for one, key in pairs
        ],
    )  # fmt: skip
    for moment, group in groupby(pairs, key=lambda pair: pair[0].at):
        organizer = add(add(section, "entry"), "organizer", classCode="CLUSTER", moodCode="EVN")
        put_templates(organizer, _VITALS)
        add(organizer, "id", nullFlavor="NI")
        code_element(organizer, "code", Code("85353-1", LOINC, "Signes vitaux", "LOINC"))
        add(organizer, "statusCode", code="completed")
        add(organizer, "effectiveTime", value=format_stamp(moment))
        for one, key in group:
            link = add(organizer, "component", typeCode="COMP")
            node = new_observation(link, _VITAL, one.code, one.key)
            put_text(node, key)
            add(node, "statusCode", code="completed")
            add(node, "effectiveTime", value=format_stamp(one.at))
            value = add(node, "value", value=str(one.value), unit=one.unit)
            value.set(f"{{{XSI}}}type", "PQ")
            put_comment(node, one.comment)
    return True


def _measure_words(one: MeasureFact) -> str:
    return _amount(one.value, one.unit)


WRITERS: dict[str, Callable[[Node, Facts], bool]] = {
    "problems": write_problems,
    "antecedents": write_antecedents,
    "allergies": write_allergies,
    "treatments": write_treatments,
    "vaccines": write_vaccines,
    "habits": write_habits,
    "measures": write_measures,
    "prescribed": write_prescribed,
}
"""What a section may hold, by name."""


def _amount(value: Decimal | None, unit: str) -> str:
    words = "paquets-années" if unit == PACK_YEARS else unit_label(unit)
    return f"{str(value).replace('.', ',')} {words}".strip()


def _unknown(section: Node, words: str, code: str, display: str, inner: Sequence[str]) -> bool:
    """An entry that says that nothing is known, or that there is none (JDV_AbsentOrUnknown…-CISIS)."""
    say_none(section, words)
    is_problem = inner is _PROBLEM
    outer = _PROBLEM_CONCERN if is_problem else _ALLERGY_CONCERN
    about = DIAGNOSIS if is_problem else ALLERGY_KINDS["biologic"]
    node = new_concern(section, Fact(display), outer, inner, about, is_active=True)
    add(node, "statusCode", code="completed")
    add(add(node, "effectiveTime"), "low", nullFlavor="UNK")
    put_value(node, Code(code, ABSENT_OR_UNKNOWN, display), "")
    return False

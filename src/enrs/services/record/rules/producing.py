"""The documents that a record gives: their kinds, who makes each, what its author is asked (pure).

Sources of the layouts and of the checks: `formats.cda.layouts`, `formats.cda.checks`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrs.formats.cda.checks import Fault
from enrs.formats.cda.layouts import CLASSES as CLASS_CODES
from enrs.formats.cda.layouts import LAYOUTS
from enrs.formats.cda.model import LOINC, Code

SOURCE: Final = "region"
"""The source of the documents that the region itself makes."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text that the author may write: the layout's `says`, label, help, rows of the field."""

    name: str
    label: str
    help: str = ""
    rows: int = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its words, the roles of the matrix that make it, what its author is asked.

    `is_about` kinds tell of one act (a vaccination, a prescription) and are made from its page.
    """

    key: str
    label: str
    summary: str
    roles: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    asks_tobacco: bool = False
    is_about: bool = False


_REASON = Question("reason", "Motif", "Pourquoi la personne est, ou a été, hospitalisée.")
_REMARKS = Question("remarks", "Autres informations", "Ce que le destinataire doit savoir de plus.")

KINDS: Final = {
    one.key: one
    for one in (
        Kind(
            "vsm", "Volet de synthèse médicale (VSM)",
            "La synthèse du médecin traitant : pathologies, antécédents, allergies, traitements, risques.",
            ("physician",),
            (
                Question("warnings", "Points de vigilance", "Un par ligne.", 2),
                Question("job_risks", "Risques professionnels", "Un par ligne.", 2),
            ),
            asks_tobacco=True,
        ),
        Kind(
            "dlu", "Document de liaison d’urgence (DLU)",
            "Ce que les urgences doivent savoir, de jour comme de nuit.",
            ("physician", "nurse"),
            (
                Question("preferred", "Établissement de préférence", rows=1),
                Question("palliative", "Soins palliatifs", "Suivi, équipe à joindre.", 2),
                Question("directives", "Directives anticipées", "Existent-elles, et où les lire.", 2),
                Question("state", "Observations", "Communication, orientation, chutes, contention, fausses routes…"),
                _REMARKS,
            ),
        ),
        Kind(
            "admission_letter", "Lettre de liaison à l’entrée",
            "Pour l’équipe hospitalière qui va recevoir la personne.",
            ("physician", "midwife"), (_REASON, _REMARKS),
        ),
        Kind(
            "discharge_letter", "Lettre de liaison à la sortie",
            "Pour le médecin traitant, le jour de la sortie.",
            ("physician", "midwife"),
            (
                _REASON, Question("synthesis", "Synthèse du séjour", rows=5),
                Question("follow_up", "Suites à donner", "Soins, examens, rendez-vous à prévoir."), _REMARKS,
            ),
        ),
        Kind(
            "plan", "Plan personnalisé de santé (PPS)",
            "Le plan de la coordination : situations à problème, objectifs, actions, accords.",
            ("physician", "nurse"),
        ),
        Kind(
            "vaccination_note", "Note de vaccination",
            "La vaccination faite, pour le carnet de vaccination de Mon espace santé.",
            ("physician", "midwife", "nurse", "pharmacist"), is_about=True,
        ),
        Kind(
            "prescription", "Ordonnance", "La prescription de médicaments, signée.",
            ("physician", "dentist", "midwife", "nurse", "pharmacist"), (_REMARKS,), is_about=True,
        ),
    )
}  # fmt: skip

CLASSES: Final = {kind: Code(*CLASS_CODES[kind]) for kind in KINDS}
"""classCode of each kind (TRE_A03-ClasseDocument)."""

CONTENTS: Final = {
    "AMB": Code("07", "1.2.250.1.213.2.2", "Consultation externe"),
    "IMP": Code("03", "1.2.250.1.213.2.2", "Hospitalisation"),
}
"""contentTypeCode of a submission, by the kind of encounter (I gives 03, O gives 07)."""

SYSTEM_NAMES: Final = {
    LOINC: "LOINC",
    "2.16.840.1.113883.6.96": "SNOMED CT",
    "2.16.840.1.113883.6.3": "CIM-10",
    "1.2.250.1.213.2.3.1": "CIS",
    "1.2.250.1.213.2.3.2": "CIP",
    "2.16.840.1.113883.6.73": "ATC",
}
OIDS: Final = {
    "http://loinc.org": LOINC,
    "http://snomed.info/sct": "2.16.840.1.113883.6.96",
    "http://hl7.org/fhir/sid/icd-10": "2.16.840.1.113883.6.3",
    "http://www.whocc.no/atc": "2.16.840.1.113883.6.73",
}
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")

VITALS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "weight": (("29463-7", "Poids"),),
    "height": (("8302-2", "Taille"),),
    "pressure": (
        ("8480-6", "Pression artérielle systolique"),
        ("8462-4", "Pression artérielle diastolique"),
    ),
    "pulse": (("8867-4", "Fréquence cardiaque"),),
    "temperature": (("8310-5", "Température corporelle"),),
    "saturation": (("20564-1", "Saturation en O2"),),
    "waist": (("8280-0", "Périmètre abdominal"),),
}
"""Measures of the record to codes of JDV_SignesVitaux-CISIS; the others stay out of documents."""

RELATIONS: Final = {
    "fille": "DAUC", "fils": "SONC", "épouse": "WIFE", "époux": "HUSB", "femme": "WIFE", "mari": "HUSB",
    "conjoint": "SPS", "conjointe": "SPS", "compagne": "DOMPART", "compagnon": "DOMPART", "mère": "MTH",
    "père": "FTH", "sœur": "SIS", "frère": "BRO", "nièce": "NIECE", "neveu": "NEPHEW", "cousin": "COUSN",
    "cousine": "COUSN", "voisin": "NBOR", "voisine": "NBOR", "ami": "FRND", "amie": "FRND",
}  # fmt: skip

HOSPITALS: Final = frozenset(
    {"SA01", "SA02", "SA03", "SA04", "SA12", "SA30", "SA34", "SA36", "SA40"}
)
RESIDENCES: Final = frozenset({"SA16", "SA17", "SA18", "SA20", "SA21", "SA41"})
CARE_HOME: Final = "SA17"


def kind_of(type_code: str, type_system: str) -> str:
    """The kind of a document that the region made, by its type."""
    return next(
        kind for kind, layout in LAYOUTS.items()
        if (layout.type_code.code, layout.type_code.system) == (type_code, type_system)
    )  # fmt: skip


def coded(code: str, system: str, display: str) -> Code | None:
    """A code that a document may carry: one whose system is an OID, or has one; None otherwise."""
    oid = OIDS.get(system, system.removeprefix("urn:oid:"))
    if not code or not _OID.fullmatch(oid):
        return None
    return Code(code, oid, display, SYSTEM_NAMES.get(oid, ""))


def setting_of(sector: str) -> Code:
    """The frame of practice of a sector of activity (JDV_J04 from JDV_J02)."""
    code, display = "AMBULATOIRE", "Ambulatoire"
    if sector in HOSPITALS:
        code, display = "ETABLISSEMENT", "Etablissement de santé"
    elif sector in RESIDENCES:
        code, display = "ESSMS", "Etablissement ou Service Social ou Médico-Social"
    return Code(code, "1.2.250.1.213.1.1.4.9", display)


def profession_of(profession: str, speciality: str, label: str) -> Code | None:
    """The author's speciality (JDV_J01): `G15_10/SM26`; None without a profession."""
    if not profession:
        return None
    more = f"/{speciality}" if re.fullmatch(r"S[A-Z]{1,2}[0-9]{2}", speciality) else ""
    return Code(f"G15_{profession}{more}", "1.2.250.1.213.1.1.4.5", label)


def relation_of(words: str) -> Code | None:
    """What a relative is to the person (HL7 RoleCode), from the word that says it; None where none is known."""
    word = re.sub(r"[^\w]+.*", "", words.strip().casefold(), flags=re.DOTALL)
    found = RELATIONS.get(word)
    return Code(found, "2.16.840.1.113883.5.111", words.strip()) if found else None


def structure_number(finess: str, siret: str) -> str:
    """IdNat_Struct of a place: `1` then FINESS, else `3` then SIRET; empty without either."""
    if finess:
        return f"1{finess}"
    return f"3{siret}" if siret else ""


def finess_of(number: str) -> str:
    """The FINESS of a place from its IdNat_Struct; empty when it is known by another number."""
    return number[1:] if number.startswith("1") else ""


def stops_making(faults: list[Fault]) -> list[Fault]:
    """Those of the faults for which no document is made."""
    return [one for one in faults if one.stops == "making"]


def points(text: str) -> tuple[str, ...]:
    """The lines of a text, without the empty ones."""
    return tuple(line for line in (one.strip() for one in text.splitlines()) if line)


VERSIONED: Final = ("vsm", "dlu", "plan")
"""Kinds of which one document is in force at a time; each letter is a document of its own, and each vaccination and
prescription has its own."""
CARRIED: Final = ("vsm", "dlu")
"""Kinds whose next version begins with what the author of the former one wrote."""
LETTERS: Final = ("admission_letter", "discharge_letter")
"""Kinds of which a wrong one is replaced when its author says so."""

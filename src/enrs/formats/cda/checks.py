"""Checks a document before it is made and before it leaves: header rules of the CI-SIS, value sets, minimal content.

Each fault has a code, says where in a person's words, and how to mend it. Some stop the making; others let the
document be kept in the record but stop it from leaving. Sources: CI-SIS, « Structuration minimale de documents de
santé » ; ANS, JDV_J01, J02, J04, J08-CISIS, JDV_EncompassingEncounterCode-CISIS (published value sets, 2024);
Référentiel INS v2 (the number travels with a qualified identity alone).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from enrs.formats.cda.clinical import VITAL_SIGNS, Facts
from enrs.formats.cda.layouts import LAYOUTS
from enrs.formats.cda.model import INS_OIDS, Metadata, Organization, Party
from enrs.formats.ins import check_ins

MAKING, LEAVING = "making", "leaving"

FACILITIES: Final = frozenset(
    {"EXP_PATIENT", "SNR"} | {f"SA{rank:02d}" for rank in range(1, 70) if rank not in (11, 62)}
)
"""JDV_J02-XdsHealthcareFacilityTypeCode-CISIS."""
SETTINGS: Final = frozenset({
    "EXP_PATIENT", "SNR", "AMBULATOIRE", "AMO", "DEPISTAGE", "ESSMS", "ETABLISSEMENT", "HAD", "MAD",
    "PALLIATIF", "SAD", "SAMU_SMUR",
})  # fmt: skip
"""JDV_J04-XdsPracticeSettingCode-CISIS."""
CONFIDENTIALITIES: Final = frozenset({"N", "R", "V"})
ENCOUNTERS: Final = frozenset({"AMB", "EMER", "FLD", "HH", "IMP", "SS", "VR", "EXTERNE", "SEANCE"})
_PROFESSION = re.compile(r"G(15|16)_\d{2}(/[A-Z]{1,3}\d{2,3})?|\d{3}")
_IDNAT_PS = re.compile(r"[034568][0-9]{8,13}")
_IDNAT_STRUCTURE = re.compile(r"[1-4][0-9A-Z]{9,20}")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

NEEDED_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "admission_letter": ("reason",),
    "discharge_letter": ("reason", "synthesis", "follow_up"),
    "plan": ("goals",),
}
"""What the author must say for a document to make sense."""

TEXT_NAMES: Final = {
    "reason": "le motif",
    "synthesis": "la synthèse du séjour",
    "follow_up": "les suites à donner",
    "goals": "les objectifs et les actions",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `stops` is `making` or `leaving`; `subject` is what a page may lead to."""

    code: str
    where: str
    remedy: str
    stops: str = MAKING
    subject: str = ""


Texts = Mapping[str, Sequence[object]]


def faults(meta: Metadata, kind: str, facts: Facts, texts: Texts) -> list[Fault]:
    """All that is wrong with a document of this kind, what stops its making first."""
    found = [*header_faults(meta, kind), *_content(kind, facts, texts)]
    return sorted(found, key=lambda one: one.stops != MAKING)


def header_faults(meta: Metadata, kind: str) -> list[Fault]:
    """All that is wrong with the header of a document of this kind."""
    return [*_identity(meta), *_people(meta), *_entry(meta, kind)]


def _identity(meta: Metadata) -> Iterator[Fault]:
    patient = meta.patient
    if patient.ins is None:
        yield Fault(
            "INS-01", "L’identité n’est pas qualifiée : le document n’aurait pas d’INS.",
            "Contrôlez une pièce d’identité, puis interrogez l’INSi depuis la page de l’identité.",
            LEAVING, "identity",
        )  # fmt: skip
    elif patient.ins.root not in INS_OIDS or check_ins(patient.ins.extension, patient.ins.root):
        yield Fault(
            "INS-02", "Le matricule INS n’a pas la bonne forme.",
            "Faites vérifier l’identité par la cellule d’identitovigilance.", LEAVING, "identity",
        )  # fmt: skip
    if not (patient.birth_name and patient.first_given_name):
        yield Fault(
            "IDE-01", "Le nom de naissance ou le premier prénom manque.",
            "Complétez l’identité de la personne.", MAKING, "identity",
        )  # fmt: skip
    if (
        len(patient.birth_date) < 10
        or patient.sex not in ("M", "F")
        or not patient.birth_place_code
    ):
        yield Fault(
            "IDE-02", "La date ou le lieu de naissance, ou le sexe, ne sont pas complets.",
            "Complétez l’identité : l’INSi demande ces traits.", LEAVING, "identity",
        )  # fmt: skip


def _people(meta: Metadata) -> Iterator[Fault]:
    author = meta.authors[0] if meta.authors else Party()
    if not _IDNAT_PS.fullmatch(author.idnat):
        yield Fault(
            "AUT-01", "L’auteur n’a pas de numéro national (RPPS ou ADELI).",
            "Seul un professionnel relié à l’annuaire national signe ce document : faites relier votre compte, ou "
            "demandez à un confrère de le produire.", MAKING, "account",
        )  # fmt: skip
    if author.profession is None or not _PROFESSION.fullmatch(author.profession.code):
        yield Fault(
            "AUT-02", "La profession de l’auteur n’est pas connue de l’annuaire.",
            "Faites corriger votre fiche d’annuaire.", LEAVING, "account",
        )  # fmt: skip
    if meta.legal_authenticator is None:
        yield Fault("AUT-03", "Personne ne répond du document.", "Choisissez qui le signe.", MAKING)
    if not _is_known(author.organization):
        yield Fault(
            "STR-01", "La structure de l’auteur n’a pas de numéro national (FINESS, SIRET).",
            "Choisissez votre lieu d’exercice, en haut de la page, ou faites corriger l’annuaire.", LEAVING,
            "place",
        )  # fmt: skip
    if not _is_known(meta.custodian):
        yield Fault(
            "STR-02", "La structure qui conserve le document n’a pas de numéro national.",
            "Demandez à l’exploitation de compléter la fiche de votre structure.", LEAVING, "place",
        )  # fmt: skip


def _is_known(place: Organization | None) -> bool:
    return place is not None and bool(place.name and _IDNAT_STRUCTURE.fullmatch(place.idnat))


def _entry(meta: Metadata, kind: str) -> Iterator[Fault]:
    """The values that XDS takes from the header."""
    wanted = LAYOUTS[kind].type_code
    encounter, facility = meta.encounter, meta.facility_type
    checks: tuple[tuple[bool, str, str, str], ...] = (
        (
            meta.type_code is not None and (meta.type_code.code, meta.type_code.system) == (wanted.code, wanted.system),
            "MET-01", "Le type du document n’est pas celui de sa sorte (JDV_J07).", MAKING,
        ),
        (
            facility is not None and facility.code in FACILITIES,
            "MET-02", "Le type de structure n’est pas dans la liste nationale (JDV_J02).", LEAVING,
        ),
        (
            meta.practice_setting is not None and meta.practice_setting.code in SETTINGS,
            "MET-03", "Le cadre d’exercice n’est pas dans la liste nationale (JDV_J04).", LEAVING,
        ),
        (
            meta.confidentiality is not None and meta.confidentiality.code in CONFIDENTIALITIES,
            "MET-04", "Le niveau de confidentialité n’est pas dans la liste nationale (JDV_J08).", MAKING,
        ),
        (
            isinstance(meta.creation_time, datetime) and meta.creation_time.tzinfo is not None,
            "MET-05", "La date du document n’a pas d’heure ou de fuseau.", MAKING,
        ),
        (
            encounter is None or encounter.code is None or encounter.code.code in ENCOUNTERS,
            "MET-06", "Le type de rencontre n’est pas dans la liste nationale.", LEAVING,
        ),
        (
            bool(_OID.fullmatch(meta.unique_id.root)) and meta.set_id is not None
            and bool(_OID.fullmatch(meta.set_id.root)) and (meta.version_number or 0) >= 1,
            "MET-07", "Les numéros du document et de sa version ne sont pas complets.", MAKING,
        ),
        (bool(meta.title and meta.language), "MET-08", "Le titre ou la langue manque.", MAKING),
        (bool(meta.service_events), "MET-09", "L’acte que le document décrit n’est pas dit.", MAKING),
    )  # fmt: skip
    for holds, code, where, stops in checks:
        if not holds:
            yield Fault(code, where, _TELL, stops, "place" if code in ("MET-02", "MET-03") else "")


_TELL = "Ce réglage vient de l’annuaire ou de l’installation : signalez-le à l’exploitation avec ce code."


def _content(kind: str, facts: Facts, texts: Texts) -> Iterator[Fault]:
    if kind == "vaccination_note" and not facts.vaccines:
        yield Fault(
            "CLI-05", "Cette vaccination n’est plus au dossier, ou a été retirée.",
            "Revenez aux vaccinations de la personne, et choisissez celle qui est en vigueur.", MAKING,
        )  # fmt: skip
    if kind == "prescription" and not facts.prescribed:
        yield Fault(
            "CLI-06", "L’ordonnance n’a aucune ligne.", "Ajoutez au moins un médicament.", MAKING
        )
    says_allergies = kind not in ("vaccination_note", "prescription")
    if says_allergies and not facts.allergies and not facts.is_no_allergy_known:
        yield Fault(
            "CLI-01", "Les allergies ne sont pas renseignées.",
            "Notez-les, ou dites qu’aucune n’est connue : le silence serait lu comme une absence.", MAKING,
            "allergy",
        )  # fmt: skip
    if kind in ("vsm", "dlu") and not (facts.problems or facts.treatments):
        yield Fault(
            "CLI-02", "La synthèse n’a ni pathologie, ni antécédent, ni traitement.",
            "Complétez la synthèse du dossier d’abord.", MAKING, "problem",
        )  # fmt: skip
    for name in NEEDED_TEXTS.get(kind, ()):
        if not texts.get(name):
            subject = "plan" if kind == "plan" else "form"
            yield Fault(
                "CLI-03", f"Il manque {TEXT_NAMES[name]}.",
                "Écrivez un plan avec au moins un objectif, puis revenez." if kind == "plan"
                else "Remplissez ce champ.", MAKING, subject,
            )  # fmt: skip
    for one in facts.measures:
        if one.code is None or one.code.code not in VITAL_SIGNS:
            yield Fault(
                "CLI-04", f"« {one.label} » n’est pas une constante de la liste nationale.",
                "Retirez cette mesure du document.", LEAVING, "measure",
            )  # fmt: skip


def printable(text: str) -> str:
    """The text without the characters that XML forbids."""
    return _FORBIDDEN.sub("", text)

"""What stands beside the activities as parts of FHIR resources: MSSanté mailboxes, qualifications.

Extensions and terminologies: the published guide of the *Annuaire Santé* (`interop.esante.gouv.fr/ig/fhir/annuaire`,
profiles AS Mailbox MSS and AS Practitioner) and FR Core. A code whose terminology is not known stands
without a system.
"""

from collections.abc import Sequence
from typing import Any

from enrs.referentials.directory.models import Qualification
from enrs.referentials.directory.queries.beside import Box, Skill

NOS = "https://mos.esante.gouv.fr/NOS/"
MAILBOX = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
EMAIL_TYPE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type"
EMAIL_TYPES = f"{NOS}TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie"
MAILBOX_TYPES = f"{NOS}TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL"

KINDS: dict[str, str] = {
    Qualification.Kind.SKILL: f"{NOS}TRE_R04-TypeSavoirFaire/FHIR/TRE-R04-TypeSavoirFaire",
    Qualification.Kind.DIPLOMA: f"{NOS}TRE_R14-TypeDiplome/FHIR/TRE-R14-TypeDiplome",
    Qualification.Kind.AUTHORISATION: f"{NOS}TRE_R17-TypeAutorisation/FHIR/TRE-R17-TypeAutorisation",
}
"""The terminology of the type of a qualification."""
SKILLS = {
    "S": f"{NOS}TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale",
    "C": f"{NOS}TRE_R39-Competence/FHIR/TRE-R39-Competence",
    "CEX": f"{NOS}TRE_R40-CompetenceExclusive/FHIR/TRE-R40-CompetenceExclusive",
    "DNQ": f"{NOS}TRE_R42-DESCnonQualifiant/FHIR/TRE-R42-DESCnonQualifiant",
    "CAPA": f"{NOS}TRE_R43-CapaciteSavoirFaire/FHIR/TRE-R43-CapaciteSavoirFaire",
    "PAC": f"{NOS}TRE_R44-QualificationPAC/FHIR/TRE-R44-QualificationPAC",
    "DEC": f"{NOS}TRE_R97-DroitExerciceCompl/FHIR/TRE-R97-DroitExerciceCompl",
    "OP": f"{NOS}TRE_G13-OrientationParticuliere/FHIR/TRE-G13-OrientationParticuliere",
}
"""The terminology of a skill, by its type (TRE_R04)."""
STATE_DIPLOMA = "DE"
STATE_DIPLOMAS = f"{NOS}TRE_R48-DiplomeEtatFrancais/FHIR/TRE-R48-DiplomeEtatFrancais"
DISCIPLINES = f"{NOS}TRE_R18-DisciplineAutorisation/FHIR/TRE-R18-DisciplineAutorisation"

Tree = dict[str, Any]
Keys = list[tuple[str, str]]


def mailbox_points(boxes: Sequence[Box]) -> list[Tree]:
    """Mailboxes as contact points, told from common addresses by their extensions."""
    return [_point(one) for one in boxes]


def mailbox_keys(boxes: Sequence[Box]) -> Keys:
    """What finds somebody by a mailbox: its address, in lower case as loads keep it."""
    return [("email", one.address) for one in boxes]


def qualifications(skills: Sequence[Skill]) -> list[Tree]:
    """Qualifications, each with its own code and the code of its type."""
    return [{"code": _concept(one)} for one in skills]


def _point(box: Box) -> Tree:
    said: list[Tree] = [
        {
            "url": "type",
            "valueCodeableConcept": {"coding": [{"system": MAILBOX_TYPES, "code": box.kind}]},
        }
    ]
    if box.service:
        said.append({"url": "service", "valueString": box.service})
    if box.takes_documents:
        said.append({"url": "digitization", "valueBoolean": True})
    return {
        "extension": [
            {"url": EMAIL_TYPE, "valueCoding": {"system": EMAIL_TYPES, "code": "MSSANTE"}},
            {"url": MAILBOX, "extension": said},
        ],
        "system": "email",
        "value": box.address,
        "use": "work",
    }


def _concept(skill: Skill) -> Tree:
    codings = [
        _coding(KINDS[skill.kind], skill.type_code, skill.type_label),
        _coding(_system(skill), skill.code, skill.label),
    ]
    words = skill.label or skill.type_label
    tree: Tree = {"coding": [one for one in codings if one]}
    return tree | {"text": words} if words else tree


def _system(skill: Skill) -> str:
    if skill.kind == Qualification.Kind.SKILL:
        return SKILLS.get(skill.type_code, "")
    if skill.kind == Qualification.Kind.AUTHORISATION:
        return DISCIPLINES
    return STATE_DIPLOMAS if skill.type_code == STATE_DIPLOMA else ""


def _coding(system: str, code: str, label: str) -> Tree:
    if not code:
        return {}
    named = {"system": system, "code": code} if system else {"code": code}
    return named | {"display": label} if label else named

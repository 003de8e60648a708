"""The two RPPS files beside the activities (skills, diplomas and authorisations), and the MSSanté mailboxes.

Names of columns: the published extracts of the *Annuaire Santé*, read by name so that a release that moves
or adds one is still read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from enrs.formats.directory.common import Refusal
from enrs.formats.directory.tables import Fault, read_table

SKILL, DIPLOMA, AUTHORISATION = "skill", "diploma", "authorisation"
PERSONAL, CABINET, ORGANISATION, APPLICATION = "PER", "CAB", "ORG", "APP"
_PERSON: Final = {"Identification nationale PP": "national_id"}
_SKILLS: Final = _PERSON | {
    "Code profession": "profession_code",
    "Code type savoir-faire": "type_code",
    "Libellé type savoir-faire": "type_label",
    "Code savoir-faire": "code",
    "Libellé savoir-faire": "label",
}
_DIPLOMAS: Final = _PERSON | {
    "Code type diplôme obtenu": "type_code",
    "Libellé type diplôme obtenu": "type_label",
    "Code diplôme obtenu": "code",
    "Libellé diplôme obtenu": "label",
    "Code type autorisation": "authorisation_code",
    "Libellé type autorisation": "authorisation_label",
    "Code discipline autorisation": "discipline_code",
    "Libellé discipline autorisation": "discipline_label",
}
_MAILBOXES: Final = {
    "Type de BAL": "kind",
    "Adresse BAL": "address",
    "Identification Nationale PP": "national_id",
    "Type identifiant structure": "structure_type",
    "Identification Structure": "structure",
    "Service Rattachement": "service",
    "Dématérialisation": "takes_documents",
}
_ADDRESS = re.compile(r"[^@\s|]{1,64}@[^@\s|]{1,190}")


@dataclass(frozen=True, slots=True)
class SkillRow:
    """One skill of one professional (`type_code` S: ordinal speciality, TRE_R38)."""

    national_id: str
    profession_code: str = ""
    type_code: str = ""
    type_label: str = ""
    code: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class DiplomaRow:
    """One diploma or authorisation to practise of one professional; a row has one of the two."""

    national_id: str
    type_code: str = ""
    type_label: str = ""
    code: str = ""
    label: str = ""
    authorisation_code: str = ""
    authorisation_label: str = ""
    discipline_code: str = ""
    discipline_label: str = ""


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One MSSanté mailbox: of a person (PER), of a practice (CAB), of a structure (ORG) or a program (APP)."""

    kind: str
    address: str
    national_id: str = ""
    structure_type: str = ""
    structure: str = ""
    service: str = ""
    takes_documents: str = ""


def read_skills(lines: Iterable[str] | BinaryIO) -> Iterator[SkillRow | Refusal]:
    """Read `PS_LibreAcces_SavoirFaire`; same conduct as `tables.read_table`."""
    return read_table(
        lines, what="Fichier des savoir-faire", columns=_SKILLS,
        required=frozenset({"national_id", "code"}), make=SkillRow, fault=_skill_fault,
    )  # fmt: skip


def read_diplomas(lines: Iterable[str] | BinaryIO) -> Iterator[DiplomaRow | Refusal]:
    """Read `PS_LibreAcces_Dipl_AutExerc`; same conduct as `tables.read_table`."""
    return read_table(
        lines, what="Fichier des diplômes", columns=_DIPLOMAS,
        required=frozenset({"national_id", "code"}), make=DiplomaRow, fault=_diploma_fault,
    )  # fmt: skip


def read_mailboxes(lines: Iterable[str] | BinaryIO) -> Iterator[MailboxRow | Refusal]:
    """Read the correspondence of MSSanté mailboxes; same conduct as `tables.read_table`."""
    return read_table(
        lines, what="Fichier des messageries MSSanté", columns=_MAILBOXES,
        required=frozenset({"kind", "address"}), make=MailboxRow, fault=_mailbox_fault,
    )  # fmt: skip


def _person_fault(national_id: str) -> Fault | None:
    if not national_id:
        return "missing_identifier", "L'identifiant du professionnel est absent."
    return None


def _skill_fault(row: SkillRow) -> Fault | None:
    if not row.code:
        return "missing_code", "Le savoir-faire n'a pas de code."
    return _person_fault(row.national_id)


def _diploma_fault(row: DiplomaRow) -> Fault | None:
    if not row.code and not row.authorisation_code:
        return "missing_code", "La ligne n'a ni diplôme ni autorisation."
    return _person_fault(row.national_id)


def _mailbox_fault(row: MailboxRow) -> Fault | None:
    if not _ADDRESS.fullmatch(row.address):
        return "address", "L'adresse de la messagerie n'en est pas une."
    if row.kind not in (PERSONAL, CABINET, ORGANISATION, APPLICATION):
        return "mailbox_kind", f"Le type de messagerie « {row.kind[:20]} » est inconnu."
    if row.kind in (PERSONAL, CABINET) and not row.national_id:
        return "missing_identifier", "La messagerie d'une personne n'a pas son identifiant."
    if row.kind in (ORGANISATION, APPLICATION) and not row.structure:
        return "missing_identifier", "La messagerie d'une structure n'a pas son identifiant."
    return None

"""The access decision itself: what a profession, holding these rights on a person, may do (pure).

Sources: Code de la santé publique L1110-4 (secret and sharing), L1110-12 (équipe de soins), L1111-7 (the
person's own access), L1111-17 (emergency and centre 15). Codes of profession: TRE_G15 as used by RPPS.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from enrs.core.access.rules.matrix import CATEGORIES, READ, WRITE, Cells, permits

PROFESSION_ROLES = {
    "10": "physician",
    "21": "pharmacist",
    "40": "dentist",
    "50": "midwife",
    "60": "nurse",
    "70": "allied",
    "80": "allied",
    "81": "allied",
    "82": "allied",
    "83": "allied",
    "86": "allied",
    "91": "allied",
    "92": "allied",
    "94": "allied",
    "95": "allied",
    "96": "allied",
    "97": "allied",
    "98": "allied",
}
"""TRE_G15 professions to the matrix; a code that is not here gives no right."""

FUNCTION_ROLES = {
    "social_worker": "social_worker",
    "coordinator": "coordinator",
    "secretary": "secretary",
    "identity_officer": "identity_officer",
    "operator": "operator",
    "auditor": "auditor",
}
"""RPPS+ roles (and local ones, until the national number arrives) to the matrix."""

BIOLOGY = ("SM03", "SP03")
"""Specialities of medical biology (physician, pharmacist)."""


def role_for(profession_code: str, function_code: str = "", speciality_code: str = "") -> str:
    """The matrix role of a position in the directory; `anonymous` when nothing gives a right."""
    if function_code in FUNCTION_ROLES:
        return FUNCTION_ROLES[function_code]
    if speciality_code in BIOLOGY:
        return "biologist"
    return PROFESSION_ROLES.get(profession_code, "anonymous")


PERSON_ROLES = {"self": "patient", "proxy": "proxy"}
"""The part that a person's grant gives them: their own record, or that of someone they represent."""

EMERGENCIES = ("break_glass", "centre_15")
"""Purposes that open a record for a shift: they never change its circle, or the shift would not end."""

PASSING = (*EMERGENCIES, "sending")
"""Purposes of a right that ends by itself: who holds nothing else sends themselves no request, or it
would not end."""

PAST_DENIALS = (*EMERGENCIES, "identity")
"""Purposes that an opposition does not stop: a life in danger, and the identity unit's minute of work on
traits. `access_past_denials()` says the same in SQL."""


@dataclass(frozen=True, slots=True)
class Right:
    """A valid grant as the decision sees it."""

    source_kind: str
    purpose: str
    scope: str
    level: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: `reason` is a code whose sentence and article of law the templates hold."""

    allowed: bool
    reason: str
    role: str
    right: Right | None = None


def decide(
    *, role: str, category: str, action: str, rights: Iterable[Right], cells: Cells | None = None
) -> Decision:
    """May this role, holding these valid grants on the patient, do this? `cells`: by a matrix not in force.

    `action` is `read` (a grant of level 1 is enough) or `write` (level 2). A person who signs in for
    themselves or for a relative has the role `person`; the strongest grant that names a part says which
    one they play.
    """
    if category not in CATEGORIES:
        raise ValueError(category)
    held = sorted(
        rights,
        key=lambda right: (role == "person" and right.purpose not in PERSON_ROLES, -right.level),
    )
    if not held:
        return Decision(allowed=False, reason="outside_circle", role=role)
    best = held[0]
    if category == "circle" and action == WRITE:
        lasting = [right for right in held if right.purpose not in EMERGENCIES]
        if not lasting:
            return Decision(allowed=False, reason="level", role=role, right=best)
        best = lasting[0]
    played = PERSON_ROLES.get(best.purpose, "anonymous") if role == "person" else role
    if not permits(played, category, action, cells):
        return Decision(allowed=False, reason="profession", role=played, right=best)
    if best.level < (1 if action == READ else 2):
        return Decision(allowed=False, reason="level", role=played, right=best)
    return Decision(allowed=True, reason=best.purpose, role=played, right=best)


CONTRIBUTE = 2
"""`access.models.Level`: less is to read, no more."""


def acts_as_person(decision: Decision) -> bool:
    """Whether a decision lets somebody do what is the person's own act: themselves, or whoever acts in their place.

    A representative who only reads (a curator, somebody who assists) does nothing for the person alone
    (Code civil 459).
    """
    if not decision.allowed or decision.reason not in PERSON_ROLES or decision.right is None:
        return False
    return decision.right.purpose == "self" or decision.right.level >= CONTRIBUTE


@dataclass(frozen=True, slots=True)
class Confidentiality:
    """How a document's author restricted it (MetaDMPMSS: MASQUE_PS, INVISIBLE_PATIENT, …)."""

    masked_from_professionals: bool = False
    hidden_from_patient: bool = False
    hidden_from_proxies: bool = False


def sees_document(*, role: str, is_author: bool, marks: Confidentiality) -> bool:
    """Whether the marks on a document let a role that may read documents see this one."""
    if is_author:
        return True
    if role == "patient":
        return not marks.hidden_from_patient
    if role == "proxy":
        return not (marks.hidden_from_proxies or marks.hidden_from_patient)
    return not marks.masked_from_professionals


BREAK_GLASS_HOURS = 8
"""A broken glass closes by itself after a shift; a longer need wants a place in the circle."""

BREAK_GLASS_REASONS = ("emergency", "samu", "continuity")
REGULATION = "samu"
"""The reason that gives the purpose `centre_15`."""

REGULATING_ROLES = frozenset({"physician"})
"""Code de la santé publique L1111-17: the physician who regulates the calls, no other profession of the place."""

BREAK_GLASS_ROLES = frozenset(
    {"physician", "midwife", "dentist", "nurse", "pharmacist", "biologist"}
)


def may_break_glass(role: str) -> bool:
    """Only professions of care may open a record in an emergency (L1110-4, L1111-17)."""
    return role in BREAK_GLASS_ROLES


def may_regulate(role: str) -> bool:
    """Whether a profession regulates the calls of the centre 15, where its place of work does."""
    return role in REGULATING_ROLES


def reasons_for(*, is_regulator: bool) -> tuple[str, ...]:
    """The reasons of a broken glass that somebody may give: that of the regulation is the regulators' alone."""
    return tuple(one for one in BREAK_GLASS_REASONS if is_regulator or one != REGULATION)


def purpose_of_glass(reason_code: str) -> str:
    """The purpose of the right that a broken glass gives."""
    return "centre_15" if reason_code == REGULATION else "break_glass"

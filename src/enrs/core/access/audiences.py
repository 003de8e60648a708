"""Whom something is meant for: roles, and departments where one works (pure).

An audience chooses what is shown; what may be done is the matrix's alone.
"""

from collections.abc import Collection

from enrs.core.access.rules import office_of

AUDIENCES = {
    "physician": "Médecins",
    "midwife": "Sages-femmes",
    "dentist": "Chirurgiens-dentistes",
    "biologist": "Biologistes",
    "pharmacist": "Pharmaciens",
    "nurse": "Infirmiers",
    "allied": "Autres soignants",
    "coordinator": "Coordination",
    "social_worker": "Travailleurs sociaux",
    "secretary": "Secrétariats et admissions",
    "identity_officer": "Cellule d’identité",
    "person": "Patients et proches",
    "operator": "Exploitation",
    "auditor": "Protection des données",
}
"""Roles of `Actor`, as whoever chooses an audience reads them."""


def is_meant_for(role: str, roles: Collection[str]) -> bool:
    """Whether a role belongs to an audience; one that names none is everybody's.

    The exploitation is told what is meant for it whether a session is open or not.
    """
    return not roles or office_of(role) in roles


def is_there(department: str, departments: Collection[str]) -> bool:
    """Whether somebody who works in `department` (empty: nowhere that we know) is in these departments.

    What is limited to none is everywhere.
    """
    return not departments or department in departments


def audience_words(roles: Collection[str]) -> str:
    """An audience in words."""
    return ", ".join(AUDIENCES[one] for one in AUDIENCES if one in roles) or "Tout le monde"

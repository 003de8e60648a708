"""What a profession or role may read and write: the matrix as it is shipped, and what a region may change of it (pure).

Sources: Code de la santé publique L1110-4 (secret and sharing), L1110-12 (équipe de soins), R1110-1 and
R1110-2 (professionals of the social field: only what is strictly necessary), L1111-7 (the person's own
access).
"""

from collections.abc import Mapping
from dataclasses import dataclass

CATEGORIES = (
    "identity", "summary", "encounters", "documents", "results", "notes", "social", "circle", "journal",
    "plan", "request", "agenda", "messages", "assessment",
)  # fmt: skip
"""The last five are those of coordination: plan of care, requests for support, agenda, conversations about
the person, filled forms. Each is shared with the social field, within what its sections allow."""

READ, WRITE = "read", "write"

_MEDICAL = dict.fromkeys(CATEGORIES, "rw") | {"journal": "r"}
_CARE = _MEDICAL | {"documents": "rw", "results": "r", "identity": "r"}
_COORDINATION = dict.fromkeys(("plan", "request", "agenda", "messages", "assessment"), "rw")

Cells = Mapping[str, Mapping[str, str]]
"""Role to category to acts: `r`, `rw` or nothing."""

MATRIX: dict[str, dict[str, str]] = {
    "physician": _MEDICAL,
    "midwife": _MEDICAL,
    "dentist": _MEDICAL,
    "biologist": _MEDICAL,
    "nurse": _CARE,
    "pharmacist": _CARE | {"social": "", "journal": ""},
    "allied": _CARE | {"documents": "r", "journal": ""},
    "coordinator": _CARE | {"results": "", "documents": "r", "identity": "rw"},
    "social_worker": {"identity": "r", "encounters": "r", "social": "rw", "circle": "rw"}
    | _COORDINATION,
    "secretary": {
        "identity": "rw",
        "encounters": "rw",
        "circle": "r",
        "request": "rw",
        "agenda": "rw",
        "messages": "rw",
    },
    "identity_officer": {"identity": "rw"},
    "patient": dict.fromkeys(CATEGORIES, "r")
    | {"circle": "rw", "agenda": "rw", "messages": "rw", "assessment": "rw"},
    "proxy": dict.fromkeys(CATEGORIES, "r")
    | {"circle": "rw", "agenda": "rw", "messages": "rw", "assessment": "rw"},
    "operator": {},
    "standby": {},
    "auditor": {},
    "anonymous": {},
}

ROLES = tuple(MATRIX)

OPENABLE: dict[str, dict[str, str]] = {
    "pharmacist": {"social": "r", "journal": "r"},
    "allied": {"documents": "rw", "journal": "r"},
    "coordinator": {"results": "r", "documents": "rw"},
    "secretary": {"documents": "rw", "results": "r", "plan": "r"},
}
"""What a region may open beyond what is shipped, where its own agreements found it necessary (R1110-2 leaves
the social field nothing more; a medical secretary acts under a physician's responsibility)."""

FIXED = ("patient", "proxy", "operator", "standby", "auditor", "anonymous")
"""Lines that no region changes: the person's own access is a right (L1111-7), those who run the space have none."""

ACTS = ("", "r", "rw")


def shipped(role: str, category: str) -> str:
    """The acts that the release gives."""
    return MATRIX.get(role, {}).get(category, "")


def choices(role: str, category: str) -> tuple[str, ...]:
    """What a region may choose for a cell, the least first.

    Identity stays readable by whoever has it: nobody may act on a person whom they cannot name.
    """
    if role in FIXED or role not in MATRIX or category not in CATEGORIES:
        return (shipped(role, category),)
    given = shipped(role, category)
    most = max(given, OPENABLE.get(role, {}).get(category, ""), key=len)
    least = "r" if category == "identity" and given else ""
    return tuple(one for one in ACTS if len(least) <= len(one) <= len(most))


def overlaid(changed: Mapping[tuple[str, str], str]) -> dict[str, dict[str, str]]:
    """The matrix with these cells changed; one that the release no longer allows falls back to its nearest."""
    cells = {role: dict(line) for role, line in MATRIX.items()}
    for (role, category), acts in changed.items():
        if role in cells and category in CATEGORIES:
            allowed = choices(role, category)
            cells[role][category] = acts if acts in allowed else allowed[-1 if acts else 0]
    return cells


@dataclass(frozen=True, slots=True)
class _InForce:
    version: int
    cells: Cells


_in_force = _InForce(0, MATRIX)


def put_in_force(version: int, cells: Cells) -> None:
    """What this process decides by from now on; whoever tells the database who acts keeps it fresh."""
    global _in_force  # noqa: PLW0603  one matrix for a process: a request reads it hundreds of times
    _in_force = _InForce(version, cells)


def version_in_force() -> int:
    """The number of the last change that this process knows; 0 for the release's own matrix."""
    return _in_force.version


def cells_in_force() -> Cells:
    """The matrix that decides now."""
    return _in_force.cells


def permits(role: str, category: str, action: str, cells: Cells | None = None) -> bool:
    """Whether the matrix lets a role read or write a category at all."""
    return action[0] in (cells or _in_force.cells).get(role, {}).get(category, "")

"""What a service adds to the readable part of a copy of somebody's data: what is not published as FHIR.

A service declares its parts when it is loaded; the service that makes copies knows none of the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

Rows = Callable[[UUID, str, int], Iterable[tuple[str, str]]]
"""`rows(patient_id, role, limit)`: what and when, the newest first, of what this role reads. The caller has
decided on the category; the marks that hide one thing from the role are the service's to apply."""


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of the readable part, and the category of the matrix that guards it."""

    title: str
    category: str
    rows: Rows


_parts: dict[str, Part] = {}


def add_to_copies(title: str, *, category: str, rows: Rows) -> None:
    """Declare one part; called by apps when they are loaded."""
    _parts[title] = Part(title, category, rows)


def copied_parts() -> list[Part]:
    """Every part declared, by title."""
    return [_parts[title] for title in sorted(_parts)]

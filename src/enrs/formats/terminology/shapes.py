"""What a published nomenclature says, whatever the format of its file."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

MOST_CODE, MOST_DISPLAY, MOST_DEFINITION, MOST_URL = 200, 2_000, 10_000, 400
"""Lengths in characters that a file may not pass: beyond, a code is refused, a text is cut."""


class TerminologyError(ValueError):
    """A file that is no nomenclature; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One code of a file that was not taken: its place (from 1), the beginning of it, and why in French."""

    place: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What names a nomenclature. `url` is its canonical address, `oid` without `urn:oid:`."""

    url: str
    oid: str = ""
    name: str = ""
    title: str = ""
    version: str = ""
    publisher: str = ""
    description: str = ""
    status: str = "active"
    effective_on: date | None = None
    revised_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """One code of a code system; `valid_until` is the first day on which it is no longer valid."""

    code: str
    display: str
    definition: str = ""
    parent: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    is_inactive: bool = False
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One code listed by a value set. An empty `display` is that of the code system."""

    system: str
    code: str
    display: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Include:
    """A part of a value set: codes listed, or a whole system, or those of other sets (`value_sets`).

    `filters` are (property, operator, value), all of them to be met.
    """

    system: str = ""
    items: tuple[Item, ...] = ()
    filters: tuple[tuple[str, str, str], ...] = ()
    value_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line of a concept map, by FHIR's word of equivalence."""

    source_system: str
    source_code: str
    target_system: str
    target_code: str
    target_display: str = ""
    equivalence: str = "equivalent"


@dataclass(frozen=True, slots=True)
class SystemFile:
    """A code system; `is_complete` when the file says that it holds every code."""

    heading: Heading
    concepts: list[Concept]
    is_complete: bool = True
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ValueSetFile:
    """A value set."""

    heading: Heading
    includes: list[Include]
    excludes: list[Include] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConceptMapFile:
    """A table of correspondence between two nomenclatures."""

    heading: Heading
    source: str
    target: str
    mappings: list[Mapping]
    rejected: list[Rejected] = field(default_factory=list)


Nomenclature = SystemFile | ValueSetFile | ConceptMapFile

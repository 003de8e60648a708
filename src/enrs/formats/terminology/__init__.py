"""Readers of published nomenclatures: the SVS files of the CI-SIS (XML), and FHIR R4 terminology resources (JSON)."""

from enrs.formats.terminology.reader import MOST_BYTES, read_terminology
from enrs.formats.terminology.shapes import (
    Concept,
    ConceptMapFile,
    Heading,
    Include,
    Item,
    Mapping,
    Rejected,
    SystemFile,
    TerminologyError,
    ValueSetFile,
)

__all__ = [
    "MOST_BYTES",
    "Concept",
    "ConceptMapFile",
    "Heading",
    "Include",
    "Item",
    "Mapping",
    "Rejected",
    "SystemFile",
    "TerminologyError",
    "ValueSetFile",
    "read_terminology",
]

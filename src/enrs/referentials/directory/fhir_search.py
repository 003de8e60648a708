"""FHIR's `phonetic`: people and structures by a name as it is heard or mistyped, as the pages find them."""

from collections.abc import Sequence
from uuid import UUID

from enrs.core.fhir.resolving import MOST, resolve_by
from enrs.referentials.directory.queries import search_organisations, search_practitioners


def _people(text: str) -> Sequence[UUID]:
    return [one.pk for one in search_practitioners(text, MOST)]


def _structures(text: str) -> Sequence[UUID]:
    return [one.pk for one in search_organisations(text, MOST)]


resolve_by("Practitioner", "phonetic", _people)
resolve_by("Organization", "phonetic", _structures)

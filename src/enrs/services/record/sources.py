"""What the record answers to forms that ask (`initialExpression`): the last measures and the summary."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from enrs.core.access.queries import may
from enrs.core.access.rules import READ
from enrs.core.questionnaires.registry import Source, register_source
from enrs.services.record.fhir.entries import entry_resource
from enrs.services.record.models import Entry
from enrs.services.record.queries.entries import last_measure, standing_entries

Tree = dict[str, Any]

MEASURES = {
    "poids": "weight",
    "taille": "height",
    "tension": "pressure",
    "saturation": "saturation",
}
LISTS = {"problemes": "problem", "allergies": "allergy", "traitements": "treatment"}


def _for_readers(ask: Callable[[UUID], Tree | None]) -> Source:
    """Asked of who reads the summary alone: for the others the source has nothing to say."""

    def answer(patient_id: UUID) -> Tree | None:
        return ask(patient_id) if may(READ, "summary", patient_id=patient_id).allowed else None

    return answer


def _measure(kind: str) -> Source:
    """The newest measure of a kind, an Observation."""

    def ask(patient_id: UUID) -> Tree | None:
        found = last_measure(patient_id, kind)
        return entry_resource(found) if found else None

    return _for_readers(ask)


def _list(kind: str) -> Source:
    """What is active of a kind, the newest first, a Bundle."""

    def ask(patient_id: UUID) -> Tree | None:
        return _bundle(standing_entries(patient_id, kind))

    return _for_readers(ask)


def _bundle(rows: Iterable[Entry]) -> Tree | None:
    entries = [{"resource": entry_resource(row)} for row in rows]
    if not entries:
        return None
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


for _name, _kind in MEASURES.items():
    register_source(_name, _measure(_kind))
for _name, _kind in LISTS.items():
    register_source(_name, _list(_kind))

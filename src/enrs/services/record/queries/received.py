"""What documents received from elsewhere say and nobody noted in the summary: not confirmed, with its source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.ui import filters
from enrs.formats.cda.builder import Block, Table
from enrs.formats.cda.clinical import ABSENT_OR_UNKNOWN, Fact, Facts
from enrs.formats.cda.clinical_reader import facts as read_facts
from enrs.formats.cda.reader import CdaError, read
from enrs.services.record.queries.producing_facts import clean
from enrs.services.record.rules import producing, substances

TYPES: Final = (
    "SYNTH",
    "60591-5",
    "74207-2",
    "18761-7",
    "11490-0",
    "34133-9",
    "87273-9",
    "11369-6",
)
"""Summaries, letters, emergency documents and notes of vaccination: those that carry entries of a summary."""
READ: Final = 8
"""Documents that are opened, the newest: the cost does not grow with the history."""
MOST: Final = 40
KINDS: Final = {
    "problems": "Problème", "allergies": "Allergie", "treatments": "Traitement", "vaccines": "Vaccin",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """A fact that a document says: its kind and words, and the document."""

    kind: str
    words: str
    document: Document

    @property
    def source(self) -> str:
        """Who said it, and when."""
        by = self.document.author_name or self.document.author_organisation or self.document.source
        return f"{self.document.title}, {by}, {filters.date_fr(self.document.happened_at)}"


def received_facts(patient_id: UUID, noted: Facts) -> list[Received]:
    """What documents in force from elsewhere say besides `noted`, each once, the newest document's words.

    A document that any mark hides from somebody is left out: a summary is read by more people than it.
    """
    found: dict[tuple[str, object], Received] = {}
    for document in _documents(patient_id):
        for name, fact in _facts(document):
            if _is_noted(fact, getattr(noted, name)):
                continue
            key = (name, _key(fact))
            found.setdefault(key, Received(KINDS[name], _words(fact), document))
    return list(found.values())[:MOST]


def received_text(rows: Iterable[Received]) -> tuple[Block, ...]:
    """The same as a document says it."""
    cells = tuple((one.kind, clean(one.words), clean(one.source)) for one in rows)
    return (Table(("Sorte", "Élément non confirmé", "Source"), cells),) if cells else ()


def _documents(patient_id: UUID) -> list[Document]:
    rows = Document.objects.filter(
        patient_id=patient_id,
        status=Document.Status.CURRENT,
        type_code__in=TYPES,
        mime_type__in=("text/xml", "application/xml", "application/hl7-cda+xml"),
        masked_from_professionals=False,
        hidden_from_patient=False,
        hidden_from_proxies=False,
    ).exclude(source=producing.SOURCE)
    return list(rows.select_related("blob").order_by("-happened_at", "-id")[:READ])


def _facts(document: Document) -> Iterator[tuple[str, Fact]]:
    try:
        told = read_facts(read(store.take(document.blob)))
    except CdaError:
        return
    for name in KINDS:
        for fact in getattr(told, name):
            if fact.code is None or fact.code.system != ABSENT_OR_UNKNOWN:
                yield name, fact


def _words(fact: Fact) -> str:
    """The fact in a line: its words, then how, since when, and that it is over when its document says so."""
    more = [getattr(fact, name, "") for name in ("dosage", "reaction", "lot")]
    began = getattr(fact, "began", "") or getattr(fact, "given_on", "")
    parts = [fact.label, *more, f"depuis {filters.partial_date(began)}" if began else ""]
    if hasattr(fact, "given_on"):
        parts[-1] = filters.partial_date(began) if began else ""
    ended = getattr(fact, "ended", "")
    if ended:
        parts.append(f"fin : {filters.partial_date(ended)}")
    elif not getattr(fact, "is_active", True):
        parts.append("passé")
    return ", ".join(part for part in parts if part)


def _is_noted(fact: Fact, noted: Iterable[Fact]) -> bool:
    """Whether the summary has it: the same code, or the same words."""
    return any(
        _key(fact) == _key(one)
        or (fact.code is not None and one.code is not None and _code(fact) == _code(one))
        for one in noted
    )


def _code(fact: Fact) -> tuple[str, str] | None:
    return (fact.code.code, fact.code.system) if fact.code else None


def _key(fact: Fact) -> object:
    """What makes two facts one: the words that carry meaning, and the day of a vaccine."""
    words = substances.substances(fact.label) or frozenset({fact.label.casefold().strip()})
    return words, getattr(fact, "given_on", "")

"""What services lend to the documents that a record makes, and where a page finds the document of one of its acts.

A service that keeps facts of its own (vaccinations given within a campaign) says here how a document tells them;
the room that makes documents says here where one is made. Neither imports the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from enrs.core.documents.models import Document
from enrs.formats.cda.clinical import VaccineFact

VaccineQuery = Callable[[UUID, UUID | None], Sequence[VaccineFact]]
"""`query(patient_id, dose_id)`: the doses of somebody that stand, the newest first; with `dose_id` that one alone."""


@dataclass(frozen=True, slots=True)
class Maker:
    """The room that makes documents: `making(patient_id, kind, about_id)` is the address that a form is posted to,
    `page(document)` where a document is read.
    """

    making: Callable[[UUID, str, UUID], str]
    page: Callable[[Document], str]


_doses: list[VaccineQuery] = []
_makers: list[Maker] = []


def register_doses(query: VaccineQuery) -> None:
    """Name a source of vaccinations besides those noted in the summary."""
    _doses.append(query)


def doses_of(patient_id: UUID, dose_id: UUID | None = None) -> list[VaccineFact]:
    """The vaccinations of every source; with `dose_id`, that one, or nothing."""
    return [one for query in _doses for one in query(patient_id, dose_id)]


def register_maker(maker: Maker) -> None:
    """Name the room that makes documents."""
    _makers[:] = [maker]


def making_address(patient_id: UUID, kind: str, about_id: UUID) -> str:
    """Where a document of a kind about a row is made; empty where no room makes any."""
    return _makers[0].making(patient_id, kind, about_id) if _makers else ""


def page_of(document: Document) -> str:
    """Where a document is read; empty where no room shows any."""
    return _makers[0].page(document) if _makers else ""


def document_about(patient_id: UUID, about_id: UUID, type_code: str) -> Document | None:
    """The document in force that tells of a row of this person; None without one.

    Asks no right and looks at no mark: a page that names it asks for both.
    """
    rows = Document.objects.filter(
        about_id=about_id,
        patient_id=patient_id,
        type_code=type_code,
        status=Document.Status.CURRENT,
    )
    return rows.order_by("-id").first()

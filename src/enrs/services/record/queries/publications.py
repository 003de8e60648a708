"""Publications to the national record: that of a document, and those that one's place or oneself asked for."""

from uuid import UUID

from django.db.models import Q

from enrs.core.access.actor import Actor
from enrs.core.documents.models import Document
from enrs.services.record.models import Publication

PAGE = 30


def publication_of(document: Document) -> Publication | None:
    """The publication of a document, if it was asked."""
    return Publication.objects.filter(document=document).first()


def publication(publication_id: UUID) -> Publication | None:
    """One publication of a record that the reader follows."""
    rows = Publication.objects.filter(pk=publication_id).select_related("document")
    return rows.first()


def publications(by: Actor, state: str = "", before: UUID | None = None) -> list[Publication]:
    """Those that this person or their place asked for, the newest first, one more than a page.

    Row security keeps those of the records that they follow; what is masked from professionals is left out.
    """
    mine = Q(asked_by_id=by.user_id)
    if by.organisation_id:
        mine |= Q(organisation_id=by.organisation_id)
    rows = Publication.objects.filter(mine, document__masked_from_professionals=False)
    if state:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(id__lt=before)
    return list(rows.select_related("document").order_by("-id")[: PAGE + 1])


def refused_count(by: Actor) -> int:
    """How many of their publications wait for somebody, up to a hundred."""
    mine = Q(asked_by_id=by.user_id)
    if by.organisation_id:
        mine |= Q(organisation_id=by.organisation_id)
    rows = Publication.objects.filter(mine, state=Publication.State.REFUSED)
    return rows.filter(document__masked_from_professionals=False)[:100].count()

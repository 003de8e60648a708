"""Publications to the national record: that of a document, and those that one's place or oneself asked for."""

from uuid import UUID

from django.db.models import Q, QuerySet

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

    Row security keeps those of the records that they follow; what is masked from professionals is left to who
    asked for it, who has to know what became of it.
    """
    rows = _asked(by)
    if state:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(id__lt=before)
    return list(rows.select_related("document").order_by("-id")[: PAGE + 1])


def refused_count(by: Actor) -> int:
    """How many of their publications wait for somebody, up to a hundred."""
    return _asked(by).filter(state=Publication.State.REFUSED)[:100].count()


def _asked(by: Actor) -> QuerySet[Publication]:
    own, shown = Q(asked_by_id=by.user_id), Q(document__masked_from_professionals=False)
    if not by.organisation_id:
        return Publication.objects.filter(own)
    return Publication.objects.filter(own | (Q(organisation_id=by.organisation_id) & shown))

"""What the record does when something that one of its documents tells of was taken back elsewhere."""

from enrs.core.documents.models import Document
from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.services.record.commands import withdraw_document
from enrs.services.record.rules import producing as rules

TAKEN_BACK = "vaccination.act.withdrawn"
REASON = "La vaccination a été retirée : elle avait été notée par erreur."


def follow_withdrawal(event: OutboxEvent) -> None:
    """Withdraw the note of a vaccination that was entered in error, here and then where it was published."""
    rows = Document.objects.filter(about_id__in=event.payload.get("ids", ()), source=rules.SOURCE)
    for one in rows.exclude(status=Document.Status.WITHDRAWN).order_by("id"):
        withdraw_document(document=one, reason=REASON)


subscribe("record.notes", {TAKEN_BACK}, follow_withdrawal)

"""What acts hide of a record: by whom and since when, over which documents and reports."""

from collections.abc import Collection
from uuid import UUID

from enrs.core.documents.models import Document
from enrs.services.record.models import Masking, Report
from enrs.services.record.queries.secrets import topics_about as topics_past_secrets


def over(object_ids: Collection[UUID]) -> list[Masking]:
    """What stands over these documents or reports, one row for each act and mark."""
    if not object_ids:
        return []
    rows = Masking.objects.filter(object_id__in=object_ids, withdrawn_at=None).order_by("id")
    return list({(one.act_id, one.mark): one for one in rows}.values())


def standing(document: Document, mark: str) -> Masking | None:
    """The act that hides a document by this mark, if one stands."""
    rows = Masking.objects.filter(object_id=document.pk, mark=mark, withdrawn_at=None)
    return rows.first()


def topics_about(row: Document | Report) -> list[str]:
    """The open pages to hint of a row: none while an act hides it, for all of a record hear the same topic."""
    is_hidden = row.masked_from_professionals or row.hidden_from_patient
    if is_hidden and over([row.pk]):
        return []
    return topics_past_secrets(row)

"""The newest thing of each patient, for the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from enrs.core.access.actor import current_actor
from enrs.core.access.rules import READ, permits
from enrs.services.record.queries.blinding import shown_sql


@dataclass(frozen=True, slots=True)
class News:
    """The newest thing of a record, for the list of patients."""

    kind: str
    at: datetime
    title: str


NEWS = {
    "documents": "select 'document' as kind, happened_at as at, title from document where patient_id = p.id "
    "and status = 'current' and {marks} order by happened_at desc, id desc limit 1",
    "results": "select case when is_abnormal then 'abnormal' else 'result' end, issued_at, display "
    "from report where patient_id = p.id and withdrawn_at is null and {marks} "
    "order by issued_at desc, id desc limit 1",
}


def latest_for(patient_ids: Sequence[UUID]) -> dict[UUID, News]:
    """The newest document or report of each patient, of the kinds that the current actor's role reads.

    One index probe per patient and kind.
    """
    actor = current_actor()
    is_person = actor.kind == "person"
    marks = shown_sql("proxy" if is_person else actor.role)
    branches = [
        f"({sql.replace('{marks}', marks)})"
        for category, sql in NEWS.items()
        if is_person or permits(actor.role, category, READ)
    ]
    if not patient_ids or not branches:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.id, n.kind, n.at, n.title from unnest(%s::uuid[]) as p (id) cross join lateral "
            f"(select * from ({' union all '.join(branches)}) b (kind, at, title) order by at desc limit 1) n",
            [list(patient_ids)],
        )
        return {row[0]: News(*row[1:]) for row in cursor.fetchall()}

"""Reads on the active files of sources: row security shows them to the unit alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from enrs.referentials.identity.models import ActiveFile, ActiveLine, IdentitySource, WorkItem
from enrs.referentials.identity.rules import active_file as rules

SHOWN = 25
PAGE = 50
KINDS = {"refusees": "Refusées", "cote": "Mises de côté", "signalees": "Signalées à la cellule"}
"""What is listed line by line, as addresses name it; of the others the count is enough."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line that a person looks at, and the open item of the unit about it."""

    line: ActiveLine
    item_id: UUID | None


def files(before: UUID | None = None) -> list[ActiveFile]:
    """The newest files, or those that came before one: one more than a page shows."""
    rows = ActiveFile.objects.defer("content").order_by("-id")
    rows = rows.filter(pk__lt=before) if before else rows
    return list(rows[: SHOWN + 1])


def file_of(file_id: UUID) -> ActiveFile | None:
    """One file, without its contents."""
    return ActiveFile.objects.defer("content").filter(pk=file_id).first()


def sources() -> list[tuple[str, str]]:
    """The sources whose files may be handed in, by id."""
    rows = IdentitySource.objects.order_by("name", "id").values_list("id", "name")
    return [(str(key), name) for key, name in rows]


def said(file: ActiveFile, kind: str, after: int) -> list[Said]:
    """The lines of a kind after a number, one more than a page shows."""
    lines = list(_of_kind(file, kind).filter(number__gt=after).order_by("number")[: PAGE + 1])
    items = _items_of([one.identity_id for one in lines if one.identity_id])
    return [Said(one, items.get(one.identity_id) if one.identity_id else None) for one in lines]


def _of_kind(file: ActiveFile, kind: str) -> QuerySet[ActiveLine]:
    is_over = is_imported(file)
    if kind == "cote":
        return file.lines.filter(Q(outcome=rules.ASIDE) if is_over else Q(foreseen=rules.ASIDE))
    if kind == "signalees":
        return file.lines.filter(Q(is_told=True) if is_over else Q(is_told_foreseen=True))
    return file.lines.exclude(reason="")


def _items_of(identity_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    if not identity_ids:
        return {}
    rows = WorkItem.objects.filter(identity_ids__overlap=list(identity_ids), closed_at=None)
    found: dict[UUID, UUID] = {}
    for item in rows.order_by("opened_at"):
        found |= dict.fromkeys(item.identity_ids, item.id)
    return found


def is_for_another(file: ActiveFile, user_id: UUID | None) -> bool:
    """Whether the region has somebody else than this person start the import of a file."""
    return settings.REGION.identity_four_eyes and file.user_id == user_id


def is_imported(file: ActiveFile) -> bool:
    """Whether an import of the file is behind, whole or in part: its lines say what they became."""
    is_over = file.state not in (ActiveFile.State.RUNNING, ActiveFile.State.CANCELLED)
    return is_over and file.has_written


def outcomes_of(file: ActiveFile, *, is_import: bool) -> dict[str, int]:
    """How many lines have each outcome, foreseen or come true, and under `told` how many the unit looks at."""
    name, told = ("outcome", "is_told") if is_import else ("foreseen", "is_told_foreseen")
    counts = Counter(dict(file.lines.values_list(name).annotate(count=Count("id"))))
    tally = {one: counts[one] for one in rules.OUTCOMES}
    return tally | {"told": file.lines.filter(Q(**{told: True})).count()}


def refused_lines(file: ActiveFile) -> Iterator[ActiveLine]:
    """Every line that was refused, or would be, in the order of the file."""
    lines = file.lines.exclude(reason="").order_by("number")
    return lines.only("number", "cells", "reason").iterator(chunk_size=2000)

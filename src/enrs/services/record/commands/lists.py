"""What a reader keeps for themselves: what was seen, favourites, saved views, rounds."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import reachable
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.prepared import execute
from enrs.services.record.models import Mark, PatientList, RoundEntry

COLUMNS = ("birth", "age", "news", "stay", "rounds")
SORTS = ("name", "news", "stay")
MAX_LISTS = 50
DAYS = frozenset(range(1, 8))


class ListRefusedError(Exception):
    """A list cannot be saved: the code is `label`, `columns`, `sort`, `days` or `count`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


SEE = """
insert into record_mark (id, user_id, patient_id, seen_at, is_favourite)
select v.id, %s, v.patient_id, v.seen_at, false
from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) as v (id, patient_id, seen_at)
where access_reads(v.patient_id)
on conflict (user_id, patient_id) do update set seen_at = greatest(record_mark.seen_at, excluded.seen_at)
"""
"""Until when each patient's news were seen; what was seen stays seen."""


def see_news(*, until: Mapping[UUID, datetime]) -> None:
    """What was recorded until these moments was seen by the current user, by patient.

    Others' patients are left out; what is seen already stays so.
    """
    user_id = current_actor().user_id
    if user_id is None:
        raise AccessRefusedError("anonymous")
    now, ids = timezone.now(), sorted(until)
    if ids:
        moments = [min(until[one], now) for one in ids]
        with act():
            execute(SEE, [user_id, [uuid7() for _ in ids], ids, moments])


def set_favourite(*, patient_id: UUID, is_favourite: bool) -> None:
    """Keep a patient among one's favourites, or no longer.

    Raises:
        AccessRefusedError: not one of the user's patients.
    """
    if patient_id not in reachable([patient_id]):
        raise AccessRefusedError("outside_circle")
    user_id = current_actor().user_id
    if user_id is None:
        raise AccessRefusedError("anonymous")
    with act():
        mark = Mark(id=uuid7(), user_id=user_id, patient_id=patient_id, is_favourite=is_favourite)
        Mark.objects.bulk_create(
            [mark],
            update_conflicts=True,
            unique_fields=["user_id", "patient_id"],
            update_fields=["is_favourite"],
        )


def save_list(
    *, label: str, kind: str = "round", columns: Collection[str] = (), sort: str = "name"
) -> PatientList:
    """Keep a view (columns and order) or a round under a name; the same name again replaces it.

    Raises:
        ListRefusedError: a value cannot be, or fifty lists are kept already.
    """
    user_id = current_actor().user_id
    if user_id is None:
        raise AccessRefusedError("anonymous")
    cleaned = " ".join(label.replace("\x00", "").split())
    if not cleaned or len(cleaned) > 80 or kind not in ("round", "view"):
        raise ListRefusedError("label")
    if not set(columns) <= set(COLUMNS):
        raise ListRefusedError("columns")
    if sort not in SORTS:
        raise ListRefusedError("sort")
    with act():
        kept = PatientList.objects.filter(user_id=user_id, removed_at=None)
        found = kept.filter(kind=kind, label=cleaned).first()
        if found is None and kept.count() >= MAX_LISTS:
            raise ListRefusedError("count")
        saved = found or PatientList(id=uuid7(), user_id=user_id, kind=kind, label=cleaned)
        saved.columns = [one for one in COLUMNS if one in columns]
        saved.sort = sort
        saved.save(force_insert=found is None)
        note("record.list.saved", object_kind="patient_list", object_id=saved.id)
    return saved


def remove_list(*, kept: PatientList) -> None:
    """Put a list away; the records on it stay as they are.

    Raises:
        AccessRefusedError: somebody else's list.
    """
    _own(kept)
    with act():
        kept.removed_at = timezone.now()
        kept.save(update_fields=["removed_at"])
        note("record.list.removed", object_kind="patient_list", object_id=kept.id)


def put_on_round(
    *, kept: PatientList, patient_id: UUID, days: Collection[int] = (), moment: str = ""
) -> None:
    """Put a patient on a round, on these days of the week (none: every day).

    Raises:
        AccessRefusedError: somebody else's list, or a patient whom one does not follow.
        ListRefusedError: a day that is none.
    """
    _own(kept)
    if patient_id not in reachable([patient_id]):
        raise AccessRefusedError("outside_circle")
    if not set(days) <= DAYS:
        raise ListRefusedError("days")
    entry = RoundEntry(
        id=uuid7(),
        of_list=kept,
        patient_id=patient_id,
        days=sorted(set(days)),
        moment=moment.replace("\x00", "").strip()[:40],
    )
    with act():
        RoundEntry.objects.bulk_create(
            [entry],
            update_conflicts=True,
            unique_fields=["of_list", "patient_id"],
            update_fields=["days", "moment", "removed_at"],
        )


def take_off_round(*, kept: PatientList, patient_id: UUID) -> None:
    """Take a patient off a round.

    Raises:
        AccessRefusedError: somebody else's list.
    """
    _own(kept)
    with act():
        rows = RoundEntry.objects.filter(of_list=kept, patient_id=patient_id, removed_at=None)
        rows.update(removed_at=timezone.now())


def _own(kept: PatientList) -> None:
    if kept.user_id != current_actor().user_id or kept.removed_at:
        raise AccessRefusedError("owner")

"""Reads of the identity unit's desk: the list, an item's history, decisions, questions, a patient's identities."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F, Q, QuerySet

from enrs.core.audit.commands import note
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import (
    IdentityProposal,
    IdentityQuarantine,
    IdentityQuestion,
    ItemAct,
    RegionalIdentity,
    SourceDay,
    SourceIdentity,
    WorkItem,
)

MOST_COUNTED = 10_000
"""Where the count of a list stops: past it, its length helps nobody and costs everybody."""

SEVERITIES = (0, 1, 2, 3)

DENSE = 5_000
"""Open items of a source from which the walk of the whole list meets a page of them at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked: empty fields are not. `whose` is `""`, `free` or an account's id as text."""

    kind: str = ""
    severity: int | None = None
    system: str = ""
    whose: str = ""
    days: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows the list but its kind, so that its count is read off an index."""
        return self.severity is None and not (self.system or self.whose or self.days)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list begins: after this item."""

    severity: int
    opened_at: datetime
    key: UUID


def open_items(wanted: Wanted, *, after: Place | None = None, limit: int = 25) -> list[WorkItem]:
    """What waits for the unit: the gravest first, then the oldest.

    One question for each severity until the page is full: each walks one partial index in its order, so that no
    page costs more as the list grows, whatever the age asked.
    """
    if wanted.system and _has_few(wanted.system):
        return _sorted_items(wanted, after, limit)
    found: list[WorkItem] = []
    for severity in SEVERITIES:
        is_past = after is not None and severity < after.severity
        if is_past or wanted.severity not in (None, severity):
            continue
        rows = _narrowed(wanted).filter(severity=severity)
        if after is not None and severity == after.severity:
            later = Q(opened_at=after.opened_at, id__gt=after.key)
            rows = rows.filter(
                Q(opened_at__gt=after.opened_at) | later, opened_at__gte=after.opened_at
            )
        found += rows.order_by("opened_at", "id")[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def _has_few(system: str) -> bool:
    """Whether last night's count knows few items of a source: the walk would meet them too seldom."""
    counts = SourceDay.objects.filter(system=system).order_by("-day")
    last = counts.values_list("items_open", flat=True).first()
    return last is None or last < DENSE


def _sorted_items(wanted: Wanted, after: Place | None, limit: int) -> list[WorkItem]:
    """The items of a source that has few, found by their index and sorted: the sum keeps the planner from the walk."""
    rows = _narrowed(wanted)
    if wanted.severity is not None:
        rows = rows.filter(severity=wanted.severity)
    if after is not None:
        later = Q(opened_at__gt=after.opened_at) | Q(opened_at=after.opened_at, id__gt=after.key)
        rows = rows.filter(Q(severity__gt=after.severity) | Q(severity=after.severity) & later)
    return list(rows.order_by(F("severity") + 0, F("opened_at"), F("id"))[:limit])


def _narrowed(wanted: Wanted) -> QuerySet[WorkItem]:
    rows = WorkItem.objects.filter(closed_at=None)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.system:
        rows = rows.filter(systems__contains=[wanted.system])
    if wanted.days:
        rows = rows.filter(opened_at__lte=datetime.now(UTC) - timedelta(days=wanted.days))
    if wanted.whose == "free":
        rows = rows.filter(assignee_id=None)
    elif wanted.whose:
        rows = rows.filter(assignee_id=UUID(wanted.whose))
    return rows


def open_count(kind: str = "") -> int:
    """How many items wait, at most one more than `MOST_COUNTED`."""
    rows = WorkItem.objects.filter(closed_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.values("id").order_by()[: MOST_COUNTED + 1].count()


def acts_of(item: WorkItem) -> list[ItemAct]:
    """What was done about an item, the newest first."""
    return list(ItemAct.objects.filter(item_id=item.id).order_by("-at", "-id")[:100])


def earlier_items(item: WorkItem) -> list[WorkItem]:
    """Other items on the same identities, the newest first: the history of the pair."""
    rows = WorkItem.objects.filter(identity_ids__contains=item.identity_ids[:2])
    return list(rows.exclude(pk=item.pk).order_by("-opened_at", "-id")[:20])


def decisions(
    *, after: tuple[datetime, UUID] | None = None, by_id: UUID | None = None, limit: int = 25
) -> list[ItemAct]:
    """Decisions and undoings, the newest first."""
    rows = ItemAct.objects.filter(kind__in=(ItemAct.Kind.DECIDED, ItemAct.Kind.UNDONE))
    if by_id is not None:
        rows = rows.filter(by_id=by_id)
    if after is not None:
        at, key = after
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=key), at__lte=at)
    return list(rows.select_related("item").order_by("-at", "-id")[:limit])


def proposals(
    *, after: tuple[datetime, UUID] | None = None, limit: int = 25
) -> list[IdentityProposal]:
    """What waits for a second person, the oldest first."""
    rows = IdentityProposal.objects.filter(settled_at=None)
    if after is not None:
        at, key = after
        rows = rows.filter(
            Q(proposed_at__gt=at) | Q(proposed_at=at, id__gt=key), proposed_at__gte=at
        )
    return list(rows.select_related("item").order_by("proposed_at", "id")[:limit])


def proposal_count() -> int:
    """How many proposals wait for a second person, a hundred at most."""
    return IdentityProposal.objects.filter(settled_at=None).values("id").order_by()[:100].count()


def moves_waiting(identity_ids: Sequence[UUID]) -> list[WorkItem]:
    """The partings and returns that are proposed of some identities."""
    kinds = (WorkItem.Kind.PARTING, WorkItem.Kind.REJOINING)
    rows = WorkItem.objects.filter(identity_ids__overlap=list(identity_ids), closed_at=None)
    return list(rows.filter(kind__in=kinds).order_by("opened_at", "id")[:20])


def questions(
    *,
    systems: Sequence[str] | None = None,
    is_open: bool = True,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 25,
) -> list[IdentityQuestion]:
    """Questions to sources: those that wait (the oldest first) or were answered (the newest asked first)."""
    rows = IdentityQuestion.objects.filter(answered_at__isnull=is_open)
    if systems is not None:
        rows = rows.filter(system__in=systems)
    if after is not None:
        at, key = after
        side = "gt" if is_open else "lt"
        rows = rows.filter(
            Q(**{f"asked_at__{side}": at}) | Q(**{"asked_at": at, f"id__{side}": key})
        )
    order = ("asked_at", "id") if is_open else ("-asked_at", "-id")
    return list(rows.select_related("item").order_by(*order)[:limit])


def question(question_id: UUID) -> IdentityQuestion | None:
    """A question that the current actor may see: the unit's, or their source's."""
    rows = IdentityQuestion.objects.filter(pk=question_id)
    return rows.select_related("item").first()


def team_identities(item_ids: Sequence[UUID]) -> dict[UUID, list[SourceIdentity]]:
    """The identities of items that are of the current actor's own sources; one line in the journal."""
    found = _by_item("select item_id, body from identity_of_team(%s)", item_ids)
    note(
        "identity.team.read",
        patient_ids=sorted({one.patient_id for many in found.values() for one in many}),
        object_kind="identity_work_item",
    )
    return found


def _by_item(sql: str, item_ids: Sequence[UUID]) -> dict[UUID, list[SourceIdentity]]:
    found: dict[UUID, list[SourceIdentity]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(item_ids)])
        for item_id, body in cursor.fetchall():
            found.setdefault(item_id, []).append(store.identity_of(store.row_of(body)))
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """One identity of a patient as the unit sees it: its open link, and whether it was elsewhere before."""

    identity: SourceIdentity
    link: dict[str, Any] = field(default_factory=dict)
    former: tuple[UUID, ...] = ()

    @property
    def at(self) -> datetime | None:
        """Since when it is this patient's."""
        return datetime.fromisoformat(self.link["at"]) if self.link else None

    @property
    def by(self) -> str:
        """Who linked it: a person, or a sender's key (`application|facility`) as people say it."""
        return " · ".join(
            part for part in reversed(str(self.link.get("by", "")).split("|")) if part
        )


def patient_of_unit(patient_id: UUID) -> tuple[RegionalIdentity | None, list[Held]]:
    """A patient's regional identity and all their source identities, for the unit; it is in the journal."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_unit_regional(%s)", [patient_id])
        row = cursor.fetchone()
        cursor.execute("select body, link from identity_of_unit(%s)", [[patient_id]])
        rows = [
            (store.identity_of(store.row_of(body)), _json(link)) for body, link in cursor.fetchall()
        ]
        cursor.execute(
            "select body, former from identity_links_of(%s)", [[one.id for one, _ in rows]]
        )
        former = {UUID(_json(body)["id"]): _json(links) for body, links in cursor.fetchall()}
    note("identity.unit.read", patient_id=patient_id, object_kind="identity")
    held = [
        Held(one, link or {}, tuple(
            dict.fromkeys(UUID(was["patient_id"]) for was in former.get(one.id, [])
                          if was["patient_id"] != str(patient_id))
        ))
        for one, link in rows
    ]  # fmt: skip
    regional = RegionalIdentity(**store.row_of(row[0])) if row and row[0] else None
    return regional, held


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def unit_find(text: str) -> list[UUID]:
    """Patients who have exactly this INS or this local number, for the unit; it is in the journal."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_unit_find(%s)", [text.replace(" ", "").upper() or ""])
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute("select identity_unit_find(%s)", [text.strip()])
        found |= {row[0] for row in cursor.fetchall()}
    note("identity.unit.search", patient_ids=sorted(found), object_kind="identity")
    return sorted(found)[:20]


def quarantined(item: WorkItem) -> IdentityQuarantine | None:
    """The traits in quarantine that an item is about."""
    return IdentityQuarantine.objects.filter(item_id=item.id).first()

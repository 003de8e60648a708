"""What boards list and count, from the narrow rows alone: one index answers each question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    BooleanField,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    UUIDField,
    Value,
)

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.rules import READ, permits
from enrs.core.workflow.models import BoardColumns, SavedFilter, Task, TaskParty
from enrs.core.workflow.registry import workflow as declared_workflow

PAGE = 50
COUNTED = 300
"""Past this a state says « 300 + »: its count must stay cheap whatever is behind."""

ORDER = ("rank", "turn", "task_id")
Narrow = Callable[[QuerySet[Task]], QuerySet[Task]]


@dataclass(frozen=True, slots=True)
class After:
    """A place in a board: the next page begins after it."""

    rank: int
    turn: float
    task_id: UUID

    @classmethod
    def parse(cls, text: str) -> "After | None":
        """The place written in an address; one that is malformed means the first page."""
        try:
            rank, turn, task_id = text.split("~")
            return cls(min(int(rank), 99), float(turn), UUID(task_id))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.rank}~{self.turn!r}~{self.task_id}"


class IsAfter(Func):
    """`(a, b, c) > (x, y, z)`: a comparison of rows, which an index answers."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        half = len(parts) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        return f"({left}) > ({right})", [value for _, values in parts for value in values]


def tasks(
    workflow: str,
    *,
    actor: Actor | None = None,
    state: str = "",
    is_open: bool = True,
    text: str = "",
    mine: bool = False,
    part: str = "",
    after: After | None = None,
    limit: int = PAGE,
    narrow: Narrow | None = None,
) -> tuple[list[Task], After | None]:
    """One page of the actor's tasks of a workflow: the pressing ones first, closed ones newest first.

    `state` alone or all open (or closed) ones; `mine`: in my own hands; `part`: `requester`, `assignee` or
    `addressee`; `narrow` filters the tasks further. Two queries, and where the next page begins.
    """
    by = actor or current_actor()
    grantees = [by.grantee_id] if mine else list(by.grantees)
    rows = TaskParty.objects.filter(workflow=workflow, ended_at=None)
    rows = rows.filter(state=state) if state else rows.filter(is_open=is_open)
    if mine or part:
        rows = rows.filter(part="assignee" if mine else part)
    if text:
        rows = rows.filter(title_key__contains=text.lower()[:200])
    if after is not None:
        rows = rows.filter(_is_after(after))
    if narrow is not None:
        rows = rows.filter(Exists(narrow(Task.objects.filter(pk=OuterRef("task_id")))))
    rows = rows.filter(_is_visible(workflow, by))
    pages = [_page(rows, one, limit + 1) for one in grantees if one]
    if not pages:
        return [], None
    union = pages[0].union(*pages[1:]).order_by(*ORDER)[: limit + 1] if pages[1:] else pages[0]
    places = [After(*row) for row in union]
    shown = places[:limit]
    found = Task.objects.filter(withdrawn_at=None).in_bulk([one.task_id for one in shown])
    listed = [found[one.task_id] for one in shown if one.task_id in found]
    return listed, shown[-1] if len(places) > limit else None


def _page(rows: QuerySet[TaskParty], grantee: UUID, limit: int) -> QuerySet[TaskParty, Any]:
    return rows.filter(grantee_id=grantee).order_by(*ORDER).values_list(*ORDER).distinct()[:limit]


def _is_after(place: After) -> IsAfter:
    return IsAfter(
        F("rank"), F("turn"), F("task_id"),
        Value(place.rank, IntegerField()), Value(place.turn, FloatField()), Value(place.task_id, UUIDField()),
    )  # fmt: skip


class Reads(Func):
    """The reader of row security, asked row by row: a subquery would be hashed, all the grants with it."""

    function = "access_reads"
    output_field = BooleanField()


def _is_visible(workflow: str, by: Actor) -> Q:
    """Without a patient, or about one whom the actor may read in this category."""
    if not permits(by.role, declared_workflow(workflow).category, READ):
        return Q(patient_id=None)
    return Q(patient_id=None) | Q(Reads(F("patient_id")))


COUNT = """
select s.state, count(distinct c.task_id)
from unnest(%(states)s::text[]) s (state)
cross join unnest(%(grantees)s::uuid[]) g (id)
cross join (select array(select access_denials()) as denied) d
cross join lateral (
  select p.task_id from task_party p
  where p.grantee_id = g.id and p.workflow = %(workflow)s and p.state = s.state and p.ended_at is null
    and (p.patient_id is null or (%(reads)s and p.patient_id <> all (d.denied) and exists (
      select 1 from access_grant a
      where a.patient_id = p.patient_id and a.grantee_id = any (%(grantees)s::uuid[])
        and a.valid_from <= statement_timestamp() and a.valid_until > statement_timestamp() offset 0)))
  order by p.rank, p.turn, p.task_id
  limit %(limit)s) c
group by s.state
"""
"""How many tasks stand in each state, `limit` rows at most read for each. A task may be there by two parts.

The order is that of the index on states: without it a state that holds nothing is looked for in the
whole table. `offset 0` keeps the grants a probe for each row: hashed, all of them would be read."""


def counts(workflow: str, *, actor: Actor | None = None) -> dict[str, int]:
    """How many of the actor's tasks stand in each state, `COUNTED` at most: one query."""
    by, table = actor or current_actor(), declared_workflow(workflow)
    values: dict[str, Any] = {
        "grantees": list(by.grantees),
        "workflow": workflow,
        "reads": permits(by.role, table.category, READ),
        "states": [one.code for one in table.states],
        "limit": 2 * COUNTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        found = dict(cursor.fetchall())
    return {one.code: min(found.get(one.code, 0), COUNTED) for one in table.states}


def saved_filters(board: str, user_id: UUID | None) -> Sequence[SavedFilter]:
    """The views that a person keeps of a board, by name."""
    if user_id is None:
        return []
    rows = SavedFilter.objects.filter(user_id=user_id, board=board, is_kept=True)
    return list(rows.order_by("name", "id"))


def hidden_columns(board: str, user_id: UUID | None) -> set[str] | None:
    """The columns that a person put away; None when they never chose."""
    if user_id is None:
        return None
    rows = BoardColumns.objects.filter(user_id=user_id, board=board)
    found = rows.values_list("hidden", flat=True).first()
    return None if found is None else set(found)

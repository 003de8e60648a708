"""Whom a late task is told to, in the order of the rosters: `Limit(…, escalate_to=to_on_call)`."""

from collections.abc import Iterable
from uuid import UUID

from enrs.core.rosters.queries import on_duty
from enrs.core.workflow.models import Addressee, Task
from enrs.core.workflow.queries.people import users_behind, users_of


def places_of(task: Task, sent: Iterable[Addressee] | None = None) -> list[UUID]:
    """The organisation in charge of a task, else those of its sendings that have not declined."""
    if task.team_id is not None:
        return [task.team_id]
    rows = task.addressees.order_by("sent_at", "id") if sent is None else sent
    return [
        one.grantee_id
        for one in rows
        if one.kind == "organisation" and (one.is_pending or one.answer == "agreed")
    ]


def to_on_call(task: Task, step: int) -> set[UUID]:
    """The accounts of who is on call now where the task is, in turn: one more rank at each escalation.

    The first calls the first rank that is there (an absent one is passed over), the second the next one too,
    and so on; who has the task in hand is told too. Nobody when no roster covers this moment: the requester
    and the team are then told, as without one.
    """
    called = set()
    for duty in on_duty(places_of(task)):
        turn = sorted({one.rank for one in duty.now})[:step]
        called |= {one.grantee_id for one in duty.now if one.rank in turn}
    if not called:
        return set()
    return users_of(called, category=task.table.category) | users_behind(task, ("assignee",))

"""The accounts behind a task's parties: whom a move, a reminder or an escalation is told to."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.access.rules import ROLES, WRITE, permits
from enrs.core.accounts.models import Position, User
from enrs.core.workflow.models import Task

MOST = 200
"""Accounts told of one thing: past this a team wants a smaller team."""


def users_of(grantees: Collection[UUID], *, category: str) -> set[UUID]:
    """The accounts of these people, and of who works in these organisations in a role that may act."""
    if not grantees:
        return set()
    now = timezone.now()
    people = User.objects.filter(is_active=True, grantee_id__in=grantees)
    roles = [role for role in ROLES if permits(role, category, WRITE)]
    held = Position.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now),
        organisation_id__in=grantees, role__in=roles, user__is_active=True,
    )  # fmt: skip
    found = set(people.values_list("id", flat=True))
    return found | set(held.order_by("user_id").values_list("user_id", flat=True)[:MOST])


def users_behind(task: Task, tells: Sequence[str]) -> set[UUID]:
    """The accounts behind some parts of a task: `requester`, `assignee`, `team`, `addressees`."""
    grantees: set[UUID | None] = set()
    if "requester" in tells:
        grantees |= {task.requester_grantee_id}
    if "assignee" in tells:
        grantees |= {task.assignee_id}
    if "team" in tells:
        grantees |= {task.team_id}
    if "addressees" in tells:
        waiting = [
            one
            for one in task.addressees.order_by("id")
            if one.is_pending or one.answer == "agreed"
        ]
        grantees |= {one.grantee_id for one in waiting}
    return users_of({one for one in grantees if one}, category=task.table.category)


def team_users(task: Task) -> set[UUID]:
    """The accounts of the organisation in charge."""
    return users_behind(task, ("team",))

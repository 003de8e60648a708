"""What somebody is to a task (without a query of its own)."""

from collections.abc import Iterable

from enrs.core.access.actor import Actor
from enrs.core.workflow import rules
from enrs.core.workflow.models import Addressee, Task


def parts_among(task: Task, addressees: Iterable[Addressee], actor: Actor) -> set[str]:
    """`@requester`, `@assignee`, `@addressee`, each by oneself or through the place where one works."""
    if actor.kind == "system":
        return {rules.SYSTEM}
    mine = set(actor.grantees)
    found = set()
    is_own = actor.user_id is not None and task.requester_id == actor.user_id
    if is_own or mine & {task.requester_grantee_id, task.requester_organisation_id}:
        found.add(rules.REQUESTER)
    if mine & {task.assignee_id, task.team_id}:
        found.add(rules.ASSIGNEE)
    if any(
        one.grantee_id in mine and (one.is_pending or one.answer == "agreed") for one in addressees
    ):
        found.add(rules.ADDRESSEE)
    return found

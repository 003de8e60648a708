"""Keeping the editions of a plan that were printed: a sheet is signed after the plan may have changed."""

from typing import Any

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.plans import queries, rules
from enrs.core.plans.commands.shared import demand_read
from enrs.core.plans.models import OPEN, Plan, PlanStep
from enrs.core.plans.queries import Whole


def keep_printed(*, whole: Whole) -> None:
    """Keep an edition of an open plan the first time that somebody prints it, as a step of its history.

    Whoever may read a plan prints it: the step is the platform's to write, in their name.

    Raises:
        AccessRefusedError: the current actor may not read it.
    """
    plan = whole.plan
    demand_read(plan.patient_id)
    if plan.status not in OPEN or queries.printed(plan, plan.edition):
        return
    by, content = current_actor(), rules.content_of(whole)
    with acting(SYSTEM), act():
        # The lock makes two prints at once one; a change that came first makes this one no edition to keep.
        now = Plan.objects.select_for_update().filter(pk=plan.pk, edition=plan.edition).first()
        if now is None or queries.printed(plan, plan.edition):
            return
        _step(plan, by, content).save(force_insert=True)


def _step(plan: Plan, by: Any, content: dict[str, Any]) -> PlanStep:
    return PlanStep(
        id=uuid7(), patient_id=plan.patient_id, identity_id=plan.identity_id, plan=plan, at=timezone.now(),
        what="printed", object_kind="plan", object_id=plan.id, label=f"édition n° {plan.edition}",
        former={"edition": plan.edition, "content": content}, author_id=by.user_id, author_name=by.name,
        revision=plan.revision,
    )  # fmt: skip

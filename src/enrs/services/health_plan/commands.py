"""Opening a plan: everything after is the engine's."""

from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.plans.commands import apply_template, create_plan
from enrs.core.plans.models import Plan, PlanTemplate

KIND = "pps-paerpa"
TITLE = "Plan personnalisé de santé"


def open_health_plan(
    *,
    patient_id: UUID,
    exception: str = "",
    wishes: str = "",
    template: PlanTemplate | None = None,
) -> Plan:
    """Open the plan of a person, with whoever opens it as its referent, from a template or not.

    Raises:
        AccessRefusedError: the actor may not write plans of this person.
        PlanRefusedError: `open` (there is one), a rule of `rules.refusal` with its sentence, `template`.
    """
    by = current_actor()
    with act():
        plan = create_plan(
            patient_id=patient_id, kind=KIND, title=TITLE, exception=exception, wishes=wishes,
            referent_id=by.grantee_id, referent_name=by.name[:200], referent_label=by.label[:200],
        )  # fmt: skip
        if template is not None:
            apply_template(plan=plan, template=template)
    return plan

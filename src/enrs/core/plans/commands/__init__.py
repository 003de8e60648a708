"""Every write on a plan: its content, what each answers to it, its end; and the templates of plans."""

from enrs.core.plans.commands.agreements import record_agreement, sign_plan, withdraw_agreement
from enrs.core.plans.commands.asking import send_plan, validate_plan
from enrs.core.plans.commands.content import (
    add_action,
    add_goal,
    add_problem,
    amend_row,
    create_plan,
    move_plan,
    revise_plan,
    withdraw_row,
)
from enrs.core.plans.commands.printed import keep_printed
from enrs.core.plans.commands.shared import PlanRefusedError
from enrs.core.plans.commands.templates import (
    apply_template,
    draft_template,
    publish_template,
    retire_template,
    revise_template,
    sync_templates,
)

__all__ = [
    "PlanRefusedError",
    "add_action",
    "add_goal",
    "add_problem",
    "amend_row",
    "apply_template",
    "create_plan",
    "draft_template",
    "keep_printed",
    "move_plan",
    "publish_template",
    "record_agreement",
    "retire_template",
    "revise_plan",
    "revise_template",
    "send_plan",
    "sign_plan",
    "sync_templates",
    "validate_plan",
    "withdraw_agreement",
    "withdraw_row",
]

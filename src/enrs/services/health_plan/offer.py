"""What the service offers: its kind of plan, its templates, its entry in the rail, its tab of the record, its help."""

from pathlib import Path

from enrs.core.plans.kinds import PlanKind, declare_kind, ship_templates
from enrs.core.ui.registry import HelpPage, Offer, Panel, help_page, offer, panel
from enrs.services.health_plan import queries, rules
from enrs.services.health_plan.commands import KIND

declare_kind(
    PlanKind(
        key=KIND,
        label="Plan personnalisé de santé",
        short="PPS personne âgée",
        panel="health_plan",
        back="health_plan:panel",
        team=queries.teammates,
        problems=rules.PROBLEMS,
        problem_system=rules.SYSTEM,
        other_problem=rules.OTHER,
        check=queries.refusal,
        refusals=rules.REFUSALS,
        comes_first=True,
    )
)
ship_templates(Path(__file__).parent / "plan_templates")
offer(
    Offer(
        key="health_plan",
        label="Plans personnalisés de santé",
        icon="clipboard2-heart",
        url_name="health_plan:home",
        summary="Les plans des personnes de 75 ans et plus dont vous êtes le référent.",
        is_for=lambda actor: actor.kind == "professional" and actor.role in rules.OPENERS,
        order=32,
    )
)
panel(Panel("health_plan", "Plan de santé", "clipboard2-heart", "health_plan:panel", "plan", 62))
help_page(
    HelpPage(
        key="plan-sante",
        label="Plan personnalisé de santé",
        icon="clipboard2-heart",
        summary="L’ouvrir, l’envoyer à l’équipe, le faire signer, le suivre",
        template="health_plan/help.html",
        offers=("health_plan",),
        order=36,
    )
)

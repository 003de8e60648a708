"""What home monitoring offers: its board in the rail, the person's own page, the tab of the record, the life line."""

from pathlib import Path

from django.urls import reverse

from enrs.core.access.rules import READ, permits
from enrs.core.questionnaires.registry import register_forms, register_next
from enrs.core.ui.registry import (
    HelpPage,
    LifeKind,
    Offer,
    Panel,
    help_page,
    life_kind,
    offer,
    panel,
)
from enrs.services.home_monitoring.commands.shared import CATEGORY
from enrs.services.home_monitoring.queries import life_rows

offer(
    Offer(
        key="home_monitoring",
        label="Surveillance à domicile",
        icon="activity",
        url_name="home_monitoring:board",
        summary="Les personnes surveillées à domicile, leurs alertes et leurs relevés.",
        is_for=lambda actor: actor.kind == "professional" and permits(actor.role, CATEGORY, READ),
        order=35,
    )
)
offer(
    Offer(
        key="own_monitoring",
        label="Ma surveillance",
        icon="activity",
        url_name="home_monitoring:own",
        summary="Faire mon relevé, et savoir qui veille.",
        is_for=lambda actor: actor.kind == "person",
        order=30,
    )
)
offer(
    Offer(
        key="monitoring_protocols",
        label="Protocoles de surveillance",
        icon="sliders",
        url_name="home_monitoring:protocols",
        summary="Les protocoles de surveillance à domicile et les équipes qui veillent.",
        is_for=lambda actor: actor.role == "operator",
        order=75,
    )
)
register_forms(Path(__file__).parent / "forms", owner="home_monitoring")
register_next(
    "orientation-covid",
    lambda answer: reverse("home_monitoring:orientation", args=[answer.patient_id, answer.id]),
)
panel(Panel("home_monitoring", "Surveillance", "activity", "home_monitoring:panel", CATEGORY, 65))
life_kind(
    LifeKind(
        "monitoring",
        "Surveillances à domicile",
        "activity",
        CATEGORY,
        life_rows,
        75,
        "monitoring_follow_up",
    )
)
help_page(
    HelpPage(
        key="surveillance",
        label="Surveillance à domicile",
        icon="activity",
        summary="Commencer une surveillance, lire le tableau, répondre à une alerte, passer la main",
        template="home_monitoring/help.html",
        offers=("home_monitoring", "own_monitoring"),
        order=55,
    )
)

"""What the circles offer: a tab of the record page, and the inbox of requests."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import HelpPage, Offer, Panel, help_page, offer, panel
from enrs.referentials.circles.rules import may_answer


def _is_for(actor: Actor) -> bool:
    return actor.kind == "professional" and may_answer(actor.role)


offer(
    Offer(
        key="circle_requests",
        label="Demandes d’accès",
        icon="door-open",
        url_name="circles:requests",
        summary="Les professionnels qui demandent à rejoindre le cercle de vos patients",
        is_for=_is_for,
        order=50,
    )
)
panel(
    Panel(
        key="circle",
        label="Cercle",
        icon="people",
        url_name="circles:panel",
        category="circle",
        order=60,
    )
)
help_page(
    HelpPage(
        key="acces",
        label="Accéder à un dossier",
        icon="door-open",
        summary="Demander l’accès, répondre à une demande, le bris de glace",
        template="circles/help_access.html",
        offers=("circle_requests",),
        order=30,
    )
)

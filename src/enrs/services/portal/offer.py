"""What the portal offers: its entries in the rail."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import Offer, Panel, offer, panel
from enrs.services.portal.queries.people import places_answered_for


def _answers(actor: Actor) -> bool:
    """Whether somebody answers for a structure: one index probe, for professionals alone."""
    return actor.kind == "professional" and bool(places_answered_for(actor))


def _runs(actor: Actor) -> bool:
    return actor.role == "operator"


offer(
    Offer(
        key="portal_desk",
        label="Ma structure",
        icon="people",
        url_name="portal:desk",
        summary="Les comptes de votre structure : demandes, dépannage de nuit, présents et partis",
        is_for=_answers,
        order=80,
    )
)
offer(
    Offer(
        key="portal_letters",
        label="Courriers",
        icon="envelope-paper",
        url_name="portal:letters",
        summary="Les courriers qui portent un code d’ouverture de compte, à imprimer",
        is_for=_runs,
        order=92,
    )
)
offer(
    Offer(
        key="portal_announcements",
        label="Annonces",
        icon="megaphone",
        url_name="portal:announcements",
        summary="Les maintenances et les incidents annoncés aux personnes : écrire, changer, terminer",
        is_for=_runs,
        order=86,
    )
)
offer(
    Offer(
        key="portal_openings",
        label="Ouverture des services",
        icon="toggles",
        url_name="portal:openings",
        summary="À quels métiers, dans quels départements chaque service est montré",
        is_for=_runs,
        order=87,
    )
)
offer(
    Offer(
        key="portal_referents",
        label="Référents",
        icon="person-gear",
        url_name="portal:referent_places",
        summary="Nommer qui répond des comptes d’une structure",
        is_for=_runs,
        order=88,
    )
)
panel(
    Panel(
        key="portal_persons",
        label="Connexion",
        icon="person-lock",
        url_name="portal:persons",
        category="circle",
        order=95,
    )
)

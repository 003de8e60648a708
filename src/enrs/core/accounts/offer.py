"""What accounts offer: the registry of applications, for the exploitation."""

from enrs.core.access.actor import Actor
from enrs.core.accounts.commands.applications import KEEPERS
from enrs.core.ui.registry import HelpPage, Offer, help_page, offer


def _is_for(actor: Actor) -> bool:
    return actor.role in KEEPERS


offer(
    Offer(
        key="applications",
        label="Applications",
        icon="window-stack",
        url_name="accounts:applications",
        summary="Logiciels qui connectent leurs utilisateurs par l’espace : adresses, portées, secrets, clés.",
        is_for=_is_for,
        order=84,
    )
)
help_page(
    HelpPage(
        key="connexion",
        label="Se connecter",
        icon="shield-lock",
        summary="Mot de passe, second facteur, téléphone perdu, Pro Santé Connect",
        template="accounts/help_sign_in.html",
        offers=(),
        order=10,
    )
)

"""What identity offers: the search for a person and the identity unit's list, in the rail."""

from enrs.core.access.actor import Actor
from enrs.core.access.rules import permits
from enrs.core.ui.registry import Offer, Panel, offer, panel


def _is_for(actor: Actor) -> bool:
    return actor.kind == "professional" and permits(actor.role, "identity", "read")


def _is_officer(actor: Actor) -> bool:
    return actor.role == "identity_officer"


def _is_prober(actor: Actor) -> bool:
    return actor.role in ("identity_officer", "secretary")


offer(
    Offer(
        key="identity",
        label="Rechercher",
        icon="search",
        url_name="identity:search",
        summary="Trouver une personne de votre cercle, ou demander l’accès.",
        is_for=_is_for,
        order=20,
    )
)
offer(
    Offer(
        key="identity_work",
        label="Cellule d’identité",
        icon="person-vcard",
        url_name="identity:work_list",
        summary="Identités discordantes, fusions à vérifier, doublons possibles.",
        is_for=_is_officer,
        order=30,
    )
)
panel(Panel("identity", "Identité", "person-vcard", "identity:sheet", "identity", 58))
offer(
    Offer(
        key="identity_probes",
        label="Tester un fichier",
        icon="list-ul",
        url_name="identity:probes",
        summary="Savoir qui la région connaît, ligne par ligne, sans rien créer.",
        is_for=_is_prober,
        order=31,
    )
)

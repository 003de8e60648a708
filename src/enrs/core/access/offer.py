"""What access offers: the matrix, for those who keep it and those who control it; the exploitation's sessions."""

from enrs.core.access.actor import Actor
from enrs.core.access.commands.matrix import KEEPERS
from enrs.core.ui.registry import Offer, offer


def _is_for(actor: Actor) -> bool:
    return actor.role in (*KEEPERS, "auditor")


def _watches(actor: Actor) -> bool:
    return actor.runs or actor.role == "auditor"


offer(
    Offer(
        key="habilitations",
        label="Habilitations",
        icon="shield-lock",
        url_name="access:matrix",
        summary="Ce que chaque profession lit et écrit, ce qu’un changement ferait, et ce qui a changé.",
        is_for=_is_for,
        order=83,
    )
)
offer(
    Offer(
        key="sessions",
        label="Sessions d’exploitation",
        icon="hourglass-split",
        url_name="access:sessions",
        summary="Qui a pris les droits d’exploitation, pourquoi, de quand à quand, et ce qui a été fait.",
        is_for=_watches,
        order=82,
    )
)

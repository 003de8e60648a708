"""What access offers: the matrix, for those who keep it and those who control it."""

from enrs.core.access.actor import Actor
from enrs.core.access.commands.matrix import KEEPERS
from enrs.core.ui.registry import Offer, offer


def _is_for(actor: Actor) -> bool:
    return actor.role in (*KEEPERS, "auditor")


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

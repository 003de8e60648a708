"""What the gateway offers: its entry in the rail of the exploitation."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import Offer, offer


def _is_for(actor: Actor) -> bool:
    return actor.role == "operator"


offer(
    Offer(
        key="messages",
        label="Messages",
        icon="arrow-left-right",
        url_name="gateway:inbox",
        summary="Ce que les établissements envoient, ce qui a été fait, ce qui attend.",
        is_for=_is_for,
        order=80,
    )
)

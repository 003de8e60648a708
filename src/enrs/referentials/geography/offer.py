"""What geography offers: its entry in the rail of the operator."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import Offer, offer


def _is_for(actor: Actor) -> bool:
    return actor.role == "operator"


offer(
    Offer(
        key="territories",
        label="Territoires",
        icon="geo-alt",
        url_name="geography:territories",
        summary="Les communes et les territoires de la région",
        is_for=_is_for,
        order=92,
    )
)

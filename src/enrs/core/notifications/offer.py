"""What notifications offer: the entry « Envois » in the rail of the exploitation."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import Offer, offer


def _is_for(actor: Actor) -> bool:
    return actor.role == "operator"


offer(
    Offer(
        key="sendings",
        label="Envois",
        icon="send",
        url_name="notifications:sendings",
        summary="Courriels et SMS : ce qui part, ce qui attend, ce que chaque structure a envoyé.",
        is_for=_is_for,
        order=82,
    )
)

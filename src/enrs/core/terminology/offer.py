"""What the nomenclatures offer: their entry in the rail."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import Offer, offer


def _is_for(actor: Actor) -> bool:
    return actor.kind == "professional"


offer(
    Offer(
        key="terminology",
        label="Nomenclatures",
        icon="translate",
        url_name="terminology:catalogue",
        summary="Chercher un code ou un libellé dans les nomenclatures nationales",
        is_for=_is_for,
        order=95,
    )
)

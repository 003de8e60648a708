"""What the rosters offer: « Astreintes » in the rail of professionals."""

from enrs.core.ui.registry import HelpPage, Offer, help_page, offer

offer(
    Offer(
        key="rosters",
        label="Astreintes",
        icon="telephone-forward",
        url_name="rosters:board",
        summary="Qui appeler maintenant, et qui est d’astreinte cette semaine.",
        is_for=lambda actor: actor.kind in ("professional", "operator"),
        order=70,
    )
)
help_page(
    HelpPage(
        key="astreintes",
        label="Astreintes",
        icon="telephone-forward",
        summary="Qui appeler maintenant, tenir un tableau",
        template="rosters/help.html",
        offers=("rosters",),
        order=70,
    )
)

"""What the threads offer: « Messagerie » in the rail, and a tab of the record."""

from enrs.core.access.rules import permits
from enrs.core.ui.registry import HelpPage, Offer, Panel, help_page, offer, panel

offer(
    Offer(
        key="threads",
        label="Messagerie",
        icon="chat-dots",
        url_name="threads:inbox",
        summary="Vos conversations avec vos collègues et autour des personnes que vous suivez.",
        is_for=lambda actor: (
            actor.kind == "person"
            or (actor.kind == "professional" and permits(actor.role, "messages", "read"))
        ),
        order=30,
    )
)
panel(Panel("messages", "Messages", "chat-dots", "threads:panel", "messages", 70))
help_page(
    HelpPage(
        key="messagerie",
        label="Messagerie",
        icon="chat-dots",
        summary="Écrire à des collègues, choisir qui lit, être prévenu",
        template="threads/help.html",
        offers=("threads",),
        order=60,
    )
)

"""What the record offers: « Mes patients » in the rail, and its panels."""

from enrs.core.access.rules import permits
from enrs.core.ui.registry import Offer, Panel, offer, panel

offer(
    Offer(
        key="patients",
        label="Mes patients",
        icon="people",
        url_name="record:home",
        summary="Les personnes dont vous êtes dans le cercle.",
        is_for=lambda actor: (
            actor.kind == "professional" and permits(actor.role, "identity", "read")
        ),
        order=10,
    )
)
offer(
    Offer(
        key="records",
        label="Accueil",
        icon="house",
        url_name="record:home",
        summary="Les dossiers que vous suivez.",
        is_for=lambda actor: actor.kind == "person",
        order=10,
    )
)

panel(Panel("summary", "Synthèse", "clipboard2-pulse", "record:summary", "identity", 10))
panel(Panel("life_line", "Fil de vie", "clock-history", "record:life_line", "encounters", 20))
panel(Panel("documents", "Documents", "file-earmark-text", "record:documents", "documents", 30))
panel(Panel("results", "Résultats", "droplet", "record:results", "results", 40))
panel(Panel("notes", "Notes", "chat-left-text", "record:notes", "social", 50))
panel(Panel("accesses", "Accès", "eye", "record:accesses", "journal", 90))

"""What the directory offers: its entry in the rail."""

from enrs.core.access.actor import Actor
from enrs.core.ui.registry import HelpPage, Offer, help_page, offer, territory
from enrs.referentials.directory.queries.places import department_of


def _is_for(actor: Actor) -> bool:
    return actor.kind == "professional"


def _reads_reports(actor: Actor) -> bool:
    return actor.role in ("operator", "auditor")


def _department(actor: Actor) -> str:
    return department_of(actor.organisation_id)


territory(_department)
offer(
    Offer(
        key="directory",
        label="Annuaire",
        icon="journal-medical",
        url_name="directory:search",
        summary="Trouver un professionnel ou une structure de la région",
        is_for=_is_for,
        order=40,
    )
)
offer(
    Offer(
        key="directory_reports",
        label="Chargements",
        icon="database-check",
        url_name="directory:reports",
        summary="Ce que chaque fichier national a apporté, et les lignes refusées",
        is_for=_reads_reports,
        order=90,
    )
)
help_page(
    HelpPage(
        key="annuaire",
        label="Annuaire",
        icon="journal-medical",
        summary="Trouver un professionnel ou une structure, signaler une erreur",
        template="directory/help.html",
        offers=("directory",),
        order=40,
    )
)

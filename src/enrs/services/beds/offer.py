"""What the service offers: « Lits » in the rail, free places to the searches of the offer."""

from enrs.core.live.views import hear
from enrs.core.ui.registry import HelpPage, Offer, help_page, offer
from enrs.referentials.offer.registry import FreePlaces, know_free_places_by
from enrs.services.beds import rules
from enrs.services.beds.commands.shared import TOPIC
from enrs.services.beds.queries.rights import may_hear_region

offer(
    Offer(
        key="beds",
        label="Lits",
        icon="hospital",
        url_name="beds:home",
        summary="Les lits libres de votre unité et de la région, et la cellule de crise.",
        is_for=lambda actor: (
            actor.kind in ("professional", "operator") and actor.role in rules.READER_ROLES
        ),
        order=60,
    )
)
hear(TOPIC, may_hear_region)
know_free_places_by(
    FreePlaces(
        "select service_id, free_count, known_at from beds_unit "
        "where service_id is not null and is_active and known_at is not null"
    )
)
help_page(
    HelpPage(
        key="lits",
        label="Lits",
        icon="hospital",
        summary="Dire les lits de son unité, en trouver un dans la région",
        template="beds/help.html",
        offers=("beds",),
        order=50,
    )
)

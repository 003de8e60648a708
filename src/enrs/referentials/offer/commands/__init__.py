"""Every write of the offer."""

from enrs.referentials.offer.commands.asking import ask_referents
from enrs.referentials.offer.commands.city import Derived, derive_city_offer, follow_directory
from enrs.referentials.offer.commands.describing import (
    amend_unit,
    close_unit,
    create_unit,
    discard_draft,
    publish_unit,
    save_draft,
    verify_unit,
)
from enrs.referentials.offer.commands.favourites import keep_favourite
from enrs.referentials.offer.commands.importing import ImportLine, import_offers
from enrs.referentials.offer.commands.index import index_services, refresh_search
from enrs.referentials.offer.commands.parts import change_part, close_part, create_part
from enrs.referentials.offer.commands.referents import end_referent, name_referent
from enrs.referentials.offer.commands.traces import OfferRefusedError, publish_locations
from enrs.referentials.offer.commands.vocabulary import (
    hide_vocabulary,
    undo_vocabulary,
    write_vocabulary,
)

__all__ = [
    "Derived",
    "ImportLine",
    "OfferRefusedError",
    "amend_unit",
    "ask_referents",
    "change_part",
    "close_part",
    "close_unit",
    "create_part",
    "create_unit",
    "derive_city_offer",
    "discard_draft",
    "end_referent",
    "follow_directory",
    "hide_vocabulary",
    "import_offers",
    "index_services",
    "keep_favourite",
    "name_referent",
    "publish_locations",
    "publish_unit",
    "refresh_search",
    "save_draft",
    "undo_vocabulary",
    "verify_unit",
    "write_vocabulary",
]

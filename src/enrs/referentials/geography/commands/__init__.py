"""Loading the national files of geography, and keeping the region's territories."""

from enrs.referentials.geography.commands.cantons import load_cantons
from enrs.referentials.geography.commands.load import load_contours, load_geography
from enrs.referentials.geography.commands.territories import (
    TerritoriesRefusedError,
    delete_territory,
    import_territories,
    load_territories,
)

__all__ = [
    "TerritoriesRefusedError",
    "delete_territory",
    "import_territories",
    "load_cantons",
    "load_contours",
    "load_geography",
    "load_territories",
]

"""The stocks of SIRENE for the demo's places, with the few disagreements that a region has with FINESS."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from enrs.config.demo import ids
from enrs.config.demo.shapes import DemoStructure

SITES_FILE: Final = "StockEtablissement_demo.csv"
UNITS_FILE: Final = "StockUniteLegale_demo.csv"
SITE_COLUMNS: Final = (
    "siren", "nic", "siret", "statutDiffusionEtablissement", "etablissementSiege", "numeroVoieEtablissement",
    "typeVoieEtablissement", "libelleVoieEtablissement", "codePostalEtablissement", "libelleCommuneEtablissement",
    "codeCommuneEtablissement", "dateDebut", "etatAdministratifEtablissement", "enseigne1Etablissement",
    "activitePrincipaleEtablissement", "nomenclatureActivitePrincipaleEtablissement",
)  # fmt: skip
UNIT_COLUMNS: Final = (
    "siren", "statutDiffusionUniteLegale", "dateDebut", "etatAdministratifUniteLegale", "denominationUniteLegale",
    "categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale",
)  # fmt: skip
ACTIVITIES: Final = {
    "500": ("87.10A", "9220"),
    "355": ("86.10Z", "7364"),
    "101": ("86.10Z", "7364"),
}
"""By FINESS category: activity (NAF) and legal category; hospitals of the State, homes of associations."""
OTHER: Final = ("86.90F", "9220")
CLOSED: Final = 40
MOVED: Final = 50
FORGOTTEN: Final = 110
"""One place in so many is closed there, stands elsewhere, or is not in the stock."""
NEW_HOMES: Final = 3
"""Homes that SIRENE has and FINESS has not yet."""


def site_lines(places: Iterable[DemoStructure]) -> Iterator[str]:
    """The stock of establishments, as INSEE publishes it, with the columns that are read."""
    yield _line(SITE_COLUMNS)
    known = list(places)
    for site in known:
        if site.index % FORGOTTEN == FORGOTTEN - 1:
            continue
        is_closed = site.index % CLOSED == CLOSED - 1
        is_moved = site.index % MOVED == MOVED - 1
        far = (one.address for one in known if one.department != site.department)
        address = next(far, site.address) if is_moved else site.address
        naf, _ = ACTIVITIES.get(site.category_code, OTHER)
        yield _line((
            site.siret[:9], site.siret[9:], site.siret, "O", "false", address.number, address.street_type.upper(),
            address.street_name.upper(), address.postal_code, address.city.upper(), address.commune_code,
            "2026-03-31" if is_closed else site.opened_on.isoformat(), "F" if is_closed else "A", site.name, naf,
            "NAFRev2",
        ))  # fmt: skip
    for rank in range(NEW_HOMES if known else 0):
        siret, address = ids.demo_siret(98_000 + rank), known[rank].address
        yield _line((
            siret[:9], siret[9:], siret, "O", "true", str(rank + 1), "ALLEE", "DES TILLEULS", address.postal_code,
            address.city.upper(), address.commune_code, "2026-09-01", "A", f"RESIDENCE DES TILLEULS {rank + 1}",
            "87.10A", "NAFRev2",
        ))  # fmt: skip


def unit_lines(places: Iterable[DemoStructure]) -> Iterator[str]:
    """The stock of legal units of the same."""
    yield _line(UNIT_COLUMNS)
    for site in {one.siret[:9]: one for one in places}.values():
        naf, category = ACTIVITIES.get(site.category_code, OTHER)
        yield _line(
            (site.siret[:9], "O", site.opened_on.isoformat(), "A", site.long_name, category, naf)
        )


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()

"""What an act must say to be kept: values in, the code of a fault out."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enrs.formats.datamatrix_box import is_gtin

LATE = timedelta(minutes=5)
"""Clocks that do not agree."""
LOT = re.compile(r"[!-~]{1,20}")
"""GS1 application identifiers 10 and 21: twenty printable characters at most."""


@dataclass(frozen=True, slots=True)
class Given:
    """One dose as it was given: an aware moment, the lot and last day of use of the box, where, how."""

    given_at: datetime
    lot: str
    expires_on: date
    site: str
    route: str
    dose_rank: int
    gtin: str = ""
    serial: str = ""
    comment: str = ""


def fault(
    given: Given, *, now: datetime, day: date, born: date | None, sites: set[str], routes: set[str]
) -> str:
    """What is wrong with a dose, as a code; `day` is the legal day on which it was given, `born` the birth date."""
    checks = (
        ("future", given.given_at > now + LATE),
        ("born", born is not None and day < born),
        ("lot", not LOT.fullmatch(given.lot)),
        ("expired", given.expires_on < day),
        ("site", given.site not in sites),
        ("route", given.route not in routes),
        ("rank", not 1 <= given.dose_rank <= 20),
        ("gtin", given.gtin != "" and not is_gtin(given.gtin)),
        ("serial", given.serial != "" and not LOT.fullmatch(given.serial)),
        ("long", len(given.comment) > 2000 or "\x00" in given.comment),
    )
    return next((code for code, is_wrong in checks if is_wrong), "")

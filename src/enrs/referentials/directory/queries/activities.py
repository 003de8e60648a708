"""What an establishment is authorised to do, in the words of the loaded nomenclatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enrs.core.terminology.queries import displays
from enrs.formats.directory.finess_activities import AXES, DEVICES, addresses
from enrs.referentials.directory.models import Activity, Organisation

MOST = 200
"""Activities that a card lists; the largest hospitals have about a hundred at one address."""
NOTHING = ("", "0", "00")
"""Codes that say « none »: no modality, no form."""


@dataclass(frozen=True, slots=True)
class Authorised:
    """A line of the card: what is done, how, since and until when, with how many beds, places and devices."""

    id: UUID
    nature: str
    name: str
    details: str
    started_on: date | None
    ends_on: date | None
    is_running: bool
    number: str
    authorised: int | None
    installed: int | None
    unit: str
    devices: Sequence[tuple[str, int]]


UNITS = {"01": "lits", "02": "places"}
"""TRE_R329."""


def activities_of(place: Organisation) -> list[Authorised]:
    """What a structure is authorised to do, the first 200 by nature and code."""
    rows = list(
        Activity.objects.filter(organisation=place, is_active=True).order_by(
            "nature", "codes", "number"
        )[:MOST]
    )
    words = displays({pair for row in rows for pair in _pairs(row)})
    return [_line(row, words) for row in rows]


def _pairs(row: Activity) -> list[tuple[str, str]]:
    """Every (address, code) that may name something of an activity."""
    named = [*zip(_systems(row), row.codes, strict=False)]
    named += [(DEVICES, code) for code, _ in row.devices]
    return [(url, code) for name, code in named for url in addresses(name)]


def _systems(row: Activity) -> tuple[str, ...]:
    return AXES[row.nature][1] if row.nature in AXES else ()


def _word(name: str, code: str, words: dict[tuple[str, str], str]) -> str:
    found = (words.get((url, code), "") for url in addresses(name))
    return next((one for one in found if one), "")


def _line(row: Activity, words: dict[tuple[str, str], str]) -> Authorised:
    first, *others = [
        (code, _word(name, code, words))
        for name, code in zip(_systems(row), row.codes, strict=False)
    ] or [("", "")]
    told = [word or f"code {code}" for code, word in others if code not in NOTHING]
    return Authorised(
        id=row.id,
        nature=row.get_nature_display().strip(),
        name=first[1] or f"Activité de code {first[0]}",
        details=", ".join(told),
        started_on=row.started_on,
        ends_on=row.ends_on,
        is_running=row.is_running,
        number=row.authorisation,
        authorised=row.authorised_count,
        installed=row.installed_count,
        unit=UNITS.get(row.unit_code, ""),
        devices=[
            (_word(DEVICES, code, words) or f"Appareil de code {code}", count)
            for code, count in row.devices
        ],
    )

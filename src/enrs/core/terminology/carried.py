"""Published sets of which the code carries its own copy: the loaded version, when there is one, takes its place.

A page names dozens of codes: what is loaded is read once in five minutes by each process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from django.utils import timezone

from enrs.core.terminology.models import Concept, Member
from enrs.core.terminology.queries import is_active, system_of, value_set_of

FRESH_SECONDS = 300
"""After so long a load is seen everywhere."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A set as its published file has it: the words and the system of each code that may be used today."""

    version: str
    words: Mapping[str, str]
    systems: Mapping[str, str]


_kept: dict[str, tuple[float, Loaded | None]] = {}


def loaded(address: str) -> Loaded | None:
    """The loaded version of a value set or of a code system; None when nobody loaded it, or only a part of it."""
    kept = _kept.get(address)
    if kept and monotonic() - kept[0] < FRESH_SECONDS:
        return kept[1]
    found = _read(address)
    _kept[address] = (monotonic(), found)
    return found


def words_of(address: str, packaged: Mapping[str, str]) -> Mapping[str, str]:
    """The words of each code: as loaded, else as packaged."""
    found = loaded(address)
    return found.words if found else packaged


def forget() -> None:
    """What was read is read again when it is asked: after a load in this process, and between tests."""
    _kept.clear()


def _read(address: str) -> Loaded | None:
    whole = value_set_of(address)
    system = whole.whole_system if whole else system_of(address)
    rows: list[Member | Concept]
    if system is not None:
        if not system.is_complete:
            return None
        rows = list(
            Concept.objects.filter(system=system).select_related("system").order_by("rank", "code")
        )
        version = whole.version if whole else system.version
    elif whole is not None:
        rows = list(
            Member.objects.filter(value_set=whole).select_related("system").order_by("rank", "code")
        )
        version = whole.version
    else:
        return None
    usable = [row for row in rows if is_active(row, timezone.localdate())]
    if not usable:
        return None
    return Loaded(
        version,
        {row.code: row.display for row in usable},
        {row.code: row.system.url for row in usable},
    )

"""Which doses noted elsewhere count for a campaign: values in, values out.

A dose declared here says its vaccine; one noted in the summary, or received from other software, says a name and
sometimes a code, and a date that may lack its day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enrs.core.moments import partial_bounds
from enrs.referentials.directory.rules import name_key

STEM = 5
"""Letters of a word that are enough: « grippe » is in « antigrippal »."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A vaccination noted without an act declared here; `codes` are those of its vaccine and of its diseases."""

    id: UUID
    vaccine: str
    given_on: str
    lot: str
    dose: str
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """What a campaign protects from: codes of the vaccines and of the diseases, and the names of both."""

    codes: frozenset[str]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A noted dose, and what becomes of it.

    `fate` is `counted` (for the number and the delay), `spaced` (for the delay alone: it is not surely of the
    campaign's dates), `same` (a dose declared here that day), `undated`, or `other` (nothing says that it is against
    the same disease).
    """

    noted: Noted
    fate: str
    day: date | None = None


def is_against(noted: Noted, target: Target) -> bool:
    """Whether a noted dose is against the disease: by a code, else by a name that its words hold."""
    if noted.codes & target.codes:
        return True
    said = name_key(noted.vaccine).split()
    return any(_holds(said, name_key(name).split()) for name in target.names)


def _holds(said: Sequence[str], name: Sequence[str]) -> bool:
    """Whether some words hold every word of a name: long ones by their beginning, short ones whole.

    A number alone says nothing: « COVID » is COVID-19.
    """
    wanted = [one for one in name if not one.isdigit()]
    return bool(wanted) and all(
        any(word[:STEM] in one if len(word) >= STEM else word == one for one in said)
        for word in wanted
    )


def weigh(
    rows: Sequence[Noted],
    target: Target,
    *,
    declared: Collection[date],
    starts_on: date,
    ends_on: date | None,
    today: date,
) -> list[Weighed]:
    """What each noted dose counts for; `declared` are the days of the doses declared here against the disease.

    A date without its day stands for the latest that it may be: nobody is vaccinated too soon for a day that was
    not written. It counts in the campaign when it surely lies within its dates. The same dose is often noted and
    declared: one of the same day counts once.
    """
    found, seen = [], set(declared)
    # Those that say their day first: another that says the year alone may be one of them.
    for one in sorted(rows, key=lambda row: -len(row.given_on)):
        if not is_against(one, target):
            found.append(Weighed(one, "other"))
            continue
        if not one.given_on:
            found.append(Weighed(one, "undated"))
            continue
        first, latest = partial_bounds(one.given_on)
        if any(first <= day <= latest for day in seen):
            found.append(Weighed(one, "same"))
            continue
        day = min(latest, max(today, first))
        seen.add(day)
        is_within = first >= starts_on and (ends_on is None or latest <= ends_on)
        found.append(Weighed(one, "counted" if is_within else "spaced", day))
    return found

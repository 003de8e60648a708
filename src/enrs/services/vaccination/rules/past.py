"""Which doses noted elsewhere count for a campaign: values in, values out.

A dose declared here says its vaccine; one noted in the summary, or received from other software, says a name and
sometimes a code, and a date that may lack its day.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enrs.core.moments import partial_bounds
from enrs.referentials.directory.rules import name_key

STEM = 5
"""Letters that a word must begin with: « grippe » and « grippal » are one."""
IDLE = frozenset(
    {"VACCIN", "VACCINS", "VACCINATION", "CONTRE", "ANTI", "INFECTION", "INFECTIONS", "MALADIE"}
    | {"MALADIES", "LE", "LA", "LES", "L", "DE", "DES", "DU", "D", "AU", "AUX"}
)
"""Words that say no disease, in the name of a disease or of a vaccine."""
COMPOUNDS = {"VARICELLE ZONA": "VARICELLE"}
"""Names that hold another disease’s: the vaccine against varicella is named after its virus."""
JOINED = re.compile(r"\b([A-Z])\s*[-/,+&]\s*(?=[A-Z]\b)")
"""Letters of a kind written as one: « hépatite A-B » is A and B."""


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
    """What a campaign protects from: codes of the vaccines and of the diseases, the names of the diseases, and those
    of the vaccines, which say nothing unless they are written whole.
    """

    codes: frozenset[str]
    names: tuple[str, ...]
    vaccines: tuple[str, ...] = ()


Span = tuple[date, date]
"""The first and the last day that a dose may be of; twice the same when its day is written."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A noted dose, and what becomes of it.

    `fate` is `counted` (for the number and the delay), `spaced` (for the delay alone: its dates are surely not those
    of the campaign), `unsure` (for the delay; nothing says whether it is of the campaign, or a dose that is known
    already: a doctor says it), `same` (a dose declared here), `undated`, or `other` (nothing says that it is against
    the same disease).
    """

    noted: Noted
    fate: str
    span: Span | None = None


def is_against(noted: Noted, target: Target) -> bool:
    """Whether a noted dose is against the disease: by a code, else by its name, or by a vaccine's whole name."""
    if noted.codes & target.codes:
        return True
    if name_key(noted.vaccine) in {name_key(one) for one in target.vaccines}:
        return True
    said = _words(noted.vaccine)
    return any(_holds(said, _words(name)) for name in target.names)


def _words(name: str) -> list[str]:
    """The words that count. « à » is no hepatitis A: it is left out while its accent still tells it."""
    told = re.sub(r"\bà\b", " ", name.lower()).upper()
    key = name_key(JOINED.sub(r"\1 ET ", told))
    for compound, meant in COMPOUNDS.items():
        key = key.replace(compound, meant)
    return [one for one in key.split() if one not in IDLE]


def _holds(said: Sequence[str], name: Sequence[str]) -> bool:
    """Whether some words hold every word of a name: long ones by their beginning, short ones whole, a letter right
    after its word (or joined to the letter before by « et »).

    A number alone says nothing: « COVID » is COVID-19.
    """
    wanted = [one for one in name if not one.isdigit()]
    if not wanted or len(wanted[0]) == 1:
        return False
    return all(
        _has_letter(said, before, word) if len(word) == 1 else any(_is(one, word) for one in said)
        for before, word in zip(["", *wanted], wanted, strict=False)
    )


def _is(one: str, word: str) -> bool:
    bare = one.removeprefix("ANTI")
    return bare.startswith(word[:STEM]) if len(word) >= STEM else bare == word


def _has_letter(said: Sequence[str], before: str, letter: str) -> bool:
    """Whether « hépatite » is followed by « B », or by « A et B »."""
    for rank, one in enumerate(said):
        if not _is(one, before):
            continue
        rest = list(said[rank + 1 :])
        while rest and len(rest[0]) == 1:
            if rest.pop(0) == letter:
                return True
            if not rest or rest.pop(0) != "ET":
                break
    return False


def weigh(
    rows: Sequence[Noted],
    target: Target,
    *,
    declared: Mapping[date, Collection[str]],
    starts_on: date,
    ends_on: date | None,
) -> list[Weighed]:
    """What each noted dose counts for; `declared` are the days, and the lots of each, of the doses declared here
    against the disease.

    Nobody is vaccinated too soon for a day that was not written: a dose keeps its distance from every day that it may
    be of. It counts in the campaign when it surely lies within its dates. The same dose is often noted and declared:
    one of the same day counts once, and so does one without its day that bears the same lot.
    """
    found: list[Weighed] = []
    known: list[tuple[Span, Collection[str]]] = [
        ((day, day), lots) for day, lots in declared.items()
    ]
    # Those that say their day first: another that says the year alone may be one of them.
    for one in sorted(rows, key=lambda row: -len(row.given_on)):
        if not is_against(one, target):
            found.append(Weighed(one, "other"))
            continue
        if not one.given_on:
            found.append(Weighed(one, "undated"))
            continue
        span = partial_bounds(one.given_on)
        near = [(span == other, one.lot in lots) for other, lots in known if _meet(span, other)]
        if any(is_lot or (is_day and span[0] == span[1]) for is_day, is_lot in near):
            found.append(Weighed(one, "same"))
            continue
        known.append((span, {one.lot} - {""}))
        found.append(Weighed(one, _fate(span, (starts_on, ends_on or date.max), bool(near)), span))
    return found


def _fate(span: Span, campaign: Span, is_near: bool) -> str:
    if not _meet(span, campaign):
        return "spaced"
    is_within = campaign[0] <= span[0] and span[1] <= campaign[1]
    return "counted" if is_within and not is_near else "unsure"


def _meet(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]

"""What several messages say of one number: the newest wins, whatever the order in which they came.

The strict traits, the INS and the status come together from the newest message. Another trait is that of the
newest message that tells it: silence erases nothing. Nor does it erase an INS that the national service gave here,
of which the source was never told, as long as it speaks of the same person. Newest is by the source's own clock
(EVN-2); at one moment, the sender's name decides between two senders, and arrival between two messages of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from enrs.referentials.identity.rules.comparison import compare
from enrs.referentials.identity.rules.traits import COMPLEMENTARY, STRICT, Traits

Told = tuple[datetime, str]
"""When a message spoke, and who sent it."""

Stamps = dict[str, list[str]]
"""Of the traits that an older message told: its moment (ISO) and sender; under `BY_SERVICE`, those of an INS."""

BY_SERVICE = "insi"
"""The stamp of an INS that the national service gave to this identity here."""

NATIONAL = (*STRICT, "given_names", "ins", "ins_oid", "status", "proof", "collected_by")
"""What comes with an INS and stays with it."""

NEVER: Told = (datetime.min.replace(tzinfo=UTC), "")


@dataclass(frozen=True, slots=True)
class Folded:
    """Traits after one more message; `is_newer` when it gave the strict ones."""

    traits: Traits
    stamps: Stamps
    is_newer: bool


def fold(
    known: Traits,
    stamps: Mapping[str, list[str]],
    told: Told,
    said: Traits,
    at: Told,
    *,
    keeps_ins: bool = True,
) -> Folded:
    """Add what a message `said` at `at` to what was `known`, whose newest message came at `told`.

    Without `keeps_ins` the message is what a person decided, or doubts: an INS of the service does not outlive it.
    """
    if at >= told:
        is_silent = bool(known.ins) and not said.ins and BY_SERVICE in stamps
        if keeps_ins and is_silent and compare(known, said).may_link:
            said = replace(said, **{name: getattr(known, name) for name in NATIONAL})
        kept = {
            name: getattr(known, name)
            for name in COMPLEMENTARY
            if getattr(known, name) and not getattr(said, name)
        }
        marked = {name: stamps.get(name, _stamp(told)) for name in sorted(kept)}
        if said.ins and said.ins == known.ins and BY_SERVICE in stamps:
            marked[BY_SERVICE] = stamps[BY_SERVICE]
        return Folded(replace(said, **kept), dict(sorted(marked.items())), is_newer=True)
    filled, marked = {}, dict(stamps)
    for name in COMPLEMENTARY:
        since = _told(stamps[name]) if name in stamps else told
        if getattr(said, name) and (not getattr(known, name) or since < at):
            filled[name], marked[name] = getattr(said, name), _stamp(at)
    return Folded(replace(known, **filled), dict(sorted(marked.items())), is_newer=False)


def _stamp(told: Told) -> list[str]:
    return [told[0].astimezone(UTC).isoformat(), told[1]]


def _told(stamp: list[str]) -> Told:
    return datetime.fromisoformat(stamp[0]), stamp[1]


def digest(traits: Traits, attribute: str) -> str:
    """Sixteen letters that two messages share when they say the same."""
    told = "\x1f".join([*(str(value) for value in _values(traits)), attribute])
    return blake2b(told.encode(), digest_size=8).hexdigest()


def _values(traits: Traits) -> list[object]:
    return [getattr(traits, name) for name in Traits.__slots__]

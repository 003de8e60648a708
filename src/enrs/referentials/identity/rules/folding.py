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

VALIDATED = ("validated", "qualified")

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

    Without `keeps_ins` the message is what a person decided, or doubts: an INS of the service stays only if it says so.
    """
    if at >= told:
        obtained = stamps.get(BY_SERVICE, [])
        if keeps_ins and said.ins:
            # A source that tells the INS is asked no more: what it takes back is gone.
            obtained = []
        elif keeps_ins and obtained and known.ins:
            said, obtained = _with_obtained(known, said, obtained)
        kept = {
            name: getattr(known, name)
            for name in COMPLEMENTARY
            if getattr(known, name) and not getattr(said, name)
        }
        marked = {name: stamps.get(name, _stamp(told)) for name in sorted(kept)}
        if obtained and said.ins == known.ins != "":
            marked[BY_SERVICE] = obtained
        return Folded(replace(said, **kept), dict(sorted(marked.items())), is_newer=True)
    filled, marked = {}, dict(stamps)
    for name in COMPLEMENTARY:
        since = _told(stamps[name]) if name in stamps else told
        if getattr(said, name) and (not getattr(known, name) or since < at):
            filled[name], marked[name] = getattr(said, name), _stamp(at)
    return Folded(replace(known, **filled), dict(sorted(marked.items())), is_newer=False)


def obtained_stamp(at: datetime, by: str, identity: Traits) -> list[str]:
    """The stamp of an INS that the service gave: when, for whom, and what the source said of status and place then."""
    return [at.astimezone(UTC).isoformat(), by, identity.status, identity.birth_place_code]


def _with_obtained(known: Traits, said: Traits, stamp: list[str]) -> tuple[Traits, list[str]]:
    """What a source says without the INS that it was never told, with that INS if it speaks of the same person.

    The status moves as the source's own does: validated there, it is qualified here; no more validated there, it
    is retrieved again. Another place of birth than the one it told then is another question for the service.
    """
    at, by, status, place = stamp
    moved = said.birth_place_code not in (place, known.birth_place_code)
    if moved or not compare(known, said).may_link:
        return said, []
    kept = {name: getattr(known, name) for name in NATIONAL}
    if said.status != status:
        kept["status"] = "qualified" if said.status in VALIDATED else "retrieved"
        kept["proof"] = said.proof
    elif said.proof:
        kept["proof"] = said.proof
    return replace(said, **kept), [at, by, said.status, place]


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

"""Whose traits a regional identity shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from enrs.referentials.identity.rules.statuses import EMERGENCY, PRECEDENCE, shown_status
from enrs.referentials.identity.rules.traits import COMPLEMENTARY, Traits


@dataclass(frozen=True, slots=True)
class Candidate:
    """One identity among those of a patient, with what ranks it: among equals the newest told, then its key."""

    traits: Traits
    attribute: str
    told_at: datetime
    key: str = ""

    @property
    def status(self) -> str:
        """The status that counts for precedence."""
        return shown_status(self.traits.status, self.attribute)


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first: qualified, validated, retrieved, provisional; the newest among equals; made up names last."""
    newest = sorted(candidates, key=lambda one: (one.told_at, one.key), reverse=True)
    return sorted(newest, key=lambda one: (one.attribute == EMERGENCY, PRECEDENCE[one.status]))


def best(candidates: Sequence[Candidate]) -> Candidate:
    """The best identity, its empty complementary traits filled from the next ones.

    Strict traits and the INS always come together from one identity, never mixed.
    """
    order = ranked(candidates)
    filled = order[0].traits
    for follower in order[1:]:
        missing = {
            name: getattr(follower.traits, name)
            for name in COMPLEMENTARY
            if not getattr(filled, name) and getattr(follower.traits, name)
        }
        if missing:
            filled = replace(filled, **missing)
    return replace(order[0], traits=filled)

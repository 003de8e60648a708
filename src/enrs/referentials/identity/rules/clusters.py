"""Who goes together: the evidence taken from the surest on, each join refused that a barrier forbids.

The result depends on the nodes and the evidence alone, never on the order in which they came: edges are
taken by (rank, weight, ids), and the whole connected neighbourhood is always computed anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

DIFFERENT: Final = 0
BARRED: Final = -1
SOURCE_MERGE: Final = 1
BY_HAND: Final = 2
BY_INS: Final = 3
BY_SCORE: Final = 4
RANKS: Final = {SOURCE_MERGE: "local_merge", BY_HAND: "hand", BY_INS: "ins", BY_SCORE: "score"}
"""From the surest: what a source says of its own numbers, a person's decision, an INS, a likeness."""

KEPT_APART: Final = frozenset({"twins", "given", "sex"})
"""Barriers that no third identity goes round: sisters are not joined because a source wrote half a name."""


Key = tuple[str, str]
"""System and value: what names an identity whenever it came."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Evidence between two identities: `rank` (`DIFFERENT` parts them), `weight` in bits for a likeness."""

    first: Key
    second: Key
    rank: int
    weight: float = 0.0

    @property
    def order(self) -> tuple[int, float, Key, Key]:
        """The surest first; among equals, the heaviest, then the smallest ids."""
        low, high = sorted((self.first, self.second))
        return self.rank, -self.weight, low, high


@dataclass(slots=True)
class _Group:
    members: set[Key]
    ins: set[str]
    apart: set[Key]
    barred: set[Key]


def cluster(
    ids: Iterable[Key], edges: Iterable[Edge], ins: Mapping[Key, str]
) -> tuple[list[list[Key]], dict[Key, Edge]]:
    """The groups (each sorted, in the order of their first id), and the edge that brought each identity.

    `ins` names the INS of those that carry a usable one. Two groups that a person said different are never
    joined, except by what the source itself merged; two of different INS only by the source or by a person.
    """
    groups: dict[Key, _Group] = {
        one: _Group({one}, {ins[one]} if ins.get(one) else set(), set(), set()) for one in ids
    }
    brought: dict[Key, Edge] = {}
    ordered = sorted(
        (edge for edge in edges if edge.first in groups and edge.second in groups),
        key=lambda edge: edge.order,
    )
    for edge in ordered:
        left, right = groups[edge.first], groups[edge.second]
        if edge.rank in (DIFFERENT, BARRED):
            (left.apart if edge.rank == DIFFERENT else left.barred).add(edge.second)
            (right.apart if edge.rank == DIFFERENT else right.barred).add(edge.first)
            continue
        if left is right or not _may_join(left, right, edge.rank):
            continue
        if (len(left.members), min(right.members)) < (len(right.members), min(left.members)):
            left, right = right, left
        for one in right.members:
            groups[one] = left
            if edge.rank == BY_SCORE:
                # Those who came together for something surer are here for a likeness all the same.
                brought[one] = edge
            brought.setdefault(one, edge)
        for one in (edge.first, edge.second):
            brought.setdefault(one, edge)
        left.members |= right.members
        left.ins |= right.ins
        left.apart |= right.apart
        left.barred |= right.barred
    seen: set[int] = set()
    found = []
    for group in groups.values():
        if id(group) not in seen:
            seen.add(id(group))
            found.append(sorted(group.members))
    return sorted(found), brought


def _may_join(left: _Group, right: _Group, rank: int) -> bool:
    if rank == SOURCE_MERGE:
        return True
    if left.apart & right.members or right.apart & left.members:
        return False
    if rank == BY_SCORE and (left.barred & right.members or right.barred & left.members):
        return False
    return rank == BY_HAND or not left.ins or not right.ins or left.ins == right.ins

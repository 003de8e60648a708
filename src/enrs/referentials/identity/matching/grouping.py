"""The groups of a whole region at once: who goes to whose patient, where nothing singular is at stake.

A *plain* group is one where only likenesses and a concordant INS speak: no decision of a person, no merge of a
source, no doubtful identity, one INS at most: there `rules.clusters` would refuse no edge, so that the group is
what hangs together and each identity was brought by its surest edge. All the others are named by one of their
identities, to be settled one by one as a message would.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from enrs.referentials.identity.matching.engine import bits
from enrs.referentials.identity.rules.clusters import BY_INS, BY_SCORE, KEPT_APART

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Tie = tuple[int, int, float, str, int]
"""Two identities that hang together: their numbers, weight, digits, rank of the evidence."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The identity numbered `n` goes to the patient of the identity numbered `to`; `rank` and edge say why."""

    n: int
    to: int
    rank: int
    weight: float
    levels: str


@dataclass(slots=True)
class Grouping:
    """What the links should become: plain groups as shifts, the others by a seed each."""

    shifts: list[Shift] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    groups: int = 0


@dataclass(frozen=True, slots=True)
class _Node:
    patient: str
    since: float
    ins: str
    is_plain: bool


def group(engine: "DuckDBPyConnection", *, automatic: float) -> Grouping:
    """Groups from `feature`, `edge`, `decided(a, b)` (pairs of which a person decided) and shared INS."""
    engine.execute(
        f"""
        create or replace table tie as
        select a, b, weight, levels, {BY_SCORE} as rank from edge where weight >= {bits(automatic)} and barrier = ''
        union all
        select h.n, c.n, 0, case when {_CONCORDANT} then '' else '{_DISCORDANT}' end, {BY_INS}
        from feature c join (select qualified, min(n) as n from feature group by qualified) f using (qualified)
          join feature h on h.n = f.n
        where qualified <> ''
        union all
        select min(n) over (partition by patient), n, 0, '', {_TOGETHER} from feature
        union all
        select a, b, 0, '', {_TOGETHER} from decided
        """
    )
    engine.execute("delete from tie where a = b")
    ties = engine.execute("select a, b, weight, levels, rank from tie").fetchall()
    parts = components((a, b) for a, b, *_ in ties)
    nodes = _nodes(engine)
    decided = {n for pair in engine.execute("select a, b from decided").fetchall() for n in pair}
    barred = {
        parts[a]
        for a, b in engine.execute(_BARRED).fetchall()
        if a in parts and parts[a] == parts.get(b)
    }
    by_part: dict[int, list[Tie]] = {}
    for tie in ties:
        by_part.setdefault(parts[tie[0]], []).append(tie)
    found = Grouping(groups=len(by_part))
    for some in by_part.values():
        members = sorted({n for a, b, *_ in some for n in (a, b)})
        if len({nodes[n].patient for n in members}) == 1 and not _may_part(members, some):
            continue
        is_contested = any(digits == _DISCORDANT for *_, digits, _ in some)
        is_contested = is_contested or parts[members[0]] in barred
        if is_contested or decided.intersection(members) or not _is_plain(members, nodes):
            found.seeds.append(members[0])
        else:
            _shift(found, members, some, nodes)
    return found


_CONCORDANT = (
    "c.birth_name = h.birth_name and c.given = h.given and c.birth_date = h.birth_date and c.sex = h.sex"
    " and (c.birth_place = h.birth_place or c.birth_place = '' or h.birth_place = '')"
)
"""Enough for `rules.compare` to find nothing to tell of two carriers of one INS."""

_BARRED = f"select a, b from edge where barrier in {tuple(sorted(KEPT_APART))}"
"""Pairs that no third identity brings together."""

_DISCORDANT = "discordant"
_TOGETHER = 9
"""A tie that proves nothing: both have one patient now, or a person decided of them."""


def _may_part(members: list[int], ties: list[Tie]) -> bool:
    """Whether those of one patient are no longer held together by any evidence."""
    held = components((a, b) for a, b, *_, rank in ties if rank != _TOGETHER)
    return len({held.get(n, n) for n in members}) > 1


def _is_plain(members: list[int], nodes: dict[int, _Node]) -> bool:
    return (
        all(nodes[n].is_plain for n in members)
        and len({nodes[n].ins for n in members if nodes[n].ins}) <= 1
    )


def _shift(
    found: Grouping,
    members: list[int],
    ties: list[Tie],
    nodes: dict[int, _Node],
) -> None:
    edges = sorted(
        (tie for tie in ties if tie[4] != _TOGETHER),
        key=lambda tie: (tie[4], -tie[2], tie[0], tie[1]),
    )
    if _may_part(members, edges):
        # Somebody leaves a patient: not a matter for many at once.
        found.seeds.append(members[0])
        return
    brought: dict[int, Tie] = {}
    for tie in edges:
        brought.setdefault(tie[0], tie)
        brought.setdefault(tie[1], tie)
    patients = Counter(nodes[n].patient for n in members)
    since = {
        patient: min(nodes[n].since for n in members if nodes[n].patient == patient)
        for patient in patients
    }
    kept = min(patients, key=lambda one: (-patients[one], since[one], one))
    to = next(n for n in members if nodes[n].patient == kept)
    for n in members:
        if nodes[n].patient != kept:
            _, _, weight, digits, rank = brought[n]
            found.shifts.append(Shift(n, to, rank, weight, digits))


def _nodes(engine: "DuckDBPyConnection") -> dict[int, _Node]:
    rows = engine.execute(
        "select n, patient::varchar, since, qualified, is_plain from feature"
        " where n in (select a from tie union select b from tie)"
    ).fetchall()
    return {n: _Node(*rest) for n, *rest in rows}


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The connected part of each number, named by its smallest."""
    above: dict[int, int] = {}

    def head(n: int) -> int:
        while (up := above.setdefault(n, n)) != n:
            above[n] = above[up]
            n = up
        return n

    for a, b in pairs:
        first, second = head(a), head(b)
        if first != second:
            above[max(first, second)] = min(first, second)
    return {n: head(n) for n in list(above)}

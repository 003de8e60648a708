"""The plan of a neighbourhood: who is together, who is doubtful, which patient each group keeps.

A pure function of what is known of the identities, so that the order in which it came changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from enrs.referentials.identity.rules.clusters import BY_INS, Edge, Key, cluster
from enrs.referentials.identity.rules.comparison import Comparison, compare
from enrs.referentials.identity.rules.statuses import DOUBTFUL, EMERGENCY, UNTRUSTED
from enrs.referentials.identity.rules.traits import Traits

LOCAL = "urn:local:"
"""Systems of the identities typed by a person of the region."""


@dataclass(frozen=True, slots=True)
class Node:
    """An identity as a plan needs it; `is_alive` unless its source merged it into another.

    `claimed_at` is when it first claimed the INS that it carries, by its source's clock; `home` the first
    patient that it ever had.
    """

    key: Key
    traits: Traits
    own_attribute: str
    patient_id: UUID
    created_at: datetime
    claimed_at: datetime
    home: UUID
    is_alive: bool = True
    is_namesake: bool = False

    @property
    def is_typed(self) -> bool:
        """Whether a person of the region typed it: no rule links it, or typing somebody's traits, then asking the
        national service for their INS, would open their record."""
        return self.key[0].startswith(LOCAL)

    @property
    def is_trusted(self) -> bool:
        """Whether rules may link it: nothing makes it doubtful or fictive where it comes from."""
        return self.is_alive and self.own_attribute not in UNTRUSTED

    @property
    def ins(self) -> str:
        """The INS by which it may be linked."""
        return self.traits.ins if self.is_trusted and self.traits.status == "qualified" else ""


@dataclass(frozen=True, slots=True)
class Contest:
    """An identity whose INS another one holds, for whom it may not be taken, or is not."""

    key: Key
    holder: Key
    comparison: Comparison
    is_apart: bool


@dataclass(slots=True)
class Plan:
    """What should be: groups, the patient of each identity (None: a new one), attributes, contests."""

    groups: list[list[Key]]
    patients: dict[Key, UUID | None]
    group_of: dict[Key, int]
    brought: dict[Key, Edge]
    attributes: dict[Key, str]
    contests: list[Contest] = field(default_factory=list)


def plan(
    nodes: Mapping[Key, Node],
    edges: Iterable[Edge],
    *,
    former_patients: Callable[[Sequence[Key]], Sequence[UUID]] = lambda _: (),
) -> Plan:
    """Group the nodes by the evidence (`edges`: decisions, merges, likenesses; those of INS are added here).

    The holder of an INS is who claimed it first by their own clock (a source before somebody's typing); who
    carries it with discordant strict traits, was parted from the holder, or was typed, is doubtful.
    `former_patients` are tried, in their order, for a group that finds no patient of its own.
    """
    held, edges = _holders(nodes), list(edges)
    contested: dict[Key, tuple[Key, Comparison]] = {}
    tested: dict[Key, tuple[Key, Comparison]] = {}
    for holder, carriers in held.items():
        for one in carriers:
            comparison = compare(nodes[one].traits, nodes[holder].traits)
            tested[one] = holder, comparison
            if comparison.may_link and not nodes[one].is_typed:
                edges.append(Edge(holder, one, BY_INS))
            else:
                contested[one] = holder, comparison
    kept = [
        edge
        for edge in edges
        if edge.rank <= BY_INS or not {edge.first, edge.second} & contested.keys()
    ]
    groups, brought = cluster(nodes, kept, {key: node.ins for key, node in nodes.items()})
    group_of = {key: index for index, group in enumerate(groups) for key in group}
    attributes = {
        key: node.own_attribute or ("homonym" if node.is_namesake else "")
        for key, node in nodes.items()
    }
    contests = []
    for one, (holder, comparison) in sorted(tested.items()):
        is_apart = group_of[one] != group_of[holder]
        if is_apart:
            attributes[one] = DOUBTFUL
        if is_apart or comparison.fields:
            contests.append(Contest(one, holder, comparison, is_apart))
    found = Plan(groups, {}, group_of, brought, attributes, contests)
    _give_patients(found, nodes, former_patients)
    return found


def _holders(nodes: Mapping[Key, Node]) -> dict[Key, list[Key]]:
    """The holder of each INS that several carry, with the other carriers."""
    by_ins: dict[str, list[Key]] = {}
    for key in sorted(nodes):
        if nodes[key].ins:
            by_ins.setdefault(nodes[key].ins, []).append(key)
    held = {}
    for carriers in by_ins.values():
        if len(carriers) < 2:
            continue
        first = min(carriers, key=lambda key: (nodes[key].is_typed, nodes[key].claimed_at, key))
        held[first] = [key for key in carriers if key != first]
    return held


def _give_patients(
    found: Plan,
    nodes: Mapping[Key, Node],
    former_patients: Callable[[Sequence[Key]], Sequence[UUID]],
) -> None:
    """Each group keeps the patient whom most of its living members have; facts then move the least."""
    wishes = []
    for index, group in enumerate(found.groups):
        for patient_id in {nodes[key].patient_id for key in group}:
            members = [nodes[key] for key in group if nodes[key].patient_id == patient_id]
            alive = [one for one in members if one.is_alive]
            trusted = [
                one for one in alive if found.attributes[one.key] not in (DOUBTFUL, EMERGENCY)
            ]
            is_away = all(one.home != patient_id for one in members)
            since = min(one.created_at for one in members)
            wishes.append(
                (-len(trusted), -len(alive), -len(members), is_away, since, patient_id, index)
            )
    patient_of: dict[int, UUID] = {}
    taken: set[UUID] = set()
    for *_, patient_id, index in sorted(wishes):
        if index not in patient_of and patient_id not in taken:
            patient_of[index] = patient_id
            taken.add(patient_id)
    for index, group in enumerate(found.groups):
        if index not in patient_of:
            back = next((one for one in former_patients(group) if one not in taken), None)
            if back is not None:
                patient_of[index] = back
                taken.add(back)
        for key in group:
            found.patients[key] = patient_of.get(index)

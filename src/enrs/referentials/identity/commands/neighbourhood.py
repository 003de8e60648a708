"""The neighbourhood of an identity: its rows and evidence read and locked, its plan carried out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from enrs.core.access.actor import Actor
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import links, store
from enrs.referentials.identity.commands.absorbing import absorb
from enrs.referentials.identity.commands.items import close_by_rule, close_pairs, open_work_item
from enrs.referentials.identity.matching.model import current
from enrs.referentials.identity.models import (
    IdentityLink,
    IdentityPair,
    RegionalIdentity,
    SourceIdentity,
    WorkItem,
)
from enrs.referentials.identity.rules.clusters import (
    BARRED,
    BY_HAND,
    BY_INS,
    BY_SCORE,
    DIFFERENT,
    KEPT_APART,
    RANKS,
    SOURCE_MERGE,
    Edge,
    Key,
)
from enrs.referentials.identity.rules.merges import effective_merges
from enrs.referentials.identity.rules.plan import Contest, Node, Plan, plan


@dataclass(frozen=True, slots=True)
class Pair:
    """What counts of a row of `identity_pair`."""

    first: UUID
    second: UUID
    weight: float
    levels: str
    decision: str
    barrier: str = ""


@dataclass(slots=True)
class Neighbourhood:
    """Identities that hang together, by key; the pairs that count; each one's claim and home.

    `tied` are those whose open link says that a likeness tied them.
    """

    identities: dict[Key, SourceIdentity] = field(default_factory=dict)
    pairs: dict[frozenset[UUID], Pair] = field(default_factory=dict)
    claims: dict[UUID, datetime] = field(default_factory=dict)
    homes: dict[UUID, UUID] = field(default_factory=dict)
    tied: set[UUID] = field(default_factory=set)

    def put(self, identity: SourceIdentity) -> None:
        """Put an identity as it now is, in place of its row."""
        self.identities[identity.system, identity.value] = identity

    def pair_of(self, one: Key, other: Key) -> Pair | None:
        """The pair of two identities, if one counts."""
        return self.pairs.get(frozenset((self.identities[one].id, self.identities[other].id)))


def read(seeds: Collection[UUID], *, actor: Actor | None = None) -> Neighbourhood:
    """Everybody whom evidence ties to some identities, their rows locked.

    The merges that count among what sources told are brought up to date on the way. An officer, who is in
    nobody's circle, is let in for the act.
    """
    around = _read(seeds, actor)
    return _read(seeds, actor) if _settle_merges(around) else around


def _settle_merges(around: Neighbourhood) -> bool:
    """Write which numbers live of those merged into one another; whether something changed."""
    keys = {one.id: key for key, one in around.identities.items()}
    told = {
        key: (keys[one.absorbed_told_into], (one.absorbed_told_at, one.absorbed_told_by))
        for key, one in around.identities.items()
        if one.absorbed_told_into in keys and one.absorbed_told_at is not None
    }
    count = effective_merges(told)
    changed = False
    for key, one in around.identities.items():
        into = around.identities[count[key]].id if key in count else None
        if one.absorbed_into_id != into:
            absorb(one, into)
            if into is not None:
                close_pairs(one.id, kept=())
            changed = True
    return changed


def _read(seeds: Collection[UUID], actor: Actor | None) -> Neighbourhood:
    around, ids = Neighbourhood(), list(seeds)
    parameters: list[Any] = [ids, current().automatic, current().version]
    with connection.cursor() as cursor:
        if actor is not None and actor.grantee_id is not None:
            cursor.execute("select patient_id from identity_neighbours(%s, %s)", parameters[:2])
            links.let_in(actor, sorted({row[0] for row in cursor.fetchall()}), ids[0])
        cursor.execute("select kind, body from identity_around(%s, %s, %s)", parameters)
        for kind, body in cursor.fetchall():
            row = store.row_of(body)
            if kind == "identity":
                around.put(store.identity_of(row))
            elif kind == "pair":
                pair = Pair(
                    UUID(row["first_id"]), UUID(row["second_id"]), row["weight"], row["levels"],
                    row["decision"], row["barrier"],
                )  # fmt: skip
                around.pairs[frozenset((pair.first, pair.second))] = pair
            elif kind == "home":
                around.homes[row["id"]] = row["patient_id"]
                if row["is_tied"]:
                    around.tied.add(row["id"])
            elif row["at"]:
                around.claims[row["id"]] = datetime.fromisoformat(row["at"])
    return around


def planned(around: Neighbourhood, extra: Iterable[Pair] = ()) -> Plan:
    """The plan of a neighbourhood; `extra` are pairs of which the database does not know yet."""
    for pair in extra:
        around.pairs[frozenset((pair.first, pair.second))] = pair
    keys = {one.id: key for key, one in around.identities.items()}
    edges: list[Edge] = []
    namesakes: set[Key] = set()
    for pair in around.pairs.values():
        if pair.first not in keys or pair.second not in keys:
            continue
        first, second = keys[pair.first], keys[pair.second]
        if pair.decision == IdentityPair.Decision.SAME:
            edges.append(Edge(first, second, BY_HAND))
        elif pair.decision:
            edges.append(Edge(first, second, DIFFERENT))
            if pair.decision == IdentityPair.Decision.NAMESAKE:
                namesakes |= {first, second}
        elif pair.barrier:
            if pair.barrier in KEPT_APART:
                edges.append(Edge(first, second, BARRED))
        elif all(_may_score(around.identities[key]) for key in (first, second)):
            edges.append(Edge(first, second, BY_SCORE, pair.weight))
    for key, one in around.identities.items():
        if one.absorbed_into_id in keys:
            edges.append(Edge(key, keys[one.absorbed_into_id], SOURCE_MERGE))
    nodes = {key: _node(around, key, is_namesake=key in namesakes) for key in around.identities}
    return plan(nodes, edges, former_patients=lambda group: _former_patients(around, group))


def _node(around: Neighbourhood, key: Key, *, is_namesake: bool) -> Node:
    one = around.identities[key]
    told_at = one.told_at or one.changed_at
    return Node(
        key, one.traits, one.standing, one.patient_id, one.created_at,
        claimed_at=min(told_at, around.claims.get(one.id, told_at)),
        home=around.homes.get(one.id, one.patient_id),
        is_alive=one.absorbed_into_id is None, is_namesake=is_namesake,
    )  # fmt: skip


def _may_score(one: SourceIdentity) -> bool:
    return one.absorbed_into_id is None and one.standing not in rules.UNTRUSTED


def _former_patients(around: Neighbourhood, group: Sequence[Key]) -> list[UUID]:
    """Patients that these identities had before and that nobody has now, the first ones first."""
    ids = [around.identities[key].id for key in group]
    seen = IdentityLink.objects.filter(identity__in=ids).order_by("at", "id")
    before = list(dict.fromkeys(seen.values_list("patient_id", flat=True)))
    empty = RegionalIdentity.objects.filter(pk__in=before).exclude(replaced_by=None)
    free = set(empty.values_list("pk", flat=True))
    return [one for one in before if one in free]


def carry_out(
    around: Neighbourhood,
    what: Plan,
    *,
    by: str,
    news: Collection[Key],
    reason: str = "",
    actor: Actor | None = None,
    refreshed: Collection[UUID] = (),
    besides: Key | None = None,
) -> None:
    """Bring the database to the plan: attributes, links with all that hangs on them, regional identities.

    `news` are the keys that this act is about. `refreshed` names patients whose regional identity must be
    computed anew although nobody moves; `besides` a number that is not written yet.
    """
    touched = set(refreshed)
    moves: list[links.Move] = []
    for key, one in around.identities.items():
        if key == besides:
            continue
        if one.attribute != what.attributes[key]:
            one.attribute = what.attributes[key]
            SourceIdentity.objects.filter(pk=one.pk).update(attribute=one.attribute)
            touched.add(one.patient_id)
        target = what.patients[key]
        if target is None:
            target = links.new_patient()
            what.patients |= dict.fromkeys(what.groups[what.group_of[key]], target)
        if target != one.patient_id:
            rule, evidence = explained(around, what, key)
            moves.append(links.Move(one, target, rule, by, reason, evidence))
    links.make(moves, refreshed=touched, actor=actor)
    renamed = {move.identity.id: move.rule == IdentityLink.Rule.SCORE for move in moves}
    if besides is not None:
        identity = around.identities[besides]
        renamed[identity.id] = _is_by_likeness(what.brought.get(besides))
    _name_again(around, what, renamed)
    if besides is None:
        moved = {(one.identity.system, one.identity.value) for one in moves}
        tell_contests(around, what, {*news, *moved}, moved=moved)


def _name_again(around: Neighbourhood, what: Plan, renamed: Mapping[UUID, bool]) -> None:
    """Have open links say whether a likeness still ties their group: a surer evidence came, or the last went.

    It decides of what a source may be told (`queries.pix`). The link stays the same one, with the rights that
    hang on it; its evidence keeps what it said before.
    """
    for group in what.groups:
        ids = {around.identities[key].id: key for key in group}
        named = [one for one in ids if renamed.get(one, one in around.tied)]
        tied = [one for one, key in ids.items() if _is_by_likeness(what.brought.get(key))]
        if bool(named) is bool(tied):
            continue
        if tied and len(tied) == len(group):
            # Both of two: the one that came last.
            tied = [max(tied, key=lambda one: (around.identities[ids[one]].created_at, one))]
        for link in IdentityLink.objects.filter(identity__in=named or tied, until=None):
            rule, evidence = explained(around, what, ids[link.identity_id])
            if len(group) == 1:
                rule, evidence = IdentityLink.Rule.NEW, {}
            said = {name: value for name, value in link.evidence.items() if name != "was"}
            was = {"rule": link.rule, "evidence": said}
            IdentityLink.objects.filter(pk=link.pk).update(
                rule=rule, evidence={**evidence, "was": was}
            )
        if named:
            # Nobody moved, yet more may be told to the sources now.
            store.tell("identity.linked", around.identities[group[0]].patient_id)


def _is_by_likeness(edge: Edge | None) -> bool:
    return edge is not None and edge.rank == BY_SCORE


def explained(around: Neighbourhood, what: Plan, key: Key) -> tuple[str, dict[str, Any]]:
    """The rule that brought an identity into its group, with its evidence."""
    edge = what.brought.get(key)
    if edge is None:
        return (IdentityLink.Rule.PARTED, {})
    evidence: dict[str, Any] = {}
    if edge.rank == BY_INS:
        differs = next((one.comparison.fields for one in what.contests if one.key == key), ())
        evidence = {"ins": True, "differs": list(differs)}
    elif edge.rank == BY_SCORE:
        pair = around.pair_of(edge.first, edge.second)
        if pair is not None:
            evidence = {"weight": pair.weight, "levels": pair.levels, "model": current().version}
    return RANKS[edge.rank], evidence


def tell_contests(
    around: Neighbourhood, what: Plan, news: Collection[Key], *, moved: Collection[Key] = ()
) -> None:
    """Open what a person must see of the contests of this act, close what is settled."""
    ids = {key: one.id for key, one in around.identities.items()}
    apart: dict[Key, dict[frozenset[UUID], str]] = {}
    for one in what.contests:
        if one.is_apart:
            for key in (one.key, one.holder):
                pair = frozenset((ids[one.key], ids[one.holder]))
                apart.setdefault(key, {})[pair] = _kind_apart(one)
    # One told for the first time waits on no list, but for those whom it contests.
    looked_at = {key for key in news if key in ids and around.identities[key].version > 1}
    for one in what.contests:
        if {one.key, one.holder} & set(news):
            looked_at |= {one.key, one.holder}
    for key in sorted(looked_at):
        close_by_rule(ids[key], contests=apart.get(key, {}))
    for one in what.contests:
        if {one.key, one.holder} & set(news):
            _tell_contest(around, one, has_moved=bool({one.key, one.holder} & set(moved)))


def _kind_apart(one: Contest) -> str:
    kinds = WorkItem.Kind
    return kinds.INS_ON_TWO_PATIENTS if one.comparison.may_link else kinds.DISCORDANT_TRAITS


def _tell_contest(around: Neighbourhood, one: Contest, *, has_moved: bool) -> None:
    holder, carrier = around.identities[one.holder], around.identities[one.key]
    pair = around.pair_of(one.holder, one.key)
    is_decided = pair is not None and bool(pair.decision)
    if not one.is_apart:
        is_told = is_decided or not one.comparison.may_link
        kind = "" if is_told else WorkItem.Kind.BIRTH_PLACE_DIFFERS
    else:
        kind = _kind_apart(one)
        is_new = has_moved and kind == WorkItem.Kind.INS_ON_TWO_PATIENTS
        kind = "" if is_decided and not is_new else kind
    if kind:
        fields = list(one.comparison.fields) or ["ins"]
        open_work_item(
            kind=kind,
            identity_ids=[holder.id, carrier.id],
            patient_ids=sorted({holder.patient_id, carrier.patient_id}),
            evidence={"fields": fields},
            sender=carrier.sender,
        )

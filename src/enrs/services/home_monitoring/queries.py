"""Reading home monitoring: protocols, teams, who may watch, the board, one follow-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import Grant
from enrs.core.access.queries import valid_denials, valid_grants
from enrs.core.access.rules import EMERGENCIES
from enrs.core.accounts.models import Position, User
from enrs.core.subjects.measures import TakenMeasure, known_measures, measures_since
from enrs.core.ui.registry import LifePosition, LifeRow
from enrs.referentials.circles import queries as circles
from enrs.referentials.identity.queries import patient_names
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp, Protocol, Reading, Team
from enrs.services.home_monitoring.rules.protocols import Content, read
from enrs.services.home_monitoring.rules.thresholds import RANKS

PAGE = 40
ORGANISATION = "organisation"
COUNTED = 100
"""Past this a state says « 100 + »: each one counted asks row security once."""
SHOWN = 60
POINTS = 120
"""Measures of one kind on a curve: the last two months of two a day; the record has them all."""


def content_of(protocol: Protocol) -> Content:
    """What a protocol says."""
    return read(protocol.content, kinds=known_measures())


def protocols() -> list[Protocol]:
    """Every number of every protocol, by title, the newest first."""
    return list(Protocol.objects.order_by("title", "code", "-number")[:200])


def in_service() -> list[Protocol]:
    """The protocols under which somebody may be begun, by title."""
    rows = Protocol.objects.filter(status=Protocol.Status.PUBLISHED)
    return list(rows.order_by("title", "code")[:100])


def protocol(protocol_id: UUID) -> Protocol | None:
    """One number of a protocol."""
    return Protocol.objects.filter(pk=protocol_id).first()


def teams() -> list[Team]:
    """The teams that watch for others, the cell first."""
    return list(Team.objects.filter(is_active=True).order_by("kind", "name", "id")[:200])


def team(team_id: UUID) -> Team | None:
    """One team."""
    return Team.objects.filter(pk=team_id).first()


def cells() -> list[Team]:
    """The region's support cells."""
    return list(Team.objects.filter(is_active=True, kind="cell").order_by("name", "id")[:10])


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who may watch: a person or an organisation; `is_delegated` for the support cell."""

    kind: str
    id: UUID
    name: str
    label: str
    is_delegated: bool = False

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.kind}:{self.id}"

    @property
    def words(self) -> str:
        """Their name and what they are."""
        return f"{self.name}, {self.label}" if self.label else self.name


def watchers(patient_id: UUID, by: Actor | None = None) -> list[Watcher]:
    """Who may watch this person: oneself, one's place, the teams of the region, the circle; each once."""
    who = by or current_actor()
    listed, circle = teams(), circles.members(patient_id)
    found = [
        Watcher(ORGANISATION, one.organisation_id, one.name, f"cellule de soutien, {one.hours}", is_delegated=True)
        for one in listed
        if one.kind == "cell"
    ]  # fmt: skip
    if who.kind == "professional" and who.grantee_id:
        found.append(Watcher("person", who.grantee_id, who.name, who.label or "moi"))
    if who.kind == "professional" and who.organisation_id:
        own = (who.organisation_id, who.organisation_name, "mon lieu d’exercice")
        found.append(Watcher(ORGANISATION, *own))
    found += [
        Watcher(ORGANISATION, one.organisation_id, one.name, f"équipe territoriale, {one.hours}")
        for one in listed
    ]
    found += [
        Watcher("person", one.practitioner_id, one.display, one.role_label)
        for one in circle.care_team
        if one.practitioner_id
    ]
    found += [
        Watcher(ORGANISATION, one.organisation_id, one.display, one.role_label)
        for one in circle.organisations
        if one.organisation_id
    ]
    kept: dict[UUID, Watcher] = {}
    for one in found:
        kept.setdefault(one.id, one)
    first = (who.grantee_id, who.organisation_id)
    return sorted(kept.values(), key=lambda one: first.index(one.id) if one.id in first else 2)


def watcher(patient_id: UUID, key: str) -> Watcher | None:
    """The one who bears this key among those who may watch this person."""
    return next((one for one in watchers(patient_id) if one.key == key), None)


@dataclass(frozen=True, slots=True)
class After:
    """A place on the board: the next page begins after it."""

    rank: int
    turn_at: datetime
    id: UUID

    @classmethod
    def parse(cls, text: str) -> "After | None":
        """The place written in an address; one that is malformed means the first page."""
        try:
            rank, turn, key = text.split("~")
            moment = datetime.fromisoformat(turn)
            if moment.tzinfo is None:
                return None
            return cls(min(max(int(rank), 0), 99), moment, UUID(key))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.rank}~{self.turn_at.isoformat()}~{self.id}"


BOARD = """
select p.id from unnest(%(grantees)s::uuid[]) g (id) cross join lateral (
  select f.id, f.rank, f.turn_at from monitoring_follow_up f
  where f.watcher_id = g.id and f.ended_at is null and f.withdrawn_at is null
    and f.rank >= %(low)s and f.rank <= %(high)s
    and (f.rank, f.turn_at, f.id) > (%(rank)s, %(turn)s, %(key)s)
  order by f.rank, f.turn_at, f.id limit %(limit)s) p
order by p.rank, p.turn_at, p.id limit %(limit)s
"""
"""A page of the board, from the index alone: what is behind it does not count."""

COUNT = """
select s.state, count(*) from unnest(%(states)s::text[], %(ranks)s::int[]) s (state, rank)
cross join unnest(%(grantees)s::uuid[]) g (id)
cross join lateral (
  select 1 from monitoring_follow_up f
  where f.watcher_id = g.id and f.ended_at is null and f.withdrawn_at is null
    and f.rank >= s.rank and f.rank <= s.rank + 1
  limit %(most)s) c
group by s.state
"""
FIRST = After(-1, datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Line:
    """A follow-up on the board, with the name of its person and whether an alert waits."""

    follow_up: FollowUp
    name: str
    is_waiting: bool


def board(
    *, state: str = "", after: After | None = None, limit: int = PAGE
) -> tuple[list[Line], After | None]:
    """One page of those whom the actor watches, themselves or through their place of work; what waits first.

    Three queries, and where the next page begins.
    """
    grantees = list(current_actor().grantees)
    low, high = (RANKS[state], RANKS[state] + 1) if state in RANKS else (0, 99)
    place = after or FIRST
    with connection.cursor() as cursor:
        cursor.execute(
            BOARD,
            {"grantees": grantees, "low": low, "high": high, "rank": place.rank,
             "turn": place.turn_at, "key": place.id, "limit": limit + 1},
        )  # fmt: skip
        ids = [row[0] for row in cursor.fetchall()]
    found = FollowUp.objects.in_bulk(ids)
    rows = [found[one] for one in ids if one in found]
    shown = rows[:limit]
    names = patient_names({one.patient_id for one in shown})
    lines = [Line(one, names.get(one.patient_id, ""), one.rank % 2 == 0) for one in shown]
    if len(rows) <= limit:
        return lines, None
    last = shown[-1]
    return lines, After(last.rank, last.turn_at, last.id)


def counts() -> dict[str, int]:
    """How many the actor watches in each state, COUNTED at most each and by grantee."""
    grantees = list(current_actor().grantees)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {"states": list(RANKS), "ranks": list(RANKS.values()), "grantees": grantees, "most": COUNTED},
        )  # fmt: skip
        return dict(cursor.fetchall())


def follow_ups(patient_id: UUID) -> list[FollowUp]:
    """The follow-ups of a person, the newest first."""
    rows = FollowUp.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return list(rows.select_related("protocol").order_by("-started_at", "-id")[:SHOWN])


def follow_up(patient_id: UUID, follow_up_id: UUID) -> FollowUp | None:
    """One follow-up of this person."""
    rows = FollowUp.objects.filter(patient_id=patient_id, pk=follow_up_id, withdrawn_at=None)
    return rows.select_related("protocol").first()


def is_watched_by(patient_id: UUID, organisation_id: UUID) -> bool:
    """Whether an open follow-up of this person is watched by an organisation, or calls it as the support cell."""
    rows = FollowUp.objects.filter(patient_id=patient_id, ended_at=None, withdrawn_at=None)
    found = list(rows.select_related("protocol"))
    if any(one.watcher_id == organisation_id for one in found):
        return True
    is_cell = any(one.organisation_id == organisation_id for one in cells())
    return is_cell and any(content_of(one.protocol).calls_cell for one in found)


def own_follow_ups() -> list[FollowUp]:
    """The open follow-ups of those for whom the actor, a person, has a space: their own first."""
    grants = valid_grants(current_actor().grantees).filter(purpose__in=("self", "proxy"))
    purposes = dict(grants.order_by("purpose").values_list("patient_id", "purpose")[:50])
    rows = FollowUp.objects.filter(
        patient_id__in=list(purposes), ended_at=None, withdrawn_at=None
    ).select_related("protocol")
    found = list(rows.order_by("-started_at", "-id")[:SHOWN])
    return sorted(found, key=lambda one: purposes[one.patient_id] != "self")


def readings(one: FollowUp, limit: int = 20) -> list[Reading]:
    """The last readings, the newest first."""
    rows = Reading.objects.filter(follow_up=one, withdrawn_at=None)
    return list(rows.order_by("-at", "-id")[:limit])


def alerts(one: FollowUp, limit: int = 20) -> list[Alert]:
    """The last alerts with their calls, the newest first."""
    rows = Alert.objects.filter(follow_up=one, withdrawn_at=None).prefetch_related("calls")
    return list(rows.order_by("-opened_at", "-id")[:limit])


def waiting(one: FollowUp) -> list[Alert]:
    """The alerts that nobody answered, at most one of each kind, the oldest first."""
    rows = Alert.objects.filter(follow_up=one, answered_at=None, withdrawn_at=None)
    return list(rows.order_by("opened_at", "id"))


def alert(one: FollowUp, alert_id: UUID) -> Alert | None:
    """One alert of this follow-up."""
    return Alert.objects.filter(follow_up=one, pk=alert_id, withdrawn_at=None).first()


def entries(one: FollowUp, limit: int = 30) -> list[Entry]:
    """The last lines of its journal, the newest first."""
    rows = Entry.objects.filter(follow_up=one, withdrawn_at=None)
    return list(rows.order_by("-at", "-id")[:limit])


def ending(one: FollowUp) -> Entry | None:
    """The line of its end."""
    rows = Entry.objects.filter(follow_up=one, kind=Entry.Kind.ENDED, withdrawn_at=None)
    return rows.order_by("-at", "-id").first()


def measures(one: FollowUp, content: Content, limit: int = POINTS) -> dict[str, list[TakenMeasure]]:
    """The record's measures of the protocol's kinds from its beginning to its end, the oldest first, by kind.

    The last `limit` of each.
    """
    found: dict[str, list[TakenMeasure]] = {kind: [] for kind in content.kinds}
    # A reading is told to the minute: one of the minute in which the follow-up began is its own.
    since = one.started_at.replace(second=0, microsecond=0)
    taken_during = measures_since(one.patient_id, content.kinds, since, limit, one.ended_at)
    for taken in taken_during:
        found[taken.kind].append(taken)
    return {kind: points[::-1] for kind, points in found.items()}


def names(patient_ids: set[UUID]) -> dict[UUID, str]:
    """The names of some people, for who may see them."""
    return patient_names(patient_ids)


def last_decisions(one: FollowUp) -> list[datetime]:
    """The last moments at which something was read, answered, or written in a follow-up."""
    found = (
        Reading.objects.filter(follow_up=one, withdrawn_at=None).aggregate(at=Max("at")),
        Alert.objects.filter(follow_up=one).aggregate(at=Max("answered_at")),
        Entry.objects.filter(follow_up=one).aggregate(at=Max("at")),
    )
    return [row["at"] for row in found if row["at"]]


def users_of_person(patient_id: UUID) -> set[UUID]:
    """The accounts of the person and of those who stand for them."""
    now = timezone.now()
    held = Grant.objects.filter(
        patient_id=patient_id,
        purpose__in=("self", "proxy"),
        valid_from__lte=now,
        valid_until__gt=now,
    ).values_list("grantee_id", flat=True)
    people = User.objects.filter(is_active=True, grantee_id__in=list(held))
    return set(people.values_list("id", flat=True))


def grantees(patient_id: UUID) -> set[UUID]:
    """The professionals who hold a right on this person now, an emergency's left out."""
    now = timezone.now()
    held = Grant.objects.filter(
        patient_id=patient_id, valid_from__lte=now, valid_until__gt=now, level__gte=2
    ).exclude(purpose__in=(*EMERGENCIES, "self", "proxy"))
    return set(held.values_list("grantee_id", flat=True))


def who_may_open(patient_id: UUID, users: set[UUID]) -> set[UUID]:
    """Those of some accounts who hold a right on this person, themselves or through a place of work.

    Whoever left the circle, or is opposed, could not open what they would be called for.
    """
    now = timezone.now()
    people = User.objects.filter(pk__in=users).values_list("id", "grantee_id")
    held: dict[UUID, set[UUID | None]] = {user: {grantee} for user, grantee in people}
    places = Position.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), user_id__in=users
    ).values_list("user_id", "organisation_id")
    for user, place in places:
        held[user].add(place)
    grantees = {one for found in held.values() for one in found if one}
    grants = Grant.objects.filter(
        patient_id=patient_id, grantee_id__in=grantees, valid_from__lte=now, valid_until__gt=now
    )
    denials = valid_denials(now=now).filter(patient_id=patient_id, grantee_id__in=grantees)
    granted = set(grants.values_list("grantee_id", flat=True))
    denied = set(denials.values_list("grantee_id", flat=True))
    return {user for user, found in held.items() if found & granted and not found & denied}


def life_rows(
    patient_id: UUID, _role: str, before: LifePosition | None, limit: int
) -> Sequence[LifeRow]:
    """Follow-ups on the life line, at their beginning."""
    rows: Any = FollowUp.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if before:
        rows = rows.filter(started_at__lte=before.at).exclude(
            started_at=before.at, id__gte=before.id
        )
    return [
        LifeRow(
            one.id, one.started_at, f"Surveillance à domicile : {one.title}", one.reason[:240],
            one.starter_name, state="terminée" if one.ended_at else "en cours",
            tone="neutre" if one.ended_at else "action",
        )
        for one in rows.order_by("-started_at", "-id")[:limit]
    ]  # fmt: skip

"""Searching the offer: what is typed, filters, distance, zone of intervention, open now, free places.

One narrow table, `offer_search`: tokens and words by GIN, places by a box of degrees, hours and ages as
filters of what is left. Nothing here is about a patient.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.moments import holiday_name
from enrs.referentials.directory.rules import name_key
from enrs.referentials.geography import queries as geography
from enrs.referentials.geography import rules as geography_rules
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries.vocabulary import themes, vocabulary
from enrs.referentials.offer.registry import free_places
from enrs.referentials.offer.rules import hours, searching

PAGE = 25
MOST_ON_MAP = 200
RINGS_KM = (5, 25)
"""Without a distance, the nearest are looked for around first: a page is seldom farther than the second ring."""
LIKE_WORDS = 20
SIMILAR = 0.5
"""Likeness of trigrams past which a word of the offer is what was meant."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to measure from."""

    label: str
    latitude: float
    longitude: float
    commune_code: str = ""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked. `tokens` must all be borne, and one of `any_tokens`; `age` in months; `open_at` an aware
    moment."""

    text: str = ""
    theme: str = ""
    tokens: tuple[str, ...] = ()
    any_tokens: tuple[str, ...] = ()
    age: int | None = None
    open_at: datetime | None = None
    has_free_places: bool = False
    place: Place | None = None
    kilometres: float = 0
    after: tuple[str, UUID] | None = None
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Hit:
    """One offer found: its distance in metres, and its free places when somebody knows them.

    `comes`: its zone of intervention holds the commune of the place.
    """

    service: HealthcareService
    metres: int | None
    free_count: int | None
    free_at: datetime | None
    comes: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A page of offers, how slips were read, and where the next page begins."""

    hits: Sequence[Hit]
    terms: Sequence[searching.Term] = ()
    after: tuple[str, UUID] | None = None


@dataclass
class Statement:
    """Conditions and their values, in order."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def where(self, condition: str, *values: Any) -> None:
        """One more condition."""
        self.conditions.append(condition)
        self.values += values


def search(criteria: Criteria) -> Found:
    """The offers that answer, the nearest first when there is a place, else by name; one page."""
    asked = understand(criteria.text)
    zone = zone_tokens(criteria.place.commune_code if criteria.place else "")
    rows = _nearest(criteria, asked, zone)
    shown = rows[: criteria.size]
    services = HealthcareService.objects.select_related("site").defer("site__search", "draft")
    known = services.in_bulk([row[0] for row in shown])
    hits = [
        Hit(known[key], None if where in (None, math.inf) else round(where), free, at, comes)
        for key, where, _, free, at, comes in shown
        if key in known
    ]
    after = None
    if len(rows) > criteria.size:
        key, where, sort_key, *_ = shown[-1]
        after = (str(where) if criteria.place else sort_key, key)
    return Found(hits, asked, after)


def understand(text: str) -> list[searching.Term]:
    """What is typed as terms; a word that nothing bears is read as the nearest that something does."""
    phrases = vocabulary().phrases
    asked = searching.terms(name_key(text).lower(), phrases)
    bare = [one.text for one in asked if not one.tokens]
    if not bare:
        return asked
    known = _known(bare)
    return [one if one.tokens or one.text in known else _mended(one, phrases) for one in asked]


def _known(words: Sequence[str]) -> set[str]:
    """Those that some offer bears, or that begin a word of one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select w from unnest(%s::text[]) w where exists (select from offer_word where text ^@ w)",
            [list(words)],
        )
        return {row[0] for row in cursor.fetchall()}


def _mended(term: searching.Term, phrases: dict[str, tuple[str, ...]]) -> searching.Term:
    single = [one for one in phrases if " " not in one]
    meant = searching.nearest(term.text, single)
    if meant:
        return searching.Term(term.text, phrases[meant], (meant,), meant)
    with connection.cursor() as cursor:
        cursor.execute(
            "select text, similarity(text, %s) as likeness from offer_word where text %% %s "
            "order by likeness desc, text limit %s",
            [term.text, term.text, LIKE_WORDS],
        )
        found = cursor.fetchall()
    most = searching.slips_allowed(term.text)
    slips = {text: searching.distance(term.text, text, most) for text, _ in found}
    near = [text for text, likeness in found if slips[text] <= most or likeness >= SIMILAR]
    near = sorted(near, key=lambda text: slips[text])[:3]
    if not near:
        return term
    return searching.Term(term.text, (), tuple(near), near[0])


def zone_tokens(commune_code: str) -> list[str]:
    """The tokens of a zone that holds a commune: its own code, and the city's for an arrondissement."""
    if not commune_code:
        return []
    code = geography_rules.normalised_code(commune_code)
    return [f"zone:{one}" for one in {commune_code, code, geography.city_of(code)} if one]


def _nearest(
    criteria: Criteria, asked: Sequence[searching.Term], zone: Sequence[str]
) -> list[tuple[Any, ...]]:
    """`_run`, by wider and wider rings when there is a place and no distance: a full page ends it.

    A ring takes nobody from beyond it, whatever their zone: a page would else show them before who is
    nearer, in the next ring.
    """
    if criteria.place and not criteria.kilometres:
        for ring in RINGS_KM:
            rows = _run(replace(criteria, kilometres=ring), asked, zone, is_ring=True)
            if len(rows) > criteria.size:
                return rows
    return _run(criteria, asked, zone)


def _run(
    criteria: Criteria,
    asked: Sequence[searching.Term],
    zone: Sequence[str],
    *,
    is_ring: bool = False,
) -> list[tuple[Any, ...]]:
    """(id, metres, sort key, free count, known at, whether they come), one more than a page."""
    statement = Statement()
    for term in asked:
        _ask(statement, term)
    _bear(statement, criteria)
    if criteria.age is not None:
        statement.where("%s between s.age_from and s.age_to", criteria.age)
    if criteria.open_at:
        _open(statement, criteria.open_at)
    source = free_places()
    join = free = ""
    if source:
        join = f"left join ({source.sql}) f on f.service_id = s.service_id"
        free = "f.free_count, f.known_at"
        if criteria.has_free_places:
            statement.where("f.free_count > 0")
    distance, distance_values = _distance(criteria.place)
    parts: list[str] = []
    values: list[Any] = []
    for branch in _branches(criteria, [] if is_ring else zone):
        where = " and ".join([*statement.conditions, *branch.conditions]) or "true"
        parts.append(
            f"select s.service_id, {distance} as metres, s.sort_key, "
            f"{free or 'null::integer, null::timestamptz'}, s.tokens && %s::text[] as comes "
            f"from offer_search s {join} where {where}"
        )
        values += [*distance_values, list(zone), *statement.values, *branch.values]
    inner = " union all ".join(parts)
    outer, order = ["true"], "q.sort_key, q.service_id"
    if criteria.place:
        order = "q.metres, q.service_id"
        if criteria.kilometres:
            outer.append("(q.metres <= %s" + ("" if is_ring else " or q.comes") + ")")
            values.append(criteria.kilometres * 1000)
    if criteria.after:
        name = "q.metres" if criteria.place else "q.sort_key"
        outer.append(f"({name}, q.service_id) > (%s, %s)")
        last = float(criteria.after[0]) if criteria.place else criteria.after[0]
        values += [last, criteria.after[1]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select * from ({inner}) q where {' and '.join(outer)} order by {order} limit %s",
            [*values, criteria.size + 1],
        )
        return list(cursor.fetchall())


def _bear(statement: Statement, criteria: Criteria) -> None:
    """The tokens of the theme, of the filters, and any of those that are asked together."""
    theme = themes().get(criteria.theme)
    for tokens in (theme.tokens if theme else (), criteria.any_tokens):
        if tokens:
            statement.where("s.tokens && %s::text[]", list(tokens))
    if criteria.tokens:
        statement.where("s.tokens @> %s::text[]", list(criteria.tokens))


def _ask(statement: Statement, term: searching.Term) -> None:
    words = " | ".join(f"{word}:*" for word in term.words)
    if term.tokens and words:
        statement.where(
            "(s.tokens && %s::text[] or s.words @@ to_tsquery('simple', %s))",
            list(term.tokens), words,
        )  # fmt: skip
    elif term.tokens:
        statement.where("s.tokens && %s::text[]", list(term.tokens))
    else:
        statement.where("s.words @@ to_tsquery('simple', %s)", words)


def _open(statement: Statement, at: datetime) -> None:
    """The same as `rules.openings.is_open_at`."""
    local = timezone.localtime(at)
    usual = "(s.is_always_open or s.minutes @> %s::integer)"
    if is_holiday(local):
        usual = "(s.is_always_open or s.is_open_on_holidays and s.minutes @> %s::integer)"
    day, moment = local.date(), local.replace(tzinfo=None)
    # Without an exceptional opening both columns are null, which is neither true nor false.
    statement.where(
        f"({usual} and not s.closed_days @> %s::date and (s.special_days @> %s::date) is not true"
        " or (s.special_times @> %s::timestamp) is true)",
        hours.minute_of(local), day, day, moment,
    )  # fmt: skip


def is_holiday(local: datetime) -> bool:
    """Whether a moment of the wall clock falls on a public holiday of the region."""
    return bool(holiday_name(local.date()))


HAVERSINE = (
    f"(2 * {searching.EARTH_METRES} * asin(least(1, sqrt("
    "power(sin(radians(s.latitude - %s) / 2), 2) + cos(radians(%s)) * cos(radians(s.latitude)) "
    "* power(sin(radians(s.longitude - %s) / 2), 2)))))"
)


def _distance(place: Place | None) -> tuple[str, list[Any]]:
    """The expression of the distance and its values; who has no point comes after everybody."""
    if place is None:
        return "null::float8", []
    # A null does not go through `least`, which would answer half of the Earth.
    where = f"case when s.latitude is null then 'infinity'::float8 else {HAVERSINE} end"
    return where, [place.latitude, place.latitude, place.longitude]


def _branches(criteria: Criteria, zone: Sequence[str]) -> list[Statement]:
    """Who is around the place, then who comes from farther to its commune.

    Two selects rather than an « or »: each keeps its own index (the box of the place, the GIN index of the
    tokens), and the second, which finds few, costs next to nothing beside the first.
    """
    place = criteria.place
    if place is None:
        return [Statement()]
    around = Statement()
    inside = "s.latitude is not null"
    corners: list[float] = []
    if criteria.kilometres:
        box = searching.box(place.latitude, place.longitude, criteria.kilometres)
        inside = "s.latitude between %s and %s and s.longitude between %s and %s"
        corners = [box.south, box.north, box.west, box.east]
    around.where(inside, *corners)
    if not zone:
        return [around]
    coming = Statement()
    coming.where("s.tokens && %s::text[]", list(zone))
    coming.where(f"({inside}) is not true", *corners)
    return [around, coming]


PLACES = """
select min(city), avg(latitude), avg(longitude), commune_code
from (select city, latitude, longitude, commune_code from directory_organisation
    where {condition} and latitude is not null limit 400) o
group by commune_code order by count(*) desc, commune_code limit 1
"""


def place_named(text: str) -> Place | None:
    """A commune by its name or postal code, at the middle of the structures that the directory has there.

    One without a structure stands where the official geographic code has its town: homes are everywhere.
    """
    compact = text.replace(" ", "")
    if compact.isdecimal() and len(compact) == 5:
        tries = [("postal_code = %s", compact)]
    elif key := name_key(text):
        tries = [("city_key = %s", key), ("city_key like %s", f"{key}%")]
    else:
        return None
    for condition, value in tries:
        with connection.cursor() as cursor:
            cursor.execute(PLACES.format(condition=condition), [value])
            row = cursor.fetchone()
        if row:
            return Place(row[0], row[1], row[2], row[3])
    return _town(text, compact)


def _town(text: str, compact: str) -> Place | None:
    """The same from the geography; a name that only looks alike would measure from elsewhere, and is left."""
    key = name_key(text)
    for one in geography.search(text, size=3):
        town = one.commune
        is_asked = compact in town.postal_codes or (key and name_key(town.name).startswith(key))
        if is_asked and town.latitude is not None and town.longitude is not None:
            return Place(town.name, town.latitude, town.longitude, town.code)
    return None

"""The region's beds: totals by département and kind, places on the map, units; one statement."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from enrs.services.beds import tables

PAGE = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for; empty values ask for everything."""

    department: str = ""
    kinds: tuple[str, ...] = ()
    age: str = ""
    assignment: str = ""
    is_free: bool = False
    scope: str = "ours"
    """`ours`, `neighbours` or `all`."""
    after: tuple[str, UUID] | None = None


@dataclass(slots=True)
class Total:
    """Free beds of some units: those whose figures are fresh, and how many units are old."""

    units: int = 0
    free: int = 0
    fresh: int = 0
    operational: int = 0
    old: int = 0

    def add(self, one: "Total") -> None:
        """Count these too."""
        for name in ("units", "free", "fresh", "operational", "old"):
            setattr(self, name, getattr(self, name) + getattr(one, name))


@dataclass(frozen=True, slots=True)
class Place:
    """Units that stand close together on the map."""

    latitude: float
    longitude: float
    name: str
    units: int
    free: int
    old: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of the list."""

    id: UUID
    name: str
    site: str
    kind: tables.UnitKind
    department: str
    city: str
    region: str
    word: str
    free: int
    held: int
    occupied: int
    operational: int
    measured_at: datetime | None
    source: str
    state: str
    sort_key: str


@dataclass(slots=True)
class Region:
    """The page: totals by (département, kind), their sums, places, units and whether more follow."""

    totals: dict[tuple[str, str], Total] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    units: list[UnitRow] = field(default_factory=list)
    has_more: bool = False

    def of(self, *, department: str = "", kind: str = "") -> Total:
        """The sum of a département, of a kind, or of all."""
        found = Total()
        for (where, what), one in self.totals.items():
            if department in ("", where) and kind in ("", what):
                found.add(one)
        return found

    @property
    def departments(self) -> list[str]:
        return sorted({where for where, _ in self.totals})

    @property
    def kinds(self) -> list[tables.UnitKind]:
        shown = {what for _, what in self.totals}
        return [one for one in tables.unit_kinds().values() if one.code in shown]


SQL = """
with limits (kind, hours) as (select * from unnest(%(kinds)s::text[], %(hours)s::int[])),
shown as materialized (
    select u.id, u.name, u.site_name, u.kind, u.department, u.city, u.region, u.word, u.sort_key,
        u.latitude, u.longitude, l.hours,
        sum(greatest(c.available - c.held, 0))::int as free, sum(c.held + c.reserved)::int as held,
        sum(c.occupied)::int as occupied, sum(c.installed + c.additional - c.closed)::int as operational,
        min(c.measured_at) as measured_at, min(c.source) as source
    from beds_unit u
    join limits l on l.kind = u.kind
    join beds_capacity c on c.unit_id = u.id
    where u.is_active
        and (%(scope)s = 'all' or (u.region = '') = (%(scope)s = 'ours'))
        and (%(department)s = '' or u.department = %(department)s)
        and (%(age)s = '' or c.age in (%(age)s, 'any'))
        and (%(assignment)s = '' or c.assignment = %(assignment)s)
    group by u.id, l.hours
),
aged as materialized (
    select *, coalesce(measured_at >= now() - make_interval(hours => hours), false) as is_fresh from shown
    where not %(is_free)s or free > 0
)
select
    (select json_agg(t) from (
        select department, kind, count(*) as units, sum(free) as free,
            coalesce(sum(free) filter (where is_fresh), 0) as fresh, sum(operational) as operational,
            count(*) filter (where not is_fresh) as old
        from aged group by department, kind
    ) t),
    (select json_agg(t) from (
        select avg(latitude) as latitude, avg(longitude) as longitude, min(city) as name, count(*) as units,
            sum(free) as free, count(*) filter (where not is_fresh) as old
        from aged where latitude is not null and longitude is not null
        group by round(latitude::numeric, 1), round(longitude::numeric, 1)
    ) t),
    (select json_agg(t) from (
        select id, name, site_name, kind, department, city, region, word, sort_key, free, held, occupied,
            operational, measured_at, source, is_fresh, hours,
            coalesce(measured_at < now() - make_interval(hours => 2 * hours), false) as is_silent
        from aged where (%(key)s::text is null or (sort_key, id) > (%(key)s, %(id)s::uuid))
        order by sort_key, id limit %(limit)s
    ) t)
"""
"""Totals, places of the map and a page of the list, from the same materialised rows: the two narrow tables are
joined and grouped once."""


def region(asked: Asked, *, limit: int = PAGE) -> Region:
    """The page of the region, one statement."""
    totals, places, units = _rows(asked, limit + 1)
    found = Region(has_more=len(units) > limit)
    for one in totals:
        place = one.pop("department"), one.pop("kind")
        found.totals[place] = Total(**one)
    found.places = [Place(**one) for one in places]
    found.units = [_unit(one) for one in units[:limit]]
    return found


def every_unit(asked: Asked) -> Iterator[UnitRow]:
    """All the units of a choice, for a file."""
    for one in _rows(asked, 100_000)[2]:
        yield _unit(one)


def _rows(asked: Asked, limit: int) -> list[list[dict[str, Any]]]:
    known = tables.unit_kinds()
    kinds = [code for code in asked.kinds if code in known] or list(known)
    values: dict[str, Any] = {
        "kinds": kinds, "hours": [known[code].stale_hours for code in kinds], "scope": asked.scope,
        "department": asked.department, "age": asked.age, "assignment": asked.assignment,
        "is_free": asked.is_free, "key": asked.after[0] if asked.after else None,
        "id": asked.after[1] if asked.after else None, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SQL, values)
        return [part or [] for part in cursor.fetchone()]


def _unit(one: dict[str, Any]) -> UnitRow:
    measured = datetime.fromisoformat(one["measured_at"]) if one["measured_at"] else None
    state = "silent" if one["is_silent"] else "old"
    if measured is None or one["is_fresh"]:
        state = "fresh" if measured else "never"
    return UnitRow(
        UUID(one["id"]), one["name"], one["site_name"], tables.unit_kinds()[one["kind"]],
        one["department"], one["city"], one["region"], one["word"], one["free"], one["held"],
        one["occupied"], one["operational"], measured, one["source"], state, one["sort_key"],
    )  # fmt: skip

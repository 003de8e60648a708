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
    old: int = 0

    def add(self, one: "Total") -> None:
        """Count these too."""
        for name in ("units", "free", "fresh", "old"):
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


TOLD = """join lateral (
    select sum(greatest(available - held, 0))::int as free, min(measured_at) as measured_at
    from beds_capacity where unit_id = u.id {rows} having count(*) > 0
) c on true"""
SQL = """
with limits (kind, fresh_since, silent_since) as (
    select kind, now() - hours * interval '1 hour', now() - 2 * hours * interval '1 hour'
    from unnest(%(kinds)s::text[], %(hours)s::int[]) t (kind, hours)
),
aged as materialized (
    select u.id, u.kind, u.department, u.city, u.sort_key, u.latitude, u.longitude, {free} as free,
        {at} as measured_at, coalesce({at} >= l.fresh_since, false) as is_fresh,
        coalesce({at} < l.silent_since, false) as is_silent
    from beds_unit u join limits l on l.kind = u.kind {join}
    where u.is_active
        and (%(scope)s = 'all' or (u.region = '') = (%(scope)s = 'ours'))
        and (%(department)s = '' or u.department = %(department)s)
        and (not %(is_free)s or {free} > 0)
)
select
    (select json_agg(t) from (
        select department, kind, count(*) as units, sum(free) as free,
            coalesce(sum(free) filter (where is_fresh), 0) as fresh, count(*) filter (where not is_fresh) as old
        from aged group by department, kind
    ) t),
    (select json_agg(t) from (
        select avg(latitude) as latitude, avg(longitude) as longitude, min(city) as name, count(*) as units,
            sum(free) as free, count(*) filter (where not is_fresh) as old
        from aged where latitude is not null and longitude is not null
        group by (latitude * 10)::int, (longitude * 10)::int
    ) t),
    (select json_agg(t order by t.sort_key, t.id) from (
        select p.id, u.name, u.site_name, p.kind, p.department, p.city, u.region, u.word, p.sort_key, p.free,
            p.measured_at, p.is_fresh, p.is_silent, c.*
        from (
            select * from aged where (%(key)s::text is null or (sort_key, id) > (%(key)s, %(id)s::uuid))
            order by sort_key, id limit %(limit)s
        ) p
        join beds_unit u on u.id = p.id
        cross join lateral (
            select coalesce(sum(held + reserved), 0)::int as held, coalesce(sum(occupied), 0)::int as occupied,
                coalesce(sum(installed + additional - closed), 0)::int as operational,
                coalesce(min(source), '') as source
            from beds_capacity where unit_id = p.id {rows}
        ) c
    ) t)
"""
"""Totals, places of the map and a page of the list, from the same materialised rows. A unit keeps its free beds and
since when (`commands.count_free`): its figures are read only for the units of the page, or when a choice of age
or of assignment asks for some of them."""

ROWS = " and (%(age)s = '' or age in (%(age)s, 'any')) and (%(assignment)s = '' or assignment = %(assignment)s)"


def _statement(asked: Asked) -> str:
    if asked.age or asked.assignment:
        return SQL.format(free="c.free", at="c.measured_at", join=TOLD.format(rows=ROWS), rows=ROWS)
    return SQL.format(free="u.free_count", at="u.known_at", join="", rows="")


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
        cursor.execute(_statement(asked), values)
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

"""Loading communes, areas and contours: set-based, idempotent, in one transaction.

A load that is killed leaves what was there; what a complete file no longer has is closed, never deleted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.formats.geography import contours
from enrs.formats.geography.packages import Places, read_package
from enrs.referentials.geography import rules
from enrs.referentials.geography.models import Source

Cursor = Any
SOURCES = {
    "communes": ("Découpage administratif", "INSEE, DGCL et La Poste, par Etalab", "Licence Ouverte 2.0"),
    "towns": ("Coordonnées des communes", "GeoNames", "CC BY 4.0"),
    "cantons": ("Code officiel géographique, cantons", "INSEE", "Licence Ouverte 2.0"),
    "contours": ("Contours officiels", "Fichier fourni par l’exploitation (IGN)", "celle du fichier"),
}  # fmt: skip
CLOSES_AT_MOST = 0.2


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its key, the SQL definition of what a file gives, and which of its rows a file may close."""

    name: str
    keys: tuple[str, ...]
    columns: str
    closes: str = ""

    @property
    def names(self) -> list[str]:
        return [one.split()[0] for one in self.columns.split(", ")]


COMMUNES = Table(
    "geography_commune", ("code",),
    "code varchar, name varchar, name_key varchar, department varchar, region varchar, epci varchar, ept varchar, "
    "parent varchar, siren varchar, population integer, latitude float8, longitude float8, position varchar, "
    "postal_codes jsonb",
    closes="t.department = any (%s)",
)  # fmt: skip
FORMERS = Table(
    "geography_former_commune", ("code", "commune"),
    "code varchar, name varchar, name_key varchar, kind varchar, commune varchar",
)  # fmt: skip
AREAS = Table(
    "geography_area", ("level", "code"),
    "level varchar, code varchar, name varchar, kind varchar, region varchar, population integer",
)  # fmt: skip
EMPTY = {COMMUNES.name: {"canton": "''"}}
"""What a column that no file gives begins with."""


@dataclass(slots=True)
class Report:
    """What a load did, in numbers; `is_kept` when too many communes were missing to close them."""

    communes: int = 0
    added: int = 0
    changed: int = 0
    closed: int = 0
    skipped: int = 0
    is_kept: bool = False


def load_geography(
    files: Mapping[str, bytes], *, departments: Collection[str] = (), version: str = ""
) -> Report:
    """Load the files of the administrative package and of the towns (see `formats.geography.packages`).

    With `departments`, theirs alone. Raises PackageError, and changes nothing.
    """
    places = read_package(files, name_key=rules.name_key, departments=departments)
    report = Report(communes=len(places.communes))
    with act(), connection.cursor() as cursor:
        begin(cursor)
        _load_places(cursor, places, report)
        tell("communes", len(places.communes), version)
        if "towns" in files:
            tell("towns", sum(one.position == "town" for one in places.communes), "")
        note("geography.loaded", object_kind="geography", details={"communes": report.communes})
        emit("geography.loaded", payload={"kind": "geography"})
    return report


def _load_places(cursor: Cursor, places: Places, report: Report) -> None:
    rows: Iterable[tuple[Any, ...]] = (
        (
            one.code, one.name, rules.name_key(one.name), one.department, one.region, one.epci, one.ept,
            one.parent, one.siren, one.population, one.latitude, one.longitude, one.position,
            Jsonb(list(one.postal_codes)),
        )
        for one in places.communes
    )  # fmt: skip
    merge(cursor, COMMUNES, rows, report)
    _close(cursor, {one.department for one in places.communes}, report)
    others = Report()
    named = (
        (one.code, one.name, rules.name_key(one.name), one.kind, one.commune)
        for one in {(one.code, one.commune): one for one in places.formers}.values()
    )
    merge(cursor, FORMERS, named, others)
    merge(cursor, AREAS, (astuple(one) for one in places.areas), others)


def begin(cursor: Cursor) -> None:
    """One load of geography at a time, as long as it takes."""
    cursor.execute(
        "set local statement_timeout = 0; select pg_advisory_xact_lock(hashtextextended('geography', 0))"
    )


def merge(cursor: Cursor, table: Table, rows: Iterable[Sequence[Any]], report: Report) -> None:
    """Bring the rows of a table to what a file gives, which stays in `coming` until the transaction ends."""
    names, keys = ", ".join(table.names), table.keys
    cursor.execute("drop table if exists coming")
    cursor.execute(f"create temp table coming ({table.columns}, row_hash varchar) on commit drop")
    with cursor.copy(f"copy coming ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    told = ", ".join(f"coalesce({one}::text, chr(30))" for one in table.names)
    cursor.execute(f"update coming set row_hash = md5(concat_ws(chr(31), {told}))")
    cursor.execute(f"create index on coming ({', '.join(keys)}); analyze coming")
    same = " and ".join(f"n.{key} = t.{key}" for key in keys)
    others = [one for one in table.names if one not in keys]
    settings = ", ".join(f"{one} = n.{one}" for one in (*others, "row_hash"))
    opened = ", valid_until = null" if table is COMMUNES else ""
    again = " or t.valid_until is not null" if table is COMMUNES else ""
    cursor.execute(
        f"update {table.name} t set {settings}{opened} from coming n where {same} "
        f"and (t.row_hash <> n.row_hash{again})"
    )
    report.changed += cursor.rowcount
    extra = EMPTY.get(table.name, {})
    columns = ", ".join((*table.names, "row_hash", *extra))
    values = ", ".join((*(f"n.{one}" for one in (*table.names, "row_hash")), *extra.values()))
    cursor.execute(
        f"insert into {table.name} ({columns}) select {values} from coming n "
        f"where not exists (select from {table.name} t where {same})"
    )
    report.added += cursor.rowcount


def _close(cursor: Cursor, departments: set[str], report: Report) -> None:
    """Close the communes of these departments that the file no longer has, unless they are too many."""
    missing = (
        f"{COMMUNES.closes} and t.valid_until is null "
        "and not exists (select from coming n where n.code = t.code)"
    )
    cursor.execute(
        f"select count(*) filter (where {missing}), count(*) from geography_commune t "
        "where t.department = any (%s) and t.valid_until is null",
        [sorted(departments), sorted(departments)],
    )
    absent, known = cursor.fetchone()
    if absent > known * CLOSES_AT_MOST:
        report.is_kept = True
        return
    cursor.execute(
        f"update geography_commune t set valid_until = %s where {missing}",
        [timezone.localdate(), sorted(departments)],
    )
    report.closed = cursor.rowcount


def load_contours(content: bytes) -> Report:
    """Load the contours of communes or departments from a GeoJSON file, simplified; the same place is replaced.

    Raises ContourError, and changes nothing.
    """
    report = Report()
    with act(), connection.cursor() as cursor:
        begin(cursor)
        cursor.execute("drop table if exists coming")
        cursor.execute(
            "create temp table coming (kind varchar, code varchar, polygons jsonb, west float8, south float8, "
            "east float8, north float8) on commit drop"
        )
        with cursor.copy("copy coming from stdin") as copy:
            for one in contours.read_contours(content):
                if isinstance(one, contours.Skipped):
                    report.skipped += 1
                    continue
                copy.write_row((one.kind, one.code, Jsonb(one.polygons), *one.box))
        cursor.execute(
            "insert into geography_contour (kind, code, polygons, west, south, east, north) "
            "select distinct on (kind, code) * from coming order by kind, code "
            "on conflict (kind, code) do update set polygons = excluded.polygons, west = excluded.west, "
            "south = excluded.south, east = excluded.east, north = excluded.north"
        )
        report.added = cursor.rowcount
        tell("contours", report.added, "")
        note(
            "geography.contours.loaded", object_kind="geography", details={"contours": report.added}
        )
    return report


def tell(key: str, count: int, version: str) -> None:
    """Note whose the file was, for the page of sources."""
    title, publisher, licence = SOURCES[key]
    Source.objects.update_or_create(
        key=key,
        defaults={
            "title": title, "publisher": publisher, "licence": licence, "version": version, "count": count,
            "loaded_at": timezone.now(),
        },
    )  # fmt: skip

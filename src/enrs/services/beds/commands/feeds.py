"""Figures that software sends: a patch, a file, the watched folder; what is refused waits to be tried again."""

import hashlib
import shutil
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.directory.rules import name_key
from enrs.referentials.offer.commands import publish_locations
from enrs.services.beds import lines, rules, tables
from enrs.services.beds.commands.shared import (
    BedsRefusedError,
    count_free,
    demand_entry,
    figures_of,
    hint,
    locked,
    now,
    store,
    tell,
)
from enrs.services.beds.lines import Line, LineError
from enrs.services.beds.models import Capacity, FeedFile, Reading, RefusedLine, Unit
from enrs.services.beds.queries import site

Key = tuple[object, ...]
STILL_WRITTEN_SECONDS = 2
FILES_A_ROUND = 5
HINTED = 50


def receive_figures(*, unit: Unit, told: Sequence[rules.Told], source: str) -> list[Reading]:
    """Figures of one unit as its software sends them, all or none; older ones go to the history alone.

    Raises:
        AccessRefusedError: neither of the unit's site, nor the operator.
        BedsRefusedError: `undated`, `zone`, `future`, `number`, `sum`, `closed`.
    """
    if current_actor().role != "operator":
        demand_entry(unit)
    if not unit.is_active:
        raise BedsRefusedError("closed")
    with act():
        rows = _rows([(unit, one) for one in told])
        made = [_apply(rows[unit.pk, *one.kind.values()], one, source) for one in told]
        tell([unit], "figures.received", details={"source": source, "count": len(made)})
    return made


def _rows(pairs: Sequence[tuple[Unit, rules.Told]]) -> dict[Key, Capacity]:
    """The rows of figures that a feed speaks of, all locked at once, by unit and kind; a new kind is opened."""
    wanted = {(unit.pk, *told.kind.values()): (unit, told.kind) for unit, told in pairs}
    units = {unit.pk for unit, _ in pairs}
    known = {_key(one): one.pk for one in Capacity.objects.filter(unit__in=units)}
    fresh = [
        Capacity(id=uuid7(), unit=unit, moments=[None] * 6, sources=[""] * 6, **kind)
        for key, (unit, kind) in wanted.items()
        if key not in known
    ]
    if fresh:
        Capacity.objects.bulk_create(fresh, ignore_conflicts=True)
        known = {_key(one): one.pk for one in Capacity.objects.filter(unit__in=units)}
    held = locked(known[key] for key in wanted)
    return {_key(one): one for one in held.values()}


def _key(row: Capacity) -> Key:
    return row.unit_id, row.type, row.age, row.sex, row.assignment, row.crisis


def _apply(row: Capacity, told: rules.Told, source: str) -> Reading:
    fault = rules.fault_of_moment(told.at, now())
    if fault or told.at is None:
        raise BedsRefusedError(fault, row)
    merged = rules.merge(figures_of(row), row.moments, told.given, told.at)
    return store(
        row, act="received" if merged.applied else "late", figures=merged.figures,
        moments=merged.moments, changed=merged.applied, at=told.at, source=source, told=dict(told.given),
    )  # fmt: skip


def receive_file(*, name: str, content: bytes, is_neighbour: bool = False) -> FeedFile:
    """A file of figures: what can be taken is, each line that cannot is kept with its reason.

    Raises:
        AccessRefusedError: nobody of a site that enters figures, nor the operator.
        BedsRefusedError: `empty`, `headings`, `long`, or `twice` for the very same file.
    """
    by = current_actor()
    is_trusted = by.kind == "system" or by.role == "operator"
    has_site = by.role in rules.ENTRY_ROLES and by.organisation_id is not None
    if not is_trusted and (is_neighbour or not has_site):
        raise AccessRefusedError("profession")
    try:
        given = lines.read_lines(content)
    except LineError as error:
        raise BedsRefusedError(str(error)) from error
    file = FeedFile(
        id=uuid7(), name=name[:200].replace("\x00", ""), digest=hashlib.sha256(content).hexdigest(),
        is_neighbour=is_neighbour, by_name=by.name,
        site_id=None if is_trusted else by.organisation_id,
    )  # fmt: skip
    with act():
        if _was_read(file.digest):
            raise BedsRefusedError("twice")
        file.save(force_insert=True)
        _read(file, given)
        file.save()
        note("beds.file.received", object_kind="beds_file", object_id=file.pk, details={
            "applied": file.applied_count, "late": file.late_count, "refused": file.refused_count,
        })  # fmt: skip
    return file


def _was_read(digest: str) -> bool:
    """Whether the very same file came within a day."""
    since = now() - timedelta(days=1)
    return FeedFile.objects.filter(digest=digest, received_at__gte=since).exists()


def _read(file: FeedFile, given: Sequence[Line]) -> None:
    """Take the lines, the rows of their figures locked beforehand, and count what became of each."""
    found: list[tuple[Line, Unit, rules.Told]] = []
    refused: list[tuple[Line, str]] = []
    for line in given:
        try:
            unit = _unit(file, line.cells)
            found.append((line, unit, _told(unit, line.cells)))
        except LineError as error:
            refused.append((line, str(error)))
    units = {unit.pk: unit for _, unit, _ in found}
    rows = _rows([(unit, told) for _, unit, told in found])
    for line, unit, told in found:
        try:
            made = _apply(rows[unit.pk, *told.kind.values()], told, Capacity.Source.CSV)
        except BedsRefusedError as error:
            refused.append((line, error.reason))
            continue
        file.applied_count += made.act == "received"
        file.late_count += made.act == "late"
    file.refused_count = len(refused)
    RefusedLine.objects.bulk_create(
        RefusedLine(id=uuid7(), file=file, number=line.number, cells=line.cells, reason=reason)
        for line, reason in refused
    )
    count_free(units)
    publish_locations([one.service_id for one in units.values() if one.service_id])
    hint(sorted(units)[:HINTED], [one.site_id for one in units.values()])


def _unit(file: FeedFile, cells: dict[str, str]) -> Unit:
    """The unit that a line names; a neighbour's is made when it is new.

    Raises:
        LineError: `unit` for one that is unknown, `site` for one of another site.
    """
    if file.is_neighbour:
        return _neighbour(cells)
    rows = Unit.objects.filter(
        site_finess=cells.get("finess", ""), code=cells.get("code", ""), is_active=True, region=""
    )
    unit = rows.exclude(code="").first()
    if unit is None:
        raise LineError("unit")
    if file.site_id is not None and unit.site_id != file.site_id:
        raise LineError("site")
    return unit


def _told(unit: Unit, cells: dict[str, str]) -> rules.Told:
    """What a line says; without an age, of the one that the unit counts."""
    told = lines.told_by(cells)
    return told if cells.get("age") else site.at_known_age(unit, told)


def _neighbour(cells: dict[str, str]) -> Unit:
    wanted = ("region", "finess", "code", "etablissement", "unite", "type_unite")
    if not all(cells.get(name) for name in wanted):
        raise LineError("unit")
    if cells["type_unite"] not in tables.unit_kinds():
        raise LineError("kind")
    finess, code = cells["finess"][:9], cells["code"][:40]
    known = Unit.objects.filter(site_finess=finess, code=code).first()
    if known is not None and not known.region:
        raise LineError("site")
    latitude, longitude = lines.position_of(cells)
    unit = known or Unit(id=uuid7(), site_finess=finess, code=code)
    unit.region, unit.site_name, unit.name = (
        cells["region"][:100],
        cells["etablissement"],
        cells["unite"],
    )
    unit.kind, unit.department = cells["type_unite"], cells.get("departement", "")[:3]
    unit.city, unit.latitude, unit.longitude = cells.get("commune", "")[:100], latitude, longitude
    unit.sort_key = name_key(f"{unit.site_name} {unit.name}")[:120]
    unit.save(force_insert=known is None)
    return unit


def replay_line(*, line: RefusedLine) -> RefusedLine:
    """Try a refused line again, once its cause is mended.

    Raises:
        AccessRefusedError: neither of the site that sent the file, nor the operator.
        BedsRefusedError: why it is still refused, or `ended` when it was taken already.
    """
    by = current_actor()
    is_own = line.file.site_id is not None and line.file.site_id == by.organisation_id
    is_own &= by.role in rules.ENTRY_ROLES
    if by.kind != "system" and by.role != "operator" and not is_own:
        raise AccessRefusedError("profession")
    with act():
        held = RefusedLine.objects.select_for_update(of=("self",)).select_related("file")
        row = held.get(pk=line.pk)
        if row.state != RefusedLine.State.WAITING:
            raise BedsRefusedError("ended", row)
        try:
            unit = _unit(row.file, row.cells)
            told = _told(unit, row.cells)
        except LineError as error:
            raise BedsRefusedError(str(error), row) from error
        rows = _rows([(unit, told)])
        _apply(rows[unit.pk, *told.kind.values()], told, Capacity.Source.CSV)
        row.state, row.settled_at, row.settled_by = RefusedLine.State.REPLAYED, now(), by.name
        row.save(update_fields=["state", "settled_at", "settled_by"])
        tell([unit], "line.replayed", details={"line": str(row.pk)})
    return row


def _folder() -> Path:
    """Where software leaves its files of figures; those of neighbour regions are named `voisins…`."""
    return Path(settings.DATA_DIR) / "lits"


def read_folder() -> bool:
    """Read what waits in the watched folder; a file leaves for `lus` once its figures are committed.

    Killed between the two, the same file is known by its content and only leaves. One whose headings are
    not read leaves for `refuses`. True when more is waiting.
    """
    place = _folder()
    if not place.is_dir():
        return False
    ready = [
        one
        for one in sorted(place.glob("*.csv"))
        if time.time() - one.stat().st_mtime > STILL_WRITTEN_SECONDS
    ]
    for path in ready[:FILES_A_ROUND]:
        content, end = path.read_bytes()[: lines.MOST_BYTES + 1], "lus"
        try:
            if len(content) > lines.MOST_BYTES:
                raise BedsRefusedError("long")
            receive_file(
                name=path.name, content=content, is_neighbour=path.name.startswith("voisins")
            )
        except BedsRefusedError as error:
            end = "lus" if error.reason == "twice" else "refuses"
        transaction.on_commit(partial(_leave, path, end))
    return len(ready) > FILES_A_ROUND


def _leave(path: Path, end: str) -> None:
    target = path.parent / end
    target.mkdir(exist_ok=True)
    shutil.move(path, target / f"{int(time.time())}-{path.name}")

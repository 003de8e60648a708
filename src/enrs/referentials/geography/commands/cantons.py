"""Loading cantons: which there are, and the canton of each commune from a day to another."""

from datetime import date
from typing import Any

from django.db import connection

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.formats.geography.cantons import CantonFileError, read_cantons
from enrs.referentials.geography import queries, rules
from enrs.referentials.geography.commands.load import (
    AREAS,
    CLOSES_AT_MOST,
    Report,
    begin,
    merge,
    tell,
)
from enrs.referentials.geography.models import CantonCommune, Commune

Cursor = Any


def load_cantons(*, cantons: bytes, communes: bytes, on: date) -> Report:
    """Load the two files of the official code that hold on the day `on`, for the départements that are loaded.

    Of the report, `communes` are those that have a canton, `changed` those that pass to another, `skipped` those
    that have none. Raises CantonFileError, and changes nothing: unreadable, older than what is known, or without
    a fifth of the communes that had a canton.
    """
    given = read_cantons(cantons=cantons, communes=communes)
    with act(), connection.cursor() as cursor:
        begin(cursor)
        latest = CantonCommune.objects.order_by("-valid_from").values_list("valid_from", flat=True)
        newest = latest.first()
        if newest and on < newest:
            raise CantonFileError(f"Un découpage plus récent ({newest.year}) est déjà chargé.")
        departments = sorted(set(Commune.objects.values_list("department", flat=True)))
        rows = [one for one in given.rows if rules.department_of(one.code) in departments]
        if not departments:
            raise CantonFileError("Chargez d'abord les communes (enrs load geography).")
        report = Report()
        merge(
            cursor,
            AREAS,
            (("canton", one.code, one.name, one.composition, one.region, None) for one in rows),
            Report(),
        )
        _close_areas(cursor, departments, on)
        _follow(cursor, _present(given.of_communes), on, report)
        tell("cantons", len(rows), str(on.year))
        note("geography.cantons.loaded", object_kind="geography", details={"cantons": len(rows)})
        emit("geography.loaded", payload={"kind": "geography"})
    return report


def _present(of_communes: dict[str, str]) -> dict[str, str]:
    """By the present code; a commune made of some of several cantons has none."""
    present = queries.present_codes(list(of_communes))
    found: dict[str, str] = {}
    for code, canton in of_communes.items():
        now = present.get(code)
        if now:
            found[now] = canton if found.get(now, canton) == canton else ""
    return found


def _close_areas(cursor: Cursor, departments: list[str], on: date) -> None:
    """Those that the file does not have are closed, those that came back open. `coming` is of the merge."""
    own = "t.level = 'canton' and exists (select from coming n where n.code = t.code)"
    gone = (
        "t.level = 'canton' and t.valid_until is null "
        "and not exists (select from coming n where n.code = t.code)"
    )
    cursor.execute(f"update geography_area t set valid_until = null where {own}")
    cursor.execute(
        f"update geography_area t set valid_until = %s where {gone} and "
        "left(t.code, case when t.code ~ '^9[78]' then 3 else 2 end) = any (%s)",
        [on, departments],
    )


def _follow(cursor: Cursor, cantons: dict[str, str], on: date, report: Report) -> None:
    cursor.execute("drop table if exists canton_coming")
    cursor.execute(
        "create temp table canton_coming (commune varchar, canton varchar) on commit drop"
    )
    with cursor.copy("copy canton_coming from stdin") as copy:
        for pair in cantons.items():
            copy.write_row(pair)
    cursor.execute(
        "select count(*), count(*) filter (where not exists (select from canton_coming n where n.commune = t.commune)) "
        "from geography_canton_commune t where t.valid_until is null"
    )
    known, missing = cursor.fetchone()
    if missing > known * CLOSES_AT_MOST:
        raise CantonFileError("v_commune : trop de communes manquent dans ce fichier.")
    cursor.execute(
        "update geography_canton_commune t set canton = n.canton from canton_coming n where n.commune = t.commune "
        "and t.valid_until is null and t.valid_from = %s and n.canton <> '' and n.canton <> t.canton",
        [on],
    )
    report.changed = cursor.rowcount
    cursor.execute(
        "update geography_canton_commune t set valid_until = %s from canton_coming n where n.commune = t.commune "
        "and t.valid_until is null and t.valid_from < %s and n.canton <> t.canton",
        [on, on],
    )
    report.changed += cursor.rowcount
    cursor.execute(
        "insert into geography_canton_commune (commune, canton, valid_from) "
        "select n.commune, n.canton, %s from canton_coming n where n.canton <> '' and not exists (select from "
        "geography_canton_commune t where t.commune = n.commune and t.valid_until is null)",
        [on],
    )
    report.added = cursor.rowcount
    cursor.execute(
        "update geography_commune t set canton = n.canton from canton_coming n where n.commune = t.code "
        "and t.canton <> n.canton"
    )
    report.communes = sum(bool(canton) for canton in cantons.values())
    report.skipped = len(cantons) - report.communes

"""What the batch pass reads: the features of the region in a file, those that miss made first."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from psycopg import sql as sql_of

from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.engine import Tell, silent
from enrs.referentials.identity.matching.features import FEATURE_FIELDS, LOCAL
from enrs.referentials.identity.rules import TRAIT_FIELDS, UNTRUSTED, Traits

AT_ONCE: Final = 20_000
STANDING: Final = "coalesce(nullif(s.marked, ''), s.own_attribute)"
"""`SourceIdentity.standing`."""

EXPORT: Final = f"""
  select f.identity_id, {", ".join(f"f.{name}" for name in FEATURE_FIELDS)},
    array_to_string(f.keys, ' '), s.patient_id, extract(epoch from s.created_at),
    case when s.status = 'qualified' and {STANDING} not in {UNTRUSTED} then s.ins else '' end,
    {STANDING} = s.attribute and {STANDING} not in {UNTRUSTED}
      and s.absorbed_into_id is null and not starts_with(s.system, '{LOCAL}')
      and not exists (select from source_identity a where a.absorbed_into_id = s.id)
      and not exists (select from identity_link l where l.identity_id = s.id and l.until is not null)
  from identity_feature f join source_identity s on s.id = f.identity_id
"""
"""Features and keys; patient, age, the INS by which a rule may link, whether nothing singular is known of it: who
was moved before may have another home than its patient, and is settled as a message would."""


def fill_features(tell: Tell = silent) -> int:
    """Make the features of the living identities that have none; returns how many were made."""
    columns = ["identity_id", *FEATURE_FIELDS, "keys"]
    made = 0
    while found := _without_features():
        # Made before the copy begins: a place of birth may be asked of the database on the way.
        rows = [_feature(row) for row in found]
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy(f"copy identity_feature ({', '.join(columns)}) from stdin") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        made += len(rows)
        tell(f"  {made} identités préparées")
    if made:
        with connection.cursor() as cursor:
            cursor.execute("analyze identity_feature")
    return made


def _without_features() -> Sequence[tuple[Any, ...]]:
    traits = ", ".join(f"s.{name}" for name in TRAIT_FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select s.id, {STANDING}, s.system, {traits} from source_identity s"
            " where s.absorbed_into_id is null"
            " and not exists (select from identity_feature f where f.identity_id = s.id) limit %s",
            [AT_ONCE],
        )
        return cursor.fetchall()


def _feature(row: Sequence[Any]) -> list[Any]:
    identity_id, attribute, system, *values = row
    features, keys = online.prepared(
        Traits(**dict(zip(TRAIT_FIELDS, values, strict=True))), attribute=attribute, system=system
    )
    return [identity_id, *(getattr(features, name) for name in FEATURE_FIELDS), keys]


def export(path: Path) -> None:
    """Write the features of the region to a CSV file, as `engine.read_features` reads it."""
    with path.open("wb") as file:
        for block in copied_out(EXPORT):
            file.write(block)


def copied_out(query: str) -> Iterator[bytes]:
    """The answer of a query as CSV, block by block."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            sql_of.SQL("copy ({}) to stdout (format csv)").format(sql_of.SQL(query))
        ) as copy,
    ):
        for block in copy:
            yield bytes(block)

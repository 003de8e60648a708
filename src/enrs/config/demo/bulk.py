"""Bulk writing of new rows by COPY: what a seed needs that a command does one at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter

from django.db import connection
from django.db.models import Model

from enrs.core.demo import copy_values
from enrs.core.fhir.commands import Publication

RESOURCE_COLUMNS = (
    "type", "id", "version", "patient_id", "category", "marks", "body", "updated_at", "is_current",
    "is_deleted",
)  # fmt: skip
KEY_COLUMNS = ("type", "param", "value", "id", "patient_id")


def relax() -> None:
    """Let commits of this connection not wait for the disk: a seeding cut short is made anew."""
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")


def copy_rows(rows: Sequence[Model]) -> None:
    """Write unsaved rows of one model as they stand, without asking each field: the stories are many."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.generated]
    stamped = [field.attname for field in fields if getattr(field, "auto_now_add", False)]
    now = datetime.now(UTC)
    for row in rows:
        for name in stamped:
            if getattr(row, name) is None:
                setattr(row, name, now)
    values = attrgetter(*(field.attname for field in fields))
    copy_values(meta.db_table, [str(field.column) for field in fields], map(values, rows))


def copy_publications(publications: Sequence[Publication]) -> None:
    """Write first versions of resources and their keys, as `insert_resources` writes them."""
    now = datetime.now(UTC)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    copy_values(
        "fhir_resource",
        RESOURCE_COLUMNS,
        (
            (
                one.type, one.id, 1, one.patient_id, one.category, one.marks, body(one, stamp), now,
                True, one.is_deleted,
            )
            for one in publications
        ),
    )  # fmt: skip
    copy_values(
        "fhir_key",
        KEY_COLUMNS,
        (
            (one.type, name, value, one.id, one.patient_id)
            for one in publications
            if not one.is_deleted
            for name, value in one.keys
        ),
    )


def body(one: Publication, stamp: str) -> str:
    """The text of a first version, byte for byte as the database formats it."""
    profile = f',"profile":{one.profile}' if one.profile else ""
    comma = "" if one.rest == "}" else ","
    return (
        f'{{"resourceType":"{one.type}","id":"{one.id}","meta":{{"versionId":"1",'
        f'"lastUpdated":"{stamp}"{profile}}}{comma}{one.rest}'
    )

"""Publishing resources, in the transaction of the act that changes them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from enrs.core.effects import defer

MASKED_FROM_PROFESSIONALS, HIDDEN_FROM_PATIENT, HIDDEN_FROM_PROXIES = 1, 2, 4


_collected: ContextVar["list[Publication] | None"] = ContextVar("publications", default=None)


@dataclass(frozen=True, slots=True)
class Publication:
    """A resource ready to be written: `rest` is its JSON after `id` and `meta`."""

    type: str
    id: UUID
    patient_id: UUID | None
    category: str
    marks: int
    rest: str
    profile: str
    keys: tuple[tuple[str, str], ...]
    is_deleted: bool


def publication(
    resource: dict[str, Any],
    *,
    patient_id: UUID | None,
    category: str,
    keys: Iterable[tuple[str, str]] = (),
    marks: int = 0,
    is_deleted: bool = False,
) -> Publication:
    """What `publish` hands on; bulk loads give lists of it to `insert_resources` themselves."""
    tree = dict(resource)
    kind, identifier = tree.pop("resourceType"), UUID(str(tree.pop("id")))
    profile = tree.pop("meta", {}).get("profile", [])
    return Publication(
        type=kind,
        id=identifier,
        patient_id=patient_id,
        category=category,
        marks=marks,
        rest=orjson.dumps(tree).decode()[1:],
        profile=orjson.dumps(profile).decode() if profile else "",
        keys=tuple(dict.fromkeys((name, value[:300]) for name, value in keys)),
        is_deleted=is_deleted,
    )


def publish(
    resource: dict[str, Any],
    *,
    patient_id: UUID | None,
    category: str,
    keys: Iterable[tuple[str, str]] = (),
    marks: int = 0,
    is_deleted: bool = False,
) -> None:
    """Publish the current state of a FHIR R4 resource.

    `resource` is its JSON tree with `resourceType` and `id` (a UUID); `meta.profile` is kept, version
    and date are written by the database. `keys` are (search parameter, value) pairs: tokens as
    `system|code` and `|code`-less `code`, dates as ISO text, references as `Type/id`.
    """
    given = publication(
        resource,
        patient_id=patient_id,
        category=category,
        keys=keys,
        marks=marks,
        is_deleted=is_deleted,
    )
    collected = _collected.get()
    if collected is None:
        defer(insert_resources, given)
    else:
        collected.append(given)


@contextmanager
def collecting() -> Iterator[list[Publication]]:
    """Collect what `publish` is given inside the block, instead of writing it (`enrs fhir rebuild`)."""
    collected: list[Publication] = []
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


COLUMNS = ("type", "id", "patient_id", "category", "marks", "rest", "profile", "is_deleted")
PUBLISH = "select fhir_publish(%s::json, %s::json, %s, %s)"


def insert_resources(publications: Sequence[Publication]) -> None:
    """Write publications in one statement; the last of several for one resource wins."""
    given = list({(one.type, one.id): one for one in publications}.values())
    now = datetime.now(UTC)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    resources = [{name: getattr(one, name) for name in COLUMNS} for one in given]
    keys = [
        {
            "type": one.type,
            "param": name,
            "value": value,
            "id": one.id,
            "patient_id": one.patient_id,
        }
        for one in given
        if not one.is_deleted
        for name, value in one.keys
    ]
    values: list[Any] = [orjson.dumps(resources).decode(), orjson.dumps(keys).decode(), stamp, now]
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH, values)

"""Publishing resources, in the transaction of the act that changes them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from enrs.core import prepared
from enrs.core.effects import defer

MASKED_FROM_PROFESSIONALS, HIDDEN_FROM_PATIENT, HIDDEN_FROM_PROXIES = 1, 2, 4


_watched: ContextVar["dict[tuple[str, UUID], Written] | None"] = ContextVar("watched", default=None)
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


@dataclass(frozen=True, slots=True)
class Written:
    """What a publication became, but for its version, which the database alone knows."""

    publication: Publication
    updated_at: datetime

    def body(self, version: int) -> str:
        """The text that `fhir_publish` keeps for this version."""
        one = self.publication
        profile = f',"profile":{one.profile}' if one.profile else ""
        head = f'{{"resourceType":"{one.type}","id":"{one.id}","meta":{{"versionId":"{version}"'
        rest = one.rest if one.rest == "}" else f",{one.rest}"
        return f'{head},"lastUpdated":"{_stamp(self.updated_at)}"{profile}}}{rest}'


@contextmanager
def watching() -> Iterator[dict[tuple[str, UUID], Written]]:
    """What is published inside the block, by (type, id), when the acts in it end."""
    watched: dict[tuple[str, UUID], Written] = {}
    token = _watched.set(watched)
    try:
        yield watched
    finally:
        _watched.reset(token)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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


PUBLISH = (
    "select fhir_publish(%b::text[], %b::uuid[], %b::uuid[], %b::text[], %b::integer[], %b::text[], %b::text[],"
    " %b::boolean[], %b::integer[], %b::text[], %b::text[], %b::text, %b::timestamptz)"
)
"""Binary arrays: quoted, each document would be read twice by the server."""
PUBLISH_ONE = (
    "select fhir_publish(array[%b::text], array[%b::uuid], array[%b::uuid], array[%b::text], array[%b::integer],"
    " array[%b::text], array[%b::text], array[%b::boolean], %b::integer[], %b::text[], %b::text[], %b::text,"
    " %b::timestamptz)"
)
"""The same for one resource: the server makes its short arrays faster than we do."""


def _columns(one: Publication) -> tuple[Any, ...]:
    who = (one.type, one.id, one.patient_id)
    return (*who, one.category, one.marks, one.rest, one.profile, one.is_deleted)


def insert_resources(publications: Sequence[Publication]) -> None:
    """Write publications in one statement; the last of several for one resource wins."""
    given = list({(one.type, one.id): one for one in publications}.values())
    now = datetime.now(UTC)
    keys = [
        (place, name, value)
        for place, one in enumerate(given, 1)
        if not one.is_deleted
        for name, value in one.keys
    ]
    named = [[place for place, _, _ in keys], [n for _, n, _ in keys], [v for _, _, v in keys]]
    columns = [_columns(one) for one in given]
    if len(given) == 1:
        prepared.execute(PUBLISH_ONE, [*columns[0], *named, _stamp(now), now])
    else:
        lists = map(list, zip(*columns, strict=True))
        prepared.execute(PUBLISH, [*lists, *named, _stamp(now), now])
    watched = _watched.get()
    if watched is not None:
        watched |= {(one.type, one.id): Written(one, now) for one in given}


REBIND = "select type, id from fhir_rebind(%b::uuid, %b::uuid, %b::uuid[], %b::text[], %b::text, %b::timestamptz)"


def rebind(
    *,
    source: UUID,
    target: UUID,
    ids: Collection[UUID] | None = None,
    besides: Collection[str] = (),
) -> int:
    """Publish anew under the patient `target` what is published under `source`; returns how many went.

    All of it, or the resources of these `ids`; never the types in `besides`. It is written at once, in one
    statement, as `publish` would have written each: what names the one patient names the other, one version
    more, the former versions with it. What the act published before and that waits still must be written
    first (`effects.write_waiting`).
    """
    now = datetime.now(UTC)
    chosen = None if ids is None else list(ids)
    values = [source, target, chosen, list(besides), _stamp(now), now]
    rows = prepared.fetch_all(REBIND, values)
    watched = _watched.get() or {}
    for kind, identifier in rows:
        if former := watched.get((kind, identifier)):
            text = former.publication.rest.replace(f"Patient/{source}", f"Patient/{target}")
            moved = replace(former.publication, patient_id=target, rest=text)
            watched[kind, identifier] = Written(moved, now)
    return len(rows)

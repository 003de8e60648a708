"""The names of people and places of the published directory, for references that a resource gives."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson

from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.prepared import fetch_all

NAMES = """
select r.type, r.id, r.body from fhir_resource r
join unnest(%s::text[], %s::uuid[]) n(type, id) on r.type = n.type and r.id = n.id
where r.is_current and not r.is_deleted and r.patient_id is null
"""
KINDS = ("Practitioner", "Organization")


def directory_names(references: Collection[str]) -> dict[str, str]:
    """The name of each `Practitioner/<uuid>` or `Organization/<uuid>` that is active; one query, none for nothing."""
    wanted = [
        (kind, known) for text in references if (kind := kind_of(text)) and (known := key_of(text))
    ]
    if not wanted:
        return {}
    rows = fetch_all(NAMES, [[kind for kind, _ in wanted], [known for _, known in wanted]])
    trees = {f"{kind}/{key}": orjson.loads(body) for kind, key, body in rows}
    return {text: _name(tree) for text, tree in trees.items() if tree.get("active", True)}


def kind_of(reference: str) -> str:
    """`Practitioner` or `Organization` for a reference to one of them, else empty."""
    kind = reference.partition("/")[0]
    return kind if kind in KINDS else ""


def key_of(reference: str) -> UUID | None:
    """The UUID that a literal reference names."""
    known = read_uuid(reference.rpartition("/")[2])
    return UUID(known) if known else None


def _name(tree: dict[str, Any]) -> str:
    if tree["resourceType"] == "Organization":
        return str(tree.get("name", ""))
    name: dict[str, Any] = next(iter(tree.get("name", ())), {})
    parts = [*name.get("prefix", ()), *name.get("given", ()), name.get("family", "")]
    return name.get("text") or " ".join(one for one in parts if one)

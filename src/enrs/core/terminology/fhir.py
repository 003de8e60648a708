"""Nomenclatures as FHIR R4 CodeSystem, ValueSet and ConceptMap, with their search keys."""

from itertools import groupby
from typing import Any

from enrs.core.fhir.commands import Publication, publication
from enrs.core.fhir.rules.requests import search_text
from enrs.core.terminology.models import CodeSystem, ConceptMap, Nomenclature, ValueSet

Tree = dict[str, Any]
Keys = list[tuple[str, str]]

MOST_CONCEPTS = 5_000
"""A code system of more codes is published without them (`not-present`): `$lookup` and `$expand` give them."""
MOST_MEMBERS = 10_000
"""A value set of more codes is published without its definition: `$expand` gives it page by page."""
URI = "urn:ietf:rfc:3986"


def system_publication(row: CodeSystem) -> Publication:
    """A CodeSystem. `content` says honestly how much is known of it."""
    tree = _heading(row, "CodeSystem")
    is_listed = row.count <= MOST_CONCEPTS
    known = "complete" if row.is_complete else "fragment"
    tree |= {
        "caseSensitive": True,
        "content": known if is_listed else "not-present",
        "count": row.count,
    }
    if is_listed and row.count:
        rows = row.concepts.filter(closed_at=None).order_by("rank", "code")
        tree["concept"] = [
            _concept(*one) for one in rows.values_list("code", "display", "definition")
        ]
    return _public(tree, _keys(row))


def _concept(code: str, display: str, definition: str) -> Tree:
    tree: Tree = {"code": code, "display": display}
    if definition:
        tree["definition"] = definition
    return tree


def value_set_publication(row: ValueSet) -> Publication:
    """A ValueSet, with the codes that it lists."""
    tree = _heading(row, "ValueSet")
    keys = _keys(row)
    if row.whole_system:
        tree["compose"] = {"include": [{"system": row.whole_system.url}]}
        keys.append(("reference", row.whole_system.url))
    elif 0 < row.count <= MOST_MEMBERS:
        members = row.members.filter(closed_at=None).order_by("rank", "code")
        rows = members.values_list("system__url", "code", "display")
        parts = [
            {
                "system": system,
                "concept": [{"code": code, "display": words} for _, code, words in run],
            }
            for system, run in groupby(rows, key=lambda one: one[0])
        ]
        tree["compose"] = {"include": parts}
        keys += [("reference", str(one["system"])) for one in parts]
    return _public(tree, keys)


def map_publication(row: ConceptMap) -> Publication:
    """A ConceptMap, a group for each pair of systems."""
    tree = _heading(row, "ConceptMap")
    for end, url in (("sourceUri", row.source_url), ("targetUri", row.target_url)):
        if url:
            tree[end] = url
    keys = _keys(row)
    keys += [("source", row.source_url)] * bool(row.source_url)
    keys += [("target", row.target_url)] * bool(row.target_url)
    groups: dict[tuple[str, str], dict[str, list[Tree]]] = {}
    for one in row.mappings.filter(closed_at=None).order_by("rank", "id"):
        elements = groups.setdefault((one.source_system, one.target_system), {})
        target: Tree = {"equivalence": one.equivalence}
        if one.target_code:
            target |= {"code": one.target_code}
        if one.target_display:
            target |= {"display": one.target_display}
        elements.setdefault(one.source_code, []).append(target)
    tree["group"] = [
        {"source": source}
        | ({"target": target} if target else {})
        | {"element": [{"code": code, "target": targets} for code, targets in elements.items()]}
        for (source, target), elements in groups.items()
    ]
    return _public(tree, keys)


def _heading(row: Nomenclature, kind: str) -> Tree:
    tree: Tree = {"resourceType": kind, "id": str(row.id), "url": row.url, "language": "fr"}
    if row.oid:
        identifier = {"system": URI, "value": f"urn:oid:{row.oid}"}
        tree["identifier"] = identifier if kind == "ConceptMap" else [identifier]
    for name in ("version", "name", "title", "publisher", "description"):
        if text := getattr(row, name):
            tree[name] = text
    tree["status"] = row.status
    tree["experimental"] = False
    if row.revised_on:
        tree["date"] = row.revised_on.isoformat()
    return tree


def _keys(row: Nomenclature) -> Keys:
    keys = [("url", row.url), ("status", row.status)]
    keys += [("name", search_text(row.name))] * bool(row.name)
    keys += [("title", search_text(row.title))] * bool(row.title)
    keys += [("version", row.version)] * bool(row.version)
    if row.oid:
        value = f"urn:oid:{row.oid}"
        keys += [("identifier", value), ("identifier", f"{URI}|{value}")]
    moment = row.revised_on or row.loaded_at.date()
    return [*keys, ("date", f"{moment.isoformat()}T00:00:00Z")]


def _public(tree: Tree, keys: Keys) -> Publication:
    return publication(tree, patient_id=None, category="", keys=keys)

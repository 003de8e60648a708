"""Small published nomenclatures, invented."""

from collections.abc import Sequence
from typing import Any

import orjson

from enrs.core.terminology.commands import load_terminology, publish_pending
from enrs.core.terminology.models import Load

SYSTEM, SET, TABLE = "urn:essai:organes", "urn:essai:jeu", "urn:essai:table"
ORGANES = {"COE": "Cœur", "FOI": "Foie", "REI": "Rein droit", "PEA": "Peau d'été"}


def code_system(codes: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    given = ORGANES if codes is None else codes
    return {
        "resourceType": "CodeSystem", "url": SYSTEM, "status": "active", "content": "complete",
        "name": "Organes", "title": "Organes d'essai", "version": "1",
        "concept": [{"code": code, "display": words} for code, words in given.items()],
    } | fields  # fmt: skip


def value_set(codes: Sequence[str] = ("COE", "REI"), **fields: Any) -> dict[str, Any]:
    include = {"system": SYSTEM, "concept": [{"code": one} for one in codes]}
    return {
        "resourceType": "ValueSet", "url": SET, "status": "active", "version": "1", "title": "Jeu d'essai",
        "compose": {"include": [include]},
    } | fields  # fmt: skip


def concept_map(*lines: tuple[str, str, str]) -> dict[str, Any]:
    elements = [
        {"code": one, "target": [{"code": other, "equivalence": word}]}
        for one, other, word in lines
    ]
    return {
        "resourceType": "ConceptMap", "url": TABLE, "status": "active", "title": "Table d'essai",
        "group": [{"source": SYSTEM, "target": "urn:essai:regions", "element": elements}],
    }  # fmt: skip


def load(tree: dict[str, Any] | bytes, **options: Any) -> Load:
    """Load one resource, and publish what it changed."""
    content = tree if isinstance(tree, bytes) else orjson.dumps(tree)
    (done,) = load_terminology(content, file_name="essai.json", **options)
    publish_pending()
    return done

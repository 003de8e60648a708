"""Reading the JSON of a request: strict where the usual readers are kind (FHIR R4, json; RFC 8259, 4 and 8)."""

import json
import re
from typing import Any

import orjson

JSON_TYPES = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})

MEGABYTE = 1024 * 1024
MOST_BYTES = 2 * MEGABYTE
MOST_BYTES_WITH_DOCUMENT = 70 * MEGABYTE
"""A document of 50 MB in base 64, with what describes it."""
WITH_DOCUMENT = frozenset({"DocumentReference", "Bundle"})

SHORT = 256 * 1024
"""A body below this size is read by the strict reader when the count of its names is in doubt."""
SPACED = re.compile(rb'"\s+:')
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?', re.DOTALL)


class BodyError(ValueError):
    """A body that is not one JSON object that every reader understands alike; the message is French."""


def most_bytes(kind: str) -> int:
    """The size that a body of this type may have."""
    return MOST_BYTES_WITH_DOCUMENT if kind in WITH_DOCUMENT else MOST_BYTES


def read_body(body: bytes) -> dict[str, Any]:
    """The object in a JSON body.

    Raises BodyError on what is no JSON (NaN and Infinity are not), on a name given twice (readers
    differ on which counts), on depth, on a lone surrogate or bytes that are not UTF-8.
    """
    if not body.strip():
        raise BodyError("Le corps de la demande est vide.")
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyError(f"Le corps n'est pas du JSON valable (caractère {error.pos}).") from error
    if type(tree) is not dict:
        raise BodyError("Un objet JSON est attendu.")
    _check_names(body, tree)
    return tree


def is_same(resource: dict[str, Any], body: str) -> bool:
    """Whether a resource says what a published one says, `meta` apart (the server alone writes it)."""
    kept = orjson.loads(body)
    return {**resource, "meta": None} == {**kept, "meta": None}


def _check_names(body: bytes, tree: dict[str, Any]) -> None:
    """Refuse a name given twice in one object: the reader kept the last, so fewer are left than written."""
    if body.count(b'":') == _names(tree) and SPACED.search(body) is None:
        # No name stands off its colon, so none was written that is not counted here.
        return
    if len(body) <= SHORT:
        try:
            json.loads(body, object_pairs_hook=_unique)
        except RecursionError as error:
            raise BodyError("Le corps est trop imbriqué.") from error
        return
    written = sum(1 for found in STRING.finditer(body) if found[1])
    if written != _names(tree):
        raise BodyError("Un nom est donné deux fois dans le même objet.")


def _unique(pairs: list[tuple[str, Any]]) -> bool:
    if len(pairs) > 1 and len({name for name, _ in pairs}) != len(pairs):
        raise BodyError("Un nom est donné deux fois dans le même objet.")
    return True


def _names(tree: Any) -> int:
    count, waiting = 0, [tree]
    while waiting:
        one = waiting.pop()
        if type(one) is dict:
            count += len(one)
            waiting.extend(one.values())
        elif type(one) is list:
            waiting.extend(one)
    return count

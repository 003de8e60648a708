"""A form's value sets that are named by their address: taken from the loaded nomenclatures, as they are today."""

import copy
from collections.abc import Iterator
from typing import Any

from enrs.core.questionnaires.rules.shapes import DefinitionError, Fault
from enrs.core.terminology.queries import expand, source_of

MOST_CODES = 300
"""A longer list is no list that somebody chooses in."""


def with_loaded_sets(tree: dict[str, Any]) -> dict[str, Any]:
    """The Questionnaire with the value sets that it names by address (`url` or `url|version`) put inside it.

    A form keeps the codes of the day on which it was taken in: an answer is read for ever under the list
    that was shown. What no nomenclature holds is left for the reader to refuse.

    Raises:
        DefinitionError: a set is longer than `MOST_CODES`.
    """
    named = {str(one["answerValueSet"]) for one in _items(tree) if _is_outside(one)}
    found = {address: contained for address in sorted(named) if (contained := _contained(address))}
    if not found:
        return tree
    whole = copy.deepcopy(tree)
    ids = {address: f"nomenclature-{rank}" for rank, address in enumerate(found, 1)}
    for one in _items(whole):
        if _is_outside(one) and one["answerValueSet"] in ids:
            one["answerValueSet"] = f"#{ids[one['answerValueSet']]}"
    own = whole.get("contained", [])
    whole["contained"] = [
        *(own if isinstance(own, list) else []),
        *({"id": ids[address]} | one for address, one in found.items()),
    ]
    return whole


def _items(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every item, however deep; what has not the shape of one is passed over: the reader tells it."""
    waiting: list[Any] = [tree]
    while waiting:
        inner = waiting.pop().get("item", [])
        items = [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
        yield from items
        waiting += items


def _is_outside(item: dict[str, Any]) -> bool:
    address = item.get("answerValueSet")
    return isinstance(address, str) and bool(address) and not address.startswith("#")


def _contained(address: str) -> dict[str, Any] | None:
    url, _, version = address.partition("|")
    source = source_of(address=url, version=version)
    if source is None:
        return None
    entries = expand(source, count=MOST_CODES + 1, only_active=True).entries
    if len(entries) > MOST_CODES:
        raise DefinitionError([Fault("value_set_large", detail=address)])
    listed = [{"system": one.system, "code": one.code, "display": one.display} for one in entries]
    return {
        "resourceType": "ValueSet",
        "status": "active",
        "url": url,
        "expansion": {"contains": listed},
    }

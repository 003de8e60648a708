"""What no resource carries of an answer (files, reserved parts), put back when a resource replaces it."""

from collections.abc import Sequence
from typing import Any

from enrs.core.questionnaires.rules.rows import leaves
from enrs.core.questionnaires.rules.shapes import Definition, Item, Values
from enrs.core.questionnaires.rules.values import is_empty


class LostRowError(ValueError):
    """Rows were added or taken away among others that changed: whose the files are cannot be told."""

    def __init__(self, link_id: str) -> None:
        super().__init__(link_id)
        self.link_id = link_id


def is_untold(item: Item) -> bool:
    """Whether no resource carries what this item holds."""
    return bool(item.is_restricted) or item.type == "attachment"


def rejoined(definition: Definition, former: Values, given: Values) -> Values:
    """The values of a resource, the rows of its tables with their untold cells.

    Raises:
        LostRowError: see the class.
    """
    found = dict(given)
    for link_id, rows in former.items():
        item = definition.by_link.get(link_id)
        if item is not None and item.is_table and not is_untold(item):
            found[link_id] = _rows(item, rows or (), given.get(link_id) or ())
    return found


def _rows(table: Item, former: Sequence[Values], given: Sequence[Values]) -> list[Values]:
    """Each row with the untold cells of the former one that says the same, else of the one in its place."""
    inner = list(leaves(table))
    untold = {one.link_id for one in inner if is_untold(one)}
    free, partners = list(range(len(former))), {}
    for rank, row in enumerate(given):
        same = next((one for one in free if _told(former[one], untold) == _told(row, untold)), None)
        if same is not None:
            partners[rank] = same
            free.remove(same)
    kept = [former[one] for one in free if not _told(former[one], untold)]
    free = [one for one in free if _told(former[one], untold)]
    changed = [rank for rank in range(len(given)) if rank not in partners]
    if len(changed) == len(free):
        partners |= dict(zip(changed, free, strict=True))
    elif changed and any(untold & former[one].keys() for one in free):
        raise LostRowError(table.link_id)
    return [
        _row(inner, untold, former[partners[rank]], row) if rank in partners else dict(row)
        for rank, row in enumerate(given)
    ] + [dict(one) for one in kept]


def _row(inner: Sequence[Item], untold: set[str], former: Values, given: Values) -> Values:
    row = dict(given) | {name: value for name, value in former.items() if name in untold}
    for item in inner:
        if item.is_table and item.link_id not in untold and item.link_id in former:
            row[item.link_id] = _rows(item, former[item.link_id], given.get(item.link_id) or ())
    return row


def _told(row: Values, untold: set[str]) -> dict[str, Any]:
    return {
        name: str(value)
        for name, value in row.items()
        if name not in untold and not is_empty(value)
    }

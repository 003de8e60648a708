"""What a fact publishes besides its own resource, under other identifiers: it follows the fact to another patient."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from enrs.core.prepared import fetch_all

_found_by: dict[str, str] = {}


def publishes_besides(table: str, sql: str) -> None:
    """Declare how the resources that rows of a table publish besides their own are found.

    `sql` gives their identifiers from those of the rows (`%s`, an array of uuid).
    """
    _found_by[table] = sql


def published_besides(facts: Mapping[str, Sequence[UUID]]) -> list[UUID]:
    """The identifiers of what these facts, by table, publish besides their own resources."""
    found: list[UUID] = []
    for table in sorted(_found_by.keys() & facts.keys()):
        found += [key for (key,) in fetch_all(_found_by[table], [list(facts[table])])]
    return found

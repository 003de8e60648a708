"""Search parameters that another room answers with identifiers: who sounds so, what is near; the search goes on."""

from collections.abc import Callable, Sequence
from uuid import UUID

from enrs.core.fhir.rules.requests import SearchError

MOST = 100
"""Resources that such a parameter gives at most: who needs more narrows it."""
Resolver = Callable[[str], Sequence[UUID]]
Pairs = list[tuple[str, str]]
NOTHING = UUID(int=0)

_resolvers: dict[tuple[str, str], Resolver] = {}


def resolve_by(kind: str, name: str, resolver: Resolver) -> None:
    """Say who answers a parameter of a type; said when an app is loaded.

    The resolver gives the identifiers of `MOST` public resources at most, the best first; it raises
    SearchError on a value that it cannot read.
    """
    _resolvers[kind, name] = resolver


def is_resolved(kind: str, name: str) -> bool:
    """Whether another room answers this parameter."""
    return (kind, name) in _resolvers


def resolved(kind: str, pairs: Pairs) -> Pairs:
    """The pairs with each such parameter turned into the identifiers that answer it."""
    return [
        ("_id", _ids(_resolvers[kind, name], value)) if is_resolved(kind, name) else (name, value)
        for name, value in pairs
    ]


def _ids(resolver: Resolver, value: str) -> str:
    if not value.strip() or len(value) > 200:
        raise SearchError("Le paramètre est vide ou trop long.")
    return ",".join(map(str, list(resolver(value))[:MOST] or [NOTHING]))

"""Search parameters that another room answers with identifiers: who sounds so, what is near; the search goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from enrs.core.fhir.rules.parameters import ID
from enrs.core.fhir.rules.requests import Filter, SearchError

MOST = 100
"""Resources that such a parameter gives at most: who needs more narrows it."""
MOST_OF_ALL = 2_000
"""Resources that a parameter gives which must give all of them, or be refused."""
Pairs = list[tuple[str, str]]
Resolver = Callable[[str], Sequence[UUID]]
AmongOthers = Callable[[str, Pairs], Sequence[UUID]]
NOTHING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Who answers a parameter, with the other parameters of the search, and how many they may give."""

    resolver: AmongOthers
    most: int


_resolvers: dict[tuple[str, str], _Answer] = {}


def resolve_by(kind: str, name: str, resolver: Resolver) -> None:
    """Say who answers a parameter of a type; said when an app is loaded.

    The resolver gives the identifiers of `MOST` public resources at most, the best first; it raises
    SearchError on a value that it cannot read.
    """
    _resolvers[kind, name] = _Answer(lambda value, _: resolver(value), MOST)


def resolve_among(kind: str, name: str, resolver: AmongOthers, *, is_whole: bool = False) -> None:
    """The same for a resolver that must know what else is asked: the nearest cardiologists are not the
    cardiologists among the nearest hundred people.

    With `is_whole` it gives every resource that answers: beyond `MOST_OF_ALL` the search is refused rather
    than cut, for nothing would say that it was.
    """
    _resolvers[kind, name] = _Answer(resolver, MOST_OF_ALL + 1 if is_whole else MOST)


def is_resolved(kind: str, name: str) -> bool:
    """Whether another room answers this parameter."""
    return (kind, name) in _resolvers


def resolved(kind: str, pairs: Pairs) -> tuple[Pairs, list[Filter]]:
    """The other parameters, and for each such one a condition: to be among the resources that answer it."""
    others = [pair for pair in pairs if not is_resolved(kind, pair[0])]
    found = [
        Filter("_id", ID, _ids(name, _resolvers[kind, name], value, others))
        for name, value in pairs
        if is_resolved(kind, name)
    ]
    return others, found


def _ids(name: str, answer: _Answer, value: str, others: Pairs) -> tuple[str, ...]:
    if not value.strip() or len(value) > 200 or "\x00" in value:
        raise SearchError("Le paramètre est vide ou trop long.")
    found = list(answer.resolver(value, others))[: answer.most]
    if len(found) > MOST_OF_ALL:
        raise SearchError(
            f"« {name} » a trop de réponses ({MOST_OF_ALL} au plus) : ajoutez un critère, ou précisez-le.",
            "too-costly",
        )
    return tuple(map(str, found or [NOTHING]))

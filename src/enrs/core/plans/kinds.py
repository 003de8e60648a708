"""The kinds of plan that services declare, each with the frame of its pages."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Teammate:
    """Somebody of the person's circle whom an action may name: `kind` is `member` or `organisation`."""

    id: UUID
    kind: str
    name: str
    role: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}, {self.role}" if self.role else self.name


@dataclass(frozen=True, slots=True)
class PlanKind:
    """A kind of plan: `panel` is the record's tab that stays current, `back` its address's name.

    `team` is given a patient's id.
    """

    key: str
    label: str
    short: str
    panel: str
    back: str
    team: Callable[[UUID], list[Teammate]]


_kinds: dict[str, PlanKind] = {}


def declare_kind(kind: PlanKind) -> None:
    """Add a kind of plan; the engine gives its pages."""
    _kinds[kind.key] = kind


def kind_of(key: str) -> PlanKind:
    """The kind that a plan names; raises `KeyError` when no service declares it any more."""
    return _kinds[key]


def declared(key: str) -> PlanKind | None:
    """The kind of this key, when a service declares it."""
    return _kinds.get(key)

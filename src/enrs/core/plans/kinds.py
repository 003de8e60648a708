"""The kinds of plan that services declare, each with the frame of its pages."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
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
class Decider:
    """Somebody who answers to a plan as the person or for them: `party` is `person` or `proxy`.

    `capacity` is the right by which a proxy decides, in words; `note` what whoever collects their answer must
    know. `grantee_id` is that of their own account, when they have one.
    """

    key: str
    party: str
    name: str
    capacity: str = ""
    note: str = ""
    grantee_id: UUID | None = None

    @property
    def label(self) -> str:
        return f"{self.name} ({self.capacity})" if self.capacity else self.name


@dataclass(frozen=True, slots=True)
class PlanKind:
    """A kind of plan: `panel` is the record's tab that stays current, `back` its address's name.

    `team` is given a patient's id. `problems` is the dictionary to which its problems belong, code to words, in
    the system `problem_system`; without one they are free. `check` says by a code why the current actor may not
    open such a plan for this person (empty when they may), given the reason for an exception; `refusals` has
    the sentence of each code. `other_problem` is the code of what the dictionary does not name. Of two plans under
    way, the document that is made of a plan takes the kind that `comes_first`.
    """

    key: str
    label: str
    short: str
    panel: str
    back: str
    team: Callable[[UUID], list[Teammate]]
    problems: Mapping[str, str] = field(default_factory=dict)
    problem_system: str = ""
    other_problem: str = ""
    check: Callable[[UUID, str], str] | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)
    comes_first: bool = False


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


def declared_kinds() -> list[PlanKind]:
    """Every kind that services declare, by its label."""
    return sorted(_kinds.values(), key=lambda one: one.label)


_deciders: list[Callable[[UUID], list[Decider]]] = []


def decide_by(finder: Callable[[UUID], list[Decider]]) -> None:
    """Say who answers to the plans of a person: who knows measures of protection."""
    _deciders[:] = [finder]


def deciders_of(patient_id: UUID) -> list[Decider]:
    """The person first, then who decides for them when they cannot."""
    if not _deciders:
        return [Decider("person", "person", "La personne")]
    return _deciders[0](patient_id)


_folders: list[Path] = []


def ship_templates(folder: Path) -> None:
    """Add the templates of a folder to those that come with the release: one JSON file each.

    Each has `code`, `number`, `kind`, `title`, `lead` and `rows` (see `rules.templates`).
    """
    if folder not in _folders:
        _folders.append(folder)


def shipped_templates() -> list[dict[str, Any]]:
    """What comes with the release, in the order of the files."""
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for folder in _folders
        for path in sorted(folder.glob("*.json"))
    ]

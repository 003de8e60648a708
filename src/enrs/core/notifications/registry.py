"""The kinds of notices: which event is told, to whom, and the template that says it.

An app declares its own when it is loaded; the app of identity says how patients are named.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from enrs.core.events.outbox import OutboxEvent


@dataclass(frozen=True, slots=True)
class Telling:
    """To whom an event is told, and what the sentence needs (`by`, `reason`…)."""

    users: Collection[UUID]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of event that people are told about.

    `template` holds its French sentence; `address` is where it leads, for who may read `category` of
    the patient's record.
    """

    kind: str
    tell: Callable[[OutboxEvent], Telling]
    template: str
    icon: str
    category: str
    link_label: str
    address: Callable[[UUID], str]


KINDS: dict[str, NoticeKind] = {}

Namer = Callable[[Collection[UUID]], dict[UUID, str]]
_namers: list[Namer] = []


def declare(kind: NoticeKind) -> None:
    """Have the events of one kind told."""
    KINDS[kind.kind] = kind


def name_patients_by(namer: Namer) -> None:
    """Say how patients are named to whoever may see them."""
    _namers[:] = [namer]


def patient_names(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of the patients whom the current actor may see."""
    return _namers[0](patient_ids) if _namers and patient_ids else {}

"""The door of every page: each view declares its permission, and nothing opens without one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from enrs.core.access import queries, rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.permissions import Permission
from enrs.core.audit.commands import note

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def permission(declared: Permission) -> Callable[[View], View]:
    """Declare a view's permission; `GateMiddleware` asks it before the view runs."""

    def mark(view: View) -> View:
        view.permission = declared  # type: ignore[attr-defined]
        return view

    return mark


def declared_permission(view: Callable[..., Any]) -> Permission | None:
    """The permission that a view declares, if any."""
    return getattr(view, "permission", None) or getattr(
        getattr(view, "view_class", None), "permission", None
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """What the gate found on a patient-scoped view: the rights held, and the part played.

    `demand` refuses inside a view what its door let in for something else; the gate leaves the line and
    answers 404.
    """

    patient_id: UUID
    role: str
    rights: tuple[rules.Right, ...]
    decision: rules.Decision

    def may(self, action: str, category: str) -> bool:
        """The same decision for another category, without asking the database again."""
        return self._asked(action, category).allowed

    def demand(self, action: str, category: str) -> None:
        """Refuse (AccessRefusedError) who may not do this in another category than the door's."""
        asked = self._asked(action, category)
        if not asked.allowed:
            raise AccessRefusedError(asked.reason)

    def _asked(self, action: str, category: str) -> rules.Decision:
        return rules.decide(role=self.role, category=category, action=action, rights=self.rights)

    @property
    def categories(self) -> set[str]:
        """Every category that may be read."""
        return {one for one in rules.CATEGORIES if self.may(rules.READ, one)}


def open_patient(declared: Permission, patient_id: UUID) -> Opening:
    """Ask the access decision for a patient-scoped view; a refusal leaves its line."""
    actor = current_actor()
    rights = queries.rights_on(patient_id, actor)
    decision = rules.decide(
        role=actor.role, category=declared.category, action=declared.action, rights=rights
    )
    if not decision.allowed:
        note(
            "access.refused",
            patient_id=patient_id,
            outcome="refused",
            object_kind=declared.category,
            reason=decision.reason,
        )
    return Opening(patient_id, decision.role, tuple(rights), decision)


def is_open(declared: Permission, *, is_reading: bool = False) -> bool:
    """Whether the current actor passes a door that concerns no patient; `is_reading` says that they write nothing."""
    actor = current_actor()
    if declared.audience == "public":
        return True
    if actor.kind == "anonymous":
        return False
    if declared.audience == "account":
        return True
    if declared.audience == "professional":
        return actor.kind == "professional"
    if declared.audience == "role":
        is_at_rest = is_reading and declared.reads_at_rest and waits_for_session(declared)
        return actor.role in declared.roles or is_at_rest
    raise ValueError(declared.audience)


def waits_for_session(declared: Permission) -> bool:
    """Whether an exploitation session is all that the current actor lacks to pass this door."""
    return current_actor().role == rules.STANDBY and declared.wants_session


def demand(action: str, category: str, patient_id: UUID) -> rules.Decision:
    """The decision inside a view, for an object found by its own address: a refusal is a 404."""
    decision = queries.may(action, category, patient_id=patient_id)
    if not decision.allowed:
        raise Http404
    return decision


def open_to(declared: Permission, view: View) -> View:
    """A library's view, wrapped with our permission."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    guarded.permission = declared  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]

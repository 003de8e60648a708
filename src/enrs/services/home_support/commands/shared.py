"""What every act asks and leaves behind: who may, which rows are locked, the line and the event."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.access.rules import acts_as_person
from enrs.core.audit.commands import note as audit
from enrs.core.events.commands import emit
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.workflow.commands import move_task
from enrs.core.workflow.models import Task
from enrs.services.home_support import queries
from enrs.services.home_support.models import Ask, HomeReturn, Slot, Visit
from enrs.services.home_support.rules import words

CATEGORY = "request"
"""What is asked of access for a return: a request for support."""
MOST_TEXT = 2000


class SupportRefusedError(Exception):
    """A rule of the service refuses; `reason` is its code, whose sentence is in `forms.REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def demand_preparer(patient_id: UUID) -> Actor:
    """The actor, if their profession prepares returns and they may write requests on this person.

    Raises:
        AccessRefusedError: with the reason of the access decision.
    """
    by = current_actor()
    decision = may(access_rules.WRITE, CATEGORY, patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)
    if by.role not in words.HOSPITAL_ROLES:
        raise AccessRefusedError("profession")
    return by


def demand_keeper(home_return: HomeReturn) -> Actor:
    """The actor, if they prepare returns in the place that opened this one.

    Raises:
        AccessRefusedError: the access decision's reason, or `place`.
    """
    by = demand_preparer(home_return.patient_id)
    if not queries.is_keeper(home_return, by):
        raise AccessRefusedError("place")
    return by


def demand_witness(home_return: HomeReturn) -> Actor:
    """The actor, if they may tell what happens at home: a writer of requests, or the person and who acts for them.

    Raises:
        AccessRefusedError: with the reason of the access decision.
    """
    decision = may(access_rules.WRITE, CATEGORY, patient_id=home_return.patient_id)
    reads = may(access_rules.READ, CATEGORY, patient_id=home_return.patient_id)
    if not decision.allowed and not acts_as_person(reads):
        raise AccessRefusedError(decision.reason)
    return current_actor()


def locked(home_return: HomeReturn, *, expected_version: int | None = None) -> HomeReturn:
    """The return as it now stands, its row locked: what changes the week takes turns.

    Raises:
        SupportRefusedError: `ended`.
        StaleSaveError: somebody saved it since it was read.
    """
    rows = HomeReturn.objects.select_for_update(of=("self",)).select_related("task")
    found = rows.get(pk=home_return.pk)
    if found.ended_at is not None or found.withdrawn_at is not None:
        raise SupportRefusedError("ended")
    if expected_version is not None and found.version != expected_version:
        raise StaleSaveError(found)
    return found


def locked_slots(slots: Iterable[UUID]) -> list[Slot]:
    """Slots under their locks, always in the same order; those that the actor may not change are not there."""
    rows = Slot.objects.select_for_update(of=("self",)).filter(pk__in=list(slots))
    return list(rows.order_by("id"))


def visits_of(home_return: HomeReturn, visit_ids: Iterable[UUID]) -> list[Visit]:
    """The standing visits of a return among these (SupportRefusedError `visit` when one is not)."""
    wanted = set(visit_ids)
    rows = Visit.objects.filter(home_return=home_return, pk__in=wanted, removed_at=None)
    found = list(rows.order_by("starts", "id"))
    if not wanted or len(found) != len(wanted):
        raise SupportRefusedError("visit")
    return found


def free(slots: Iterable[Slot]) -> None:
    """Give slots back to the week: nobody holds them any more."""
    for one in slots:
        one.ask = None
        one.from_on = one.taken_at = one.retained_at = None
        one.taken_by = one.retained_by = ""
    Slot.objects.bulk_update(
        list(slots), ["ask", "from_on", "taken_at", "taken_by", "retained_at", "retained_by"]
    )


def move(ask: Ask, transition: str, **said: Any) -> Task:
    """Take a transition of what was asked, from where it stands now; the engine decides."""
    task = Task.objects.get(pk=ask.task_id)
    return move_task(task=task, transition=transition, expected_version=task.version, **said)


def clean(text: str, most: int = MOST_TEXT) -> str:
    """A text as it is kept (SupportRefusedError `long`)."""
    kept = text.strip()
    if len(kept) > most or "\x00" in kept:
        raise SupportRefusedError("long")
    return kept


def line(patient_id: UUID, return_id: UUID, what: str, *, reason: str = "", **details: Any) -> None:
    """The audit line of an act on a return."""
    audit(
        f"home_support.{what}", patient_id=patient_id, object_kind="home_return", object_id=return_id,
        reason=reason, details=details or None,
    )  # fmt: skip


def hint(
    patient_id: UUID, return_id: UUID, what: str, *, agencies: Iterable[UUID] = (), **payload: Any
) -> None:
    """The event of an act: open pages of the record and of the agencies are hinted, and notices are made of it."""
    emit(
        f"home_support.{what}",
        patient_id=patient_id,
        topics=[f"patient:{patient_id}", *(f"grantee:{one}" for one in sorted(set(agencies)))],
        payload={"kind": "home_support", "ids": [str(return_id)], "return": str(return_id)} | payload,
    )  # fmt: skip


def tell(
    home_return: HomeReturn, what: str, *, agencies: Iterable[UUID] = (), **payload: Any
) -> None:
    """The line and the event of an act; its event makes the notices that answer to its name."""
    line(home_return.patient_id, home_return.id, what)
    hint(home_return.patient_id, home_return.id, what, agencies=agencies, **payload)


def week_changed(patient_id: UUID, return_id: UUID) -> None:
    """The week is no longer the same: whoever prepares is told of gaps, if there are any and they did not make them."""
    hint(patient_id, return_id, "gap", by_user=str(current_actor().user_id or ""))

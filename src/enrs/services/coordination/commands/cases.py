"""A case from its inclusion to its closing, and the contacts between."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of
from enrs.core.threads.commands import open_thread
from enrs.core.threads.rules import Person
from enrs.core.workflow.commands import assign_task, move_task, open_task
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.referentials.circles.commands import add_member
from enrs.services.coordination.flows import CASE, REQUEST
from enrs.services.coordination.models import CONTACT_KINDS, Case, Contact
from enrs.services.coordination.rules import words

MAX_MINUTES = 12 * 60
"""A contact longer than half a day is a typing error."""
MAX_TEXT = 6000
SUBJECT = "coordination.case"


class CaseRefusedError(Exception):
    """A rule of coordination refuses; `reason` is its code, whose sentence is in `forms.REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NewContact:
    """What is told of one contact: an aware moment, minutes, with whom, what was said."""

    kind: str
    at: datetime
    minutes: int
    with_whom: str = ""
    text: str = ""


def include_request(
    *, task: Task, informed_on: date, expected_version: int, note: str = ""
) -> Case:
    """Include the person of a request: the organisation joins the circle, the case opens.

    `informed_on` is the day the person was told of it (L1110-12 3°, formal coordination).

    Raises:
        AccessRefusedError, TaskRefusedError, CircleError: the person opposes, or was not informed.
        CaseRefusedError: `place` (the actor has no organisation), `open` (already followed by it).
    """
    if task.workflow != REQUEST or task.patient_id is None:
        raise CaseRefusedError("request")
    details = task.details or {}
    with act():
        case = open_case(
            patient_id=task.patient_id,
            informed_on=informed_on,
            requested_at=task.opened_at,
            origin=details.get("origin", "form"),
            need=task.reason,
            request_id=task.id,
        )
        move_task(task=task, transition="include", note=note, expected_version=expected_version)
    return case


def open_case(
    *,
    patient_id: UUID,
    informed_on: date,
    requested_at: datetime | None = None,
    origin: str = "form",
    need: str = "",
    request_id: UUID | None = None,
    source: str = "",
    is_quiet: bool = False,
    joins: bool = True,
) -> Case:
    """Open a case of the actor's own organisation, in their hands, with its liaison notebook.

    `is_quiet` tells the team nothing of it; without `joins` the organisation takes no place in the circle.

    Raises:
        AccessRefusedError, CircleError, TaskRefusedError.
        CaseRefusedError: `place`, `open`.
    """
    by, now = current_actor(), timezone.now()
    _demand(patient_id)
    if by.organisation_id is None or by.grantee_id is None:
        raise CaseRefusedError("place")
    place, person = _place(by), To(by.grantee_id, by.name, kind="person", label=by.label)
    with act():
        held = Case.objects.filter(patient_id=patient_id, organisation_id=place.grantee_id)
        if held.filter(closed_at=None).exists():
            raise CaseRefusedError("open")
        if joins:
            add_member(
                patient_id=patient_id, block="organisations", grantee_id=place.grantee_id,
                display=place.name, role_label="Coordination", basis="care_team", ground="coordinated",
                informed_on=informed_on,
            )  # fmt: skip
        task = open_task(
            workflow=CASE, patient_id=patient_id, title=f"Suivi par {place.name}"[:200],
            assignee=person, team=place, reason=need[:5000], is_quiet=is_quiet,
        )  # fmt: skip
        case = Case(
            id=uuid7(), patient_id=patient_id, identity_id=carrier_of(patient_id), task_id=task.id,
            request_id=request_id, organisation_id=place.grantee_id, organisation_name=place.name,
            referent_id=by.grantee_id, referent_name=by.name, referent_label=by.label, origin=origin,
            need=need, requested_at=requested_at or now, opened_at=now, source=source,
        )  # fmt: skip
        try:
            with act(savepoint=True):
                case.save(force_insert=True)
        except IntegrityError as error:
            raise CaseRefusedError("open") from error
        open_thread(
            subject=(SUBJECT, case.id), patient_id=patient_id, title="Cahier de liaison",
            members=[Person(place.grantee_id, place.name)], audience="circle",
        )  # fmt: skip
        _tell(case, "opened")
    return case


def write_contact(*, case: Case, contact: NewContact) -> Contact:
    """Write one contact; the case's alert starts again from it.

    Raises:
        AccessRefusedError: not of the case's team.
        CaseRefusedError: `closed`, `kind`, `minutes`, `future`, `early` (before the request), `long`.
    """
    _demand_team(case)
    if fault := _contact_fault(case, contact):
        raise CaseRefusedError(fault)
    by = current_actor()
    row = Contact(
        id=uuid7(), case=case, patient_id=case.patient_id, identity_id=case.identity_id,
        kind=contact.kind, at=contact.at, minutes=contact.minutes,
        with_whom=contact.with_whom.strip()[:200], text=contact.text.strip(), author_id=by.user_id,
        author_name=by.name, author_label=by.label,
    )  # fmt: skip
    with act():
        task = _task_of(case)
        row.save(force_insert=True)
        Case.objects.filter(pk=case.pk).update(**_moments(contact))
        case.refresh_from_db()
        if contact.kind != "desk":
            move_task(task=task, transition="contact", expected_version=task.version)
        _tell(case, "contacted")
    return row


def _moments(contact: NewContact) -> dict[str, Any]:
    """What a contact changes on its case; a contact written late does not move the last one back."""
    changes: dict[str, Any] = {"minutes": F("minutes") + contact.minutes}
    if contact.kind != "desk":
        changes["first_contact_at"] = Least(Coalesce("first_contact_at", contact.at), contact.at)
        changes["last_contact_at"] = Greatest(Coalesce("last_contact_at", contact.at), contact.at)
    if contact.kind == "visit":
        changes["first_visit_at"] = Least(Coalesce("first_visit_at", contact.at), contact.at)
    return changes


def _contact_fault(case: Case, contact: NewContact) -> str:
    if case.closed_at is not None:
        return "closed"
    if contact.kind not in dict(CONTACT_KINDS):
        return "kind"
    if not 1 <= contact.minutes <= MAX_MINUTES:
        return "minutes"
    if contact.at > timezone.now() + timedelta(minutes=5):
        return "future"
    if contact.at < case.requested_at - timedelta(days=1):
        return "early"
    return "long" if len(contact.text) > MAX_TEXT else ""


def change_referent(*, case: Case, to: To, expected_version: int) -> Case:
    """Give a case to a colleague of the same organisation.

    Raises:
        AccessRefusedError, StaleSaveError, TaskRefusedError; CaseRefusedError: `closed`.
    """
    _demand_team(case)
    if case.closed_at is not None:
        raise CaseRefusedError("closed")
    with act():
        task = _task_of(case)
        assign_task(task=task, to=to, expected_version=task.version)
        case.referent_id, case.referent_name, case.referent_label = (
            to.grantee_id, to.name[:200], to.label[:200],
        )  # fmt: skip
        fields = ["referent_id", "referent_name", "referent_label"]
        save_version(case, expected=expected_version, fields=fields)
        _tell(case, "assigned")
    return case


def close_case(*, case: Case, code: str, note: str = "", expected_version: int) -> Case:
    """Close a case with one of `words.CLOSINGS`; the organisation stays in the circle until removed.

    Raises:
        AccessRefusedError, StaleSaveError, TaskRefusedError; CaseRefusedError: `closed`, `code`, `note`.
    """
    _demand_team(case)
    if case.closed_at is not None:
        raise CaseRefusedError("closed")
    if code not in dict(words.CLOSINGS):
        raise CaseRefusedError("code")
    if code == "other" and not note.strip():
        raise CaseRefusedError("note")
    if len(note) > MAX_TEXT:
        raise CaseRefusedError("long")
    with act():
        case.closed_at, case.closed_code, case.closed_note = timezone.now(), code, note.strip()
        save_version(case, expected=expected_version, fields=["closed_at", "closed_code", "closed_note"])  # fmt: skip
        task = _task_of(case)
        move_task(
            task=task, transition="close", reason_code=code, note=note[:5000],
            expected_version=task.version,
        )  # fmt: skip
        _tell(case, "closed")
    return case


# --- the parts -------------------------------------------------------------------------------------


def _place(by: Any) -> To:
    return To(by.organisation_id, by.organisation_name, kind="organisation")


def _task_of(case: Case) -> Task:
    return Task.objects.select_for_update().get(pk=case.task_id)


def _demand(patient_id: UUID) -> None:
    by = current_actor()
    if by.role not in words.TEAM_ROLES:
        raise AccessRefusedError("profession")
    decision = may(access_rules.WRITE, "plan", patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def _demand_team(case: Case) -> None:
    """Only the organisation that follows the person writes in its case."""
    _demand(case.patient_id)
    if case.organisation_id not in current_actor().grantees:
        raise AccessRefusedError("team")


def _tell(case: Case, what: str) -> None:
    audit(
        f"coordination.case.{what}",
        patient_id=case.patient_id,
        object_kind="coordination_case",
        object_id=case.id,
    )
    emit(
        f"coordination.case.{what}",
        patient_id=case.patient_id,
        topics=[f"patient:{case.patient_id}"],
        payload={"kind": "coordination", "ids": [str(case.id)]},
    )

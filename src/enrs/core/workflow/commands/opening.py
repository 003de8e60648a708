"""Opening a task, and sending it to more people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError, give_grant
from enrs.core.access.models import Level
from enrs.core.access.queries import rights_on, valid_denials
from enrs.core.access.rules import PASSING
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.persons import carrier_of
from enrs.core.workflow import rules
from enrs.core.workflow.commands.deadlines import WISH, nearest, set_deadline
from enrs.core.workflow.commands.errors import TaskRefusedError
from enrs.core.workflow.commands.shared import (
    addressees_of,
    check_among,
    check_version,
    cleaned,
    demand,
    demand_category,
    keep_parties,
    locked,
    party_row,
    record_step,
    tell,
)
from enrs.core.workflow.models import Addressee, Task
from enrs.core.workflow.registry import workflow as declared_workflow

MAX_ADDRESSEES = 20
"""Sendings of one task: past this one writes to a whole region."""


def open_task(
    *,
    workflow: str,
    patient_id: UUID | None,
    title: str,
    priority: str = "routine",
    addressees: Sequence[rules.To] = (),
    assignee: rules.To | None = None,
    team: rules.To | None = None,
    requester: rules.To | None = None,
    reason: str = "",
    due_at: datetime | None = None,
    answer_id: UUID | None = None,
    plan_id: UUID | None = None,
    subject: tuple[str, UUID] | None = None,
    details: dict[str, Any] | None = None,
    identity_id: UUID | None = None,
    is_quiet: bool = False,
) -> Task:
    """Open a task of a declared workflow in its first state, and send it to its addressees.

    `requester` is who asks when the current actor only writes it down (a call to a desk). Each addressee
    of a task about a patient gets a right that ends with the sending. `is_quiet` tells nobody: for tasks
    taken in by the hundred.

    Raises:
        AccessRefusedError: the actor may not write this category of the record.
        TaskRefusedError: wrong role, no title, too long, unknown priority, an addressee whom the person refuses,
            a filled form that was sent already.
    """
    table, by = declared_workflow(workflow), current_actor()
    _check_opener(table, patient_id, by)
    if priority not in rules.PRIORITIES:
        raise TaskRefusedError("priority", "Choisissez une priorité.")
    now = timezone.now()
    task = Task(
        id=uuid7(),
        identity_id=identity_id or carrier_of(patient_id),
        patient_id=patient_id,
        workflow=workflow,
        state=table.initial.code,
        priority=priority,
        title=_title(title),
        reason=cleaned(reason, what="Le motif"),
        opened_at=now,
        changed_at=now,
        version=0,
        subject_kind=subject[0] if subject else "",
        subject_id=subject[1] if subject else None,
        answer_id=answer_id,
        plan_id=plan_id,
        details=details or {},
        **_requester(requester, by),
    )
    put_in_hands(task, assignee, team)
    with act():
        _check_once(task)
        task.save(force_insert=True)
        _make_author_party(task, by)
        sent = _send(task, addressees)
        if table.limit is not None:
            set_deadline(task, table.limit, due_at)
        elif due_at is not None:
            set_deadline(task, WISH, due_at)
        task.due_at = nearest(task)
        step = record_step(
            task,
            act="open",
            label="Ouverture",
            from_state="",
            fields=["due_at"],
            reason=task.reason,
        )
        grantees = keep_parties(task, sent)
        tells = () if is_quiet else ("addressees", "assignee", "team")
        tell(task, "opened", grantees=grantees, step=step, tells=tells)
    return task


def add_addressees(
    *, task: Task, addressees: Sequence[rules.To], expected_version: int
) -> list[Addressee]:
    """Send an open task to more people.

    Raises:
        AccessRefusedError, TaskRefusedError, StaleMoveError.
    """
    with act():
        current = locked(task)
        check_version(current, expected_version)
        demand(current)
        known = addressees_of(current)
        check_among(current.table.senders, current, known)
        if current.closed_at is not None:
            raise TaskRefusedError("state", "Cette demande est close\u00a0: elle ne s’envoie plus.")
        sent = _send(current, addressees, known)
        names = ", ".join(one.name for one in sent)
        step = record_step(current, act="send", label="Envoi", from_state=current.state, note=names)
        grantees = keep_parties(current, [*known, *sent])
        tell(current, "sent", grantees=grantees, step=step, tells=("addressees",))
    return sent


def _check_opener(table: rules.Workflow, patient_id: UUID | None, by: Actor) -> None:
    if by.kind == "system":
        return
    if by.user_id is None:
        raise AccessRefusedError("anonymous")
    if not rules.is_among(table.openers, by.role, ()):
        raise TaskRefusedError("role", "Votre métier ne permet pas d’ouvrir cette demande.")
    if patient_id is not None:
        demand_category(table.category, patient_id)
    elif not table.openers and by.kind != "professional":
        raise AccessRefusedError("profession")


def _check_once(task: Task) -> None:
    """A filled form leaves once, two clicks at once included: the second waits for the first."""
    if task.answer_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 5))", [str(task.answer_id)]
        )
    same = Task.objects.filter(workflow=task.workflow, answer_id=task.answer_id)
    if task.patient_id is not None:
        same = same.filter(patient_id=task.patient_id)
    if same.exists():
        raise TaskRefusedError("sent", "Cette demande est déjà partie.")


def _title(title: str) -> str:
    clean = " ".join(cleaned(title, what="L’objet", longest=200).split())
    if not clean:
        raise TaskRefusedError("text", "Donnez un objet à la demande.")
    return clean


def _requester(given: rules.To | None, by: Actor) -> dict[str, Any]:
    """Who asks: the current actor and their place, or somebody for whom they write."""
    if given is None:
        return {
            "requester_id": by.user_id,
            "requester_grantee_id": by.grantee_id,
            "requester_name": by.name,
            "requester_label": by.label,
            "requester_organisation_id": by.organisation_id,
            "requester_organisation_name": by.organisation_name,
        }
    is_place = given.kind == "organisation"
    return {
        "requester_grantee_id": None if is_place else given.grantee_id,
        "requester_organisation_id": given.grantee_id if is_place else None,
        "requester_organisation_name": given.name if is_place else "",
        "requester_name": "" if is_place else given.name,
        "requester_label": given.label,
    }


def put_in_hands(task: Task, assignee: rules.To | None, team: rules.To | None) -> None:
    if assignee is not None and assignee.kind == "organisation":
        assignee, team = None, assignee
    if assignee is not None:
        task.assignee_id, task.assignee_kind = assignee.grantee_id, assignee.kind
        task.assignee_name = assignee.name[:200]
    if team is not None:
        task.team_id, task.team_name = team.grantee_id, team.name[:200]


def _make_author_party(task: Task, by: Actor) -> None:
    """The author's own rows come first: without a patient, only a party may add to the task."""
    rank, turn = rules.place(task.priority, task.table.turn_of(task), None)
    is_own = task.requester_id is not None
    for grantee in by.grantees:
        party_row(task, grantee, "requester" if is_own else "author", rank, turn).save(
            force_insert=True
        )


def _send(
    task: Task, addressees: Sequence[rules.To], known: Sequence[Addressee] = ()
) -> list[Addressee]:
    """One sending to each, with its right; who has a sending open already is left as they are."""
    held = {one.grantee_id for one in known if one.is_pending or one.answer == "agreed"}
    wanted = {one.grantee_id: one for one in addressees if one.grantee_id not in held}
    if len(wanted) + len(known) > MAX_ADDRESSEES:
        raise TaskRefusedError(
            "text", f"Une demande s’envoie à {MAX_ADDRESSEES} destinataires au plus."
        )
    check_denials(task, list(wanted))
    _check_own(task, set(wanted))
    now = timezone.now()
    sent = [
        Addressee(
            id=uuid7(), task=task, grantee_id=one.grantee_id, kind=one.kind, name=one.name[:200],
            label=one.label[:200], sent_at=now,
        )
        for one in wanted.values()
    ]  # fmt: skip
    Addressee.objects.bulk_create(sent)
    for one in sent:
        give_right(task, one)
    return sent


def _check_own(task: Task, grantees: set[UUID]) -> None:
    """Nobody lengthens by a request a right of their own that ends by itself."""
    by = current_actor()
    if task.patient_id is None or by.kind == "system" or not grantees & set(by.grantees):
        return
    if all(right.purpose in PASSING for right in rights_on(task.patient_id, by)):
        raise TaskRefusedError(
            "own",
            "Votre accès à ce dossier est provisoire : envoyez la demande à une autre structure "
            "que la vôtre.",
        )


def check_denials(task: Task, grantees: list[UUID]) -> None:
    if task.patient_id is None or not grantees:
        return
    if valid_denials().filter(patient_id=task.patient_id, grantee_id__in=grantees).exists():
        raise TaskRefusedError(
            "opposed",
            "La personne s’oppose à ce que ce destinataire accède à son dossier\u00a0: "
            "choisissez-en un autre.",
        )  # fmt: skip


def give_right(task: Task, sending: Addressee) -> None:
    """The right of an addressee on the patient's record, for the time of the sending."""
    if task.patient_id is None:
        return
    give_grant(
        patient_id=task.patient_id,
        grantee_id=sending.grantee_id,
        source_kind="task",
        source_id=sending.id,
        purpose="sending",
        level=Level.CONTRIBUTE,
        valid_until=timezone.now() + timedelta(days=task.table.sending_days),
    )

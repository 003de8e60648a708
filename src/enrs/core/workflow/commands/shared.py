"""What every command on a task does: lock it, ask who may, write the step, keep the narrow rows, tell."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError, end_grants
from enrs.core.access.queries import may
from enrs.core.audit.commands import note as audit
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.workflow import fhir, rules
from enrs.core.workflow.commands.errors import StaleMoveError, TakenError, TaskRefusedError
from enrs.core.workflow.models import Addressee, Task, TaskParty, TaskStep
from enrs.core.workflow.queries.details import lost_to
from enrs.core.workflow.queries.parts import parts_among

MAX_TEXT = 5_000
"""Characters of a reason or a note: a page of writing; more belongs in a document."""


def locked(task: Task) -> Task:
    """The task as it now stands, its row locked until the act ends.

    Raises:
        AccessRefusedError: it is not to be seen by the current actor.
        TakenError: it was sent to them too, and somebody else won.
    """
    found = Task.objects.select_for_update().filter(pk=task.pk, withdrawn_at=None).first()
    if found is None:
        raise refusal(task, "outside_circle")
    return found


def refusal(task: Task, reason: str) -> Exception:
    """The refusal of access; for who was asked too and came second, who won (TakenError)."""
    won = lost_to(task.pk)
    return TakenError(*won) if won else AccessRefusedError(reason)


def check_version(current: Task, expected: int, declared: rules.Transition | None = None) -> None:
    """Refuse an act on a version that is no more; who lost a claim is told who won.

    Raises:
        TakenError: `declared` claims the task, and somebody else did meanwhile.
        StaleMoveError: somebody moved it meanwhile.
    """
    if current.version == expected:
        return
    if declared is not None and declared.claims:
        check_claim(current, expected)
    last = current.steps.order_by("-version").first()
    raise StaleMoveError(current, last.by_name if last else "")


def check_claim(current: Task, expected: int) -> None:
    """Refuse when somebody else claimed the task after the `expected` version (TakenError)."""
    claims = current.steps.filter(is_claim=True, version__gt=expected, undone_at=None)
    won = claims.order_by("-version").first()
    if won is not None and won.by_id != current_actor().user_id:
        raise TakenError(won.by_name, won.at)


def demand(task: Task) -> None:
    """The access decision for a write on this task; the platform itself passes.

    Raises:
        AccessRefusedError: outside the circle, wrong profession, or no party to a task without patient.
    """
    by = current_actor()
    if by.kind == "system":
        return
    if task.patient_id is not None:
        try:
            demand_category(task.table.category, task.patient_id)
        except AccessRefusedError as error:
            raise refusal(task, error.reason) from error
    elif by.user_id is None:
        raise AccessRefusedError("anonymous")


def demand_category(category: str, patient_id: UUID) -> None:
    """The access decision for a write in one category of a record (AccessRefusedError)."""
    decision = may(access_rules.WRITE, category, patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def parts_here(task: Task, addressees: Iterable[Addressee], actor: Actor | None = None) -> set[str]:
    """What the actor is to the task."""
    return parts_among(task, addressees, actor or current_actor())


def check_among(who: Sequence[str], task: Task, addressees: Iterable[Addressee]) -> None:
    """Refuse an actor who is not among `who` (TaskRefusedError, code `role` or `part`)."""
    by = current_actor()
    parts = parts_here(task, addressees)
    if rules.is_among(who, by.role, parts):
        return
    roles = [one for one in who if not one.startswith("@")]
    if roles and by.role not in roles:
        raise TaskRefusedError("role", "Votre métier ne permet pas cet acte sur cette demande.")
    raise TaskRefusedError(
        "part",
        "Cet acte revient à une autre personne\u00a0: demandez-lui, ou faites-vous confier la demande.",
    )


def cleaned(text: str, *, what: str, longest: int = MAX_TEXT) -> str:
    """A text without blank ends nor NUL (TaskRefusedError when it is too long)."""
    clean = text.replace("\x00", "").strip()
    if len(clean) > longest:
        raise TaskRefusedError("text", f"{what} est trop long\u00a0: {longest} caractères au plus.")
    return clean


def addressees_of(task: Task) -> list[Addressee]:
    """Every sending of a task, in their order."""
    return list(task.addressees.order_by("sent_at", "id"))


def record_step(
    task: Task,
    *,
    act: str,
    label: str,
    from_state: str,
    fields: Sequence[str] = (),
    reason: str = "",
    reason_code: str = "",
    note: str = "",
    before: dict[str, Any] | None = None,
    is_claim: bool = False,
) -> TaskStep:
    """Save the named fields as the next version, with the step that made it."""
    by, now = current_actor(), timezone.now()
    task.version, task.changed_at = task.version + 1, now
    task.save(update_fields=["version", "changed_at", *fields])
    made = TaskStep(
        id=uuid7(), task=task, version=task.version, act=act, label=label, from_state=from_state,
        to_state=task.state, at=now, by_id=by.user_id, by_name=by.name, by_label=by.label,
        by_organisation=by.organisation_name, reason=reason, reason_code=reason_code, note=note,
        before=before or {}, is_claim=is_claim,
    )  # fmt: skip
    made.save(force_insert=True)
    return made


def desired_parties(task: Task, addressees: Iterable[Addressee]) -> set[tuple[UUID, str]]:
    """Whose boards the task is on, and as what."""
    pairs = {
        (task.requester_grantee_id, "requester"),
        (task.requester_organisation_id, "requester"),
        (task.assignee_id, "assignee"),
        (task.team_id, "assignee"),
    }
    pairs |= {
        (one.grantee_id, "addressee")
        for one in addressees
        if one.is_pending or one.answer == "agreed"
    }
    return {(grantee, part) for grantee, part in pairs if grantee is not None}


def keep_parties(task: Task, addressees: Iterable[Addressee]) -> list[UUID]:
    """Bring the narrow rows up to the task, in two statements; returns every grantee concerned."""
    wanted = desired_parties(task, addressees)
    rank, turn = rules.place(task.priority, task.table.turn_of(task), task.closed_at)
    rows = [party_row(task, grantee, part, rank, turn) for grantee, part in sorted(wanted)]
    TaskParty.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["task", "grantee_id", "part"],
        update_fields=["state", "is_open", "rank", "turn", "title_key", "patient_id", "ended_at"],
    )  # fmt: skip
    current = list(task.parties.filter(ended_at=None).values_list("id", "grantee_id", "part"))
    left = [
        key for key, grantee, part in current if (grantee, part) not in wanted and part != "author"
    ]
    if left:
        TaskParty.objects.filter(id__in=left).update(ended_at=timezone.now())
    return sorted({grantee for _, grantee, _ in current})


def party_row(task: Task, grantee: UUID, part: str, rank: int, turn: float) -> TaskParty:
    """One narrow row of a task."""
    return TaskParty(
        id=uuid7(), task=task, grantee_id=grantee, part=part, workflow=task.workflow, state=task.state,
        is_open=task.closed_at is None, rank=rank, turn=turn, title_key=task.title.lower()[:200],
        patient_id=task.patient_id, ended_at=None,
    )  # fmt: skip


def tell(
    task: Task,
    action: str,
    *,
    grantees: Iterable[UUID],
    step: TaskStep | None = None,
    tells: Sequence[str] = (),
    reason: str = "",
) -> None:
    """The line, the hint to open pages, the notices and the published resources of one act."""
    audit(
        f"workflow.task.{action}", patient_id=task.patient_id, object_kind="task", object_id=task.id,
        reason=reason, details={"workflow": task.workflow, "state": task.state} | ({"act": step.act} if step else {}),
    )  # fmt: skip
    topics = [f"grantee:{one}" for one in grantees]
    if task.patient_id:
        topics.append(f"patient:{task.patient_id}")
    payload: dict[str, Any] = {"kind": "tasks", "ids": [str(task.id)]}
    if step is not None and tells:
        payload |= {"step": str(step.id), "tells": list(tells)}
    kind = f"task.told.{task.workflow}" if tells else "task.changed"
    emit(kind, patient_id=task.patient_id, topics=topics, payload=payload)
    fhir.publish_task(task)


def end_rights(task: Task, sendings: Iterable[Addressee]) -> None:
    """End the rights that these sendings gave: the last thing an act does, for it may need them itself."""
    if task.patient_id is None:
        return
    for one in sendings:
        end_grants(patient_id=task.patient_id, source_id=one.id)


def moment_text(moment: datetime | None) -> str | None:
    """A moment as an undo keeps it."""
    return moment.isoformat() if moment else None

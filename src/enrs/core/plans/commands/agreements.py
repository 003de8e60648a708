"""What people answer to a plan: each actor to their part, the person by a signature tied to what was signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.access.rules import Decision
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans import flows, kinds, queries, rules
from enrs.core.plans.commands import parts
from enrs.core.plans.commands.shared import (
    PlanRefusedError,
    demand,
    leave,
    locked,
)
from enrs.core.plans.models import Action, Agreement, Plan
from enrs.core.workflow.models import Task

MAX_REMARK = 500
TAKE_BACK = timedelta(minutes=15)
"""Within it, who gave or wrote an answer takes it back without a reason: a slip of the hand."""
MOVES = {"agreed": "agree", "reserved": "agree", "proposed": "propose", "refused": "decline"}
"""The step of a part that each answer of its actor takes."""


def record_agreement(
    *,
    plan: Plan,
    party: str,
    label: str,
    answer: str,
    means: str = "oral",
    party_id: UUID | None = None,
    remark: str = "",
) -> Agreement:
    """Keep what somebody answered to the plan as it stands; the part of an actor moves with their answer.

    The person and their proxy answer for themselves; a professional who may write the plan records the answer of
    others, never « en ligne », which only they themselves may give (for the part of their place of work too, when
    `party_id` names it).

    Raises:
        AccessRefusedError, PlanRefusedError: `choice`, `empty`, `long`, `closed`; `remark` (an actor who does not
            agree says why).
    """
    decision = _demand_answer(plan)
    by = current_actor()
    if decision.role in ("patient", "proxy"):
        party = "person" if decision.role == "patient" else "proxy"
        party_id, label, means = by.grantee_id, by.name, "online"
    elif means == "online":
        party, label = "actor", by.name
        party_id = party_id if party_id and _is_theirs(plan, party_id, by) else by.grantee_id
    if (
        means == "screen"
    ):  # A signature at the screen is `sign_plan`'s, with the name that was typed.
        raise PlanRefusedError("choice", "means")
    _check_answer(party, answer, means)
    if not label.strip():
        raise PlanRefusedError("empty", "label")
    if (
        party == "actor"
        and answer in ("proposed", "refused")
        and len(remark.strip()) < 3
        and party_id
    ):
        raise PlanRefusedError("remark", "remark")
    with act():
        plan = _taken(plan)
        part = _Part.of(plan, party_id, label) if party == "actor" else _Part()
        made = _keep(
            plan, party=party, party_id=party_id, party_label=label, answer=answer, means=means,
            remark=remark, part_print=part.print,
        )  # fmt: skip
        leave(plan, f"answer.{answer}", label=made.party_label, is_content=False)
        if party == "actor":
            part.move(MOVES[answer], remark)
            parts.settle(plan)
    return made


def sign_plan(
    *,
    plan: Plan,
    signer: str,
    answer: str,
    signed_name: str,
    has_read: bool,
    expected_edition: int,
    means: str = "screen",
    signed_on: date | None = None,
    remark: str = "",
) -> Agreement:
    """Keep the signature of the person, or of who decides for them, tied to the edition that they were shown.

    `signer` is the key of a `Decider`. A professional collects it (at the screen, on paper, of a voice) or notes a
    refusal; the person and who decides for them sign by themselves from their own account, and no one else.

    Raises:
        AccessRefusedError.
        PlanRefusedError: `signer`, `choice`, `empty` (no name), `read` (the box), `edition` (the plan changed since),
            `signed_on` (later than today, or before the last change of the plan), `heard` (who decides for the
            person says what the person thinks of it), `empty_plan`, `long`, `closed`.
    """
    decision = _demand_answer(plan)
    by, today = current_actor(), legal_day(timezone.now())
    decider = _signer(plan, decision, signer, by)
    is_own = decision.role in ("patient", "proxy")
    means = "online" if is_own else means
    signed_on = today if is_own or signed_on is None else signed_on
    if means not in (*rules.SIGNING, "online") or (means == "online") != is_own:
        raise PlanRefusedError("choice", "means")
    _check_answer(decider.party, answer, means)
    _check_signature(answer, signed_name, remark, decider=decider, has_read=has_read)
    with act():
        plan = _taken(plan)
        if plan.edition != expected_edition:
            raise PlanRefusedError("edition")
        if signed_on > today or signed_on < legal_day(plan.edition_at or plan.changed_at):
            raise PlanRefusedError("signed_on", "signed_on")
        content = queries.whole(plan)
        if not content.actions:
            raise PlanRefusedError("empty_plan")
        made = _keep(
            plan, party=decider.party, party_id=by.grantee_id if is_own else decider.grantee_id,
            party_label=decider.name, answer=answer,
            means=means, remark=remark, content_hash=rules.content_print(content),
            signed_name=signed_name.strip()[:200], signed_on=signed_on, capacity=decider.capacity[:200],
        )  # fmt: skip
        _mark_signed(plan, made)
        leave(
            plan,
            "refused" if answer == "refused" else "signed",
            label=made.party_label,
            is_content=False,
        )
    return made


def withdraw_agreement(*, plan: Plan, agreement: Agreement, reason: str = "") -> None:
    """Take back an answer: by who gave or wrote it, at once; later by them or the referent, with a reason.

    Raises:
        AccessRefusedError: it is somebody else's.
        PlanRefusedError: `reason` (missing), `closed`.
    """
    _demand_answer(plan)
    by, now = current_actor(), timezone.now()
    is_own = agreement.recorded_by_id is not None and agreement.recorded_by_id == by.user_id
    is_fresh = is_own and now - agreement.answered_at <= TAKE_BACK
    if agreement.plan_id != plan.pk or not (
        is_own or (by.kind == "professional" and queries.is_referent(plan, by))
    ):
        raise AccessRefusedError("author")
    if not is_fresh and len(reason.strip()) < 3:
        raise PlanRefusedError("reason", "reason")
    with act():
        plan = _taken(plan)
        taken = Agreement.objects.filter(pk=agreement.pk, withdrawn_at=None)
        if not taken.update(withdrawn_at=now, withdrawn_reason=reason.strip()[:200] or "Reprise"):
            return
        leave(plan, "answer.taken_back", label=agreement.party_label, is_content=False)
        if agreement.party == "actor":
            _Part.of(plan, agreement.party_id, agreement.party_label).move("reconsider", reason)
            parts.settle(plan)
        elif plan.signed_edition == agreement.edition and agreement.content_hash:
            _unsign(plan)


# --- the parts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """What a plan asks of an actor now, and the task of it when it was sent."""

    actions: Sequence[Action] = ()
    task: Task | None = None

    @classmethod
    def of(cls, plan: Plan, party_id: UUID | None, label: str) -> "_Part":
        wanted = str(party_id or " ".join(label.lower().split()))
        asked = rules.parts_of(queries.actions_of(plan))
        rows = next((rows for key, rows in asked.items() if key.partition(":")[2] == wanted), [])
        return cls(rows, next((one for one in queries.tasks_of(plan) if _is_of(one, wanted)), None))

    @property
    def print(self) -> str:
        """The print of the part; empty for who is named in no action."""
        return rules.part_print(self.actions) if self.actions else ""

    def move(self, transition: str, words: str) -> None:
        """The task takes the step of the answer, when it is there and the step is possible."""
        task = self.task
        if task is None or task.state not in task.table.acts[transition].sources:
            return
        moved = parts.move_part(task, transition, reason=words)
        if moved.state != flows.AGREED:
            return
        if queries.is_live(self.actions):
            parts.keep_date(moved, self.actions)
        else:
            parts.move_part(moved, "finish")


def _is_of(task: Task, wanted: str) -> bool:
    return str(task.details.get("key", "")).endswith(f":{wanted}")


def _demand_answer(plan: Plan) -> Decision:
    """Who may answer: the person, who acts for them, who may write the plan (AccessRefusedError, `closed`)."""
    by = current_actor()
    decision = may(access_rules.READ, "plan", patient_id=plan.patient_id)
    if not decision.allowed and by.kind != "system":
        raise AccessRefusedError(decision.reason)
    if decision.role in ("patient", "proxy"):
        if not access_rules.acts_as_person(decision):
            raise AccessRefusedError("level")
    else:
        demand(plan.patient_id)
    return decision


def _taken(plan: Plan) -> Plan:
    """The plan under its lock, and the caller's copy brought up to it."""
    locked(plan)
    plan.refresh_from_db()
    return plan


def _is_theirs(plan: Plan, party_id: UUID, by: Actor) -> bool:
    """Whether somebody answers for the part of this actor: they are it, it is their place, or it was given to them."""
    if party_id in by.grantees:
        return True
    return any(
        _is_of(one, str(party_id)) and {one.assignee_id, one.team_id} & set(by.grantees)
        for one in queries.tasks_of(plan)
    )  # fmt: skip


def _check_answer(party: str, answer: str, means: str) -> None:
    given = {"party": party, "answer": answer, "means": means}
    words = {"party": rules.PARTIES, "answer": rules.ANSWERS, "means": rules.MEANS}
    for name, value in given.items():
        if value not in dict(words[name]):
            raise PlanRefusedError("choice", name)
    if answer not in rules.PARTY_ANSWERS.get(party, dict(rules.ANSWERS)):
        raise PlanRefusedError("choice", "answer")


def _signer(plan: Plan, decision: Decision, signer: str, by: Actor) -> kinds.Decider:
    """Who signs; from their own account people sign for themselves alone (PlanRefusedError `signer`)."""
    deciders = kinds.deciders_of(plan.patient_id)
    if decision.role == "patient":
        found = next((one for one in deciders if one.party == "person"), None)
    elif decision.role == "proxy":
        own = [one for one in deciders if one.party == "proxy" and one.grantee_id == by.grantee_id]
        found = own[0] if own else None
    else:
        found = next((one for one in deciders if one.key == signer), None)
    if found is None:
        raise PlanRefusedError("signer", "signer")
    return found


def _check_signature(
    answer: str, signed_name: str, remark: str, *, decider: kinds.Decider, has_read: bool
) -> None:
    if len(signed_name) > 200 or len(remark) > MAX_REMARK:
        raise PlanRefusedError("long", "remark")
    if answer == "refused":
        return
    if not signed_name.strip():
        raise PlanRefusedError("empty", "signed_name")
    if not has_read:
        raise PlanRefusedError("read", "has_read")
    if decider.party == "proxy" and len(remark.strip()) < 3:
        raise PlanRefusedError("heard", "remark")


def _keep(plan: Plan, *, party_label: str, remark: str, **values: Any) -> Agreement:
    by = current_actor()
    if len(remark) > MAX_REMARK:
        raise PlanRefusedError("long", "remark")
    made = Agreement(
        id=uuid7(),
        patient_id=plan.patient_id,
        identity_id=plan.identity_id,
        plan=plan,
        party_label=party_label.strip()[:200],
        remark=remark.strip(),
        revision=plan.revision,
        edition=plan.edition,
        answered_at=timezone.now(),
        recorded_by=by.name[:200],
        recorded_by_id=by.user_id,
        **values,
    )
    made.save(force_insert=True)
    return made


def _mark_signed(plan: Plan, made: Agreement) -> None:
    """The plan is signed, or is not any more: a refusal undoes the signature of the same edition."""
    if made.answer in rules.AGREEING:
        plan.signed_at, plan.signed_by, plan.signed_edition = (
            made.answered_at, made.party_label, plan.edition,
        )  # fmt: skip
        plan.save(update_fields=["signed_at", "signed_by", "signed_edition"])
    elif plan.is_signed:
        _unsign(plan)


def _unsign(plan: Plan) -> None:
    plan.signed_at, plan.signed_by, plan.signed_edition = None, "", None
    plan.save(update_fields=["signed_at", "signed_by", "signed_edition"])

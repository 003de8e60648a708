"""What people answer to a plan: each actor to their part, the person by a signature tied to what was signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may
from enrs.core.access.rules import Decision
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.core.plans import flows, kinds, queries, rules
from enrs.core.plans.commands import parts
from enrs.core.plans.commands.answers import (
    MAX_REMARK,
    capacity,
    keep,
    leave_answer,
    shown,
    stand,
)
from enrs.core.plans.commands.shared import (
    PlanRefusedError,
    demand,
    locked,
)
from enrs.core.plans.models import Action, Agreement, Plan
from enrs.core.workflow.models import Task

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
    expected_print: str | None = None,
    expected_edition: int | None = None,
) -> Agreement:
    """Keep what somebody answered to the plan as it stands; the part of an actor moves with their answer.

    `expected_print` is that of the part which its actor was shown, `expected_edition` that of the plan. A refusal of
    the person, or of who decides for them, undoes the signature. The same answer twice is one.

    The person and their proxy answer for themselves; a professional who may write the plan records the answer of
    others, never « en ligne », which only they themselves may give (for the part of their place of work too, when
    `party_id` names it).

    Raises:
        AccessRefusedError, PlanRefusedError: `choice`, `empty`, `long`, `closed`; `remark` (an actor who does not
            agree says why); `edition` (what was read changed since).
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
        if expected_edition not in (None, plan.edition) or expected_print not in (None, part.print):
            raise PlanRefusedError("edition")
        made, is_new = keep(
            plan, party=party, party_id=party_id, party_label=label, answer=answer, means=means,
            remark=remark, part_print=part.print, capacity=capacity(plan, party, party_id, label),
        )  # fmt: skip
        if not is_new:
            return made
        if party == "actor":
            part.follow(made)
        else:
            stand(plan)
        leave_answer(plan, f"answer.{answer}", made)
        if party == "actor":
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
    paper_edition: int | None = None,
) -> Agreement:
    """Keep the signature of the person, or of who decides for them, with the edition that they were shown.

    `expected_edition` is that of the page; `paper_edition` the number at the foot of the sheet that was signed: the
    signature is then that of this edition, past when the plan changed since. The same signature twice is one.

    `signer` is the key of a `Decider`. A professional collects it (at the screen, on paper, of a voice) or notes a
    refusal; the person and who decides for them sign by themselves from their own account, and no one else.

    Raises:
        AccessRefusedError.
        PlanRefusedError: `signer`, `choice`, `empty` (no name), `read` (the box), `edition` (the plan changed since),
            `signed_on` (later than today, or before the edition was there), `heard` (who decides for the person says
            what the person thinks of it), `reserve` (which), `paper` (no sheet of this number was printed),
            `empty_plan`, `long`, `closed`.
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
    is_paper = means == "signed" and paper_edition is not None
    with act():
        plan = _taken(plan)
        if plan.edition != expected_edition and not is_paper:
            raise PlanRefusedError("edition")
        read = shown(plan, paper_edition if is_paper else None)
        if signed_on > today or signed_on < read.since:
            raise PlanRefusedError("signed_on", "signed_on")
        if not read.content["action"]:
            raise PlanRefusedError("empty_plan")
        made, is_new = keep(
            plan, party=decider.party, party_id=by.grantee_id if is_own else decider.grantee_id,
            party_label=decider.name, answer=answer, edition=read.edition, content=read.content,
            means=means, remark=remark, content_hash=rules.print_of(read.content),
            signed_name=signed_name.strip()[:200], signed_on=signed_on, capacity=decider.capacity[:200],
        )  # fmt: skip
        if is_new:
            stand(plan)
            leave_answer(plan, "refused" if answer == "refused" else "signed", made)
    return made


def withdraw_agreement(*, plan: Plan, agreement: Agreement, reason: str = "") -> None:
    """Take back an answer: by who gave or wrote it, at once; later with a reason.

    The referent may take back, with a reason, what other professionals wrote down; never what somebody answered
    online for themselves.

    Raises:
        AccessRefusedError: it is somebody else's.
        PlanRefusedError: `reason` (missing), `closed`.
    """
    _demand_answer(plan)
    by, now = current_actor(), timezone.now()
    is_own = agreement.recorded_by_id is not None and agreement.recorded_by_id == by.user_id
    is_fresh = is_own and now - agreement.answered_at <= TAKE_BACK
    is_written_down = by.kind == "professional" and agreement.means != "online"
    if agreement.plan_id != plan.pk or not (
        is_own or (is_written_down and queries.is_referent(plan, by))
    ):
        raise AccessRefusedError("author")
    if not is_fresh and len(reason.strip()) < 3:
        raise PlanRefusedError("reason", "reason")
    with act():
        plan = _taken(plan)
        taken = Agreement.objects.filter(pk=agreement.pk, withdrawn_at=None)
        if not taken.update(withdrawn_at=now, withdrawn_reason=reason.strip()[:200] or "Reprise"):
            return
        if agreement.party == "actor":
            part = _Part.of(plan, agreement.party_id, agreement.party_label)
            part.follow(part.answer(plan), reason)
        else:
            stand(plan)
        leave_answer(plan, "answer.taken_back", agreement)
        if agreement.party == "actor":
            parts.settle(plan)


# --- the parts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """What a plan asks of an actor now, and the task of it when it was sent."""

    actions: Sequence[Action] = ()
    task: Task | None = None
    wanted: str = ""

    @classmethod
    def of(cls, plan: Plan, party_id: UUID | None, label: str) -> "_Part":
        wanted = str(party_id or " ".join(label.lower().split()))
        asked = rules.parts_of(queries.actions_of(plan))
        rows = next((rows for key, rows in asked.items() if key.partition(":")[2] == wanted), [])
        task = next((one for one in queries.tasks_of(plan) if _is_of(one, wanted)), None)
        return cls(rows, task, wanted)

    @property
    def print(self) -> str:
        """The print of the part; empty for who is named in no action."""
        return rules.part_print(self.actions) if self.actions else ""

    def answer(self, plan: Plan) -> Agreement | None:
        """What its actor answered last, of what stands."""
        return queries.answers_of(plan).get(self.wanted)

    def follow(self, answer: Agreement | None, words: str = "") -> None:
        """The task takes the step of the answer that stands, on the part as it now is; without one it asks again."""
        if self.task is not None and self.actions:
            parts.keep_details(self.task, self.actions)
        if answer is not None and answer.part_print == self.print:
            self.move(MOVES[answer.answer], answer.remark)
        else:
            self.move("reconsider", words)

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
    if answer == "reserved" and len(remark.strip()) < 3:
        raise PlanRefusedError("reserve", "remark")
    if not signed_name.strip():
        raise PlanRefusedError("empty", "signed_name")
    if not has_read:
        raise PlanRefusedError("read", "has_read")
    if decider.party == "proxy" and len(remark.strip()) < 3:
        raise PlanRefusedError("heard", "remark")

"""Invented plans with their history, made as the commands would have made them, in bulk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.moments import day_bounds, legal_day
from enrs.core.plans import flows, kinds, rules
from enrs.core.plans.fhir import publish_goal, publish_plan
from enrs.core.plans.models import Action, Agreement, Goal, Plan, PlanRow, PlanStep, Problem
from enrs.core.workflow.demo import Move, Teller
from enrs.core.workflow.models import Task

STEP = timedelta(minutes=3)
"""Between two acts of who writes a plan."""

MODELS: Mapping[type[PlanRow], tuple[str, str]] = {
    Problem: ("problem", "label"),
    Goal: ("goal", "text"),
    Action: ("action", "text"),
}
One = TypeVar("One", bound=PlanRow)
_MOVES = {"agreed": "agree", "reserved": "agree", "proposed": "propose", "refused": "decline"}
_SIGNED = {"refused": "refused"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an actor answered to their part, so many hours after it was sent."""

    by: Someone
    answer: str = "agreed"
    remark: str = ""
    hours: float = 20.0


class PlanTeller:
    """Writes one plan as `by` made it from the moment `at` on; each change is a step and a revision."""

    def __init__(
        self, rows: Rows, *, patient: Patient, kind: str, by: Someone, at: datetime, **texts: Any
    ) -> None:
        self.rows, self.by, self.at = rows, by, at
        self.shared = {"patient_id": patient.id, "identity_id": patient.identity_id}
        self.plan = rows.add(
            Plan(
                id=key(at), kind=kind, author_id=by.user_id, author_name=by.name, changed_at=at,
                edition_at=at, revision=0, **texts, **self.shared,
            )
        )  # fmt: skip
        self.last_by: Someone | None = None
        self.held: dict[str, list[Any]] = {kind: [] for kind, _ in MODELS.values()}
        self._step("created", label=self.plan.title)
        rows.publish(partial(publish_plan, self.plan))

    def add(self, model: type[One], at: datetime | None = None, **values: Any) -> One:
        """A problem, a goal or an action; a settled goal and an evaluated action take the day of `at`."""
        self.at = at or self.at + STEP
        day = legal_day(self.at)
        if model is Goal and values.get("status", "active") != "active":
            values.setdefault("settled_on", day)
        if model is Action and values.get("evaluation"):
            values.setdefault("evaluated_on", day)
        row = self.rows.add(
            model(
                id=key(self.at), plan=self.plan, author_name=self.by.name, changed_by=self.by.name,
                changed_at=self.at, **values, **self.shared,
            )
        )  # fmt: skip
        kind, name = MODELS[model]
        self.held[kind].append(row)
        self._step("added", kind=kind, row=row, label=str(getattr(row, name)), is_edition=True)
        if isinstance(row, Goal):
            self.rows.publish(partial(publish_goal, row))
        return row

    def move(self, status: str, at: datetime | None = None, reason: str = "") -> None:
        """Start the plan, end it or stop it."""
        self.at = at or self.at + STEP
        values: dict[str, Any] = {"status": status}
        if status == "active":
            values["started_at"] = self.at
        else:
            values |= {"closed_at": self.at, "closed_reason": reason}
        former = {
            name: getattr(self.plan, name)
            for name in values
            if getattr(self.plan, name) != values[name]
        }
        for name, value in values.items():
            setattr(self.plan, name, value)
        self._step(status, label=reason, former=former)

    def agree(
        self,
        party: str,
        label: str,
        answer: str,
        *,
        means: str = "oral",
        who: Someone | None = None,
        remark: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> Agreement:
        """What somebody answered to the plan as it stands; online, they answered themselves."""
        self.at = at or self.at + STEP
        by = who if who and means == "online" else self.by
        given = self.rows.add(
            Agreement(
                id=key(self.at), plan=self.plan, party=party, party_label=label, answer=answer,
                party_id=who.grantee_id if who else None, means=means, remark=remark,
                revision=self.plan.revision, edition=self.plan.edition, answered_at=self.at,
                recorded_by=by.name, recorded_by_id=by.user_id, **more, **self.shared,
            )
        )  # fmt: skip
        what = f"answer.{answer}" if "content_hash" not in more else _SIGNED.get(answer, "signed")
        self._step(what, label=label, by=by, is_content=False)
        return given

    def send(
        self, replies: Mapping[UUID, Reply], now: datetime, at: datetime | None = None
    ) -> None:
        """The plan is sent to those of the circle whom it names; who has a reply has answered by then."""
        sent = self.at = at or self.at + STEP
        self.plan.sent_at = sent
        parts = {
            who: rows
            for who, rows in rules.parts_of(self.held["action"]).items()
            if rules.is_named(who)
        }
        self._step("sent", label=", ".join(rows[0].who_label for rows in parts.values()), is_content=False)  # fmt: skip
        answered = sorted(
            ((who, rows, replies.get(UUID(who.partition(":")[2]))) for who, rows in parts.items()),
            key=lambda one: one[2].hours if one[2] else 0.0,
        )
        for who, rows, reply in answered:
            self._part(who, rows, reply, sent, now)

    def _part(
        self, who: str, rows: list[Action], reply: Reply | None, sent: datetime, now: datetime
    ) -> None:
        """One part: its task, and the answer of its actor."""
        first, moves = rows[0], []
        is_place = first.who_kind == "organisation"
        task = Task(
            id=key(sent), workflow=flows.PART, title=f"{kinds.kind_of(self.plan.kind).label} : votre part"[:200],
            reason="\n".join(one.text for one in rows)[:5000], requester_id=self.by.user_id,
            requester_grantee_id=self.by.grantee_id, requester_name=self.by.name,
            requester_label=self.by.label, requester_organisation_id=self.by.place_id,
            requester_organisation_name=self.by.place_name, opened_at=sent, changed_at=sent,
            assignee_id=None if is_place else first.who_id, assignee_kind="" if is_place else "person",
            assignee_name="" if is_place else first.who_label[:200], team_id=first.who_id if is_place else None,
            team_name=first.who_label[:200] if is_place else "", subject_kind="plan", subject_id=self.plan.id,
            plan_id=self.plan.id,
            details={
                "key": who, "print": rules.part_print(rows), "edition": self.plan.edition, "count": len(rows),
            },
            **self.shared,
        )  # fmt: skip
        due = None
        if reply is not None:
            self.last_by = reply.by
            answered = sent + timedelta(hours=reply.hours)
            moves.append(Move(_MOVES[reply.answer], answered, reply.by, reason=reply.remark))
            self.agree(
                "actor", first.who_label[:200], reply.answer, means="online", who=reply.by, remark=reply.remark,
                at=max(answered, self.at), part_print=rules.part_print(rows),
            )  # fmt: skip
            days = [one.due_on for one in rows if one.due_on and one.status in rules.LIVE_ACTIONS]
            if reply.answer in rules.AGREEING:
                due = day_bounds(min(days))[1] if days else None
                if not any(one.status in rules.LIVE_ACTIONS for one in rows):
                    moves.append(Move("finish", answered + STEP, reply.by))
        Teller(self.rows, task, now).tell(self.by, moves, due)

    def validate(self, at: datetime | None = None, reason: str = "") -> None:
        """Everybody agreed, or the referent says why not; a plan in preparation begins."""
        self.at = at or self.at + STEP
        plan = self.plan
        plan.validated_at, plan.validated_edition = self.at, plan.edition
        plan.validated_by, plan.validated_reason = (self.by.name if reason else ""), reason
        if plan.status == "draft":
            plan.status, plan.started_at = "active", self.at
        by = None if reason else self.last_by
        self._step("validated", label=reason, by=by, is_content=False)

    def sign(
        self, name: str, answer: str = "agreed", *, means: str = "screen", remark: str = "",
        at: datetime | None = None,
    ) -> Agreement:  # fmt: skip
        """The person signs the plan as it stands, or refuses it, in front of who writes it."""
        self.at = at or self.at + STEP
        said = SimpleNamespace(
            plan=self.plan, problems=self.held["problem"], goals=self.held["goal"], actions=self.held["action"]
        )  # fmt: skip
        given = self.agree(
            "person", name, answer, means=means, remark=remark, at=self.at, content=rules.content_of(said),
            content_hash=rules.content_print(said),
            signed_name=name if answer != "refused" else "", signed_on=legal_day(self.at),
        )  # fmt: skip
        if answer in rules.AGREEING:
            self.plan.signed_at, self.plan.signed_by = self.at, name
            self.plan.signed_edition = self.plan.edition
        return given

    def _step(
        self,
        what: str,
        *,
        kind: str = "plan",
        row: PlanRow | None = None,
        label: str = "",
        former: Mapping[str, Any] | None = None,
        by: Someone | None = None,
        is_content: bool = True,
        is_edition: bool = False,
    ) -> None:
        author = by or self.by
        if is_edition:
            self.plan.edition, self.plan.edition_at = self.plan.edition + 1, self.at
        if is_content:
            self.plan.revision, self.plan.changed_at = self.plan.revision + 1, self.at
        self.rows.add(
            PlanStep(
                id=key(self.at), plan=self.plan, at=self.at, what=what, object_kind=kind,
                object_id=row.id if row else self.plan.id, label=label[:300],
                former=dict(former or {}), author_id=author.user_id, author_name=author.name,
                revision=self.plan.revision, **self.shared,
            )
        )  # fmt: skip

"""Invented plans with their history, made as the commands would have made them, in bulk."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.moments import legal_day
from enrs.core.plans.fhir import publish_goal, publish_plan
from enrs.core.plans.models import Action, Agreement, Goal, Plan, PlanRow, PlanStep, Problem

STEP = timedelta(minutes=3)
"""Between two acts of who writes a plan."""

MODELS: Mapping[type[PlanRow], tuple[str, str]] = {
    Problem: ("problem", "label"),
    Goal: ("goal", "text"),
    Action: ("action", "text"),
}
One = TypeVar("One", bound=PlanRow)


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
                revision=0, **texts, **self.shared,
            )
        )  # fmt: skip
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
        self._step("added", kind=kind, row=row, label=str(getattr(row, name)))
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
    ) -> Agreement:
        """What somebody answered to the plan as it stands; online, they answered themselves."""
        self.at = at or self.at + STEP
        by = who if who and means == "online" else self.by
        given = self.rows.add(
            Agreement(
                id=key(self.at), plan=self.plan, party=party, party_label=label, answer=answer,
                party_id=who.grantee_id if who else None, means=means, remark=remark,
                revision=self.plan.revision, answered_at=self.at, recorded_by=by.name, **self.shared,
            )
        )  # fmt: skip
        self._step(f"answer.{answer}", label=label, by=by, is_content=False)
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
    ) -> None:
        author = by or self.by
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

"""Reading plans: those of a person, one whole, its history. Row security narrows them all."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.core.plans import rules
from enrs.core.plans.models import OPEN, Action, Agreement, Goal, Plan, PlanRow, PlanStep, Problem

STEPS = 50
Before = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Party:
    """The newest answer of one party, and whether the plan changed since."""

    agreement: Agreement
    is_past: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """A plan with all that it holds, in reading order."""

    plan: Plan
    problems: list[Problem] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    said: list[Agreement] = field(default_factory=list)

    @property
    def unsettled(self) -> list[Goal]:
        """Shared goals stated and not reached: the last part of the plan."""
        return [one for one in self.goals if one.status in rules.UNSETTLED]

    @property
    def signature(self) -> Agreement | None:
        """The signature, or refusal, of the person or of who decides for them that counts; of an older edition too."""
        return next((one for one in self.said if one.answer == "refused" or one.content_hash), None)

    @property
    def states(self) -> dict[str, str]:
        """Where each row stands, in words, by its id."""
        settled = {str(one.id): "Résolu" for one in self.problems if one.is_resolved}
        rows: list[Goal | Action] = [*self.goals, *self.actions]
        return settled | {str(one.id): one.get_status_display() for one in rows}

    @property
    def content(self) -> dict[str, Any]:
        """The present edition: what is signed."""
        return rules.content_of(self)

    @property
    def print(self) -> str:
        """The print of the present edition."""
        return rules.content_print(self)

    @property
    def late_actions(self) -> list[Action]:
        """Actions still expected whose date passed."""
        today = legal_day(timezone.now())
        return [one for one in self.actions if rules.is_late(one.due_on, one.status, today)]

    @property
    def is_to_revise(self) -> bool:
        """Whether the date of revision of an open plan passed."""
        return rules.is_late(self.plan.revise_on, self.plan.status, legal_day(timezone.now()))


def plans_of(patient_id: UUID, kind: str | None = None) -> list[Plan]:
    """The plans of a person, the newest first."""
    rows = Plan.objects.filter(patient_id=patient_id, withdrawn_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    return list(rows.order_by("-changed_at", "-id")[:100])


def open_plan(patient_id: UUID, kind: str) -> Plan | None:
    """The one plan of this kind in preparation or under way."""
    rows = Plan.objects.filter(patient_id=patient_id, kind=kind, status__in=OPEN)
    return rows.filter(withdrawn_at=None).first()


def plan(patient_id: UUID, plan_id: UUID) -> Plan | None:
    """One plan of a person, by its address."""
    rows = Plan.objects.filter(patient_id=patient_id, pk=plan_id, withdrawn_at=None)
    return rows.first()


def row(found: Plan, kind: str, row_id: UUID) -> PlanRow | None:
    """One row of a plan, by its address."""
    models: dict[str, type[PlanRow]] = {"problem": Problem, "goal": Goal, "action": Action}
    model = models[kind]
    rows = model._default_manager.filter(plan=found, pk=row_id, withdrawn_at=None)
    return rows.select_related("plan").first()


def goal_of(patient_id: UUID, goal_id: UUID) -> Goal | None:
    """One goal of a person, whatever its plan."""
    rows = Goal.objects.filter(patient_id=patient_id, pk=goal_id, withdrawn_at=None)
    return rows.select_related("plan").first()


def agreement(found: Plan, agreement_id: UUID) -> Agreement | None:
    """One answer to a plan that stands."""
    rows = Agreement.objects.filter(plan=found, pk=agreement_id, withdrawn_at=None)
    return rows.first()


def whole(found: Plan) -> Whole:
    """A plan with its rows, in four statements whatever their number."""
    problems = Problem.objects.filter(plan=found, withdrawn_at=None)
    goals = Goal.objects.filter(plan=found, withdrawn_at=None).select_related("problem")
    actions = Action.objects.filter(plan=found, withdrawn_at=None).select_related("goal")
    rows = list(actions.order_by("due_on", "id"))
    return Whole(
        plan=found,
        problems=list(problems.order_by("is_resolved", "priority", "id")),
        goals=list(goals.order_by("problem__priority", "id")),
        actions=rows,
        parties=_parties(found, rows),
        said=said_for_the_person(found),
    )


def said_for_the_person(found: Plan) -> list[Agreement]:
    """What the person, and who decides for them, said of a plan: what counts most first, without the texts kept.

    On a newer edition before on an older one, whenever it was written down; then on a later day; then written later.
    """
    rows = Agreement.objects.filter(plan=found, withdrawn_at=None).exclude(party="actor")
    rows = rows.exclude(party="proxy", capacity="").order_by("-answered_at", "-id")
    return sorted(
        rows.defer("content")[:100],
        key=lambda one: (one.edition, one.said_on, one.answered_at),
        reverse=True,
    )


def signature_that_stands(said: list[Agreement]) -> Agreement | None:
    """The signature that nothing said since undoes: a refusal does, an agreement by word of mouth does not."""
    for one in said:
        if one.answer == "refused":
            return None
        if one.content_hash:
            return one
    return None


def _parties(found: Plan, actions: list[Action]) -> list[Party]:
    newest: dict[tuple[str, str], Agreement] = {}
    rows = Agreement.objects.filter(plan=found, withdrawn_at=None).order_by("-answered_at", "-id")
    for one in rows.defer("content")[:400]:
        who = "" if one.party == "person" else str(one.party_id or one.party_label.lower())
        newest.setdefault((one.party, who), one)
    prints = {rules.part_print(part) for part in rules.parts_of(actions).values()}
    return [Party(one, is_past=_is_past(one, found, prints)) for one in newest.values()]


def _is_past(one: Agreement, plan: Plan, prints: set[str]) -> bool:
    """An actor answered for their part, anybody else for the whole."""
    return one.part_print not in prints if one.part_print else one.edition < plan.edition


def printed(found: Plan, edition: int) -> PlanStep | None:
    """The step that kept an edition when it was first printed."""
    return PlanStep.objects.filter(plan=found, what="printed", former__edition=edition).first()


def steps(found: Plan, before: Before | None = None, size: int = STEPS) -> list[PlanStep]:
    """The history of a plan, the newest first, one page."""
    rows = PlanStep.objects.filter(plan=found)
    if before:
        at, key = before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=key))
    return list(rows.order_by("-at", "-id")[:size])

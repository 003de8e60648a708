"""A plan of care: problems, shared goals, actions, the agreement of each, and its history."""

from django.db import models

from enrs.core.plans import rules
from enrs.core.subjects.models import ClinicalFact, Versioned

OPEN = ("draft", "active")


class Plan(ClinicalFact, Versioned):
    """One plan of one person; at most one of each kind is open at a time.

    `version` guards its own texts; `revision` grows with every change of its content, rows included,
    and is what an agreement was given on. `identifiers` are the names that other software gave it.
    `is_twin` marks the one that came with a merge where the other patient had one: two are open until one
    is stopped.
    """

    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=20, choices=rules.PLAN_STATUSES, default="draft")
    title = models.CharField(max_length=200)
    situation = models.TextField(blank=True)
    wishes = models.TextField(blank=True)
    synthesis = models.TextField(blank=True)
    referent_id = models.UUIDField(null=True, blank=True)
    referent_name = models.CharField(max_length=200, blank=True)
    referent_label = models.CharField(max_length=200, blank=True)
    revise_on = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    is_twin = models.BooleanField(default=False)

    class Meta:
        db_table = "plan"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=models.Q(status__in=OPEN, withdrawn_at=None, is_twin=False),
                name="plan_one_open",
            )
        ]
        indexes = [models.Index(fields=["patient", "-changed_at", "-id"], name="plan_timeline")]

    def __str__(self) -> str:
        return self.title


class PlanRow(ClinicalFact, Versioned):
    """A row of a plan; `author_name` wrote it, `changed_by` saved it last."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="%(class)ss")
    author_name = models.CharField(max_length=200, blank=True)
    changed_by = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class Problem(PlanRow):
    """A situation that is a problem, in order of priority (1 comes first)."""

    label = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=40, blank=True)
    code_system = models.CharField(max_length=100, blank=True)
    is_resolved = models.BooleanField(default=False)

    class Meta:
        db_table = "plan_problem"
        indexes = [models.Index(fields=["plan", "priority", "id"], name="plan_problem_order")]

    def __str__(self) -> str:
        return self.label


class Goal(PlanRow):
    """A goal stated by somebody, shared with the person or not; one not reached says why."""

    problem = models.ForeignKey(
        Problem, on_delete=models.PROTECT, related_name="goals", null=True, blank=True
    )
    text = models.CharField(max_length=500)
    criteria = models.CharField(max_length=500, blank=True)
    stated_by = models.CharField(max_length=200, blank=True)
    is_shared = models.BooleanField(default=True)
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=rules.GOAL_STATUSES, default="active")
    settled_on = models.DateField(null=True, blank=True)
    why = models.TextField(blank=True)

    class Meta:
        db_table = "plan_goal"
        indexes = [models.Index(fields=["plan", "id"], name="plan_goal_order")]

    def __str__(self) -> str:
        return self.text[:80]


class Action(PlanRow):
    """Who does what, until when, for which goal, and what came of it."""

    goal = models.ForeignKey(
        Goal, on_delete=models.PROTECT, related_name="actions", null=True, blank=True
    )
    kind = models.CharField(max_length=20, choices=rules.ACTION_KINDS, default="prevention")
    text = models.CharField(max_length=500)
    who_kind = models.CharField(max_length=20, choices=rules.WHO_KINDS, default="free")
    who_id = models.UUIDField(null=True, blank=True)
    who_label = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=rules.ACTION_STATUSES, default="planned")
    evaluation = models.TextField(blank=True)
    evaluated_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "plan_action"
        indexes = [models.Index(fields=["plan", "id"], name="plan_action_order")]

    def __str__(self) -> str:
        return self.text[:80]


class Agreement(ClinicalFact):
    """What somebody of the plan, or the person, answered to it; the newest of a party holds."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="agreements")
    party = models.CharField(max_length=20, choices=rules.PARTIES)
    party_id = models.UUIDField(null=True, blank=True)
    party_label = models.CharField(max_length=200)
    answer = models.CharField(max_length=20, choices=rules.ANSWERS)
    means = models.CharField(max_length=20, choices=rules.MEANS, default="oral")
    remark = models.CharField(max_length=500, blank=True)
    revision = models.PositiveIntegerField()
    answered_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "plan_agreement"
        indexes = [models.Index(fields=["plan", "-answered_at", "-id"], name="plan_agreement_new")]

    def __str__(self) -> str:
        return f"{self.party_label} : {self.answer}"


class PlanStep(ClinicalFact):
    """One line of a plan's history; `former` holds the values that a change replaced."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    what = models.CharField(max_length=40)
    object_kind = models.CharField(max_length=20, blank=True)
    object_id = models.UUIDField(null=True, blank=True)
    label = models.CharField(max_length=300, blank=True)
    former = models.JSONField(default=dict)
    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField()

    class Meta:
        db_table = "plan_step"
        indexes = [models.Index(fields=["plan", "-at", "-id"], name="plan_step_timeline")]

    def __str__(self) -> str:
        return self.what

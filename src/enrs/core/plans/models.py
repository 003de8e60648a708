"""A plan of care: problems, shared goals, actions, the agreement of each, its history; templates of plans."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.plans import rules
from enrs.core.subjects.models import ClinicalFact, Versioned

OPEN = ("draft", "active")


class Plan(ClinicalFact, Versioned):
    """One plan of one person; at most one of each kind is open at a time.

    `version` guards its own texts; `revision` grows with every change of its content, rows included;
    `edition` only with what people agree to (`rules.editions`), and is what an agreement was given on.
    `validated_edition` and `signed_edition` are those that stand: an edition since makes them past.
    `exception` is why it was opened where its kind would not. `identifiers` are the names that other software gave it.
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
    edition = models.PositiveIntegerField(default=1)
    edition_at = models.DateTimeField(null=True, blank=True)
    exception = models.CharField(max_length=400, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    validated_at = models.DateTimeField(null=True, blank=True)
    validated_by = models.CharField(max_length=200, blank=True)
    validated_reason = models.CharField(max_length=500, blank=True)
    validated_edition = models.PositiveIntegerField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=200, blank=True)
    signed_edition = models.PositiveIntegerField(null=True, blank=True)
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
        indexes = [
            models.Index(fields=["patient", "-changed_at", "-id"], name="plan_timeline"),
            models.Index(
                fields=["kind", "referent_id", "id"],
                condition=Q(status__in=OPEN, withdrawn_at=None),
                name="plan_of_referent",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_validated(self) -> bool:
        """Whether its present edition is validated."""
        return self.validated_at is not None and self.validated_edition == self.edition

    @property
    def is_signed(self) -> bool:
        """Whether its present edition is signed by the person, or by who decides for them."""
        return self.signed_at is not None and self.signed_edition == self.edition


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

    @property
    def is_dropped(self) -> bool:
        """Whether it is sought no more."""
        return self.status == rules.DROPPED["goal"]


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

    @property
    def is_dropped(self) -> bool:
        """Whether it is not to be done."""
        return self.status == rules.DROPPED["action"]


class Agreement(ClinicalFact):
    """What somebody of the plan, or the person, answered to it; the newest of a party holds.

    An actor answers for their part (`part_print`), the person for an edition. A signature keeps the print of
    what was signed (`content_hash`), that text itself (`content`), the name that was typed and, of who decides for
    the person, by what right. `capacity` is also what tells who decides from a relative who gives an opinion.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="agreements")
    party = models.CharField(max_length=20, choices=rules.PARTIES)
    party_id = models.UUIDField(null=True, blank=True)
    party_label = models.CharField(max_length=200)
    answer = models.CharField(max_length=20, choices=rules.ANSWERS)
    means = models.CharField(max_length=20, choices=rules.MEANS, default="oral")
    remark = models.CharField(max_length=500, blank=True)
    revision = models.PositiveIntegerField()
    edition = models.PositiveIntegerField(default=1)
    part_print = models.CharField(max_length=64, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    content = models.JSONField(null=True, blank=True)
    signed_name = models.CharField(max_length=200, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    capacity = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200, blank=True)
    recorded_by_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "plan_agreement"
        indexes = [models.Index(fields=["plan", "-answered_at", "-id"], name="plan_agreement_new")]

    def __str__(self) -> str:
        return f"{self.party_label} : {self.answer}"

    @property
    def said_on(self) -> date:
        """The day on which it was given: that of the signature, when it was written down later."""
        return self.signed_on or legal_day(self.answered_at)


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


class PlanTemplate(Versioned):
    """One numbered state of a template of plan, as the region keeps it: its `content` is read by `rules.templates`.

    Published, it never changes: a change is a draft with the next number. A plan keeps nothing of it but its
    rows, and in its history the number that was applied.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Brouillon"
        PUBLISHED = "published", "En service"
        RETIRED = "retired", "Retiré"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    content = models.JSONField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "plan_template"
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="plan_template_number"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="draft"), name="plan_template_one_draft"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="published"), name="plan_template_one_in_use"
            ),
        ]
        indexes = [models.Index(fields=["kind", "status", "title"], name="plan_template_list")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

"""Tasks that travel, those to whom they go, their history, their deadlines, and the saved filters of boards."""

from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Patient, Versioned
from enrs.core.workflow.registry import workflow
from enrs.core.workflow.rules import ANSWERS, PENDING, State, Workflow


class Task(ClinicalFact, Versioned):
    """What somebody asks of somebody: its workflow says where it may go.

    Without a patient it is seen by its parties alone. `assignee` is a grantee: a person, or an
    organisation as a team; `team` is the organisation in charge. Each move makes a new version.
    `identifiers` are the names that other software gave it, as FHIR `Identifier`.
    """

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )  # type: ignore[assignment]
    workflow = models.CharField(max_length=80)
    state = models.CharField(max_length=40)
    priority = models.CharField(max_length=10, default="routine")
    title = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    requester_id = models.UUIDField(null=True, blank=True)
    requester_grantee_id = models.UUIDField(null=True, blank=True)
    requester_name = models.CharField(max_length=200, blank=True)
    requester_label = models.CharField(max_length=200, blank=True)
    requester_organisation_id = models.UUIDField(null=True, blank=True)
    requester_organisation_name = models.CharField(max_length=200, blank=True)
    assignee_id = models.UUIDField(null=True, blank=True)
    assignee_kind = models.CharField(max_length=12, blank=True)
    assignee_name = models.CharField(max_length=200, blank=True)
    delegated_by = models.CharField(max_length=200, blank=True)
    team_id = models.UUIDField(null=True, blank=True)
    team_name = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    answer_id = models.UUIDField(null=True, blank=True)
    plan_id = models.UUIDField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    # Its default in the table is the migration's alone: told to the model, it would make each insertion
    # return a row that row security does not show yet.
    identifiers = models.JSONField(default=list, blank=True)

    class Meta:
        db_table = "task"
        indexes = [
            models.Index(fields=["patient", "-opened_at", "-id"], name="task_timeline"),
            models.Index(fields=["subject_kind", "subject_id"], name="task_subject"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def table(self) -> Workflow:
        """The declared table that it follows."""
        return workflow(self.workflow)

    @property
    def place(self) -> State:
        """The state where it stands, with its word, tone and icon."""
        return self.table.state(self.state)


class Addressee(models.Model):
    """One sending of a task: this person or team answers alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="addressees")
    grantee_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=200, blank=True)
    answer = models.CharField(
        max_length=12, choices=[(one, one) for one in ANSWERS], default="sent"
    )
    reason = models.TextField(blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    is_winner = models.BooleanField(default=False)

    class Meta:
        db_table = "task_addressee"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "grantee_id"],
                condition=~Q(answer__in=["withdrawn", "closed", "declined"]),
                name="task_addressee_once",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(is_winner=True), name="task_addressee_one_winner"
            ),
        ]
        indexes = [models.Index(fields=["task"], name="task_addressee_task")]

    def __str__(self) -> str:
        return f"{self.name}: {self.answer}"

    @property
    def is_pending(self) -> bool:
        """Whether an answer is still awaited."""
        return self.answer in PENDING


class TaskStep(models.Model):
    """One thing done to a task. The step that made a version is unique: two moves never leave the same one.

    `before` holds what an undo puts back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="steps")
    version = models.PositiveIntegerField()
    act = models.CharField(max_length=60)
    label = models.CharField(max_length=200)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True, blank=True)
    by_name = models.CharField(max_length=200)
    by_label = models.CharField(max_length=200, blank=True)
    by_organisation = models.CharField(max_length=200, blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    is_claim = models.BooleanField(default=False)
    before = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "task_step"
        constraints = [
            models.UniqueConstraint(fields=["task", "version"], name="task_step_version")
        ]

    def __str__(self) -> str:
        return f"{self.label} (v{self.version})"


class Deadline(models.Model):
    """A time within which a task must move on; `next_at` is the next moment when something is done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="deadlines")
    name = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "task_deadline"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "name"], condition=Q(ended_at=None), name="task_deadline_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(ended_at=None, next_at__isnull=False),
                name="task_deadline_next",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.due_at:%Y-%m-%d %H:%M}"


class Reminder(models.Model):
    """A reminder or escalation that was done: once for each rank of a deadline."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="reminders")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reminders")
    rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    users = models.JSONField(default=list)

    class Meta:
        db_table = "task_reminder"
        constraints = [
            models.UniqueConstraint(fields=["deadline", "rank"], name="task_reminder_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rank}"


class TaskParty(models.Model):
    """Who has a task on their boards: the narrow table that lists and counts read.

    A copy of what a list sorts and filters by, kept in the transaction of each move; a trigger keeps
    `patient_id` when a link of identities changes. `ended_at` takes it off the boards.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="parties")
    grantee_id = models.UUIDField()
    part = models.CharField(max_length=12)
    workflow = models.CharField(max_length=80)
    state = models.CharField(max_length=40)
    is_open = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=3)
    turn = models.FloatField()
    title_key = models.CharField(max_length=200, blank=True)
    patient_id = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "task_party"
        constraints = [
            models.UniqueConstraint(fields=["task", "grantee_id", "part"], name="task_party_once")
        ]
        indexes = [
            models.Index(
                fields=["grantee_id", "workflow", "is_open", "rank", "turn", "task"],
                condition=Q(ended_at=None),
                name="task_party_open",
            ),
            models.Index(
                fields=["grantee_id", "workflow", "state", "rank", "turn", "task"],
                condition=Q(ended_at=None),
                name="task_party_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.grantee_id}"


class BoardColumns(models.Model):
    """The columns of a board that a person puts away, by their keys."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    board = models.CharField(max_length=80)
    hidden = models.JSONField(default=list)

    class Meta:
        db_table = "board_columns"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "board"], name="board_columns_once")
        ]

    def __str__(self) -> str:
        return f"{self.board}: {self.hidden}"


class SavedFilter(models.Model):
    """A view of a board that a person keeps under a name."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    board = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    is_kept = models.BooleanField(default=True)

    class Meta:
        db_table = "board_filter"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "board", "name"], name="board_filter_once")
        ]

    def __str__(self) -> str:
        return self.name

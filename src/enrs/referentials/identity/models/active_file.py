"""The active file of a source, as it was handed in: looked at without a write, then imported line by line."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7


class ActiveFile(models.Model):
    """One file of one source, how far it is, what it would do and what it did.

    `content` goes once its lines are read, the lines once they are of no use; `foreseen` and `report` stay: how
    many lines have each outcome, and under `told` how many the unit has to look at. `batches` is how many parts
    the lines were put in; `step_count` how many of them (of the lines, while reading) the present stage did.
    `failures` is how often the present step failed, `stepped_at` when the worker looks at the file again. A file
    that was stopped or failed in the middle of its import keeps what it wrote, and its report.
    """

    class State(models.TextChoices):
        READING = "reading", "Lecture"
        CHECKING = "checking", "Essai à blanc"
        CHECKED = "checked", "À confirmer"
        RUNNING = "running", "Import en cours"
        DONE = "done", "Importé"
        CANCELLED = "cancelled", "Abandonné"
        STOPPED = "stopped", "Arrêté"
        FAILED = "failed", "Échoué"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    system = models.CharField(max_length=120)
    source_name = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    extracted_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    content = models.BinaryField(default=b"")
    line_count = models.PositiveIntegerField()
    batches = models.PositiveIntegerField(default=0)
    step_count = models.PositiveIntegerField(default=0)
    foreseen = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    stepped_at = models.DateTimeField()
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=200, blank=True)
    started_by_id = models.UUIDField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_active_file"
        constraints = [
            models.UniqueConstraint(
                fields=["system"],
                condition=~Q(state__in=("done", "cancelled", "stopped", "failed")),
                name="identity_active_file_one",
            )
        ]
        indexes = [
            models.Index(
                fields=["stepped_at"],
                condition=Q(state__in=("reading", "checking", "running")),
                name="identity_active_file_work",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def has_written(self) -> bool:
        """Whether its import wrote something, or may have."""
        return self.started_at is not None


class ActiveLine(models.Model):
    """A line of an active file. `number` is its place in the file, `value` the source's own number.

    `batch` says with which lines it is done, those that bear on it being together; `foreseen` and `outcome` are
    codes of `rules.active_file.OUTCOMES`, empty before. `reason` holds codes of `FAULTS`. The traits are emptied
    when the line is imported; `cells`, what the file said, are kept of refused lines alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(ActiveFile, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    value = models.CharField(max_length=80, blank=True)
    traits = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True)
    keys = ArrayField(models.BigIntegerField(), default=list)
    cells = models.JSONField(default=dict)
    batch = models.PositiveIntegerField(null=True)
    foreseen = models.CharField(max_length=12, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    is_told_foreseen = models.BooleanField(default=False)
    is_told = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    identity_id = models.UUIDField(null=True, db_index=True)

    class Meta:
        db_table = "identity_active_line"
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="identity_active_line_number")
        ]
        indexes = [
            models.Index(fields=["file", "batch", "number"], name="identity_active_line_batch"),
            models.Index(
                fields=["file", "number"],
                condition=~Q(reason="")
                | Q(foreseen="aside")
                | Q(outcome="aside")
                | Q(is_told=True)
                | Q(is_told_foreseen=True),
                name="identity_active_line_said",
            ),
            models.Index(fields=["value"], name="identity_active_line_value"),
        ]

    def __str__(self) -> str:
        return str(self.number)

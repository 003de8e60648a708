"""A hospital's active list, as it was handed in, line by line with what became of each."""

from django.db import models

from enrs.core.ids import uuid7


class Intake(models.Model):
    """One file of patients: checked, previewed, then applied by the worker."""

    class State(models.TextChoices):
        CHECKED = "checked", "à confirmer"
        RUNNING = "running", "en cours"
        DONE = "done", "terminée"
        CANCELLED = "cancelled", "abandonnée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    organisation_id = models.UUIDField()
    organisation_name = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    system = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    total_count = models.PositiveIntegerField()
    refused_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    author_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "intake"
        indexes = [models.Index(fields=["organisation_id", "-created_at"], name="intake_of_place")]

    def __str__(self) -> str:
        return self.file_name


class IntakeLine(models.Model):
    """A line of the file. `state`: waiting, refused (then `reason`), outside, created or known.

    `traits` holds the cleaned traits and, under `cells`, what the file said, until the person is created.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, default="waiting")
    reason = models.CharField(max_length=300, blank=True)
    traits = models.JSONField(default=dict)
    patient_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "intake_line"
        constraints = [
            models.UniqueConstraint(fields=["intake", "number"], name="intake_line_number")
        ]
        indexes = [models.Index(fields=["intake", "state", "number"], name="intake_line_state")]

    def __str__(self) -> str:
        return str(self.number)

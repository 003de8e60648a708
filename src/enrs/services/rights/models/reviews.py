"""A line of accesses that a referent marked, and everything that was said of it."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient


class AccessReview(models.Model):
    """One person of a place and one record, as the referent saw them on a day; a later look is another row.

    The record is named by `reference` alone: the name is asked of the database, which gives it to the officer and
    to who opened the record.
    """

    class State(models.TextChoices):
        SEEN = "seen", "Vu, rien à dire"
        ASKED = "asked", "À expliquer"
        EXPLAINED = "explained", "Explication reçue"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=10, choices=State.choices)
    organisation_id = models.UUIDField()
    organisation_name = models.CharField(max_length=300)
    user_id = models.UUIDField()
    user_name = models.CharField(max_length=200)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20)
    act_count = models.PositiveIntegerField()
    day_count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    until_at = models.DateTimeField()
    signs = models.CharField(max_length=60, blank=True)
    asked_by_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "rights_access_review"
        indexes = [
            models.Index(
                fields=["organisation_id", "user_id", "patient", "-id"],
                name="rights_access_review_line",
            ),
            models.Index(fields=["state", "id"], name="rights_access_review_state"),
            models.Index(fields=["user_id", "id"], name="rights_access_review_opener"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "user_id", "patient"],
                condition=models.Q(state__in=["asked", "explained"]),
                name="rights_access_review_waits_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_name} → {self.reference}"


class AccessReviewAct(models.Model):
    """One thing said of a marked line. Rows are only added: what was said stays."""

    class Kind(models.TextChoices):
        SEEN = "seen", "Vu, rien à dire"
        ASKED = "asked", "Demande d’explication"
        EXPLAINED = "explained", "Explication"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=200)
    text = models.TextField(blank=True)

    class Meta:
        db_table = "rights_access_review_act"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind}, {self.by_name}"

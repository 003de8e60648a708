"""A copy of everything about one person, for whoever asked it, and the pieces in which it is kept."""

from django.db import models

from enrs.core.documents.models import Blob
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.services.rights.models.requests import RightsRequest


class DataCopy(models.Model):
    """One archive: asked, made in the background, kept a week. Only who asked it sees the row.

    `purpose` is why they could ask (`self` or `proxy`). `next_at` is when it may be begun, or begun anew.
    """

    class State(models.TextChoices):
        PREPARING = "preparing", "En préparation"
        READY = "ready", "Prête"
        EXPIRED = "expired", "Expirée"
        FAILED = "failed", "Non préparée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField("personne concernée", max_length=300)
    asked_by_id = models.UUIDField()
    asked = models.ForeignKey(
        RightsRequest, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARING)
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "rights_copy"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "asked_by_id"],
                condition=models.Q(state__in=["preparing", "ready"]),
                name="rights_copy_one",
            )
        ]
        indexes = [
            models.Index(fields=["asked_by_id", "id"], name="rights_copy_asker"),
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(state="preparing"),
                name="rights_copy_due",
            ),
            models.Index(
                fields=["expires_at", "id"],
                condition=models.Q(state="ready"),
                name="rights_copy_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_name}, {self.state}"


class CopyPiece(models.Model):
    """A few megabytes of the archive, in the store of documents. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    made = models.ForeignKey(DataCopy, on_delete=models.PROTECT, related_name="pieces")
    number = models.PositiveIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "rights_copy_piece"
        constraints = [
            models.UniqueConstraint(fields=["made", "number"], name="rights_copy_piece_number")
        ]

    def __str__(self) -> str:
        return f"{self.made_id}: {self.number}"

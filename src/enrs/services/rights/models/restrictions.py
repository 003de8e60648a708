"""A restriction of processing that was granted: a flag on the record, until the desk lifts it."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.services.rights.models.requests import RightsRequest


class Restriction(models.Model):
    """From when to when the processing of a record is restricted, on which request, and why it ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    asked = models.OneToOneField(
        RightsRequest, on_delete=models.PROTECT, related_name="restriction"
    )
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=200, blank=True)
    lift_reason = models.TextField(blank=True)

    class Meta:
        db_table = "rights_restriction"
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(lifted_at=None),
                name="rights_restriction_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.patient_id}, {self.placed_at:%Y-%m-%d}"

"""Prescriptions of medicines: written by one professional, signed, replaced by a corrected one, cancelled."""

from django.db import models
from django.db.models import Q

from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Versioned


class Prescription(ClinicalFact, Versioned):
    """A prescription: a draft is its author's alone; once signed nothing of it changes but its end.

    `replaces` is the one that this one corrects, `renews` the one whose lines it took up. `alerts` are the sentences
    that its author read before signing. A draft that was dropped is withdrawn.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "À signer"
        SIGNED = "signed", "En vigueur"
        REPLACED = "replaced", "Remplacée"
        CANCELLED = "cancelled", "Annulée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)
    author_role = models.CharField(max_length=20)
    organisation_id = models.UUIDField(null=True, blank=True)
    organisation_name = models.CharField(max_length=300, blank=True)
    remarks = models.TextField(blank=True)
    alerts = models.JSONField(default=list, blank=True)
    written_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    renews = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="renewals"
    )
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "record_prescription"
        indexes = [
            models.Index(
                fields=["patient", "-written_at", "-id"], name="record_prescription_timeline"
            ),
            models.Index(
                fields=["patient", "author_id"],
                condition=Q(status="draft", withdrawn_at=None),
                name="record_prescription_draft",
            ),
        ]
        constraints = [
            # Two corrections of one prescription cannot both stand.
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(status__in=["signed", "replaced"]),
                name="record_prescription_one_after",
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.id}"


class PrescriptionLine(models.Model):
    """One medicine of a prescription; `treatment_id` is the line of the summary that it fed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="lines")
    patient_id = models.UUIDField()
    display = models.CharField(max_length=200)
    code = models.CharField(max_length=40, blank=True)
    code_system = models.CharField(max_length=100, blank=True)
    dose = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    dose_unit = models.CharField(max_length=20, blank=True)
    route = models.CharField(max_length=12, blank=True)
    times = models.PositiveSmallIntegerField(null=True, blank=True)
    period = models.CharField(max_length=4, blank=True)
    moments = models.CharField(max_length=120, blank=True)
    is_as_needed = models.BooleanField(default=False)
    lasts = models.PositiveSmallIntegerField(null=True, blank=True)
    lasts_unit = models.CharField(max_length=4, blank=True)
    quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    refills = models.PositiveSmallIntegerField(default=0)
    no_substitution = models.CharField(max_length=4, blank=True)
    is_long_term = models.BooleanField(default=False)
    comment = models.CharField(max_length=500, blank=True)
    to_pharmacist = models.CharField(max_length=300, blank=True)
    treatment_id = models.UUIDField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "record_prescription_line"

    def __str__(self) -> str:
        return self.display

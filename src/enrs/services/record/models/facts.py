"""Stays, laboratory reports and their observations, follow-up notes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrs.core.documents.models import Blob
from enrs.core.subjects.models import ClinicalFact, Versioned


class Encounter(ClinicalFact):
    """A stay or visit, known by its number in the hospital's system."""

    system = models.CharField(max_length=100)
    number = models.CharField(max_length=80)
    status = models.CharField(max_length=20)
    patient_class = models.CharField(max_length=2, default="I")
    organisation_finess = models.CharField(max_length=9, blank=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=100, blank=True)
    unit_code = models.CharField(max_length=100, blank=True)
    """The code, in the hospital's software, of the unit whose bed it is."""
    room = models.CharField(max_length=40, blank=True)
    bed = models.CharField(max_length=40, blank=True)
    attending_name = models.CharField(max_length=200, blank=True)
    attending_idnat = models.CharField(max_length=40, blank=True)
    admitted_at = models.DateTimeField(null=True, blank=True)
    discharged_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField()

    class Meta:
        db_table = "encounter"
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], name="encounter_number")
        ]
        indexes = [
            models.Index(fields=["patient", "-admitted_at", "-id"], name="encounter_timeline"),
            models.Index(
                fields=["organisation_finess", "unit_code"],
                condition=Q(status="in-progress", patient_class="I", withdrawn_at=None),
                name="encounter_present",
            ),
            models.Index(
                fields=["organisation_finess", "last_event_at"], name="encounter_movement"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Report(ClinicalFact):
    """Observations issued together by a laboratory; a corrected report replaces the former one."""

    source = models.CharField(max_length=200)
    number = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    code_system = models.CharField(max_length=100)
    display = models.CharField(max_length=200)
    status = models.CharField(max_length=20, default="final")
    issued_at = models.DateTimeField()
    author_name = models.CharField(max_length=200, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    document_unique_id = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    is_abnormal = models.BooleanField(default=False)
    masked_from_professionals = models.BooleanField(default=False)
    hidden_from_patient = models.BooleanField(default=False)
    hidden_from_proxies = models.BooleanField(default=False)

    class Meta:
        db_table = "report"
        indexes = [
            models.Index(fields=["patient", "-issued_at", "-id"], name="report_timeline"),
            models.Index(fields=["source", "number"], name="report_number"),
        ]

    def __str__(self) -> str:
        return self.display


class Observation(ClinicalFact):
    """One value of a report."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="observations")
    rank = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=40)
    code_system = models.CharField(max_length=100)
    display = models.CharField(max_length=200)
    observed_at = models.DateTimeField()
    value = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    text = models.TextField(blank=True)
    unit = models.CharField(max_length=40, blank=True)
    comparator = models.CharField(max_length=2, blank=True)
    low = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    high = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    reference_text = models.CharField(max_length=200, blank=True)
    interpretation = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=20, default="final")
    chapter = models.CharField(max_length=200, blank=True)
    comment = models.TextField(blank=True)
    sub_id = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "observation"
        indexes = [
            models.Index(
                fields=["patient", "code", "-observed_at", "-id"], name="observation_series"
            ),
            models.Index(fields=["patient", "-observed_at", "-id"], name="observation_timeline"),
        ]

    def __str__(self) -> str:
        return f"{self.display} {self.value if self.value is not None else self.text} {self.unit}"


class Note(ClinicalFact, Versioned):
    """A shared follow-up note; an amended one keeps its former texts.

    `photo` is an image whose type was checked by its bytes; it is read by whoever reads the note.
    """

    text = models.TextField()
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_by_person = models.BooleanField(default=False)
    photo = models.ForeignKey(
        Blob, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    photo_type = models.CharField(max_length=20, blank=True)
    audience = models.CharField(max_length=10, default="care")
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    written_at = models.DateTimeField()
    amended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "note"
        indexes = [models.Index(fields=["patient", "-written_at", "-id"], name="note_timeline")]

    def __str__(self) -> str:
        return self.text[:50]


class NoteText(models.Model):
    """A former text of an amended note."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="former_texts")
    patient_id = models.UUIDField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "note_text"

    def __str__(self) -> str:
        return f"v{self.version}"

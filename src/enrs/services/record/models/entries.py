"""The summary's own data: problems, allergies, treatments, vaccinations, measures."""

from django.db import models

from enrs.core.moments import PartialDateField
from enrs.core.subjects.models import Authored, ClinicalFact, Versioned


class Entry(ClinicalFact, Authored, Versioned):
    """A line of the summary, written by a professional or by the person themselves.

    `display` is what a reader sees; `code` is its code when one was chosen. Who wrote the present state
    is on the row, the former states are in `FormerEntry`.
    """

    code = models.CharField(max_length=40, blank=True)
    code_system = models.CharField(max_length=100, blank=True)
    display = models.CharField(max_length=200)
    comment = models.TextField(blank=True)
    is_by_person = models.BooleanField(default=False)
    noted_at = models.DateTimeField()
    amended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.display


class Problem(Entry):
    """A disease, an operation, a risk: present, or past."""

    status = models.CharField(max_length=10, default="active")
    began_on = PartialDateField(blank=True)
    ended_on = PartialDateField(blank=True)

    class Meta:
        db_table = "problem"
        indexes = [models.Index(fields=["patient", "-noted_at", "-id"], name="problem_by_patient")]


class Allergy(Entry):
    """An allergy or intolerance; with `is_none_known`, the stated fact that none is known."""

    is_none_known = models.BooleanField(default=False)
    kind = models.CharField(max_length=12, default="medication")
    criticality = models.CharField(max_length=18, default="unable-to-assess")
    reaction = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, default="active")
    began_on = PartialDateField(blank=True)

    class Meta:
        db_table = "allergy"
        indexes = [models.Index(fields=["patient", "-noted_at", "-id"], name="allergy_by_patient")]


class Treatment(Entry):
    """A medicine taken, as it is known here: no prescription."""

    dosage = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, default="active")
    began_on = PartialDateField(blank=True)
    ended_on = PartialDateField(blank=True)
    prescriber = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "treatment"
        indexes = [
            models.Index(fields=["patient", "-noted_at", "-id"], name="treatment_by_patient")
        ]


class Vaccination(Entry):
    """A vaccine received."""

    given_on = PartialDateField()
    dose = models.CharField(max_length=40, blank=True)
    lot = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "vaccination"
        indexes = [
            models.Index(fields=["patient", "-noted_at", "-id"], name="vaccination_by_patient")
        ]


class Measure(Entry):
    """One measure at one moment: `value` in `unit` (UCUM), and `second` for a diastolic pressure."""

    kind = models.CharField(max_length=12)
    value = models.DecimalField(max_digits=9, decimal_places=3)
    second = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=20)
    measured_at = models.DateTimeField()

    class Meta:
        db_table = "measure"
        indexes = [
            models.Index(fields=["patient", "-measured_at", "-id"], name="measure_timeline"),
            models.Index(fields=["patient", "kind", "-measured_at", "-id"], name="measure_series"),
        ]


class FormerEntry(models.Model):
    """The state that an amended entry had, and who had written it."""

    patient_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    entry_id = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    state = models.JSONField()
    author_name = models.CharField(max_length=200)
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "former_entry"

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"

"""Forms in their versions, and the answers that people give to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from enrs.core.ids import uuid7
from enrs.core.subjects.models import AuthoredAtPlace, ClinicalFact, Patient, Versioned


class Form(models.Model):
    """One version of a form: `body` is its FHIR R4 Questionnaire, never changed once answered.

    `owner` is the service whose folder holds it, or `region` when a person uploaded it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "brouillon"
        TEST = "test", "à l’essai"
        PUBLISHED = "published", "publié"
        RETIRED = "retired", "retiré"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=60)
    url = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    owner = models.CharField(max_length=60)
    uploaded_by = models.UUIDField(null=True, blank=True)
    uploaded_by_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "form"
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="form_version"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(status="published"), name="form_one_published"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Answer(ClinicalFact, AuthoredAtPlace, Versioned):
    """What was answered to one version of a form, about a patient or about another `subject`.

    `items` and `scores` are values by linkId (see the rules' `values`). An answer without patient is
    seen by its author, their place of work and `readers`. `identifiers` holds the one name that other
    software gave it, as FHIR `Identifier`.
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "in-progress", "en cours"
        COMPLETED = "completed", "terminé"
        AMENDED = "amended", "rectifié"

    patient = models.ForeignKey(  # type: ignore[assignment]  # an answer may be about no patient
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="+")
    form_name = models.CharField(max_length=100)
    form_version = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.IN_PROGRESS)
    items = models.JSONField(default=dict)
    scores = models.JSONField(default=dict)
    is_trial = models.BooleanField(default=False)
    readers = ArrayField(models.UUIDField(), default=list, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    saved_by_id = models.UUIDField(null=True, blank=True)
    saved_by_name = models.CharField(max_length=200)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "form_answer"
        indexes = [
            models.Index(
                fields=["patient", "form_name", "-started_at"], name="form_answer_patient"
            ),
            models.Index(fields=["subject_id"], name="form_answer_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.form_name} {self.id}"


class AnswerVersion(models.Model):
    """A finished answer as it stood before it was amended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="versions")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    items = models.JSONField()
    scores = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "form_answer_version"
        constraints = [
            models.UniqueConstraint(fields=["answer", "version"], name="form_answer_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.answer_id} v{self.version}"

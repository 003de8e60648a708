"""What a minor asked to keep from those who hold parental authority."""

from django.db import models

from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact


class Secret(ClinicalFact):
    """One act kept secret, as the professional recorded it; `withdrawn_at` once it is lifted.

    No proxy ever sees its row, nor those of its items (`policies.sql`).
    """

    ground = models.CharField(max_length=15)
    what = models.CharField("acte", max_length=200)
    companion_name = models.CharField("adulte qui accompagne", max_length=200, blank=True)
    companion_link = models.CharField("lien avec la personne", max_length=100, blank=True)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "record_secret"
        indexes = [models.Index(fields=["patient", "-kept_at"], name="record_secret_of_patient")]

    def __str__(self) -> str:
        return self.what


class SecretItem(models.Model):
    """A document or a report that a secret hides; `was_hidden`, it was before, and stays so after."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        REPORT = "report", "Résultats"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    secret = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    object_id = models.UUIDField()
    was_hidden = models.BooleanField(default=False)

    class Meta:
        db_table = "record_secret_item"
        constraints = [
            models.UniqueConstraint(fields=["secret", "object_id"], name="record_secret_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"

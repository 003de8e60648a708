"""An opening in an emergency as the reviewer sees it, and everything that was said of it."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient


class Glass(models.Model):
    """One opening to be read again; `id` is that of `access.BreakGlass`.

    Names are those of the moment: the reviewer has no right on the record, where they could be asked again.
    """

    class Kind(models.TextChoices):
        BREAK_GLASS = "break_glass", "Bris de glace"
        CENTRE_15 = "centre_15", "Régulation du centre 15"

    class State(models.TextChoices):
        PENDING = "pending", "À relire"
        ASKED = "asked", "Explication demandée"
        EXPLAINED = "explained", "Explication reçue"
        JUSTIFIED = "justified", "Justifié"
        UNJUSTIFIED = "unjustified", "Non justifié"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    patient_name = models.CharField(max_length=300)
    user_id = models.UUIDField()
    user_name = models.CharField(max_length=200)
    user_role = models.CharField(max_length=30)
    organisation_id = models.UUIDField(null=True, blank=True)
    organisation_name = models.CharField(max_length=300, blank=True)
    reason_text = models.TextField()
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked_by_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "rights_glass"
        indexes = [
            models.Index(fields=["due_at", "id"], name="rights_glass_due"),
            models.Index(fields=["organisation_id", "due_at", "id"], name="rights_glass_place"),
            models.Index(fields=["user_id", "opened_at", "id"], name="rights_glass_opener"),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} → {self.patient_name}, {self.opened_at:%Y-%m-%d}"


class GlassAct(models.Model):
    """One thing said of an opening. Rows are only added: what was said stays."""

    class Kind(models.TextChoices):
        ASKED = "asked", "Demande d’explication"
        EXPLAINED = "explained", "Explication"
        JUSTIFIED = "justified", "Jugé justifié"
        UNJUSTIFIED = "unjustified", "Jugé non justifié"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    glass = models.ForeignKey(Glass, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        db_table = "rights_glass_act"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind}, {self.by_name}"

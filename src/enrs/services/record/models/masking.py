"""What the person, or a professional, hides of a record besides what its source hides."""

from django.db import models
from django.db.models import Q

from enrs.core.subjects.models import ClinicalFact


class Masking(ClinicalFact):
    """A document or a report that an act hides; `withdrawn_at` once it is shown again.

    `act_id` is shared by what one act hides together, and by what comes later in its place. `was_marked`: its
    source hides it besides, and it stays so after. No person sees the rows of what is hidden from them
    (`policies.sql`).
    """

    class Mark(models.TextChoices):
        FROM_PROFESSIONALS = "masked_from_professionals", "Masqué aux professionnels"
        FROM_PATIENT = "hidden_from_patient", "Non visible par le patient"

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        REPORT = "report", "Résultats"

    mark = models.CharField(max_length=30, choices=Mark.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    object_id = models.UUIDField()
    act_id = models.UUIDField(db_index=True)
    was_marked = models.BooleanField(default=False)
    reason = models.CharField("motif", max_length=500, blank=True)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)
    masked_at = models.DateTimeField()
    lifted_by_id = models.UUIDField(null=True, blank=True)
    lifted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "record_masking"
        indexes = [
            models.Index(
                fields=["patient"],
                name="record_masking_standing",
                condition=Q(withdrawn_at=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["object_id", "mark"],
                condition=Q(withdrawn_at=None),
                name="record_masking_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.object_id}"

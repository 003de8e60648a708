"""Documents on their way to the national record (DMP), and what became of each."""

from django.db import models

from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact


class Publication(ClinicalFact):
    """One document asked to be published: who asked, where it stands, what the national record answered.

    A document withdrawn here after it left waits to be withdrawn there, then is `removed`.

    `labels` are the codes of visibility that were told last: when those of the document change, it waits again
    (`services.record.commands.publishing_round`). `entry_id` is the document's identifier there once it is published;
    `code` and `error` are those of a refusal, or of the last failed attempt.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        SENT = "sent", "Publié"
        REFUSED = "refused", "Refusé"
        VOID = "void", "Sans objet"
        REMOVED = "removed", "Retiré du DMP"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="publication")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=60, blank=True, default="")
    error = models.CharField(max_length=300, blank=True, default="")
    entry_id = models.CharField(max_length=100, blank=True, default="")
    labels = models.JSONField(default=list, blank=True)
    asked_by_id = models.UUIDField(null=True, blank=True)
    asked_by = models.CharField(max_length=200)
    organisation_id = models.UUIDField(null=True, blank=True)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "record_publication"
        indexes = [
            models.Index(
                fields=["id"],
                name="record_publication_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["organisation_id", "state", "-id"], name="record_publication_place"
            ),
            models.Index(fields=["asked_by_id", "state", "-id"], name="record_publication_asker"),
            models.Index(fields=["organisation_id", "-id"], name="record_publication_of_place"),
            models.Index(fields=["asked_by_id", "-id"], name="record_publication_of_asker"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.document_id}"

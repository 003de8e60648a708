"""What a reader keeps for themselves: marks, lists, rounds; and the text of documents for the search."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.services.record.models.facts import Note


class Mark(models.Model):
    """What a reader keeps about a patient: until when they have seen the news, and a favourite."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    patient_id = models.UUIDField()
    seen_at = models.DateTimeField(null=True, blank=True)
    is_favourite = models.BooleanField(default=False)

    class Meta:
        db_table = "record_mark"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "patient_id"], name="record_mark_of_user")
        ]

    def __str__(self) -> str:
        return str(self.patient_id)


class NoteMark(models.Model):
    """A note that a reader keeps at hand."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="marks")
    user_id = models.UUIDField()
    patient_id = models.UUIDField()
    is_favourite = models.BooleanField(default=True)

    class Meta:
        db_table = "note_mark"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "note"], name="note_mark_of_user")
        ]

    def __str__(self) -> str:
        return str(self.note_id)


class PatientList(models.Model):
    """A list of patients that somebody keeps: which columns, in what order, and who is on it.

    `kind` is `view` (everybody, shown in this way) or `round` (the people put on it).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8, default="round")
    label = models.CharField(max_length=80)
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=8, default="name")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "patient_list"

    def __str__(self) -> str:
        return self.label


class RoundEntry(models.Model):
    """A patient on a round: on which days of the week (1 Monday … 7 Sunday; none means every day)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    of_list = models.ForeignKey(PatientList, on_delete=models.PROTECT, related_name="entries")
    patient_id = models.UUIDField(db_index=True)
    days = models.JSONField(default=list)
    moment = models.CharField(max_length=40, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "round_entry"
        constraints = [
            models.UniqueConstraint(fields=["of_list", "patient_id"], name="round_entry_once")
        ]

    def __str__(self) -> str:
        return str(self.patient_id)


class DocumentText(models.Model):
    """The words of a document, for the search within a record."""

    document = models.OneToOneField(
        Document, primary_key=True, on_delete=models.PROTECT, related_name="text"
    )
    patient_id = models.UUIDField(db_index=True)
    words = SearchVectorField()

    class Meta:
        db_table = "document_text"

    def __str__(self) -> str:
        return str(self.document_id)

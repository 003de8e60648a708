"""Conversations on any subject: their members, their messages, and how far each person has read."""

from django.db import models
from django.utils import timezone

from enrs.core.documents.models import Blob
from enrs.core.ids import uuid7
from enrs.core.subjects.models import ClinicalFact, Patient, Versioned


class Thread(ClinicalFact):
    """A conversation about a subject (a task, a case, a record), about a patient or not.

    `audience` says who reads besides the members: nobody, the circle's professionals, or the person and
    those who represent them too. `message_count` numbers its messages.
    """

    class Audience(models.TextChoices):
        MEMBERS = "members", "Les membres seulement"
        CIRCLE = "circle", "Les professionnels du cercle"
        ALL = "all", "Tout le cercle, la personne comprise"

    patient = models.ForeignKey(  # type: ignore[assignment]
        Patient, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    title = models.CharField(max_length=200, blank=True)
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.MEMBERS)
    author_id = models.UUIDField(null=True, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "thread"
        indexes = [
            models.Index(fields=["subject_id"], name="thread_subject"),
            models.Index(fields=["patient", "-last_message_at", "-id"], name="thread_of_patient"),
        ]

    def __str__(self) -> str:
        return self.title or self.subject_kind


class Membership(models.Model):
    """A member of a conversation: a grantee (practitioner, person, or a whole place of work)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="memberships")
    grantee_id = models.UUIDField()
    display = models.CharField(max_length=200)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "thread_membership"
        constraints = [
            models.UniqueConstraint(fields=["thread", "grantee_id"], name="thread_membership_once")
        ]
        indexes = [
            models.Index(
                fields=["grantee_id", "thread"],
                condition=models.Q(left_at=None),
                name="thread_membership_of",
            )
        ]

    def __str__(self) -> str:
        return self.display


class Message(Versioned):
    """One message. Edited, it keeps its former texts; withdrawn, its place stays.

    `identifiers` are the names that other software gave it, as FHIR `Identifier`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    number = models.PositiveIntegerField()
    text = models.TextField()
    author_id = models.UUIDField()
    author_grantee_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)
    posted_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    identifiers = models.JSONField(default=list, blank=True)

    class Meta:
        db_table = "thread_message"
        constraints = [
            models.UniqueConstraint(fields=["thread", "number"], name="thread_message_number")
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} n° {self.number}"


class FormerText(models.Model):
    """What a message said before it was edited or withdrawn."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="former_texts")
    version = models.PositiveIntegerField()
    text = models.TextField()
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "thread_former_text"

    def __str__(self) -> str:
        return f"v{self.version}"


class Attachment(models.Model):
    """A file joined to a message, kept encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    rank = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=150)
    mime_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "thread_attachment"

    def __str__(self) -> str:
        return self.name


class ReadMark(models.Model):
    """How far one person has read a conversation: the number of the last message seen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="read_marks")
    user_id = models.UUIDField()
    name = models.CharField(max_length=200)
    number = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "thread_read_mark"
        constraints = [
            models.UniqueConstraint(fields=["thread", "user_id"], name="thread_read_mark_once")
        ]
        indexes = [models.Index(fields=["user_id", "thread"], name="thread_read_mark_of")]

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"

"""What each person was told, and how they want to be told."""

from django.db import models
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.notifications.rules import hours


class Notice(models.Model):
    """One thing told to one person, because of one event.

    `details` holds what its sentence says (`by`, `at`, `reason`); `policies.sql` holds its row security:
    each person sees their own alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    patient_id = models.UUIDField(null=True)
    event_id = models.UUIDField()
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notice"
        constraints = [models.UniqueConstraint(fields=["user", "event_id"], name="notice_once")]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_newest"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.created_at:%Y-%m-%d}"


class Preference(models.Model):
    """How one person wants to be told of one kind by one channel; without a row the kind's own default holds."""

    class Mode(models.TextChoices):
        NOW = "now", "Tout de suite"
        DIGEST = "digest", "Dans le résumé du jour"
        OFF = "off", "Jamais"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    mode = models.CharField(max_length=10, choices=Mode.choices)

    class Meta:
        db_table = "notice_preference"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"], name="notice_preference_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.channel}: {self.mode}"


class Delivery(models.Model):
    """Where and when one person may be reached outside the space; the address of mail is the account's.

    Hours are legal ones of the region; equal hours mean no quiet hours. Nothing goes to a mobile before
    `confirmed_at`: the code sent there is kept as a hash.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    mobile = models.CharField("mobile", max_length=16, blank=True)
    quiet_from = models.TimeField("à partir de", default=hours.QUIET_FROM)
    quiet_until = models.TimeField("jusqu’à", default=hours.QUIET_UNTIL)
    digest_at = models.TimeField("heure du résumé", default=hours.DIGEST_AT)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    codes_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "notice_delivery"

    def __str__(self) -> str:
        return self.mobile or "sans mobile"


class DigestItem(models.Model):
    """A notice that waits for the daily digest of its reader; `sending_id` once it has its mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    event_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    sending_id = models.UUIDField(null=True)

    class Meta:
        db_table = "notice_digest_item"
        constraints = [
            models.UniqueConstraint(fields=["user", "event_id"], name="notice_digest_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(sending_id=None), name="notice_digest_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.due_at:%Y-%m-%d}"

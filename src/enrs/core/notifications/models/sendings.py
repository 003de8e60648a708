"""The outbox of what leaves: mails, SMS and callbacks, each with its state and its receipts."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.notifications.models.members import SmsAccount


class Sending(models.Model):
    """One thing to send, recorded in the transaction of the act that wants it.

    `content` ({subject, text, html} or the body of a callback) is emptied some days after the end;
    `body_hash` stays. `key` makes the recording unique; the number of the sending and of its manual
    resendings is the idempotency key handed to a channel that takes one. `segments` counts the SMS as
    they are billed. `account` is the member's, null for the platform's own.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "Courriel"
        SMS = "sms", "SMS"
        CALLBACK = "callback", "Accusé à un logiciel"

    class State(models.TextChoices):
        WAITING = "waiting", "En attente"
        LEAVING = "leaving", "En cours d’envoi"
        SENT = "sent", "Envoyé"
        DELIVERED = "delivered", "Remis"
        FAILED = "failed", "En échec"
        UNCERTAIN = "uncertain", "Incertain"
        CANCELLED = "cancelled", "Annulé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    account = models.ForeignKey(
        SmsAccount, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    user_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=60)
    recipient = models.CharField(max_length=320)
    sender_name = models.CharField(max_length=11, blank=True)
    content = models.JSONField(default=dict)
    body_hash = models.CharField(max_length=64)
    segments = models.PositiveSmallIntegerField(default=0)
    key = models.CharField(max_length=200, unique=True)
    reference = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    resendings = models.PositiveSmallIntegerField(default=0)
    left_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "sending"
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(state="waiting"),
                name="sending_due",
            ),
            models.Index(
                fields=["left_at"], condition=models.Q(state="leaving"), name="sending_leaving"
            ),
            models.Index(fields=["state", "-id"], name="sending_by_state"),
            models.Index(fields=["account", "-id"], name="sending_by_account"),
            models.Index(fields=["created_at"], name="sending_by_day"),
            models.Index(
                fields=["provider_id"],
                condition=~models.Q(provider_id=""),
                name="sending_by_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}, {self.state}"

    @property
    def attempt_key(self) -> str:
        """The idempotency key of this sending: the same for every automatic attempt."""
        return f"{self.id}-{self.resendings}"


class SendingReceipt(models.Model):
    """What was told of a sending after it left: by the gateway, or by a person (`by`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sending = models.ForeignKey(
        Sending, on_delete=models.PROTECT, related_name="receipts", db_index=False
    )
    state = models.CharField(max_length=10, choices=Sending.State.choices)
    at = models.DateTimeField(default=timezone.now)
    event_key = models.CharField(max_length=100)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "sending_receipt"
        constraints = [
            models.UniqueConstraint(fields=["sending", "event_key"], name="sending_receipt_once")
        ]

    def __str__(self) -> str:
        return f"{self.state}, {self.at:%Y-%m-%d}"


class StandInMessage(models.Model):
    """What would have left, kept by the local stand-in of a channel that has no gateway."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=10, choices=Sending.Channel.choices)
    recipient = models.CharField(max_length=320)
    sender = models.CharField(max_length=100)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    key = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "stand_in_message"

    def __str__(self) -> str:
        return f"{self.channel}, {self.recipient}"

"""The members whose own software sends SMS: account, keys, use, numbers that said stop."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Versioned


class SmsAccount(Versioned):
    """The right of one member organisation to send, under its name and within its quotas.

    `month_quota` counts SMS as they are billed (segments), `minute_quota` calls. `minute_at` and
    `minute_count` are those of the last minute used, read and written under the row's lock.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(unique=True)
    organisation_name = models.CharField("structure", max_length=200)
    sender_name = models.CharField("nom d’expéditeur", max_length=11)
    month_quota = models.PositiveIntegerField("SMS par mois", default=1_000)
    minute_quota = models.PositiveIntegerField("SMS par minute", default=60)
    callback_url = models.URLField("adresse des accusés", max_length=300, blank=True)
    is_active = models.BooleanField("compte ouvert", default=True)
    created_at = models.DateTimeField(default=timezone.now)
    minute_at = models.DateTimeField(null=True)
    minute_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "sms_account"

    def __str__(self) -> str:
        return self.organisation_name


class SmsKey(models.Model):
    """A key of a member's software: its SHA-256 alone is kept, and its first characters to tell it apart."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(SmsAccount, on_delete=models.PROTECT, related_name="keys")
    label = models.CharField("logiciel", max_length=80)
    head = models.CharField(max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sms_key"

    def __str__(self) -> str:
        return f"{self.label} ({self.head}…)"


class SmsUsage(models.Model):
    """SMS (segments) that an account recorded in one legal month, « 2026-11 »."""

    pk = models.CompositePrimaryKey("account_id", "month")
    account = models.ForeignKey(SmsAccount, on_delete=models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "sms_usage"

    def __str__(self) -> str:
        return f"{self.month}: {self.count}"


class SmsStop(models.Model):
    """A number that takes no more SMS of one account, or of anybody (`account` null), until it is lifted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phone = models.CharField("numéro", max_length=16)
    account = models.ForeignKey(SmsAccount, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sms_stop"
        constraints = [
            models.UniqueConstraint(
                fields=["phone", "account"],
                condition=models.Q(lifted_at=None),
                nulls_distinct=False,
                name="sms_stop_once",
            )
        ]

    def __str__(self) -> str:
        return self.phone

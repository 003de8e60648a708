"""What each person was told."""

from django.db import models
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.ids import uuid7


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

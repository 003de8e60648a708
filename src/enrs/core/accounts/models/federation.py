"""Sessions opened here through another identity provider, and what a provider has said of their end."""

from django.conf import settings
from django.db import models

from enrs.core.ids import uuid7


class ProviderSession(models.Model):
    """One of our sessions, and the session of the provider (`sid`) and the person (`sub`) that it came from.

    `sid` is empty when the provider names no session. The row goes with the session.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    sid = models.CharField(max_length=255, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "account_provider_session"
        indexes = [
            models.Index(fields=["provider", "subject"], name="account_provider_session_sub"),
            models.Index(fields=["provider", "sid"], name="account_provider_session_sid"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class HeardLogout(models.Model):
    """A logout token that was heard, until it has expired: it must not come twice."""

    hash = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "account_heard_logout"

    def __str__(self) -> str:
        return self.hash

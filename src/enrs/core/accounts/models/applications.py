"""Third-party applications that sign people in by us, what people opened to them, and the keys that we sign with."""

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.db import models

from enrs.core.accounts.rules.applications import is_secret
from enrs.core.ids import uuid7


class Application(Client):
    """A client of the OpenID Connect provider, with who answers for it.

    The library's own row holds the name, the addresses, the scopes and the type; `secret` is the SHA-256
    of a random value of 256 bits, told once (see `provider.rules.secret_hash`). `skip_consent` marks an
    application of the region itself, which asks nobody's agreement. A retired one holds no token.
    With an address of entry it is on the kiosk of `roles` who work in `departments` (empty: all).
    """

    description = models.TextField("à quoi elle sert", max_length=600)
    organisation_name = models.CharField("structure responsable", max_length=200)
    contact = models.EmailField("contact technique")
    home_url = models.URLField("adresse d’entrée", max_length=300, blank=True)
    roles = models.JSONField("montrée à", default=list)
    departments = models.JSONField("montrée dans les départements", default=list)
    backchannel_logout_uri = models.URLField(
        "adresse à prévenir d’une déconnexion", max_length=300, blank=True
    )
    secret_changed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "account_application"

    def __str__(self) -> str:
        return self.name

    def check_secret(self, secret: str) -> bool:
        """Whether this is the secret; asked at each call of the application, so that it must cost little."""
        return is_secret(secret, self.secret)


class Consent(models.Model):
    """What a person agreed to give an application; asked again when it wants more, ended by withdrawal."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents"
    )
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="consents", db_index=False
    )
    scopes = models.TextField()
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account_consent"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "user"],
                condition=models.Q(withdrawn_at=None),
                name="account_consent_current",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class ApplicationSession(models.Model):
    """One of our sessions that was opened to an application: whom to tell when it ends.

    `sid` is what the application knows the session by (claim `sid`); it says nothing of our cookie.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sid = models.UUIDField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="application_sessions"
    )
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="sessions", db_index=False
    )
    session_key = models.CharField(max_length=40, db_index=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account_application_session"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "sid"], name="account_application_session_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class LogoutNotice(models.Model):
    """An application to tell that a session ended (back-channel logout); sent at least once, then given up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ApplicationSession, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "account_logout_notice"
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(done_at=None),
                name="account_logout_notice_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class UsedGrant(models.Model):
    """A code or a refresh token that was used, until all that follows it has ended: it must not come twice."""

    hash = models.CharField(max_length=64, primary_key=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    family = models.UUIDField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "account_used_grant"

    def __str__(self) -> str:
        return self.hash


class SigningKey(models.Model):
    """A key of the provider: signs from `not_before`, is published until `expires_at`; private part encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kid = models.CharField(max_length=64, unique=True)
    private_pem = models.TextField()
    issued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account_signing_key"

    def __str__(self) -> str:
        return self.kid

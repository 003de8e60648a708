"""The keys that sign our tokens: made at first use, renewed, replaced when one leaked."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from enrs.core.accounts.commands.applications import demand_keeper
from enrs.core.accounts.models import SigningKey
from enrs.core.accounts.provider.keys import make_key
from enrs.core.audit.commands import note
from enrs.core.effects import act

KNOWN_BEFORE = timedelta(hours=2)
"""A new key is published this long before it signs: applications keep our keys for an hour."""

KEPT_AFTER = timedelta(hours=24)
"""A former key is published this long after its last signature: a session's tokens last twelve hours."""


def ensure_key() -> None:
    """Make the first key of the installation, once."""
    with act():
        _one_at_a_time()
        if not SigningKey.objects.exists():
            _add(timedelta(0))


def renew_key(*, is_compromised: bool = False) -> SigningKey:
    """A new key that takes over in two hours, when every application has read it.

    With `is_compromised`, it signs now and the former keys are no longer worth anything: whoever holds an
    ID token of before must sign in again.

    Raises:
        AccessRefusedError: not the exploitation.
    """
    demand_keeper()
    now = timezone.now()
    wait = timedelta(0) if is_compromised else KNOWN_BEFORE
    with act():
        _one_at_a_time()
        former = SigningKey.objects.filter(expires_at=None)
        former.update(expires_at=now if is_compromised else now + wait + KEPT_AFTER)
        if is_compromised:
            SigningKey.objects.filter(expires_at__gt=now).update(expires_at=now)
        made = _add(wait)
        note(
            "application.key.renewed",
            object_kind="signing_key",
            object_id=made.kid,
            details={"is_compromised": is_compromised},
        )
    return made


def _add(wait: timedelta) -> SigningKey:
    fresh, now = make_key(), timezone.now()
    made = SigningKey(
        kid=fresh.kid, private_pem=fresh.private_pem, issued_at=now, not_before=now + wait
    )
    made.save(force_insert=True)
    return made


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('enrs.signing_key'))")

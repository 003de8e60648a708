"""Access tokens for programs, and the end of tokens."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.idp.oidc.models import Token
from django.utils import timezone

from enrs.core.accounts.models import UsedGrant, User
from enrs.core.audit.commands import note
from enrs.core.effects import act


class UnknownAccountError(Exception):
    """No active account has this login."""


def issue_token(*, login: str, scopes: Sequence[str], lifetime: timedelta) -> str:
    """An access token for an account, told once: only its hash is kept.

    Raises:
        UnknownAccountError: no active account has this login.
    """
    user = User.objects.filter(login=login.lower(), is_active=True).first()
    if user is None:
        raise UnknownAccountError(login)
    value = secrets.token_urlsafe(32)
    token = Token(
        type=Token.Type.ACCESS_TOKEN, user=user, expires_at=timezone.now() + lifetime, data={}
    )
    token.set_value(value)
    token.set_scopes(list(scopes))
    with act():
        token.save()
        note(
            "account.token.issued",
            object_kind="user",
            object_id=user.id,
            details={"scopes": list(scopes)},
        )
    return value


def revoke_tokens(**which: Any) -> int:
    """End the tokens of these columns (`client_id`, `user_id`, `data__sid`…); returns how many.

    `which` must name an application or a person: never everybody's.
    """
    if not {"client_id", "user_id"} & which.keys():
        raise ValueError(which)
    deleted, _ = Token.objects.filter(**which).delete()
    return deleted


def keep_used(value: str, *, application_id: str, family: str, until: datetime) -> None:
    """Keep that a code or a refresh token was used: it is known again if it comes back."""
    UsedGrant.objects.bulk_create(
        [
            UsedGrant(
                hash=_digest(value), application_id=application_id, family=family, expires_at=until
            )
        ],
        ignore_conflicts=True,
    )


def end_replayed(value: str, *, application_id: str) -> bool:
    """End all that followed a code or a refresh token, if it was used before; whether it was."""
    known = UsedGrant.objects.filter(hash=_digest(value), application_id=application_id).first()
    if known is None:
        return False
    revoke_tokens(client_id=application_id, data__family=str(known.family))
    return True


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()

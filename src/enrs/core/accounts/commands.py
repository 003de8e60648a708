"""Writes on accounts: access tokens for programs."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from allauth.idp.oidc.models import Token
from django.utils import timezone

from enrs.core.accounts.models import User
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

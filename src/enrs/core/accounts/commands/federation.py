"""Sessions opened through another identity provider: kept while they last, ended when it says so."""

import hashlib
from datetime import UTC, datetime

from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.commands.sessions import end_sessions
from enrs.core.accounts.models import HeardLogout, ProviderSession, User
from enrs.core.accounts.queries.people import actor_of
from enrs.core.accounts.rules.logouts import Logout, LogoutRefusedError
from enrs.core.accounts.sessions import SessionStore
from enrs.core.audit.commands import note
from enrs.core.effects import act


def keep_provider_session(
    *, user: User, session_key: str, provider: str, subject: str, sid: str
) -> None:
    """Keep from which session of a provider one of ours came: the provider may say that it ended."""
    if not subject:
        return
    with act():
        ProviderSession.objects.filter(session_key=session_key).delete()
        ProviderSession.objects.create(
            user=user, session_key=session_key, provider=provider, subject=subject, sid=sid
        )


def hear_logout(*, provider: str, logout: Logout) -> int:
    """End our sessions that a provider says ended there; returns how many.

    The applications that they opened are told, as when the person leaves by hand. A `sid` ends the sessions
    that came from it alone; without one, every session of that person by that provider.

    Raises:
        LogoutRefusedError: `replayed`.
    """
    with act():
        _keep_heard(provider, logout)
        named = ProviderSession.objects.filter(provider=provider)
        if logout.sid:
            named = named.filter(sid=logout.sid)
        if logout.subject:
            named = named.filter(subject=logout.subject)
        held = list(named.select_related("user").select_for_update(of=("self",)).order_by("id"))
        for one in held:
            _end(one)
    return len(held)


def _keep_heard(provider: str, logout: Logout) -> None:
    digest = hashlib.sha256(f"{provider}\n{logout.jti}".encode()).hexdigest()
    try:
        with transaction.atomic():
            HeardLogout.objects.create(
                hash=digest, expires_at=datetime.fromtimestamp(logout.until, tz=UTC)
            )
    except IntegrityError as error:
        raise LogoutRefusedError("replayed") from error


def _end(held: ProviderSession) -> None:
    """As its holder closing it from another device: their session of the exploitation ends with it."""
    with acting(actor_of(held.user)):
        for one in UserSession.objects.filter(session_key=held.session_key):
            one.delete()
        end_sessions([held.session_key])
        SessionStore().delete(held.session_key)
    held.delete()
    note(
        "account.federation.ended", object_kind="user", object_id=held.user_id, actor=SYSTEM,
        details={"provider": held.provider},
    )  # fmt: skip

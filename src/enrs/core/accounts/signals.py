"""The journal of sign-ins: who came in, who left, who was refused, what changed in how one signs in."""

import hashlib
import hmac
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest

from enrs.core.access.actor import acting, current_actor
from enrs.core.access.commands import end_sessions_of
from enrs.core.access.operating import open_session_of
from enrs.core.accounts.commands import end_sessions
from enrs.core.accounts.federation.adapter import remember
from enrs.core.accounts.federation.arrivals import KEY as ARRIVAL
from enrs.core.accounts.federation.arrivals import keep_origin
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.core.prepared import fetch_all

DIGEST = 32
"""Characters kept of the keyed hash of an unknown login: enough to see one tried again and again."""

AGENT_LENGTH = UserSession._meta.get_field("user_agent").max_length
KEEP_SESSION = """
insert into usersessions_usersession (user_id, created_at, last_seen_at, ip, session_key, user_agent, data)
values (%s, now(), now(), %s, %s, %s, '{}') on conflict (session_key) do nothing returning id
"""


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def _signed_in(user: User, request: HttpRequest, sociallogin: Any = None, **_: Any) -> None:
    request.session.pop(ARRIVAL, None)  # whoever came before, and went no further
    if sociallogin is None:
        request.session.pop("federation", None)
        _note("account.signed_in", user)
    else:
        remember(request, sociallogin)
        _note(
            "account.signed_in",
            user,
            details={"provider": request.session["federation"]["provider"]},
        )


def keep_session(sender: Any, request: HttpRequest, sociallogin: Any = None, **_: Any) -> None:
    """In the library's place at sign-in: the new session alone, whatever others its holder has open.

    Its key is new, unless the same person signs in again over an open session.
    """
    if (
        not request.session.session_key
    ):  # The library emptied a session whose password is another since.
        request.session.save()
    agent = request.META.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH]
    ip = get_adapter().get_client_ip(request)
    if not fetch_all(KEEP_SESSION, [request.user.pk, ip, request.session.session_key, agent]):
        UserSession.objects.create_from_request(request)
    if sociallogin is not None:
        keep_origin(request)


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def _signed_out(user: User | None, request: HttpRequest | None = None, **_: Any) -> None:
    if user is not None:
        _note("account.signed_out", user)
        _end_operating(user)
    if request is not None and (key := request.session.session_key):
        end_sessions([key])


def _end_operating(user: User) -> None:
    """Nobody leaves their power behind, whatever the place they work in now; the request may have no actor yet."""
    if open_session_of(user.id) is not None:
        with transaction.atomic(), acting(actor_of(user)):
            end_sessions_of(user_id=user.id)


@receiver(post_delete, sender=UserSession, dispatch_uid="accounts.session_closed")
def _session_closed(instance: UserSession, **_: Any) -> None:
    """A session closed from « Mes sessions », on another device: what is lost or stolen keeps no power."""
    end_sessions([instance.session_key])
    if current_actor().user_id == instance.user_id:  # Not a session that its age ended.
        _end_operating(instance.user)


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def _sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    login = str(credentials.get("username") or "").lower()
    known = User.objects.filter(login=login).values_list("id", flat=True).first()
    note(
        "account.sign_in.failed",
        outcome="refused",
        object_kind="user",
        object_id=known or _digest(login),
    )


@receiver(
    (password_changed, password_set, password_reset), dispatch_uid="accounts.password_changed"
)
def _password_changed(user: User, request: HttpRequest | None = None, **_: Any) -> None:
    _note("account.password.changed", user)
    if request is not None:
        keep_origin(request)  # The session has a new key, and comes from where it came.
    _end_operating(user)


@receiver(authenticator_added, dispatch_uid="accounts.second_factor_added")
def _second_factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    _note("account.second_factor.added", user, details={"kind": authenticator.type})


@receiver(authenticator_removed, dispatch_uid="accounts.second_factor_removed")
def _second_factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    _note("account.second_factor.removed", user, details={"kind": authenticator.type})


@receiver(authenticator_reset, dispatch_uid="accounts.second_factor_reset")
def _second_factor_reset(user: User, authenticator: Authenticator, **_: Any) -> None:
    _note("account.second_factor.reset", user, details={"kind": authenticator.type})


@receiver(authentication_failed, dispatch_uid="accounts.second_factor_failed")
def _second_factor_failed(user: User, **_: Any) -> None:
    note("account.second_factor.failed", outcome="refused", object_kind="user", object_id=user.id)


def _note(action: str, user: User, details: dict[str, Any] | None = None) -> None:
    """A line by the user themselves: while one signs in, the request has no actor yet."""
    note(action, object_kind="user", object_id=user.id, actor=actor_of(user), details=details)


def _digest(login: str) -> str:
    """A keyed hash of a login that nobody has: people type their password there by mistake."""
    key = settings.SECRETS.audit_key
    return hmac.new(key, f"login:{login}".encode(), hashlib.sha256).hexdigest()[:DIGEST]

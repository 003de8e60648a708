"""A provider tells us that somebody left it: its signed token is checked, and our sessions from there end."""

import time
from typing import Any

import jwt
import requests
from allauth.account.adapter import get_adapter as accounts
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from enrs.core.access.actor import ANONYMOUS
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.accounts import commands
from enrs.core.accounts.provider import limits
from enrs.core.accounts.rules.identities import ALGORITHMS
from enrs.core.accounts.rules.logouts import (
    SKEW,
    Logout,
    LogoutRefusedError,
    check_shape,
    logout_of,
)
from enrs.core.audit.commands import note
from enrs.core.ui.bodies import takes_body

MOST_BYTES = 16 * 1024
KNOWN = 3600
"""Seconds during which a provider's keys are not asked again, unless it signs with one that we do not know."""
BETWEEN = 60
"""Seconds between two questions for its keys: whoever forges tokens does not make us knock at its door."""


def _refused(status: int = 400) -> HttpResponse:
    """The one answer to whatever is not taken: why is for the journal."""
    answer = HttpResponse(status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@permission(PUBLIC)
@csrf_exempt
@require_POST
@takes_body(MOST_BYTES, refuse=lambda _: _refused(413))
def told(request: HttpRequest, provider_id: str) -> HttpResponse:
    """`POST logout_token=…` by a provider (OpenID Connect Back-Channel Logout 1.0): 200, or 400 for anything odd.

    Refusals alone are counted: a provider that closes a day of work says so a thousand times in a minute. When
    its keys do not come, 503: nothing of the request is kept, and it may tell us again at once.
    """
    address = f"logout:{accounts().get_client_ip(request)}"
    if limits.is_spent(address):
        return _refused(429)
    try:
        logout = read_logout(request, provider_id, request.POST.get("logout_token", ""))
        commands.hear_logout(provider=provider_id, logout=logout)
    except LogoutRefusedError as error:
        limits.count_failure(address)
        note(
            "account.federation.logout.refused", outcome="refused", object_kind="provider",
            object_id=provider_id, reason=str(error), actor=ANONYMOUS,
        )  # fmt: skip
        return _refused()
    except requests.RequestException:
        return _refused(503)
    answer = HttpResponse()
    answer["Cache-Control"] = "no-store"
    return answer


def read_logout(request: HttpRequest, provider_id: str, token: str) -> Logout:
    """What a token says, its signature, issuer, audience and claims checked (LogoutRefusedError).

    Raises:
        requests.RequestException: the provider does not give its keys.
    """
    try:
        app = get_adapter().get_provider(request, provider_id).app
    except SocialApp.DoesNotExist as error:
        raise LogoutRefusedError("provider") from error
    try:
        header = jwt.get_unverified_header(token)
        check_shape(header, ALGORITHMS)
        issuer, key = _key(app, str(header.get("kid") or ""))
        claims = jwt.decode(
            token, key, algorithms=[header["alg"]], audience=app.client_id, issuer=issuer, leeway=SKEW,
            options={"require": ["iss", "aud", "iat", "jti"]},
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        reason = str(error) if isinstance(error, LogoutRefusedError) else "signature"
        raise LogoutRefusedError(reason) from error
    return logout_of(claims, now=int(time.time()))


def _key(app: Any, kid: str) -> tuple[str, Any]:
    """The provider's name and its key of this number, as it publishes them (LogoutRefusedError)."""
    known = cache.get(_place(app))
    found = _of(known, kid)
    if found is None and cache.add(f"{_place(app)}:asked", 1, timeout=BETWEEN):
        known = _published(app)
        cache.set(_place(app), known, timeout=KNOWN)
        found = _of(known, kid)
    if found is None:
        raise LogoutRefusedError("key")
    return known["issuer"], jwt.PyJWK(found).key


def _of(known: dict[str, Any] | None, kid: str) -> dict[str, Any] | None:
    keys = (known or {}).get("keys", [])
    return next((one for one in keys if kid and one.get("kid") == kid), None)


def _published(app: Any) -> dict[str, Any]:
    """What the provider publishes of itself; a document without keys is as one that did not come."""
    with get_adapter().get_requests_session() as session:
        about = session.get(app.settings["server_url"])
        about.raise_for_status()
        told_of = about.json()
        try:
            keys = session.get(told_of["jwks_uri"])
            keys.raise_for_status()
            signing = [one for one in keys.json()["keys"] if one.get("use", "sig") == "sig"]
            return {"issuer": told_of["issuer"], "keys": signing}
        except (KeyError, TypeError, AttributeError) as error:
            raise requests.exceptions.InvalidJSONError("no keys in its document") from error


def _place(app: Any) -> str:
    return f"enrs.federation.keys:{app.provider_id}:{app.settings['server_url']}"

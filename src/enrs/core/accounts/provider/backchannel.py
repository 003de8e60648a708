"""Telling an application that a session ended (OpenID Connect Back-Channel Logout 1.0)."""

import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import jwt
from allauth.core.internal.jwkkit import load_jwk_from_pem

from enrs.core.accounts.models import LogoutNotice
from enrs.core.accounts.provider.adapter import OidcAdapter
from enrs.core.accounts.provider.session import now
from enrs.core.accounts.rules.applications import is_https_or_loopback

SECONDS = 5
LASTS = 120
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_names: Any) -> None:
        """Go nowhere else: an answer may not choose whom we speak to."""


_opener = urllib.request.build_opener(_NoRedirect)


def logout_token(notice: LogoutNotice) -> str:
    """The signed statement that this session ended (section 2.4)."""
    adapter = OidcAdapter()
    jwk, key = load_jwk_from_pem(adapter.get_signing_key().pem)
    at, ended = now(), notice.session
    claims = {
        "iss": adapter.get_issuer(),
        "sub": str(ended.user_id),
        "aud": ended.application_id,
        "iat": at,
        "exp": at + LASTS,
        "jti": f"{notice.id}-{notice.attempts}",
        "events": {EVENT: {}},
        "sid": str(ended.sid),
    }
    return jwt.encode(
        claims, key, algorithm="RS256", headers={"kid": jwk["kid"], "typ": "logout+jwt"}
    )


def tell(notice: LogoutNotice) -> str:
    """Send one notice; empty when it was heard, else why not."""
    url = notice.session.application.backchannel_logout_uri
    if not is_https_or_loopback(url):
        return "Adresse qui n’est pas https."
    body = urlencode({"logout_token": logout_token(notice)}).encode()
    request = urllib.request.Request(url, data=body, method="POST")  # noqa: S310  checked above
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return "" if answer.status in (200, 204) else f"Réponse {answer.status}"
    except urllib.error.HTTPError as error:
        error.close()
        return f"Réponse {error.code}"
    except (OSError, ValueError) as error:
        return type(error).__name__

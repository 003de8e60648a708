"""What every answer and every request must have: a strict content policy, and text that can be kept."""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse


class SecurityHeadersMiddleware:
    """Set the content policy; a view may set its own first (the document viewer does)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        return secure(request, self.get_response(request))


def secure(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer with its security headers; scripts need the request's nonce, when it was given one."""
    nonce = getattr(request, "csp_nonce", "")
    scripts = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self' {settings.LIVE_URL}; "
        "worker-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "manifest-src 'self'; frame-ancestors 'self'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if not request.path.startswith(settings.STATIC_URL):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


class NulMiddleware:
    """Refuse a NUL in an address (404) or in what is sent (400): no text of the database holds one.

    It reads the form, and so comes after the gate, last of all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, parts: dict[str, Any]
    ) -> None:
        if any("\x00" in one for one in parts.values() if isinstance(one, str)):
            raise Http404
        # What no form of ours posts to reads its body itself, once.
        is_form = not getattr(view, "csrf_exempt", False)
        for given in (request.GET, request.POST) if is_form else (request.GET,):
            for name, values in given.lists():
                if any("\x00" in str(one) for one in (name, *values)):
                    raise BadRequest("NUL")

"""A shared post locks itself: a session opened there dies when nobody touches it, or its shift is over."""

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from enrs.services.portal import rules

SEEN, SHIFT = "post_seen", "post_shift"
NEAREST = 20
"""Seconds: a session that was touched as lately is not written again."""
BY_ITSELF = ("/direct/", "/notifications/cloche/")
"""What an open page asks by itself: nobody is there."""


class PostLockMiddleware:
    """Sign out of a post that was left; other sessions pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated or SHIFT not in request.session:
            return self.get_response(request)
        now = time.time()
        seen = float(request.session.get(SEEN, 0))
        if rules.is_idle(seen_at=seen, now=now):
            logout(request)
            return self._locked(request)
        if now - seen > NEAREST and not request.path.startswith(BY_ITSELF):
            request.session[SEEN] = now
        return self.get_response(request)

    @staticmethod
    def _locked(request: HttpRequest) -> HttpResponse:
        address = reverse("portal:post")
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)

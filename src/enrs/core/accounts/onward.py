"""A form's answer that leads to another site goes by a page of ours.

Browsers hold a page's `form-action` over every redirection that follows its form: signing in, agreeing or
leaving could not lead to an application without naming its site in the policy of every page. The page in
between begins a navigation of its own.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

GetResponse = Callable[[HttpRequest], HttpResponse]


class OnwardMiddleware:
    """Turn such a redirection into the page; others go as they are."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code != 302:
            return response
        address = response.headers.get("Location", "")
        if not leaves(address, request.get_host()):
            return response
        where = urlsplit(address).hostname or "l’application"
        page = render(request, "accounts/onward.html", {"onward": address, "where": where})
        page.cookies = response.cookies
        return page


def leaves(address: str, host: str) -> bool:
    """Whether an address is another site's, or leads to one at once."""
    parts = urlsplit(address)
    if parts.scheme and (parts.scheme not in ("http", "https") or parts.netloc != host):
        return True
    return parts.path == reverse("idp:oidc:authorization")

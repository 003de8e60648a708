"""Signing in somebody whose identity a page has just checked, by the sign-in library's own door."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import logout
from django.http import HttpRequest

from enrs.core.accounts.models import User


def sign_in(
    request: HttpRequest, user: User, *methods: str, is_fresh: bool = True, **details: str
) -> None:
    """Open a session for an open account; `methods` are what the person showed (`password`, `mfa`).

    What `details` say is kept with the second factor. `is_fresh` says that they showed it just now: the
    library then asks no second time before a second factor is made. Whoever sat there before is signed out first.
    """
    if request.user.is_authenticated and request.user.pk != user.pk:
        logout(
            request
        )  # With what leaving ends: their open streams, their session of the exploitation.
    for method in methods:
        extra = details if method == "mfa" else {"username": user.login}
        record_authentication(
            request, user, method=method, reauthenticated=is_fresh or None, **extra
        )
    adapter = get_adapter()
    adapter.login(request, user)
    adapter.post_login(
        request, user, email_verification="none", signal_kwargs=None, email=None, signup=False,
        redirect_url="/",
    )  # fmt: skip

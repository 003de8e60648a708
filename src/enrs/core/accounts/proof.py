"""How lately somebody showed who they are in this session of their browser, and where they may show it again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.http import HttpRequest
from django.urls import reverse

from enrs.core.accounts.models import User


@dataclass(frozen=True, slots=True)
class Proof:
    """`method` is `mfa`, `password` or `provider`; `shown_at` is `NEVER` when it was not shown here."""

    method: str
    shown_at: datetime


NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FACTORS = {"totp", "webauthn", "recovery_codes"}
"""What the sign-in library calls a second factor that somebody holds. A shared post's code and a referent's
help stand for one at the door, and prove nothing: the one is typed before others, the other was told."""


def last_proof(request: HttpRequest, user: User) -> Proof:
    """The last proof that counts: the second factor for who has one, else the password, else the provider.

    Who came in by a referent's help first makes a second factor anew.
    """
    records = get_authentication_records(request, user)
    if is_mfa_enabled(user) or _was_helped(records):
        return Proof("mfa", _newest([one for one in records if one.get("type") in FACTORS], "mfa"))
    method = "password" if user.has_usable_password() else "provider"
    return Proof(method, _newest(records, "socialaccount" if method == "provider" else method))


def shows_two_factors(request: HttpRequest, user: User) -> bool:
    """Whether two factors of the person's own opened this session: here, or at a provider that demands them.

    What stands for a second factor at our door (a post's code, a referent's help) is not told to others as one.
    """
    records = get_authentication_records(request, user)
    own = any(one.get("method") == "mfa" and one.get("type") in FACTORS for one in records)
    return own or bool(request.session.get("federation", {}).get("is_strong"))


def is_at_post(request: HttpRequest, user: User) -> bool:
    """Whether this browser is a shared post, where somebody came in by its code."""
    return any(one.get("type") == "post" for one in get_authentication_records(request, user))


def proof_address(request: HttpRequest, user: User, onward: str) -> str:
    """Where to show it again, with the way back."""
    records = get_authentication_records(request, user)
    if is_mfa_enabled(user):
        name = "mfa_reauthenticate"
    elif _was_helped(records):
        name = "mfa_activate_totp"
    elif user.has_usable_password():
        name = "account_reauthenticate"
    else:
        known = [str(one["provider"]) for one in records if one.get("provider")]
        try:
            provider = get_adapter().get_provider(request, known[-1])
        except (IndexError, SocialApp.DoesNotExist):
            return reverse("account_login")
        return str(provider.get_login_url(request, process="login", next=onward))
    return f"{reverse(name)}?{urlencode({'next': onward}, safe='/')}"


def _was_helped(records: list[dict[str, Any]]) -> bool:
    return any(one.get("type") == "referent" for one in records)


def _newest(records: list[dict[str, Any]], method: str) -> datetime:
    found = [one["at"] for one in records if one.get("method") == method]
    return datetime.fromtimestamp(max(found), tz=UTC) if found else NEVER

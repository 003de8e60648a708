"""How lately somebody showed who they are in this session of their browser, and where they may show it again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.urls import reverse

from enrs.core.accounts.models import User


@dataclass(frozen=True, slots=True)
class Proof:
    """`method` is `mfa`, `password` or `provider`; `shown_at` is None when nothing of ours can be asked."""

    method: str
    shown_at: datetime | None


def last_proof(request: HttpRequest, user: User) -> Proof:
    """The last proof that counts: the second factor for who has one, else the password.

    The code of a shared post is none: it is short, and typed before others. Who has neither (they come by
    another provider) is believed by their sign-in.
    """
    records = [
        one for one in get_authentication_records(request, user) if one.get("type") != "post"
    ]
    if is_mfa_enabled(user):
        return Proof("mfa", _newest(records, "mfa"))
    if user.has_usable_password():
        return Proof("password", _newest(records, "password"))
    return Proof("provider", None)


def proof_address(user: User, onward: str) -> str:
    """Where to show it again, with the way back."""
    name = "mfa_reauthenticate" if is_mfa_enabled(user) else "account_reauthenticate"
    return f"{reverse(name)}?{urlencode({'next': onward}, safe='/')}"


NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _newest(records: list[dict[str, float]], method: str) -> datetime:
    found = [one["at"] for one in records if one.get("method") == method]
    return datetime.fromtimestamp(max(found), tz=UTC) if found else NEVER

"""What one grant carries from the person's session to the application's tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.http import HttpRequest
from django.utils import timezone

from enrs.core.accounts.proof import shows_two_factors
from enrs.core.ids import uuid7

SID = "application_sid"
ATTRIBUTE = "_enrs_grant"
TWO_FACTORS = "eidas1"
"""The level that Pro Santé Connect gives to a card or to the e-CPS: two factors. Nothing is said of less."""
METHODS = {"password": "pwd", "mfa": "mfa", "socialaccount": "ext"}


@dataclass(frozen=True, slots=True)
class Grant:
    """From whom and where an application's tokens come.

    `sid` names the session, `position` the place chosen in it, `authenticated_at` (Unix seconds) when the
    person signed in, `acr` at which level, `patient` the one person of `patient/…` scopes, `family` the
    tokens that follow one another, `until` (Unix seconds) when the last of them ends.
    """

    sid: str = ""
    position: str | None = None
    authenticated_at: int = 0
    methods: tuple[str, ...] = field(default=())
    acr: str = ""
    patient: str | None = None
    is_offline: bool = False
    family: str = ""
    until: int = 0

    def as_data(self) -> dict[str, Any]:
        """What is kept beside a code or a token."""
        return {
            "sid": self.sid, "position": self.position, "authenticated_at": self.authenticated_at,
            "methods": list(self.methods), "acr": self.acr, "patient": self.patient, "is_offline": self.is_offline,
            "family": self.family, "until": self.until,
        }  # fmt: skip


def grant_of(data: dict[str, Any] | None) -> Grant:
    """The grant kept beside a code or a token; an empty one for a token that no application holds."""
    kept = data or {}
    return Grant(
        sid=kept.get("sid", ""),
        position=kept.get("position"),
        authenticated_at=kept.get("authenticated_at", 0),
        methods=tuple(kept.get("methods", ())),
        acr=kept.get("acr", ""),
        patient=kept.get("patient"),
        is_offline=bool(kept.get("is_offline")),
        family=kept.get("family", ""),
        until=kept.get("until", 0),
    )


def session_grant(request: HttpRequest) -> Grant:
    """What the signed-in session gives to an application that it enters now."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    moments = [int(record["at"]) for record in records]
    methods = {METHODS.get(record["method"], record["method"]) for record in records}
    return Grant(
        sid=str(sid_of(request)),
        position=request.session.get("position"),
        authenticated_at=max(moments, default=0),
        methods=tuple(sorted(methods)),
        acr=TWO_FACTORS if shows_two_factors(request, request.user) else "",  # type: ignore[arg-type]
        family=str(uuid7()),
    )


def sid_of(request: HttpRequest) -> UUID:
    """The name under which applications know this session."""
    if SID not in request.session:
        request.session[SID] = str(uuid7())
    return UUID(request.session[SID])


def set_grant(grant: Grant) -> None:
    """Keep the grant at work for the time of the request."""
    setattr(context.request, ATTRIBUTE, grant)


def current_grant() -> Grant:
    """The grant at work in this request; an empty one outside of any."""
    found = getattr(context.request, ATTRIBUTE, None)
    return found if isinstance(found, Grant) else Grant()


def unix(moment: datetime) -> int:
    """Seconds since 1970."""
    return int(moment.timestamp())


def now() -> int:
    """This second."""
    return unix(timezone.now())

"""Somebody whom FranceConnect knows and whose account is not known yet: held by their session for a while."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest

from enrs.core.accounts.commands.federation import keep_provider_session
from enrs.core.accounts.rules.civil_status import CivilStatus
from enrs.core.accounts.rules.logouts import MOST

KEY = "arrival"
LASTS = 1800
"""Seconds between the answer of the provider and the choice that it allows."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came: `subject` is the provider's `sub`; the rest is what the session of the provider needs to end."""

    provider: str
    name: str
    subject: str
    civil: CivilStatus
    id_token: str
    end_session: str
    at: float
    sid: str = ""


def hold(request: HttpRequest, sociallogin: Any, civil: CivilStatus) -> None:
    """Keep an arrival, checked, in this browser's session."""
    app = sociallogin.enrs_app
    made = Arrival(
        app.provider_id, app.name, sociallogin.account.uid, civil,
        sociallogin.enrs_id_token, sociallogin.enrs_end_session, time.time(),
        str((sociallogin.enrs_answer.get("id_token") or {}).get("sid") or "")[:MOST],
    )  # fmt: skip
    request.session[KEY] = asdict(made)


def held(request: HttpRequest) -> Arrival | None:
    """The arrival of this browser, unless it is too old."""
    kept = request.session.get(KEY)
    if not kept or time.time() - kept["at"] > LASTS:
        return None
    return Arrival(**kept | {"civil": CivilStatus(**kept["civil"])})


def settle(request: HttpRequest, arrival: Arrival) -> None:
    """Forget an arrival that is settled, and keep what leaving the provider will need."""
    request.session.pop(KEY, None)
    request.session["federation"] = {
        "provider": arrival.provider, "name": arrival.name, "id_token": arrival.id_token,
        "end_session": arrival.end_session, "activities": [], "is_strong": False,
        "subject": arrival.subject, "sid": arrival.sid,
    }  # fmt: skip
    keep_origin(request)


def keep_origin(request: HttpRequest) -> None:
    """Keep from which session of the provider the signed-in session came, for the provider may end it."""
    kept = request.session.get("federation") or {}
    if not request.user.is_authenticated or not kept:
        return
    keep_provider_session(
        user=request.user, session_key=request.session.session_key or "", provider=kept["provider"],
        subject=kept.get("subject", ""), sid=kept.get("sid", ""),
    )  # fmt: skip

"""What every page's frame needs: services, place of work, mode, the nonce of this answer."""

from dataclasses import replace
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from enrs.core.access.actor import ANONYMOUS, Actor
from enrs.core.access.operating import opening_address
from enrs.core.access.rules import office_of
from enrs.core.notifications.queries import unread_count
from enrs.core.ui.registry import announcements_for, kiosk_for, offers_for
from enrs.core.ui.shapes import Announcement, Choice, Frame, Service


@cache
def _address(name: str) -> str:
    """The address of a view that takes nothing: the same all day, and thirty of them on each page."""
    return reverse(name)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame; nothing is read from the database before a template asks."""
    actor = getattr(request, "actor", ANONYMOUS)
    return {
        "actor": actor,
        "mode": settings.MODE,
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "frame": SimpleLazyObject(lambda: _frame(request, actor)),
        "services": SimpleLazyObject(lambda: _services(request, actor)),
        "kiosk": SimpleLazyObject(lambda: kiosk_for(actor)),
        "announcements": SimpleLazyObject(lambda: _announcements(request, actor)),
    }


PUT_AWAY = "announcements_put_away"
"""Where a session keeps the announcements that its holder has read and put away."""


def _announcements(request: HttpRequest, actor: Actor) -> list[Announcement]:
    told = announcements_for(actor)
    if not told:
        return []
    away = request.session.get(PUT_AWAY, ())
    return [one for one in told if one.id not in away]


def _services(request: HttpRequest, actor: Actor) -> list[Service]:
    shown = []
    for one in offers_for(actor):
        url = _address(one.url_name)
        shown.append(Service(one.label, url, one.icon))
    here = [
        one
        for one in shown
        if request.path == one.url or (one.url != "/" and request.path.startswith(one.url))
    ]
    # An address may begin with another's (`/annuaire/chargements/`): the longest is where one is.
    nearest = max(here, key=lambda one: len(one.url), default=None)
    return [replace(one, is_current=one is nearest) for one in shown]


def _frame(request: HttpRequest, actor: Actor) -> Frame:
    region = settings.REGION
    sign_in = _address("account_login")
    if actor.kind == "anonymous":
        return Frame(
            region_name=region.name,
            sign_in_url=sign_in,
            help_url=_address(settings.FRAME_URLS["help"]),
            enrol_url=_address(settings.FRAME_URLS["enrol"]),
            rescue_url=_address(settings.FRAME_URLS["rescue"]),
        )
    is_professional = actor.kind == "professional"
    return Frame(
        region_name=region.name,
        help_url=_address(settings.FRAME_URLS["help"]),
        kiosk_url=_address(settings.FRAME_URLS["kiosk"]),
        sign_in_url=sign_in,
        sign_out_url=_address("account_logout"),
        sessions_url=_address("usersessions_list"),
        accesses_url=_address(settings.FRAME_URLS["accesses"]),
        search_url=_address(settings.FRAME_URLS["search"]) if is_professional else "",
        switch_url=_address("accounts:position"),
        places=_places(request, actor) if is_professional else (),
        person_name=actor.name,
        person_role=actor.label,
        notifications_url=_address("notifications:list"),
        notifications_count=unread_count(actor.user_id) if actor.user_id else 0,
        bell_url=_address("notifications:bell"),
        # A shared post says in the session how it is locked.
        lock_url=request.session.get("lock_url", ""),
        lock_seconds=request.session.get("lock_seconds", 0),
        **_operating(request, actor),
    )


def _operating(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The exploitation's session, on every page: the time left, or the way to open one."""
    if not actor.runs:
        return {}
    if actor.session is None:
        address = opening_address(request)
        return {} if address.partition("?")[0] == request.path else {"operating_url": address}
    held = [actor.session.id]
    return {
        "operating_url": reverse("access:session", args=held),
        "operating_until": actor.session.until,
        "operating_end_url": reverse("access:end_session", args=held),
    }


def _places(request: HttpRequest, actor: Actor) -> list[Choice]:
    return [
        Choice(
            str(one.id),
            one.organisation_name or one.label,
            is_current=one.organisation_id == actor.organisation_id
            and one.role == office_of(actor.role),
        )
        for one in request.positions  # type: ignore[attr-defined]
    ]

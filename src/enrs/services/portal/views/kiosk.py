"""« Mes services »: the kiosk, one's favourites, the help, and announcements put away."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, PUBLIC
from enrs.core.ui.context import PUT_AWAY
from enrs.core.ui.registry import help_pages
from enrs.services.portal import commands
from enrs.services.portal.kiosk import kiosk_of

MOST_PUT_AWAY = 50
"""Announcements that a session remembers as read."""


@permission(ACCOUNT)
@require_safe
def kiosk(request: HttpRequest) -> HttpResponse:
    """Everything that somebody may open, what they keep first before the rest."""
    return render(request, "portal/kiosk.html", {})


@permission(ACCOUNT)
@require_POST
def favourite(request: HttpRequest) -> HttpResponse:
    """The star of an entry: keep it first, or put it back."""
    is_first = commands.keep_favourite(key=request.POST.get("key", "")[:120])
    if request.headers.get("HX-Request"):
        context = {"kiosk": kiosk_of(current_actor()), "onward": _onward(request)}
        return render(request, "ui/_kiosk.html", context)
    messages.success(request, "Gardé en favori." if is_first else "Retiré de vos favoris.")
    return redirect(_onward(request))


@permission(ACCOUNT)
@require_POST
def put_away(request: HttpRequest, announcement_id: UUID, version: int) -> HttpResponse:
    """Put an announcement away until the end of the session, or until its words change."""
    away = [*request.session.get(PUT_AWAY, ()), f"{announcement_id}~{version}"]
    request.session[PUT_AWAY] = list(dict.fromkeys(away))[-MOST_PUT_AWAY:]
    if request.headers.get("HX-Request"):
        return HttpResponse()
    return redirect(_onward(request))


@permission(PUBLIC)
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """The pages of help; they are open to who does not manage to sign in."""
    return render(request, "portal/help.html", {"pages": help_pages()} | _layout())


@permission(PUBLIC)
@require_safe
def help_page(request: HttpRequest, key: str) -> HttpResponse:
    """One page of help, to read or to print."""
    found = next((one for one in help_pages() if one.key == key), None)
    if found is None:
        raise Http404
    return render(request, "portal/help_page.html", {"page": found} | _layout())


def _layout() -> dict[str, str]:
    is_in = current_actor().kind != "anonymous"
    return {"layout": "ui/app.html" if is_in else "ui/public.html"}


def _onward(request: HttpRequest) -> str:
    onward = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onward, {request.get_host()})
    return onward if is_ours and onward.startswith("/") else "/"

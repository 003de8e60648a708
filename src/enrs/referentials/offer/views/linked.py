"""« Toujours exact ? » by a signed link: the units that wait for one person, each confirmed in one tap."""

from collections.abc import Sequence
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import acting
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.referentials.offer import commands, links
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries.asking import Waiting, waiting_of

SLACK = timedelta(minutes=5)
"""The link is signed with the notice, the asking is dated beside it, by another machine perhaps."""


@permission(PUBLIC)
@never_cache
@require_GET
def verify_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link: one button for each unit that waits."""
    waiting = _waiting(token)
    return _ended(request) if waiting is None else _page(request, token, waiting)


@permission(PUBLIC)
@never_cache
@require_POST
def verify_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """« Toujours exact », by the link alone: it acts as the person to whom it was sent."""
    waiting = _waiting(token)
    if waiting is None:
        return _ended(request)
    asked = request.POST.get("unite", "")
    chosen = next((one for one in waiting if str(one.service.pk) == asked), None)
    if chosen is None:
        return _page(request, token, waiting, status=410)
    with acting(chosen.actor):
        commands.verify_unit(service=chosen.service)
    left = [one for one in waiting if one is not chosen]
    return _page(request, token, left, done=chosen.service)


def _waiting(token: str) -> list[Waiting] | None:
    """What a link may confirm: what waits now, of what its holder was asked when it was made."""
    found = links.read(token)
    if found is None:
        return None
    user, made_at = found
    limit = made_at + SLACK
    return [
        one for one in waiting_of(user) if one.service.asked_at and one.service.asked_at <= limit
    ]


def _page(
    request: HttpRequest,
    token: str,
    waiting: Sequence[Waiting],
    *,
    done: HealthcareService | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "is_valid": True, "token": token, "waiting": [one.service for one in waiting], "done": done,
        "is_late": status == 410,
    }  # fmt: skip
    return render(request, "offer/verify.html", context, status=status)


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "offer/verify.html", {"is_valid": False}, status=410)

"""What the pages of the beds have in common: who opens them, their tabs, a number of a form."""

from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from enrs.core.access.permissions import role_permission
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.services.beds import rules
from enrs.services.beds.commands.shared import TOPIC
from enrs.services.beds.queries import rights

Found = TypeVar("Found")
READERS = role_permission(*sorted(rules.READER_ROLES))


def page(
    request: HttpRequest,
    name: str,
    at: str,
    context: dict[str, Any],
    status: int = 200,
    *,
    topic: str = TOPIC,
) -> HttpResponse:
    """A page of the service, told of what changes; `at` is its tab."""
    shared = {"at": at, "is_cell": rights.is_of_cell(), "live": live_context(topic)}
    return render(request, f"beds/{name}.html", shared | context, status=status)


def number(given: str) -> int:
    """A count of a form; what is none is one that the rules refuse."""
    return whole(given.strip(), otherwise=-1)


def known(found: Found | None) -> Found:
    """What was found by its address, or nothing at this address."""
    if found is None:
        raise Http404
    return found

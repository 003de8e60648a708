"""Tickets for open pages: each topic is asked of the access decision."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.access.queries import readable_categories
from enrs.core.live.tickets import TicketError, issue, read
from enrs.core.ui.shapes import Live

_shared: dict[str, Callable[[Actor], bool]] = {}


def hear(topic: str, may: Callable[[Actor], bool]) -> None:
    """Declare a topic without an identifier, which every page of a service listens to, and who may hear it."""
    _shared[topic] = may


@permission(ACCOUNT)
@require_POST
def ticket(request: HttpRequest) -> HttpResponse:
    """A fresh ticket in place of an old one, for those of its topics that may still be heard."""
    try:
        old = read(settings.SECRETS.live_ticket_key, request.POST.get("ticket", ""), now=0)
    except TicketError:
        return HttpResponse(status=400)
    if old.user != str(current_actor().user_id):
        return HttpResponse(status=401)
    return JsonResponse({"ticket": ticket_for(list(old.topics)), "url": settings.LIVE_URL})


def live_context(*topics: str, opening: Opening | None = None) -> Live:
    """What a page's template needs to listen (`live` in its context).

    `opening` is what the gate found for this page: its patient is not asked about again.
    """
    return Live(
        ticket=ticket_for(list(topics), opening),
        url=settings.LIVE_URL,
        ticket_url=reverse("live:ticket"),
        topics=topics,
    )


def ticket_for(topics: list[str], opening: Opening | None = None) -> str:
    """A ticket of the current actor, narrowed to what they may hear."""
    actor = current_actor()
    return issue(
        settings.SECRETS.live_ticket_key,
        user=str(actor.user_id),
        grantees=[str(one) for one in actor.grantees],
        topics=[topic for topic in topics if may_hear(topic, actor, opening)],
    )


def may_hear(topic: str, actor: Actor, opening: Opening | None = None) -> bool:
    """Whether an actor may listen to a topic; one that is malformed is nobody's."""
    kind, _, name = topic.partition(":")
    if topic in _shared:
        return _shared[topic](actor)
    if kind == "inbox":
        return actor.role == "operator"
    try:
        identifier = UUID(name)
    except ValueError:
        return False
    if kind in ("user", "grantee"):
        return identifier in ({actor.user_id} if kind == "user" else actor.grantees)
    if opening and opening.patient_id == identifier:
        return kind == "patient" and bool(opening.categories)
    return kind == "patient" and bool(readable_categories(identifier, actor))

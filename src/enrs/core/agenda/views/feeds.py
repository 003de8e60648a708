"""A professional's agenda for the calendar of their telephone, at a secret address."""

import hashlib
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_safe

from enrs.core.access.actor import acting
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.agenda import queries
from enrs.core.agenda.rules.calendars import write_feed
from enrs.core.audit.commands import note

PAST, AHEAD = timedelta(days=30), timedelta(days=180)


@permission(PUBLIC)
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The agenda as iCalendar; a wrong, revoked or orphaned address finds nothing.

    The holder of the address reads as its owner does now: a right that ended is gone from here too.
    """
    found = queries.feed_of(token)
    user = User.objects.filter(pk=found.user_id, is_active=True).first() if found else None
    if found is None or user is None or user.kind != User.Kind.PROFESSIONAL:
        raise Http404
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with acting(actor_of(user, channel="feed")) as by:
        entries, people = queries.feed_entries(found, by, since=today - PAST, until=today + AHEAD)
        content = write_feed(entries, name="Agenda")
        tag = quote_etag(hashlib.sha256(content).hexdigest()[:32])
        is_known = tag in parse_etags(request.headers.get("If-None-Match", ""))
        if not is_known:
            note("agenda.feed.read", patient_ids=people, object_kind="feed", object_id=found.id)
    response = HttpResponse(b"" if is_known else content, status=304 if is_known else 200)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response

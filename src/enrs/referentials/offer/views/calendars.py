"""The opening hours of a unit for anybody's calendar, its closures too."""

import hashlib
from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.agenda.rules.calendars import Entry, write_feed
from enrs.core.moments import holiday_name
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.rules import hours, openings

AHEAD = 90
"""Days that are told: calendars ask again by themselves."""
CACHE_SECONDS = 3600


@permission(PUBLIC)
@require_safe
def opening_hours(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The hours of a published unit as iCalendar; of one that is sensitive, nothing is here."""
    rows = HealthcareService.objects.filter(state=HealthcareService.State.PUBLISHED)
    one = rows.filter(pk=service_id, is_sensitive=False).first()
    if one is None:
        raise Http404
    content = write_feed(_entries(one, timezone.localdate()), name=one.name, is_public=True)
    tag = quote_etag(hashlib.sha256(content).hexdigest()[:32])
    is_known = tag in parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponse(b"" if is_known else content, status=304 if is_known else 200)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="horaires.ics"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return response


def _entries(one: HealthcareService, today: date) -> list[Entry]:
    """Openings one by one, since closures and public holidays are taken out of them; exceptional openings, which
    replace all of these on their days; then the closures."""
    at = one.published_at or one.created_at
    place = " ".join(filter(None, [one.building, one.address, one.postal_code, one.city]))
    days = [today + timedelta(days=rank) for rank in range(AHEAD)]
    special = one.special_openings
    opened = hours.openings(
        hours=() if one.is_always_open else one.hours,
        on_holidays=one.is_open_on_holidays,
        exceptions=one.exceptions,
        days=[day for day in days if not openings.covers(special, day)],
        is_holiday=lambda day: bool(holiday_name(day)),
    )
    # The day before may end after midnight: a day told apart is its own from midnight.
    opened = [
        (
            start,
            min(end, hours.midnight(end.date())) if openings.covers(special, end.date()) else end,
        )
        for start, end in opened
    ]
    told = [("ouvert", f"{start:%Y%m%dT%H%M}", start, end) for start, end in opened]
    told += [
        ("ouverture exceptionnelle", f"ex{start:%Y%m%dT%H%M}", start, end)
        for start, end in openings.merged(special)
        if today <= end.date() and start.date() <= days[-1]
    ]
    for item in one.exceptions:
        for first, last in openings.still_closed(item, special):
            if last >= today:
                title = f"fermé, {item['words']}" if item["words"] else "fermé"
                start, end = hours.midnight(first), hours.midnight(last + timedelta(days=1))
                told.append((title, f"{first}", start, end))
    return [
        Entry(
            uid=f"{one.pk}-{key}@offre", start=timezone.make_aware(start), end=timezone.make_aware(end),
            title=f"{one.name} : {words}", place=place, status="CONFIRMED", updated_at=at, version=one.version,
        )
        for words, key, start, end in told
    ]  # fmt: skip

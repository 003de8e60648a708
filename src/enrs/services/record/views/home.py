"""The first page after signing in: my patients, or the records that concern me."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.access.rules import READ, permits
from enrs.core.agenda.queries import next_of
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.threads.queries import unread_total
from enrs.referentials.circles.queries import After, PatientLine, my_patients
from enrs.referentials.identity.queries import banner_of
from enrs.referentials.identity.rules import name_key
from enrs.services.record.queries import News, latest_for
from enrs.services.record.views.creation import CREATORS
from enrs.services.record.views.entries import NEWS_LOOK


@permission(ACCOUNT)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """« Mes patients » with what is new for each, or for a person the records they follow."""
    actor = current_actor()
    text = request.GET.get("q", "").strip()
    people, following = my_patients(
        actor, prefix=name_key(text), after=_after(request.GET.get("apres", ""))
    )
    ids = [one.identity.patient_id for one in people]
    news = latest_for(ids)
    if ids:
        note("record.list.read", patient_ids=ids, object_kind="list")
    context: dict[str, Any] = {
        "rows": [_row(one, news.get(one.identity.patient_id)) for one in people],
        "text": text,
        "reads_news": permits(actor.role, "documents", READ),
        "filters": [],
        "may_create": actor.role in CREATORS.roles,
        "search_url": reverse("identity:search") if actor.kind == "professional" else "",
        "next_url": _next_url(request, following),
        "here": request.get_full_path(),
        "live": live_context(f"user:{actor.user_id}"),
    }
    if actor.kind == "person":
        context["rows"] = sorted(context["rows"], key=lambda row: row["purpose"] != "self")
        meetings = next_of(ids)
        for row in context["rows"]:
            row["meeting"] = meetings.get(row["identity"].patient_id)
        context["unread"] = unread_total()
        return render(request, "record/home_person.html", context)
    follows = bool(ids) or permits(actor.role, "encounters", READ)
    return render(request, "record/home.html" if follows else "record/home_services.html", context)


def _row(line: PatientLine, news: News | None) -> dict[str, Any]:
    icon, tone, state = NEWS_LOOK[news.kind] if news else ("", "", "")
    return {
        "identity": line.identity,
        "banner": banner_of(line.identity),
        "purpose": line.purpose,
        "is_glass": line.purpose in {"break_glass", "centre_15"},
        "news": news,
        "icon": icon,
        "tone": tone,
        "state": state,
    }


def _after(text: str) -> After | None:
    """A position of the list from an address; one that is malformed means the first page."""
    parts = text.split("~")
    try:
        return parts[0], parts[1], UUID(parts[2])
    except (IndexError, ValueError):
        return None


def _next_url(request: HttpRequest, following: After | None) -> str:
    if following is None:
        return ""
    query = request.GET.copy()
    query["apres"] = "~".join(map(str, following))
    return f"{request.path}?{query.urlencode()}"

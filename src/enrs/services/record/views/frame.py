"""What every page of a record shares: banner, tabs, live topics, and the line of the reading."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from enrs.core.access.actor import current_actor
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.live.views import live_context
from enrs.core.ui.registry import record_tabs
from enrs.core.ui.shapes import Banner
from enrs.referentials.identity.queries import banner as identity_banner
from enrs.services.record.views.words import PURPOSES


def record_page(
    request: HttpRequest,
    panel: str,
    context: dict[str, Any],
    *,
    template: str = "",
    reading: str = "",
    object_id: UUID | str = "",
) -> HttpResponse:
    """Render a page of the record under its banner, and leave the line of the reading.

    `panel` is the tab shown as current; `reading` (the panel, when it is empty) names the act.
    """
    opening = opening_of(request)
    act = reading or panel
    note_reading(request, f"record.{act}.read", act, object_id)
    ground = opening.decision.reason
    shared = {
        "patient_id": opening.patient_id,
        "opening": opening,
        "categories": opening.categories,
        "banner": banner_of(opening.patient_id, opening.categories),
        "tabs": record_tabs(opening.categories, opening.patient_id, panel),
        "ground": PURPOSES.get(ground, ""),
        "is_glass": ground in {"break_glass", "centre_15"},
        "is_own": ground == "self",
        "why_url": reverse("circles:why", args=[opening.patient_id]),
        "here": request.get_full_path(),
        "live": live_context(
            f"patient:{opening.patient_id}", f"user:{current_actor().user_id}", opening=opening
        ),
    }
    return render(request, template or f"record/{panel}.html", shared | context)


def banner_of(patient_id: UUID, categories: set[str]) -> Banner:
    """The banner of a patient, linked to the record."""
    url = reverse("record:summary", args=[patient_id])
    return identity_banner(patient_id, url=url, categories=categories)


def next_url(request: HttpRequest, position: str) -> str:
    """The address of the page after `position`, with the other parameters kept."""
    if not position:
        return ""
    query = request.GET.copy()
    query["avant"] = position
    return f"{request.path}?{query.urlencode()}"

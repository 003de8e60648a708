"""The frame of every page about a patient, whichever service shows it: banner, tabs, live topics, reading line."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from enrs.core.access.actor import current_actor
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.live.views import live_context
from enrs.core.subjects.persons import banner_of
from enrs.core.ui.registry import record_tabs


def patient_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    panel: str,
    reading: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a service's page of a record, and leave the line of the reading.

    The template extends `ui/patient_page.html`; `panel` is the tab shown as current, `reading` the dotted
    action of the journal (`coordination.case.read`; when it is empty, the panel's own).
    """
    opening = opening_of(request)
    note_reading(request, reading or f"{panel}.read", panel)
    shared = {
        "patient_id": opening.patient_id,
        "opening": opening,
        "banner": banner_of(opening.patient_id),
        "tabs": record_tabs(opening.categories, opening.patient_id, panel),
        "here": request.get_full_path(),
        "live": live_context(
            f"patient:{opening.patient_id}", f"user:{current_actor().user_id}", opening=opening
        ),
    }
    return render(request, template, shared | context, status=status)

"""Summary, life line and printed sheet of a record."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.ui.registry import life_kinds_for
from enrs.core.ui.shapes import Choice, Filter
from enrs.services.record import commands, queries
from enrs.services.record.views.entries import entry
from enrs.services.record.views.frame import next_url, record_page
from enrs.services.record.views.medical import may_enter


@permission(patient_permission("identity"))
def summary(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The record at a glance: what is out of range, what is new, where the person is."""
    context = summary_context(request, patient_id)
    if current_actor().kind == "professional":
        context["mark"] = queries.marks_of([patient_id]).get(patient_id)
        if request.method == "GET" and not getattr(request, "htmx", False):
            commands.see_news(until={patient_id: timezone.now()})
    return record_page(request, "summary", context)


@permission(patient_permission("identity"))
def print_sheet(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The summary as a sheet for the printer."""
    return record_page(request, "print", summary_context(request, patient_id))


@permission(patient_permission("identity"))
def life_line(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Everything that happened, newest first; `genre` keeps one kind."""
    opening = opening_of(request)
    kind = request.GET.get("genre", "")
    kinds = life_kinds_for(opening.categories)
    is_kind = any(one.key == kind for one in kinds)
    rows = queries.life_line(
        patient_id,
        role=opening.decision.role,
        categories=opening.categories,
        before=queries.Position.parse(request.GET.get("avant", "")),
        kinds=[kind] if is_kind else (),
    )
    shown, position = queries.cut(rows, "at")
    options = [Choice("", "Tout"), *(Choice(one.key, one.label, one.key == kind) for one in kinds)]
    context = {
        "filters": [Filter("genre", "Montrer", options)],
        "is_filtered": is_kind,
        "entries": [entry(one) for one in shown],
        "list_id": f"fil-{shown[0].id}" if shown else "fil",
        "next_url": next_url(request, position),
    }
    return record_page(request, "life_line", context)


def summary_context(request: HttpRequest, patient_id: UUID) -> dict[str, Any]:
    """What the summary shows to this reader, each part of a category that they read."""
    opening = opening_of(request)
    role, categories = opening.decision.role, opening.categories
    sees_stays = "encounters" in categories
    sees_notes = bool({"notes", "social"} & categories)
    stays = queries.encounters(patient_id, limit=3)[:3] if sees_stays else []
    reports = queries.reports(patient_id, role=role, limit=3)[:3] if "results" in categories else []
    life = queries.life_line(patient_id, role=role, categories=categories, limit=6)[:6]
    return {
        "medical": queries.medical(patient_id) if "summary" in categories else None,
        "may_write_summary": opening.may("write", "summary"),
        "may_write_measure": may_enter(opening, "measure"),
        "sees_notes": sees_notes,
        "abnormal": queries.abnormal_results(patient_id, reports),
        "reports": reports[:1],
        "documents": queries.documents(patient_id, role=role, limit=5)[:5]
        if "documents" in categories
        else [],
        "notes": queries.notes(patient_id, role=role, limit=3)[:3] if sees_notes else [],
        "stays": stays,
        "current_stay": next((one for one in stays if one.status == "in-progress"), None),
        "entries": [entry(one) for one in life],
    }

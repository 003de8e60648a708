"""Summary, life line and printed sheet of a record."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.services.record import queries
from enrs.services.record.views.entries import entry
from enrs.services.record.views.frame import next_url, record_page


@permission(patient_permission("identity"))
def summary(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The record at a glance: what is out of range, what is new, where the person is."""
    return record_page(request, "summary", _summary(request, patient_id))


@permission(patient_permission("identity"))
def print_sheet(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The summary as a sheet for the printer."""
    return record_page(request, "print", _summary(request, patient_id))


@permission(patient_permission("identity"))
def life_line(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Everything that happened, newest first."""
    opening = opening_of(request)
    rows = queries.life_line(
        patient_id,
        role=opening.decision.role,
        categories=opening.categories,
        before=queries.Position.parse(request.GET.get("avant", "")),
    )
    shown, position = queries.cut(rows, "at")
    context = {
        "entries": [entry(patient_id, one) for one in shown],
        "list_id": f"fil-{shown[0].id}" if shown else "fil",
        "next_url": next_url(request, position),
    }
    return record_page(request, "life_line", context)


def _summary(request: HttpRequest, patient_id: UUID) -> dict[str, object]:
    opening = opening_of(request)
    role, categories = opening.decision.role, opening.categories
    sees_stays = "encounters" in categories
    sees_notes = bool({"notes", "social"} & categories)
    stays = queries.encounters(patient_id, limit=3)[:3] if sees_stays else []
    reports = queries.reports(patient_id, role=role, limit=3)[:3] if "results" in categories else []
    life = queries.life_line(patient_id, role=role, categories=categories, limit=6)[:6]
    return {
        "sees_notes": sees_notes,
        "abnormal": queries.abnormal_results(patient_id, reports),
        "reports": reports[:1],
        "documents": queries.documents(patient_id, role=role, limit=5)[:5]
        if "documents" in categories
        else [],
        "notes": queries.notes(patient_id, role=role, limit=3)[:3] if sees_notes else [],
        "stays": stays,
        "current_stay": next((one for one in stays if one.status == "in-progress"), None),
        "entries": [entry(patient_id, one) for one in life],
    }

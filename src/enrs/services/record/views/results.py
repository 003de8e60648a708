"""Laboratory results: the table, and the curve of one analyte."""

from decimal import Decimal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.ui import charts
from enrs.services.record import queries
from enrs.services.record.models import Observation
from enrs.services.record.templatetags.record import unit_words
from enrs.services.record.views.frame import next_url, record_page


@permission(patient_permission("results"))
@require_GET
def table(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Analytes by chapter over the newest dates, then the reports."""
    before = queries.Position.parse(request.GET.get("avant", ""))
    role = opening_of(request).decision.role
    rows = queries.reports(patient_id, role=role, before=before)
    shown, position = queries.cut(rows, "issued_at")
    newest = queries.reports(patient_id, role=role) if before else rows
    context = {
        "table": queries.results_table(patient_id, newest),
        "reports": shown,
        "next_url": next_url(request, position),
    }
    return record_page(request, "results", context)


@permission(patient_permission("results"))
@require_GET
def curve(request: HttpRequest, patient_id: UUID, code: str) -> HttpResponse:
    """The values of one analyte over time; the curve joins only those of the newest one's unit."""
    points = queries.series(patient_id, code, role=opening_of(request).decision.role)
    if not points:
        raise Http404
    last = points[-1]
    drawn = [one for one in points if one.value is not None and one.unit == last.unit]
    context = {
        "points": points[::-1],
        "series": [charts.Series(last.display, [_point(one) for one in drawn])],
        "has_other_units": any(one.unit != last.unit for one in points),
        "last": last,
        "unit": unit_words(last.unit),
        "low": _figure(last.low),
        "high": _figure(last.high),
    }
    return record_page(
        request, "results", context, template="record/result.html", reading="result", object_id=code
    )


def _point(one: Observation) -> charts.Point:
    note = f"{one.comparator} : valeur limite" if one.comparator else ""
    return charts.Point(one.observed_at, _figure(one.value), note)


def _figure(value: Decimal | None) -> float | None:
    """A stored number as the charts take it: whole numbers stay whole in their labels."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)

"""Who looked: the journal of a record, and one's own acts."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, patient_permission
from enrs.core.access.queries import valid_grants
from enrs.services.record import queries
from enrs.services.record.views.frame import next_url, record_page
from enrs.services.record.views.words import lines


@permission(patient_permission("journal"))
@require_GET
def journal(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Every access to this record, newest first."""
    before = queries.Position.parse(request.GET.get("avant", ""))
    shown, position = queries.cut(queries.accesses(patient_id, before=before), "at")
    context = {"lines": lines(shown), "next_url": next_url(request, position)}
    return record_page(request, "accesses", context)


@permission(ACCOUNT)
@require_GET
def my_accesses(request: HttpRequest) -> HttpResponse:
    """For a person, who looked at their record; for a professional, what they did themselves."""
    actor = current_actor()
    if actor.kind == "person":
        own = valid_grants(actor.grantees).filter(purpose="self").first()
        if own:
            return redirect("record:accesses", own.patient_id)
    before = queries.Position.parse(request.GET.get("avant", ""))
    shown, position = queries.cut(queries.my_acts(before=before), "at")
    context = {"lines": lines(shown), "next_url": next_url(request, position), "actor": actor}
    return render(request, "record/my_accesses.html", context)

"""Crises: which are open and where, what their units answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.queries import organisation
from enrs.services.beds import commands, tables, words
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.models import Unit
from enrs.services.beds.queries import cell as reading
from enrs.services.beds.queries import rights, site
from enrs.services.beds.views.shared import READERS, known, number, page


@permission(READERS)
@require_safe
def crises(request: HttpRequest) -> HttpResponse:
    """The crises that are open, and where one may declare one."""
    found = list(reading.crises())
    sums = reading.answered(found)
    by = current_actor()
    listed = [
        (
            one,
            tables.crisis_kinds()[one.code],
            [
                (label, sums.get((one.pk, code)))
                for code, label in tables.crisis_kinds()[one.code].questions
            ],
            rights.is_of_cell(by) or rights.may_open_crisis(one.site_id),
        )
        for one in found
    ]
    sites = []
    if rights.is_of_cell(by):
        rows = Unit.objects.filter(is_active=True, region="").order_by("site_name", "site_id")
        sites = list(rows.values_list("site_id", "site_name").distinct()[:500])
    elif by.organisation_id and rights.may_open_crisis(by.organisation_id):
        sites = [(by.organisation_id, by.organisation_name)]
    context = {"crises": listed, "kinds": list(tables.crisis_kinds().values()), "sites": sites}
    return page(request, "crises", "crises", context)


@permission(READERS)
@require_POST
def open_crisis(request: HttpRequest) -> HttpResponse:
    """Declare a crisis at a site."""
    try:
        place = known(organisation(UUID(request.POST.get("site", ""))))
    except ValueError:
        messages.error(request, "Choisissez le site dans la liste.")
        return redirect("beds:crises")
    try:
        commands.open_crisis(
            site=place, code=request.POST.get("code", ""), words=request.POST.get("note", "")
        )
    except BedsRefusedError as error:
        messages.error(request, words.refusal(error.reason))
    else:
        messages.success(
            request, f"C’est déclaré : les unités de {place.name} voient les questions."
        )
    return redirect("beds:crises")


@permission(READERS)
@require_POST
def close_crisis(request: HttpRequest, crisis_id: UUID) -> HttpResponse:
    """End a crisis."""
    try:
        commands.close_crisis(crisis=known(reading.crisis(crisis_id)))
    except BedsRefusedError as error:
        messages.error(request, words.refusal(error.reason))
    else:
        messages.success(request, "Crise levée. Les réponses restent consultables.")
    return redirect("beds:crises")


@permission(READERS)
@require_POST
def answer(request: HttpRequest, crisis_id: UUID, unit_id: UUID) -> HttpResponse:
    """Answer one question for one unit."""
    crisis, unit = known(reading.crisis(crisis_id)), known(site.unit(unit_id))
    try:
        commands.answer_crisis(
            crisis=crisis,
            unit=unit,
            question=request.POST.get("question", ""),
            count=number(request.POST.get("count", "")),
            expected_version=whole(request.POST.get("version", "")),
        )
    except StaleSaveError as error:
        standing = error.current.count  # type: ignore[attr-defined]
        messages.error(
            request, f"Quelqu’un a répondu {standing} entre-temps : relisez, puis recommencez."
        )
    except BedsRefusedError as error:
        messages.error(request, words.refusal(error.reason))
    else:
        messages.success(request, "Réponse enregistrée.")
    return redirect("beds:mine")

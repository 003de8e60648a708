"""The units that the site's software names in its movements, and whose beds each one is."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.services.beds import commands, rules, words
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.models import Unit
from enrs.services.beds.queries import site
from enrs.services.beds.views.shared import READERS, known, page


@permission(READERS)
@require_safe
def software(request: HttpRequest) -> HttpResponse:
    """Every unit of the software of the place where one works, those that are nobody's first."""
    by = current_actor()
    if by.organisation_id is None or by.role not in rules.ENTRY_ROLES:
        raise Http404
    units = list(site.units_of(by.organisation_id))
    own = {one.pk for one in units}
    rows = [
        {"one": one, "is_ours": one.unit_id is None or one.unit_id in own}
        for one in site.software_units(by.organisation_id)
    ]
    context = {"rows": rows, "units": units, "place": by.organisation_name}
    return page(request, "software", "mine", context)


@permission(READERS)
@require_POST
def attach(request: HttpRequest, software_unit_id: UUID) -> HttpResponse:
    """Say whose beds one of them is, or that it is nobody's."""
    found = known(site.software_unit(software_unit_id))
    try:
        commands.attach_software_unit(software_unit=found, unit=_unit(request.POST.get("unit", "")))
    except BedsRefusedError as error:
        messages.error(request, words.refusal(error.reason))
    else:
        messages.success(request, "C’est noté : les lits occupés suivent.")
    return redirect("beds:software")


def _unit(given: str) -> Unit | None:
    if not given:
        return None
    try:
        return known(site.unit(UUID(given)))
    except ValueError as error:
        raise Http404 from error

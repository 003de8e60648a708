"""The teams that watch for others."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from enrs.core.access.gate import permission
from enrs.core.numbers import whole
from enrs.referentials.directory.queries import search_organisations
from enrs.services.home_monitoring import commands, queries
from enrs.services.home_monitoring.forms import TeamForm
from enrs.services.home_monitoring.views.protocols import REGION, page
from enrs.services.home_monitoring.views.shared import known, refusals_on, refusals_told


@permission(REGION)
def listing(request: HttpRequest) -> HttpResponse:
    """The teams, and the way to declare one from the directory."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        with refusals_on(form):
            made = commands.declare_team(organisation_id=values.pop("place"), **values)
            messages.success(request, f"{made.name} peut désormais veiller sur des personnes.")
            return redirect("home_monitoring:teams")
    text = request.GET.get("structure", "").strip()
    context = {
        "teams": queries.teams(),
        "text": text,
        "places": search_organisations(text) if text else [],
        "form": form,
    }
    return page(request, "teams", "teams", context)


@permission(REGION)
@require_POST
def close(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Take a team off the list."""
    one = known(queries.team(team_id))
    with refusals_told(request):
        commands.close_team(team=one, expected_version=whole(request.POST.get("version", "")))
        messages.success(request, f"{one.name} n’est plus proposée.")
    return redirect("home_monitoring:teams")

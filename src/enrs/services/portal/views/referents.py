"""« Référents »: the exploitation names who answers for the accounts of a structure."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.referentials.directory.queries import organisation, search_organisations
from enrs.services.portal import commands
from enrs.services.portal.operator_forms import ReferentForm
from enrs.services.portal.queries import people as queries

OPERATOR = role_permission("operator")
MOST_PLACES = 20


@permission(OPERATOR)
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Search a structure; each says whether somebody answers for it."""
    text = request.GET.get("q", "").strip()[:100]
    found = search_organisations(text, MOST_PLACES)
    answered = queries.places_with_referents([one.id for one in found])
    rows = [(one, one.id in answered) for one in found]
    return render(request, "portal/referent_places.html", {"rows": rows, "q": text})


@permission(OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Who answers for a structure, and one more to name among those who have an account there."""
    place = organisation(organisation_id)
    if place is None or place.is_closed:
        raise Http404
    text = request.GET.get("q", "").strip()[:100]
    form = ReferentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = commands.name_first_referent(
                organisation_id=place.id, user_id=given["user"], reason=given["reason"]
            )
        except commands.ReferentError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{made.name} répond maintenant pour {place.name}.")
            return redirect("portal:first_referents", place.id)
    held = queries.referents_of(place.id)
    named = {one.user_id for one in held}
    people = [one for one in queries.colleagues(place.id, text) if one.user_id not in named]
    context = {"organisation": place, "referents": held, "people": people, "q": text, "form": form}
    status = 422 if form.errors else 200
    return render(request, "portal/first_referents.html", context, status=status)

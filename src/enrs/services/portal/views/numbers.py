"""A national number that may be that of somebody of the local register: the referent verifies, the person says."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.services.portal import commands
from enrs.services.portal.models import NumberMatch
from enrs.services.portal.queries import people as queries
from enrs.services.portal.queries.enrolment import FUNCTIONS
from enrs.services.portal.views.desk import desk_page, place_of_desk

GET_POST = ["GET", "HEAD", "POST"]


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def match(request: HttpRequest, organisation_id: UUID, match_id: UUID) -> HttpResponse:
    """What the register and the directory say, side by side; the same person, or somebody else."""
    place_of_desk(organisation_id)
    held = queries.match_at(organisation_id, match_id)
    if held is None:
        raise Http404
    wanted, error = request.POST.get("acte", ""), ""
    if request.method == "POST":
        try:
            if wanted == "accepter":
                commands.accept_number(match=held)
                messages.success(
                    request, f"{held.person} a son numéro national : ses droits ont suivi."
                )
                return redirect("portal:register", organisation_id)
            if wanted == "refuser":
                return _refused(request, held)
            error = "Rien n’a été enregistré : répondez avec l’un des deux boutons."
        except commands.LocalError as refusal:
            error = str(refusal)
        except AccessRefusedError:
            error = commands.LocalError.SENTENCES["own"]
    context = {
        "match": held, "person": held.person, "error": error,
        "function": FUNCTIONS[held.person.function_code],
    }  # fmt: skip
    return desk_page(request, "match", organisation_id, context, is_refused=bool(error))


def _refused(request: HttpRequest, held: NumberMatch) -> HttpResponse:
    commands.refuse_number(match=held)
    messages.success(request, "C’est noté : ce numéro ne sera plus proposé.")
    return redirect("portal:register", held.person.organisation_id)


@permission(PROFESSIONAL)
@require_http_methods(GET_POST)
def own(request: HttpRequest) -> HttpResponse:
    """« Est-ce vous ? », for the person themselves; the referent decides."""
    found = queries.own_matches(request.actor.grantee_id)  # type: ignore[attr-defined]
    if request.method == "POST":
        held = next((one for one in found if str(one.id) == request.POST.get("numero")), None)
        acts = {"moi": commands.claim_number, "autre": commands.refuse_number}
        act = acts.get(request.POST.get("acte", ""))
        if held is None or act is None:
            raise Http404
        try:
            act(match=held)
        except commands.LocalError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "C’est noté, merci.")
        return redirect("portal:own_number")
    return render(request, "portal/own_number.html", {"matches": found})

"""« Mes droits »: what a person asks about their data, or about those of somebody they represent."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.audit.commands import note
from enrs.services.rights import commands
from enrs.services.rights.forms import AskForm
from enrs.services.rights.queries import requests as queries
from enrs.services.rights.queries.copies import is_open, own_copies
from enrs.services.rights.queries.restrictions import own_restrictions
from enrs.services.rights.rules import requests as rules
from enrs.services.rights.views.copies import copy_row, demand_person
from enrs.services.rights.views.requests import letter_of, page_of, row


@permission(ACCOUNT)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What I asked, the newest first, and the copies of data."""
    demand_person()
    note("rights.mine.read", object_kind="list")
    found = own_copies()
    living = {one.patient_id for one in found if is_open(one) or one.state == "preparing"}
    people = queries.people_one_speaks_for()
    context = {
        "rows": [row(one) for one in queries.own_requests()],
        "copies": [copy_row(one) for one in found],
        "people": [(key, name) for key, name in people if key not in living],
        "restrictions": own_restrictions(),
        "own_id": queries.own_patient_id(),
    }
    return render(request, "rights/mine.html", context)


@permission(ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask something."""
    demand_person()
    people = queries.people_one_speaks_for()
    form = AskForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        patient_id = UUID(given.pop("patient"))
        try:
            made = commands.ask_right(patient_id=patient_id, **given)
        except commands.RightsError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, f"Votre demande {made.number} est envoyée.")
            return redirect("rights:my_request", made.id)
    context = {"form": form, "people": people}
    return render(request, "rights/ask.html", context, status=422 if form.errors else 200)


@permission(ACCOUNT)
@require_safe
def asked(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One of them, with its answer."""
    demand_person()
    held = queries.own_request(request_id)
    if held is None:
        raise Http404
    note("rights.mine.read", object_kind="rights_request", object_id=held.id)
    return render(request, "rights/my_request.html", page_of(held))


@permission(ACCOUNT)
@require_safe
def letter(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Its answer, as PDF."""
    demand_person()
    held = queries.own_request(request_id)
    if held is None or rules.is_open(held.state):
        raise Http404
    return letter_of(held)

"""The tab of the record; opening a return, changing it, saying that the person is home, ending it, handing it on."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.numbers import whole
from enrs.core.workflow.rules import To
from enrs.referentials.directory.queries import search_organisations
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.queries import regional_identity
from enrs.services.home_support import commands, forms, queries
from enrs.services.home_support.commands.shared import CATEGORY
from enrs.services.home_support.models import HomeReturn
from enrs.services.home_support.rules import words
from enrs.services.home_support.views.shared import (
    READS,
    STALE,
    WRITES,
    is_person,
    keys,
    page,
    refusals_on,
    refusals_told,
    return_or_404,
)


@permission(READS)
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The returns of the person; the only open one is shown at once."""
    rows = queries.returns(patient_id)
    current = [one for one in rows if one.ended_at is None]
    if len(current) == 1 and "tous" not in request.GET:
        return redirect("home_support:show", patient_id, current[0].id)
    opening = opening_of(request)
    context = {
        "rows": [(one, one.task.place) for one in rows],
        "is_person": is_person(opening),
        "may_open": not current
        and opening.may(WRITE, CATEGORY)
        and current_actor().role in words.HOSPITAL_ROLES,
    }
    return page(request, "panel", context)


@permission(WRITES)
def begin(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Open a return: the home is that of the identity until somebody says another."""
    form = forms.OpenForm(request.POST or None, initial=_home(patient_id))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = commands.open_return(
                patient_id=patient_id, facts=form.facts, is_agreed=form.cleaned_data["is_agreed"]
            )
            messages.success(
                request,
                "Le retour est ouvert : décrivez les besoins, puis demandez aux structures.",
            )
            return redirect("home_support:show", patient_id, made.id)
    return page(request, "facts", {"form": form, "one": None})


def _home(patient_id: UUID) -> dict[str, Any]:
    try:
        known = regional_identity(patient_id)
    except RegionalIdentity.DoesNotExist:
        return {}
    return {name: getattr(known, name) for name in ("address", "postal_code", "city", "phone")}


@permission(WRITES)
def change(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """Correct what was told; another discharge is told to the agencies."""
    one = return_or_404(patient_id, return_id)
    form = forms.ChangeForm(request.POST or None, initial=forms.facts_of(one))
    if _is_stale(request, one):
        return redirect("home_support:change", patient_id, one.id)
    if request.method == "POST" and form.is_valid():
        before = one.leaving_at
        with refusals_on(form):
            made = commands.change_return(
                home_return=one, facts=form.facts, expected_version=form.cleaned_data["version"]
            )
            said = "C’est enregistré."
            if made.leaving_at != before:
                said = "La sortie est changée : les structures concernées sont prévenues, relisez les trous."
            messages.success(request, said)
            return redirect("home_support:show", patient_id, one.id)
    return page(request, "facts", {"form": form, "one": one})


@permission(WRITES)
@require_POST
def arrive(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """The person is home."""
    one = return_or_404(patient_id, return_id)
    with refusals_told(request):
        commands.arrive_home(
            home_return=one, expected_version=whole(request.POST.get("version", ""))
        )
        messages.success(request, "C’est noté : les structures qui viennent sont prévenues.")
    return redirect("home_support:show", patient_id, one.id)


@permission(WRITES)
@require_POST
def not_home(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """The person was said home by mistake."""
    one = return_or_404(patient_id, return_id)
    with refusals_told(request):
        commands.not_home(home_return=one, expected_version=whole(request.POST.get("version", "")))
        messages.success(request, "C’est annulé : le retour est de nouveau en préparation.")
    return redirect("home_support:show", patient_id, one.id)


def _is_stale(request: HttpRequest, one: HomeReturn) -> bool:
    """Whether a posted form was read before somebody's change, which is said: the page is opened anew with it."""
    is_stale = request.method == "POST" and whole(request.POST.get("version", "")) != one.version
    if is_stale:
        messages.error(request, STALE)
    return is_stale


@permission(WRITES)
def close(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """End a return."""
    one = return_or_404(patient_id, return_id)
    form = forms.CloseForm(request.POST or None, initial={"version": one.version})
    if _is_stale(request, one):
        return redirect("home_support:close", patient_id, one.id)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            commands.close_return(
                home_return=one, code=given["code"], note=given["note"],
                expected_version=given["version"],
            )  # fmt: skip
            messages.success(request, "Le retour est terminé : il reste lisible dans le dossier.")
            return redirect("home_support:show", patient_id, one.id)
    return page(request, "close", {"form": form, "one": one})


@permission(WRITES)
def hand_on(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """Ask a team of coordination to go on."""
    one = return_or_404(patient_id, return_id)
    text = request.GET.get("structure", "").strip()
    form = forms.HandOnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        place = next(iter(queries.places(keys(request.POST.getlist("place")))), None)
        if place is None:
            form.add_error(None, "Choisissez la structure qui prend la suite.")
        else:
            with refusals_on(form):
                commands.hand_on(
                    home_return=one, to=To(place.id, place.name), need=form.cleaned_data["need"]
                )
                messages.success(request, f"La demande est envoyée à {place.name}.")
                return redirect("home_support:show", patient_id, one.id)
    places = (
        search_organisations(text) if text else queries.places(keys(request.POST.getlist("place")))
    )
    return page(request, "hand_on", {"form": form, "one": one, "text": text, "places": places})

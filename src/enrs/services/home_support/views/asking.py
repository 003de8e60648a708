"""The hospital's acts on a week: needs, lines, asking agencies, confirming, releasing, answering."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from enrs.core.access.gate import permission
from enrs.referentials.directory.queries import search_organisations
from enrs.services.home_support import commands, forms, queries
from enrs.services.home_support.models import HomeReturn
from enrs.services.home_support.views.shared import (
    WRITES,
    keys,
    page,
    refusals_on,
    refusals_told,
    return_or_404,
)
from enrs.services.home_support.views.week import line_of


@permission(WRITES)
@require_POST
def begin_needs(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """Begin the form of the needs."""
    one = return_or_404(patient_id, return_id)
    with refusals_told(request):
        return redirect("questionnaires:fill", commands.begin_needs(home_return=one).id)
    return redirect("home_support:show", patient_id, one.id)


@permission(WRITES)
@require_POST
def take_needs(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """Put the visits that the needs call for in the week."""
    one = return_or_404(patient_id, return_id)
    answer = next(iter(keys(request.POST.getlist("answer"))), None)
    if answer is not None:
        with refusals_told(request):
            made = commands.take_needs(home_return=one, answer_id=answer)
            count = len(made)
            said = f"{count} passages ajoutés" if count > 1 else f"{count} passage ajouté"
            messages.success(request, f"{said} : corrigez-les, puis demandez aux structures.")
    return redirect("home_support:show", patient_id, one.id)


@permission(WRITES)
def add_visit(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """Add a line to the week."""
    one = return_or_404(patient_id, return_id)
    form = forms.VisitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            commands.add_visit(home_return=one, line=form.line)
            messages.success(request, "Le passage est ajouté à la semaine.")
            return redirect("home_support:show", patient_id, one.id)
    return page(request, "visit", {"form": form, "one": one})


@permission(WRITES)
@require_POST
def remove_visit(
    request: HttpRequest, patient_id: UUID, return_id: UUID, visit_id: UUID
) -> HttpResponse:
    """Take a line off the week."""
    one = return_or_404(patient_id, return_id)
    with refusals_told(request):
        commands.remove_visit(home_return=one, visit_id=visit_id)
        messages.success(request, "Le passage est retiré de la semaine.")
    return redirect("home_support:show", patient_id, one.id)


@permission(WRITES)
@require_POST
def cover(request: HttpRequest, patient_id: UUID, return_id: UUID, visit_id: UUID) -> HttpResponse:
    """Lines for the days before an agency begins, to be asked of another."""
    one = return_or_404(patient_id, return_id)
    with refusals_told(request):
        if commands.cover_until(home_return=one, visit_id=visit_id):
            messages.success(
                request, "Ces jours sont écrits à part : demandez-les à une autre structure."
            )
    return redirect("home_support:show", patient_id, one.id)


@permission(WRITES)
def ask(request: HttpRequest, patient_id: UUID, return_id: UUID) -> HttpResponse:
    """Choose visits and agencies, and send."""
    one = return_or_404(patient_id, return_id)
    if request.method == "POST":
        agencies = queries.places(keys(request.POST.getlist("place")))
        with refusals_told(request):
            made = commands.ask_agencies(
                home_return=one, agencies=agencies, visit_ids=keys(request.POST.getlist("visit")),
                message=request.POST.get("message", ""),
            )  # fmt: skip
            names = ", ".join(row.agency_name for row in made)
            messages.success(request, f"La demande est envoyée à {names}.")
            return redirect("home_support:show", patient_id, one.id)
        return redirect("home_support:ask", patient_id, one.id)
    text = request.GET.get("structure", "").strip()
    lines = [line_of(row) for row in queries.visits(one)]
    chosen = set(keys(request.GET.getlist("visit")))
    context = {
        "one": one,
        "lines": [(row, row["visit"].id in chosen if chosen else row["is_free"]) for row in lines],
        "text": text,
        "places": search_organisations(text) if text else [],
        "usual": queries.usual_agencies(),
        "message": request.GET.get("message", "")[:2000],
    }
    return page(request, "ask", context)


def _act(
    request: HttpRequest,
    patient_id: UUID,
    return_id: UUID,
    command: Callable[[HomeReturn], object],
    said: str,
) -> HttpResponse:
    """One act on what was asked, in one tap."""
    one = return_or_404(patient_id, return_id)
    with refusals_told(request):
        command(one)
        messages.success(request, said)
    return redirect("home_support:show", patient_id, one.id)


@permission(WRITES)
@require_POST
def retain(request: HttpRequest, patient_id: UUID, return_id: UUID, ask_id: UUID) -> HttpResponse:
    """Confirm what an agency took."""
    return _act(
        request, patient_id, return_id,
        lambda one: commands.retain(home_return=one, ask_id=ask_id),
        "C’est confirmé : la structure et la personne en sont prévenues.",
    )  # fmt: skip


@permission(WRITES)
@require_POST
def release(request: HttpRequest, patient_id: UUID, return_id: UUID, ask_id: UUID) -> HttpResponse:
    """Take back what an agency holds."""
    visits = keys(request.POST.getlist("visit"))
    return _act(
        request, patient_id, return_id,
        lambda one: commands.release(home_return=one, ask_id=ask_id, visit_ids=visits),
        "Les passages sont libérés, la structure est prévenue : demandez-les à une autre.",
    )  # fmt: skip


@permission(WRITES)
@require_POST
def withdraw(request: HttpRequest, patient_id: UUID, return_id: UUID, ask_id: UUID) -> HttpResponse:
    """Take back what was asked and not answered."""
    return _act(
        request, patient_id, return_id,
        lambda one: commands.withdraw_ask(home_return=one, ask_id=ask_id),
        "La demande est retirée, la structure est prévenue.",
    )  # fmt: skip


@permission(WRITES)
@require_POST
def reply(request: HttpRequest, patient_id: UUID, return_id: UUID, ask_id: UUID) -> HttpResponse:
    """Answer what an agency asked."""
    text = request.POST.get("text", "")
    return _act(
        request, patient_id, return_id,
        lambda one: commands.reply_ask(home_return=one, ask_id=ask_id, text=text),
        "Votre réponse est envoyée à la structure.",
    )  # fmt: skip

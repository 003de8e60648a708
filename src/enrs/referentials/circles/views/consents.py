"""Consents and oppositions of a person."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.readings import opening_of
from enrs.referentials.circles import commands, queries
from enrs.referentials.circles.forms import OppositionForm, OwnOppositionForm
from enrs.referentials.circles.models import Consent, Opposition
from enrs.referentials.circles.views.shared import READS, WRITES, back, page, refusals_on, today

PERSON_S_ACT = "C’est un acte de la personne : elle-même, son représentant, un médecin ou un coordinateur le consigne."


@permission(READS)
@require_safe
def consents(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Every consent and opposition, standing or not, and who can see the record now."""
    context = {
        "consents": queries.consents(patient_id),
        "oppositions": queries.oppositions(patient_id),
        "seers": queries.who_sees(patient_id),
    }
    return page(request, "circles/consents.html", context)


@permission(WRITES)
@require_POST
def withdraw(request: HttpRequest, patient_id: UUID, consent_id: UUID) -> HttpResponse:
    """Withdraw a consent; what it opened closes at once."""
    consent = get_object_or_404(Consent, pk=consent_id, patient_id=patient_id)
    try:
        commands.withdraw_consent(consent=consent, reason=request.POST.get("reason", "").strip())
    except AccessRefusedError:
        messages.error(request, PERSON_S_ACT)
    else:
        messages.success(request, "Le consentement est retiré, et l’accès fermé.")
    return redirect("circles:consents", patient_id=patient_id)


@permission(WRITES)
def oppose(request: HttpRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Keep the person's opposition to sharing with a member."""
    member = queries.member(patient_id, member_id)
    if member is None or member.block == member.Block.RELATIVES or member.grantee_id is None:
        raise Http404
    is_own = opening_of(request).decision.role in ("patient", "proxy")
    form = (
        OwnOppositionForm(request.POST or None)
        if is_own
        else OppositionForm(request.POST or None, initial={"informed_on": today()})
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            commands.oppose(
                patient_id=patient_id,
                grantee_id=member.grantee_id,
                grantee_display=member.display,
                **form.cleaned_data,
            )
        if form.is_valid():
            messages.success(request, f"Opposition enregistrée : {member.display} n’a plus accès.")
            return back(patient_id)
    context = {"member": member, "form": form, "is_own": is_own}
    return page(request, "circles/oppose.html", context, 422 if form.errors else 200)


@permission(WRITES)
@require_POST
def lift(request: HttpRequest, patient_id: UUID, opposition_id: UUID) -> HttpResponse:
    """End an opposition."""
    opposition = get_object_or_404(Opposition, pk=opposition_id, patient_id=patient_id)
    try:
        commands.lift_opposition(opposition=opposition)
    except commands.CircleError:
        messages.error(
            request, "La personne s’est opposée à votre accès : un autre lève l’opposition."
        )
    except AccessRefusedError:
        messages.error(request, PERSON_S_ACT)
    else:
        messages.success(request, "L’opposition est levée. Personne n’a été ajouté au cercle.")
    return redirect("circles:consents", patient_id=patient_id)

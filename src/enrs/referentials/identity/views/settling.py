"""Pages where a decision is confirmed, refused or undone, and where traits in quarantine are judged."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity import commands, queries, rules
from enrs.referentials.identity.forms.desk import ReasonForm
from enrs.referentials.identity.queries import desk as queries_desk
from enrs.referentials.identity.views.desk import (
    CHANGED,
    OFFICERS,
    PAGE,
    PROPOSED,
    TOO_LATE,
    item_or_404,
    key_of,
    moment_of,
)

OUTDATED: Final = (
    "Les identités ont changé depuis la proposition, qui est retirée : relisez-les, puis décidez."
)
UNDONE_TOO_LATE: Final = (
    "Cette décision ne peut plus être défaite : les identités ont bougé depuis,"
    " une autre décision a été prise, ou la ligne attend déjà de nouveau."
)


@permission(OFFICERS)
@require_GET
def proposals(request: HttpRequest) -> HttpResponse:
    """What one person proposed and another has to confirm or refuse, the oldest first."""
    at, key = moment_of(request.GET.get("at", "")), key_of(request.GET.get("after", ""))
    found = queries_desk.proposals(after=(at, key) if at and key else None, limit=PAGE + 1)
    shown, next_url = found[:PAGE], ""
    if len(found) > PAGE:
        last = shown[-1]
        next_url = f"?{urlencode({'at': last.proposed_at.isoformat(), 'after': last.id})}"
    people = queries.identities_of_items([one.item_id for one in shown])
    own = current_actor().user_id
    rows = [
        (one, people.get(one.item_id, []), rules.PROPOSALS.get(one.outcome, ""), one.proposed_by_id == own)
        for one in shown
    ]  # fmt: skip
    return render(request, "identity/proposals.html", {"rows": rows, "next_url": next_url})


@permission(OFFICERS)
@require_POST
def work_settle(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Confirm or refuse a colleague's proposal."""
    item_or_404(item_id)
    form = ReasonForm(request.POST, prefix="settle")
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots ce que vous avez vérifié.")
        return redirect("identity:work_item", item_id)
    identities = queries.identities_of_items([item_id]).get(item_id, [])
    is_confirmed = request.POST.get("act") == "confirm"
    try:
        commands.settle_proposal(
            item_id=item_id, is_confirmed=is_confirmed, by=current_actor(), identities=identities,
            reason=form.cleaned_data["reason"],
            proposal_id=key_of(request.POST.get("proposal", "")) or UUID(int=0),
        )  # fmt: skip
    except AccessRefusedError:
        messages.warning(
            request, "C’est votre proposition : un collègue doit la confirmer ou la refuser."
        )
        return redirect("identity:work_item", item_id)
    except commands.OutdatedProposalError:
        messages.warning(request, OUTDATED)
        return redirect("identity:work_item", item_id)
    except (StaleSaveError, ObjectDoesNotExist):
        messages.warning(request, TOO_LATE)
        return redirect("identity:work_item", item_id)
    messages.success(
        request, "La décision est prise à deux." if is_confirmed else "La proposition est refusée."
    )
    return redirect(
        "identity:work_list" if is_confirmed else reverse("identity:work_item", args=[item_id])
    )


@permission(OFFICERS)
@require_POST
def work_withdraw(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Take back one's own proposal."""
    item_or_404(item_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots pourquoi vous retirez votre proposition.")
        return redirect("identity:work_item", item_id)
    try:
        commands.withdraw_proposal(
            item_id=item_id, reason=form.cleaned_data["reason"], by=current_actor(),
            proposal_id=key_of(request.POST.get("proposal", "")) or UUID(int=0),
        )  # fmt: skip
        messages.success(request, "Votre proposition est retirée.")
    except (StaleSaveError, ObjectDoesNotExist):
        messages.warning(request, TOO_LATE)
    return redirect("identity:work_item", item_id)


@permission(OFFICERS)
@require_POST
def work_quarantine(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Say who the traits in quarantine are of: the same person, or another."""
    item_or_404(item_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots sur quoi repose votre décision.")
        return redirect("identity:work_item", item_id)
    given = {"item_id": item_id, "reason": form.cleaned_data["reason"], "by": current_actor()}
    seen = request.POST.get("seen", "")
    try:
        if request.POST.get("act") == "apply":
            what = commands.apply_quarantined(seen=seen, **given)
            words = "Les traits sont corrigés."
        else:
            what = commands.refuse_quarantined(seen=seen, **given)
            words = "Les traits sont refusés : l’identité reste celle d’avant."
        messages.success(request, PROPOSED if what == "proposed" else words)
    except commands.ChangedTraitsError:
        messages.warning(request, CHANGED)
    except (StaleSaveError, ObjectDoesNotExist):
        messages.warning(request, TOO_LATE)
    return redirect("identity:work_item", item_id)


@permission(OFFICERS)
@require_POST
def work_undo(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Undo a decision."""
    item_or_404(item_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots pourquoi la décision est défaite.")
        return redirect("identity:work_item", item_id)
    try:
        what = commands.undo_decision(
            item_id=item_id, reason=form.cleaned_data["reason"], by=current_actor(),
            closed_at=moment_of(request.GET.get("vu", "")),
        )  # fmt: skip
        done = "La décision est défaite : tout est comme avant elle."
        messages.success(request, PROPOSED if what == "proposed" else done)
    except StaleSaveError:
        messages.warning(request, UNDONE_TOO_LATE)
    return redirect("identity:work_item", item_id)

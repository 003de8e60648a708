"""The circle itself: its three blocks, adding, removing, and « Pourquoi ai-je accès ? »."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import WRITE, role_for
from enrs.core.effects import act
from enrs.referentials.circles import commands, queries, rules
from enrs.referentials.circles.forms import JoinForm
from enrs.referentials.circles.views.shared import (
    READS,
    WRITES,
    back,
    consent_from,
    page,
    refusals_on,
    today,
)
from enrs.referentials.directory import queries as directory


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the directory who may be brought in; `role` is theirs in the matrix."""

    id: UUID
    kind: str
    block: str
    display: str
    label: str
    role: str = ""


@permission(READS)
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """« Cercle »: the three blocks, and the requests that wait."""
    opening = opening_of(request)
    right = opening.decision.right
    note_reading(request, "circle.read", "circle")
    may_write = opening.may(WRITE, "circle")
    context = {
        "circle": queries.members(patient_id),
        "waiting": queries.requests_on(patient_id) if rules.may_answer(opening.role) else [],
        "may_write": may_write,
        "may_speak": may_write and rules.may_speak_for_person(opening.role),
        "may_manage": right is not None and right.level >= rules.MANAGE,
        "may_remove": may_write
        and right is not None
        and rules.may_remove(role=opening.role, level=right.level, is_self=False),
        "patient_id": patient_id,
    }
    if getattr(request, "htmx", False):
        return render(request, "circles/_circle.html", context)
    return page(request, "circles/circle.html", context)


@permission(WRITES)
@require_safe
def find(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Find in the directory whom to bring in."""
    text = request.GET.get("q", "").strip()
    context = {
        "q": text,
        "people": directory.search_practitioners(text),
        "places": directory.search_organisations(text, 5),
    }
    return page(request, "circles/find.html", context)


@permission(WRITES)
def join(request: HttpRequest, patient_id: UUID, kind: str, grantee_id: UUID) -> HttpResponse:
    """Say on what ground somebody joins, and bring them in."""
    candidate = _candidate(kind, grantee_id)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            _bring_in(patient_id, candidate, form)
        if form.is_valid():
            messages.success(request, f"{candidate.display} est dans le cercle.")
            return back(patient_id)
    context = {"candidate": candidate, "form": form}
    status = 422 if form.errors else 200
    return page(request, "circles/join.html", context, status)


@permission(WRITES)
@require_POST
def remove(request: HttpRequest, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Remove somebody from the circle, after the confirmation of the page."""
    member = queries.member(patient_id, member_id)
    if member is None:
        raise Http404
    try:
        commands.remove_member(member=member, reason=request.POST.get("reason", "").strip())
    except (AccessRefusedError, commands.CircleError):
        messages.error(request, "Vous ne pouvez pas retirer cette personne du cercle.")
    else:
        messages.success(request, f"{member.display} n’est plus dans le cercle.")
    return back(patient_id)


@permission(patient_permission("identity"))
@require_safe
def why(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """« Pourquoi ai-je accès ? »: by address, only to who has one."""
    rights = opening_of(request).rights
    context = {"reasons": queries.why(patient_id, rights), "patient_id": patient_id}
    if getattr(request, "htmx", False):
        return render(request, "circles/_why_panel.html", context)
    return page(request, "circles/why.html", context)


def _candidate(kind: str, grantee_id: UUID) -> Candidate:
    if kind == "professionnel" and (card := directory.card(grantee_id)):
        roles = [
            role_for(r.profession_code, r.function_code, r.speciality_code) for r in card.current
        ]
        played = next((role for role in roles if role != "anonymous"), "anonymous")
        label = card.current[0].label if card.current else ""
        display = card.practitioner.display
        return Candidate(grantee_id, kind, rules.CARE_TEAM, display, label, played)
    if kind == "structure" and (place := directory.organisation(grantee_id)):
        label = place.category_label or "Lieu d’exercice"
        return Candidate(grantee_id, kind, rules.ORGANISATIONS, place.name, label)
    raise Http404


def _bring_in(patient_id: UUID, candidate: Candidate, form: JoinForm) -> None:
    given = form.cleaned_data
    with act(savepoint=True):
        consent = consent_from(
            given, patient_id=patient_id, grantee_id=candidate.id, display=candidate.display
        )
        commands.add_member(
            patient_id=patient_id,
            block=candidate.block,
            grantee_id=candidate.id,
            display=candidate.display,
            role_label=candidate.label,
            role=candidate.role,
            basis=given["basis"],
            ground=given["ground"],
            informed_on=today() if given["is_informed"] else None,
            consent=consent,
        )

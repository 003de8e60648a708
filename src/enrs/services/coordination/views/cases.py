"""The tab of coordination: who follows, the case, its contacts, its end, its sheet."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.accounts.models import Position
from enrs.core.agenda import queries as agenda
from enrs.core.plans import commands as plan_commands
from enrs.core.plans import queries as plans
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.commands import start_answer
from enrs.core.subjects.persons import banner_of
from enrs.core.threads import queries as threads
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.services.coordination import commands, forms, queries, sheet
from enrs.services.coordination.commands.cases import SUBJECT
from enrs.services.coordination.models import Case
from enrs.services.coordination.rules import aggir, words
from enrs.services.coordination.views.frame import (
    case_or_404,
    page,
    refusals_on,
    to_panel,
)

READS = patient_permission("plan")
WRITES = patient_permission("plan", "write")
INCLUDABLE = ("qualified", "contacted")
FORMS = {"aggir": "Grille AGGIR", "coordination-assessment": "Évaluation multidimensionnelle"}


@permission(patient_permission("request"))
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Who follows the person, what was asked, and the case of one's own team.

    A secretary reads who follows and what was asked, and writes calls down: the rest is not shown.
    """
    note_reading(request, "coordination.panel.read", "coordination")
    opening = opening_of(request)
    follows = opening.may("read", "plan")
    cases = queries.cases_of(patient_id) if follows else []
    requests = queries.requests_of(patient_id)
    role = current_actor().role
    writes = opening.may("write", "request") and role in words.ASKER_ROLES
    context = {
        "followers": queries.followers(patient_id, cases),
        "requests": requests,
        "answered": words.ANSWERS,
        "may_ask": writes and opening.may("write", "assessment"),
        "may_enter": writes
        and role in words.DESK_ROLES
        and queries.is_desk(current_actor().organisation_id),
        "is_team": role in words.TEAM_ROLES,
        "drafts": queries.drafts(patient_id)
        if writes and opening.may("read", "assessment")
        else [],
        **(_followed(opening, cases, requests) if follows else _NOTHING_FOLLOWED),
    }
    return page(request, "panel", context)


_NOTHING_FOLLOWED = {"follows": False, "cases": [], "case": None, "includable": set()}


def _followed(opening: Opening, cases: list[Case], requests: list[Task]) -> dict[str, Any]:
    """What the tab says of the case and of what is done for the person."""
    patient_id, mine = opening.patient_id, set(current_actor().grantees)
    includes = opening.may("write", "plan") and current_actor().role in words.TEAM_ROLES
    shown = queries.own_case(cases) or next((one for one in cases if not one.closed_at), None)
    return {
        "follows": True,
        "includable": {
            one.id
            for one in requests
            if includes and one.state in INCLUDABLE and mine & {one.assignee_id, one.team_id}
        },
        "cases": cases,
        "case": shown,
        "is_ours": shown is not None and shown.organisation_id in current_actor().grantees,
        "task": queries.case_task(shown) if shown else None,
        "contacts": queries.contacts(shown, 6) if shown else [],
        "plans": plans.plans_of(patient_id, "ppcs"),
        "grids": queries.grids(patient_id),
        "assessments": questionnaires.answers_of(patient_id, "coordination-assessment")[:5],
        "appointments": agenda.appointments_of(patient_id, since=timezone.now(), limit=3)
        if opening.may("read", "agenda")
        else [],
        "notebooks": threads.threads_about((SUBJECT, shown.id)) if shown else [],
        "may_plan": opening.may("write", "plan"),
        "quiet_since": timezone.now() - timedelta(days=words.QUIET_DAYS),
    }


@permission(WRITES)
def contact(request: HttpRequest, patient_id: UUID, case_id: UUID) -> HttpResponse:
    """Write a contact."""
    case = case_or_404(patient_id, case_id)
    form = forms.ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            commands.write_contact(case=case, contact=commands.NewContact(**form.cleaned_data))
            messages.success(request, "Contact inscrit.")
            return to_panel(patient_id)
    return page(request, "contact", {"form": form, "case": case})


@permission(WRITES)
def close(request: HttpRequest, patient_id: UUID, case_id: UUID) -> HttpResponse:
    """Close a case, with a reason."""
    case = case_or_404(patient_id, case_id)
    form = forms.CloseForm(request.POST or None, initial={"version": case.version})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        with refusals_on(form):
            commands.close_case(case=case, expected_version=values.pop("version"), **values)
            messages.success(request, "Situation clôturée.")
            return to_panel(patient_id)
    return page(request, "close", {"form": form, "case": case})


@permission(WRITES)
def referent(request: HttpRequest, patient_id: UUID, case_id: UUID) -> HttpResponse:
    """Give the case to a colleague."""
    case = case_or_404(patient_id, case_id)
    held = Position.objects.filter(
        organisation_id=case.organisation_id, role__in=words.TEAM_ROLES, user__is_active=True
    ).select_related("user")
    people = {str(one.user.grantee_id): one for one in held.order_by("user__name", "id")}
    choices = [(key, f"{one.user.name}, {one.label}") for key, one in people.items()]
    form = forms.ReferentForm(
        request.POST or None, people=choices, initial={"version": case.version}
    )
    if request.method == "POST" and form.is_valid():
        chosen = people[form.cleaned_data["referent"]]
        to = To(chosen.user.grantee_id, chosen.user.name, kind="person", label=chosen.label)
        with refusals_on(form):
            commands.change_referent(
                case=case, to=to, expected_version=form.cleaned_data["version"]
            )
            messages.success(request, f"Situation confiée à {to.name}.")
            return to_panel(patient_id)
    return page(request, "referent", {"form": form, "case": case})


@permission(WRITES)
@require_POST
def start_plan(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Begin the PPCS, or open the one that there is."""
    found = plans.open_plan(patient_id, "ppcs")
    if found is None:
        by = current_actor()
        found = plan_commands.create_plan(
            patient_id=patient_id,
            kind="ppcs",
            title="Plan personnalisé de coordination",
            referent_id=by.grantee_id,
            referent_name=by.name,
            referent_label=by.label,
        )
    return redirect("plans:plan", patient_id, found.id)


@permission(patient_permission("assessment", "write"))
@require_POST
def start_form(request: HttpRequest, patient_id: UUID, name: str) -> HttpResponse:
    """Begin an assessment of the person."""
    if name not in FORMS:
        raise Http404
    if current_actor().role not in words.TEAM_ROLES:
        raise AccessRefusedError("profession")
    answer = start_answer(form=name, patient_id=patient_id)
    return redirect("questionnaires:fill", answer.id)


@permission(patient_permission("assessment"))
def grid(request: HttpRequest, patient_id: UUID, answer_id: UUID) -> HttpResponse:
    """An AGGIR grid with its result, group by group."""
    answer = questionnaires.answer(answer_id)
    if answer is None or answer.patient_id != patient_id or answer.form_name != "aggir":
        raise Http404
    note_reading(request, "coordination.grid.read", "grid", answer_id)
    found = queries.grid_of(answer)
    names = [(WORDS[one], found.letters.get(one, "")) for one in aggir.DISCRIMINANT]
    others = [(WORDS[one], found.letters.get(one, "")) for one in aggir.WEIGHTLESS]
    missing = [WORDS[one] for one in aggir.missing(found.letters)]
    return page(
        request, "grid", {"grid": found, "names": names, "others": others, "missing": missing}
    )


WORDS = {
    "coherence": "Cohérence", "orientation": "Orientation", "toilette": "Toilette",
    "habillage": "Habillage", "alimentation": "Alimentation", "elimination": "Élimination",
    "transferts": "Transferts", "deplacement_interieur": "Déplacements à l’intérieur",
    "deplacement_exterieur": "Déplacements à l’extérieur",
    "communication_distance": "Communication à distance",
}  # fmt: skip


@permission(READS)
def synthesis(request: HttpRequest, patient_id: UUID, case_id: UUID) -> HttpResponse:
    """The fiche de synthèse, to read and to print."""
    case = case_or_404(patient_id, case_id)
    note_reading(request, "coordination.sheet.read", "coordination_case", case.id)
    return page(request, "sheet", {"case": case, "sheet": sheet.content(case)})


@permission(READS)
def synthesis_pdf(request: HttpRequest, patient_id: UUID, case_id: UUID) -> HttpResponse:
    """The fiche de synthèse as a PDF."""
    case = case_or_404(patient_id, case_id)
    note_reading(request, "coordination.sheet.printed", "coordination_case", case.id)
    content = sheet.pdf(sheet.content(case), banner_of(patient_id))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="fiche-de-synthese.pdf"'
    return response

"""Pages of adverse events of identity: the form, one's own declarations, the unit's work on each, figures."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, patient_permission
from enrs.core.audit.commands import note
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.french import local
from enrs.core.ui.patient_page import patient_page
from enrs.core.ui.shapes import Filter
from enrs.referentials.identity import commands
from enrs.referentials.identity.forms.desk import ReasonForm
from enrs.referentials.identity.forms.governance import CloseForm, IncidentForm, QualifyForm
from enrs.referentials.identity.models import IdentityIncident, SourceIdentity
from enrs.referentials.identity.queries import governance as queries_governance
from enrs.referentials.identity.queries import incidents as queries_incidents
from enrs.referentials.identity.queries import quality as queries_quality
from enrs.referentials.identity.queries.unit import OFFICER
from enrs.referentials.identity.rules.governance import GRAVITY_TONES, STATE_TONES
from enrs.referentials.identity.views.desk import (
    OFFICERS,
    PAGE,
    TOO_LATE,
    choices,
    key_of,
    moment_of,
)
from enrs.referentials.identity.views.governance import action_rows
from enrs.referentials.identity.views.sources import csv_file

READS: Final = patient_permission("identity")
DECLARED: Final = "L’événement est déclaré : la cellule d’identité est prévenue."
MONTHS: Final = 12


@permission(PROFESSIONAL)
@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Declare an event without a patient's record: from the search page."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        row = commands.declare_incident(by=current_actor(), **form.cleaned_data)
        messages.success(request, DECLARED)
        return redirect("identity:incident", row.id)
    status = 422 if form.errors else 200
    return render(request, "identity/declare.html", {"form": form}, status=status)


@permission(READS)
@require_http_methods(["GET", "POST"])
def declare_of(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Declare an event about a patient, from their « Identité » tab."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        commands.declare_incident(by=current_actor(), patient_id=patient_id, **form.cleaned_data)
        messages.success(request, DECLARED)
        return redirect("identity:sheet", patient_id)
    return patient_page(
        request, "identity/declare_of.html", {"form": form}, panel="identity",
        reading="identity.sheet.read", status=422 if form.errors else 200,
    )  # fmt: skip


def _form(request: HttpRequest) -> IncidentForm:
    return IncidentForm(request.POST or None, initial={"discovered_on": legal_day(timezone.now())})


@permission(PROFESSIONAL)
@require_GET
def incident_list(request: HttpRequest) -> HttpResponse:
    """The events: all of them for the unit, one's own declarations for anybody else."""
    state, kind = _asked(request)
    at, key = moment_of(request.GET.get("at", "")), key_of(request.GET.get("after", ""))
    found = queries_incidents.incidents(
        state=state, kind=kind, after=(at, key) if at and key else None, limit=PAGE + 1
    )
    shown, next_url = found[:PAGE], ""
    kept = {name: value for name, value in (("etat", state), ("nature", kind)) if value}
    if len(found) > PAGE:
        keys = {"at": shown[-1].declared_at.isoformat(), "after": shown[-1].id}
        next_url = f"?{urlencode(kept | keys)}"
    note("identity.incident.listed", object_kind="identity_incident",
         patient_ids=sorted({one.patient_id for one in shown if one.patient_id}))  # fmt: skip
    context = {
        "rows": [(one, GRAVITY_TONES[one.gravity], STATE_TONES[one.state]) for one in shown],
        "is_officer": current_actor().role == OFFICER,
        "filters": _filters(state, kind),
        "is_filtered": bool(kept),
        "export_url": f"{reverse('identity:incidents_csv')}?{urlencode(kept)}",
        "next_url": next_url,
    }
    return render(request, "identity/incidents.html", context)


def _asked(request: HttpRequest) -> tuple[str, str]:
    state, kind = request.GET.get("etat", ""), request.GET.get("nature", "")
    return (
        state if state in IdentityIncident.State.values else "",
        kind if kind in IdentityIncident.Kind.values else "",
    )


def _filters(state: str, kind: str) -> list[Filter]:
    return [
        choices("etat", "État", state, IdentityIncident.State.choices, "Tous"),
        choices("nature", "Nature", kind, IdentityIncident.Kind.choices, "Toutes"),
    ]


@permission(PROFESSIONAL)
@require_GET
def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """One event: what was declared; for the unit, what it is linked to, its actions and what to do next."""
    found = _incident(incident_id)
    return render(request, "identity/incident.html", _page(found))


def _incident(incident_id: UUID) -> IdentityIncident:
    found = queries_incidents.incident(incident_id)
    if found is None:
        raise Http404
    return found


def _page(found: IdentityIncident, **refused: Any) -> dict[str, Any]:
    is_officer = current_actor().role == OFFICER
    shown: dict[str, Any] = {
        "incident": found,
        "gravity_tone": GRAVITY_TONES[found.gravity],
        "state_tone": STATE_TONES[found.state],
        "is_officer": is_officer,
    }
    if not is_officer:
        return shown
    people = queries_incidents.seen_identities(found.identity_ids)
    close = CloseForm(initial={"causes": found.causes, "actions": found.actions}, prefix="close")
    return shown | {
        "people": people,
        "item": next((one for one in queries_incidents.items_of(found, people) if one.id == found.item_id), None),
        "qualify": _qualify_form(found, people),
        "close": close,
        "actions": action_rows(queries_governance.actions_from(incident_id=found.id)),
        "steps": queries_governance.steps_of([found.id]),
    } | refused  # fmt: skip


def _qualify_form(
    found: IdentityIncident, people: list[SourceIdentity], data: Any = None
) -> QualifyForm:
    sources = [(str(one.id), one.name) for one, _ in queries_quality.sources()]
    items = [
        (str(one.id), f"{one.get_kind_display()}, {local(one.opened_at):%d/%m/%Y}")
        for one in queries_incidents.items_of(found, people)
    ]
    initial = {
        "kind": found.kind,
        "gravity": found.gravity,
        "source_id": str(found.source_id or ""),
        "item_id": str(found.item_id or ""),
        "numbers": ", ".join(one.value for one in people),
    }
    return QualifyForm(data, sources=sources, items=items, initial=initial, prefix="qualify")


@permission(OFFICERS)
@require_POST
def incident_qualify(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Say what an event is, of which source, and what it concerns."""
    found = _incident(incident_id)
    people = queries_incidents.seen_identities(found.identity_ids)
    form = _qualify_form(found, people, request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        named, unknown = queries_incidents.named_identities(given.pop("numbers"))
        if unknown:
            form.add_error("numbers", f"Personne n’a exactement ce numéro : {', '.join(unknown)}.")
        else:
            try:
                commands.qualify_incident(
                    incident_id=incident_id, by=current_actor(),
                    identity_ids=[one.id for one in named],
                    last_step=key_of(request.POST.get("step", "")), **given,
                )  # fmt: skip
                messages.success(request, "L’événement est qualifié.")
            except StaleSaveError:
                messages.warning(request, TOO_LATE)
            return redirect("identity:incident", incident_id)
    return render(request, "identity/incident.html", _page(found, qualify=form), status=422)


@permission(OFFICERS)
@require_POST
def incident_close(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Close an event with its causes."""
    found = _incident(incident_id)
    form = CloseForm(request.POST, prefix="close")
    if not form.is_valid():
        return render(request, "identity/incident.html", _page(found, close=form), status=422)
    try:
        commands.close_incident(
            incident_id=incident_id, by=current_actor(),
            last_step=key_of(request.POST.get("step", "")), **form.cleaned_data,
        )  # fmt: skip
        messages.success(request, "L’événement est clos ; qui l’a déclaré en est prévenu.")
    except StaleSaveError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:incident", incident_id)


@permission(OFFICERS)
@require_POST
def incident_reopen(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Take a closing back."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Dites en quelques mots pourquoi l’événement est rouvert.")
        return redirect("identity:incident", incident_id)
    try:
        commands.reopen_incident(
            incident_id=incident_id, reason=form.cleaned_data["reason"], by=current_actor()
        )
        messages.success(request, "L’événement est rouvert.")
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except StaleSaveError:
        messages.warning(request, TOO_LATE)
    return redirect("identity:incident", incident_id)


@permission(OFFICERS)
@require_GET
def incidents_csv(request: HttpRequest) -> HttpResponse:
    """The events as a file: what they are, never what was told, for it may name people."""
    state, kind = _asked(request)
    head = ["declare_le", "decouvert_le", "nature", "gravite", "etat", "source", "declare_par_structure",
            "personne_informee", "clos_le", "delai_jours"]  # fmt: skip
    rows = (
        [f"{local(one.declared_at):%Y-%m-%d}", one.discovered_on.isoformat(), one.get_kind_display(),
         one.get_gravity_display(), one.get_state_display(), one.source.name if one.source else "",
         one.declared_from, one.get_person_told_display(),
         f"{local(one.closed_at):%Y-%m-%d}" if one.closed_at else "",
         (one.closed_at - one.declared_at).days if one.closed_at else ""]
        for one in queries_incidents.every_incident(state=state, kind=kind)
    )  # fmt: skip
    note("identity.incident.exported", object_kind="identity_incident")
    return csv_file("evenements-identite.csv", head, rows)


@permission(OFFICERS)
@require_GET
def incident_figures(request: HttpRequest) -> HttpResponse:
    """Events of twelve months by month, kind and source."""
    months = _months()
    counted = queries_incidents.counts(months[0])
    kinds = [
        (str(words), row, sum(row))
        for code, words in IdentityIncident.Kind.choices
        if any(row := [sum(one.count for one in counted if one.month == month and one.kind == code)
                       for month in months])
    ]  # fmt: skip
    names = sorted({one.source for one in counted}, key=lambda name: (not name, name))
    sources = [
        (name or "Pas encore connue",
         [sum(one.count for one in counted if one.source == name and one.kind == code) for code in _used(counted)],
         sum(one.count for one in counted if one.source == name))
        for name in names
    ]  # fmt: skip
    note("identity.incident.counted", object_kind="identity_incident")
    context = {
        "months": months,
        "kinds": kinds,
        "totals": [sum(one.count for one in counted if one.month == month) for month in months],
        "kind_words": [str(IdentityIncident.Kind(code).label) for code in _used(counted)],
        "sources": sources,
        "count": sum(one.count for one in counted),
    }
    return render(request, "identity/incident_figures.html", context)


def _used(counted: list[queries_incidents.Counted]) -> list[str]:
    present = {one.kind for one in counted}
    return [code for code in IdentityIncident.Kind.values if code in present]


def _months() -> list[date]:
    """The first days of the last twelve months, the oldest first."""
    today = legal_day(timezone.now())
    last = today.year * 12 + today.month - 1
    return [date((last - back) // 12, (last - back) % 12 + 1, 1) for back in reversed(range(MONTHS))]  # fmt: skip

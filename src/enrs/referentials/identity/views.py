"""Pages: the search for a person, a new patient by hand, the identity unit's work list."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_http_methods

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, role_permission
from enrs.core.access.rules import may_break_glass
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.identity import commands, queries, rules
from enrs.referentials.identity.forms import DecisionForm, ExactForm, NewPatientForm
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity, WorkItem

PAGE = 25
OFFICERS = role_permission("identity_officer")
CREATORS = role_permission(
    "physician", "midwife", "dentist", "biologist", "secretary", "identity_officer"
)


def _record_url(patient_id: UUID) -> str:
    try:
        return reverse("record:summary", kwargs={"patient_id": patient_id})
    except NoReverseMatch:
        return ""


@permission(PROFESSIONAL)
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """« Rechercher une personne »: the whole page, or its results alone for htmx."""
    text = request.GET.get("q", "").strip()[:100]
    after = _after(request)
    rows = queries.search(text, limit=PAGE + 1, after=after) if text else []
    context = {
        "q": text,
        "is_too_short": bool(text) and rules.parse_search(text).is_empty,
        "results": [
            (row, queries.banner_of(row), _record_url(row.patient_id)) for row in rows[:PAGE]
        ],
        "next_url": _next_url(text, rows),
        "form": ExactForm(),
        "may_create": current_actor().role in CREATORS.roles,
    }
    template = (
        "identity/_results.html" if request.headers.get("HX-Request") else "identity/search.html"
    )
    return render(request, template, context)


def _after(request: HttpRequest) -> queries.After | None:
    try:
        key = UUID(request.GET["after"])
    except (KeyError, ValueError):
        return None
    return queries.After(request.GET.get("name", ""), request.GET.get("given", ""), key)


def _next_url(text: str, rows: list[RegionalIdentity]) -> str:
    if len(rows) <= PAGE:
        return ""
    last = rows[PAGE - 1]
    keys = {"q": text, "name": last.name_key, "given": last.given_key, "after": last.patient_id}
    return f"{reverse('identity:search')}?{urlencode(keys)}"


@permission(PROFESSIONAL)
@require_http_methods(["GET", "POST"])
def exact(request: HttpRequest) -> HttpResponse:
    """The exact search and its one line; a POST, so that nobody's traits stay in an address."""
    form = ExactForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "q": ""}
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            answer = queries.exact_search(**form.asked)
            context |= {"answer": answer, "ask_url": _token_url("circles:ask", answer)}
            if may_break_glass(current_actor().role):
                context["break_glass_url"] = _token_url("record:break_glass", answer)
            if answer.patient_id:
                context["record_url"] = _record_url(answer.patient_id)
        except queries.TooManySearchesError:
            context["is_limited"], status = True, 429
    elif request.method == "POST":
        status = 422
    template = (
        "identity/_exact.html" if request.headers.get("HX-Request") else "identity/search.html"
    )
    return render(request, template, context, status=200 if _swaps(request, status) else status)


def _swaps(request: HttpRequest, status: int) -> bool:
    """Whether htmx would drop the answer for its status: it swaps 422, not 429."""
    return status == 429 and bool(request.headers.get("HX-Request"))


def _token_url(name: str, answer: queries.ExactAnswer) -> str:
    """An address that takes the sealed answer; empty where that service is not installed."""
    try:
        return reverse(name, kwargs={"token": answer.token}) if answer.token else ""
    except NoReverseMatch:
        return ""


@permission(CREATORS)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new patient by hand, after the warning on who might already be them."""
    form = NewPatientForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        confirmed, checked = values.pop("is_confirmed"), values.pop("is_checked")
        traits = rules.Traits(**values, status="validated" if checked else "provisional")
        try:
            made = commands.create_patient_by_hand(
                traits=traits, by=current_actor(), is_confirmed=confirmed
            )
        except commands.PossibleDuplicateError as error:
            context["duplicate"] = error
            context["twins"] = [(one, _record_url(one)) for one in error.inside]
        else:
            messages.success(request, "Le patient est créé.")
            return redirect(_record_url(made.patient_id) or reverse("identity:search"))
    return render(request, "identity/create.html", context)


@permission(OFFICERS)
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """What waits for the identity unit, oldest first."""
    kind = request.GET.get("kind", "")
    items = queries.open_items(kind=kind, after=_item_after(request), limit=PAGE + 1)
    shown = items[:PAGE]
    people = queries.identities_of_items([item.id for item in shown])
    next_url = ""
    if len(items) > PAGE:
        keys = {"kind": kind, "at": shown[-1].opened_at.isoformat(), "after": shown[-1].id}
        next_url = f"{reverse('identity:work_list')}?{urlencode(keys)}"
    context = {
        "rows": [(item, people.get(item.id, []), _sender_words(item.sender)) for item in shown],
        "filters": [_kind_filter(kind)],
        "kind": kind,
        "next_url": next_url,
    }
    return render(request, "identity/work_list.html", context)


def _kind_filter(chosen: str) -> Filter:
    options = [Choice("", "Tous", is_current=not chosen)]
    options += [
        Choice(code, words, is_current=code == chosen) for code, words in WorkItem.Kind.choices
    ]
    return Filter("kind", "Motif", options)


def _sender_words(sender: str) -> str:
    """A sender's key (`application|facility`) for a person: the facility, then its software."""
    return " · ".join(part for part in reversed(sender.split("|")) if part)


def _item_after(request: HttpRequest) -> tuple[datetime, UUID] | None:
    try:
        return datetime.fromisoformat(request.GET["at"]), UUID(request.GET["after"])
    except (KeyError, ValueError):
        return None


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def work_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """The identities of an item side by side, and the three decisions."""
    item = WorkItem.objects.filter(pk=item_id).first()
    identities = queries.identities_of_items([item_id]).get(item_id, [])
    if item is None or not identities:
        raise Http404
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.close_work_item(
                item_id=item_id, by=current_actor(), identities=identities, **form.cleaned_data
            )
            messages.success(request, "La décision est enregistrée.")
        except StaleSaveError:
            messages.warning(request, "Un collègue a déjà décidé : rien n’a été changé.")
        return redirect("identity:work_list")
    context = {
        "item": item,
        "identities": identities,
        "heads": [(_sender_words(one.sender) or one.system, one.value) for one in identities],
        "rows": _side_by_side(identities),
        "is_alone": len(identities) == 1,
        "closed_title": "Fermée" if len(identities) == 1 else item.get_outcome_display(),
        "form": form,
    }
    return render(request, "identity/work_item.html", context, status=422 if form.errors else 200)


COMPARED = (
    ("birth_name", "Nom de naissance"),
    ("first_given_name", "Premier prénom"),
    ("given_names", "Tous les prénoms"),
    ("birth_date", "Date de naissance"),
    ("sex", "Sexe"),
    ("birth_place_code", "Commune de naissance"),
    ("ins", "Matricule INS"),
    ("used_name", "Nom utilisé"),
    ("address", "Adresse"),
    ("city", "Commune"),
    ("phone", "Téléphone"),
)


SEXES = {"F": "Femme", "M": "Homme", "U": "Inconnu"}


def _side_by_side(identities: list[SourceIdentity]) -> list[tuple[str, str, list[str], bool]]:
    """(trait, its label, one value per identity, whether they differ)."""
    rows = []
    for name, label in COMPARED:
        values = [str(getattr(identity, name) or "") for identity in identities]
        if name == "sex":
            values = [SEXES.get(value, value) for value in values]
        if any(values):
            rows.append((name, label, values, len(set(values)) > 1))
    return rows

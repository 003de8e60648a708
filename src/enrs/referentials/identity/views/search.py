"""Pages: the search for a person, and a new patient by hand."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_http_methods

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, role_permission
from enrs.core.access.rules import may_break_glass
from enrs.referentials.identity import commands, probing, queries, rules
from enrs.referentials.identity.forms.people import ExactForm, ProbedPatientForm
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.queries.unit import teams_of

PAGE = 25
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
        "is_of_team": not text and bool(teams_of(current_actor().user_id)),
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
    """A new patient by hand, once the likely twins were shown: the region is probed before anybody is made."""
    form = ProbedPatientForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        confirmed, checked = values.pop("is_confirmed"), values.pop("is_checked")
        shown_for = values.pop("confirmed_for")
        traits = rules.Traits(**values, status="validated" if checked else "provisional")
        context["confirmed_for"] = rules.digest(traits, "")
        # Traits that changed since the warning are others': it is given anew.
        confirmed = confirmed and shown_for == context["confirmed_for"]
        try:
            context["twins"] = [] if confirmed else likely(traits)
            if not context["twins"]:
                made = commands.create_patient_by_hand(
                    traits=traits, by=current_actor(), is_confirmed=confirmed
                )
                messages.success(request, "Le patient est créé.")
                return redirect(_record_url(made.patient_id) or reverse("identity:search"))
        except commands.PossibleDuplicateError as error:
            context["duplicate"] = error
        except rules.IdentityRefusedError:
            form.add_error(
                "birth_name", "Ce nom ne peut pas être gardé : écrivez le nom de naissance."
            )
        except queries.TooManySearchesError:
            context["is_limited"] = True
    return render(request, "identity/create.html", context)


MOST_TWINS = 5
GRADES = {
    "certain": ("alerte", "Presque certainement la même"),
    "probable": ("attention", "Probablement la même"),
    "possible": ("information", "Peut-être la même"),
}
"""A match-grade in words, with its tone."""


def likely(traits: rules.Traits) -> list[dict[str, Any]]:
    """Who in the region may be this person already, and what one may be told of each."""
    by = probing.demand_prober(per_minute=queries.EXACT_PER_MINUTE)
    told = probing.probe(traits, limit=MOST_TWINS, by=by, action="identity.create.probed")
    rows = queries.regional_identities([one.found.patient_id for one in told if one.is_inside])
    twins = []
    for one in told:
        row = rows.get(one.found.patient_id)
        tone, words = GRADES.get(one.found.grade, GRADES["possible"])
        twins.append(
            {
                "tone": tone, "words": words, "banner": queries.banner_of(row) if row else None,
                "url": _record_url(row.patient_id) if row else "",
                "number": one.numbers[-1][1] if one.numbers else "",
                "ask_url": reverse("circles:ask", kwargs={"token": one.token}) if one.token else "",
            }
        )  # fmt: skip
    return twins

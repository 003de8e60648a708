"""Pages of the directory: search, cards, reports of loads."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, role_permission
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.directory import queries
from enrs.referentials.directory.models import LoadReport

QUALITY = role_permission("operator", "auditor")
PEOPLE = {
    "at": "people",
    "what": "Professionnels",
    "act": "Chercher un professionnel",
    "words": "Nom ou numéro RPPS",
    "lead": "Les professionnels et les structures de la région, tels que le RPPS et FINESS les décrivent.",
}
PLACES = {
    "at": "places",
    "what": "Structures",
    "act": "Chercher une structure",
    "words": "Nom ou numéro FINESS",
    "lead": "Les établissements, services et cabinets de la région.",
    "filters": [],
}
"""The words of the two tabs of the search."""


@permission(ACCOUNT)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Professionals by name, profession and town."""
    text, profession, town = (
        request.GET.get(name, "").strip() for name in ("q", "profession", "ville")
    )
    found, after = queries.practitioners(
        text=text, profession=profession, town=town, after=_after(request)
    )
    context = {
        "found": found,
        "q": text,
        "town": town,
        "filters": [_profession_filter(profession)],
        "next_url": _next(request, after),
    }
    return render(request, "directory/search.html", context | PEOPLE)


@permission(ACCOUNT)
@require_safe
def structures(request: HttpRequest) -> HttpResponse:
    """Structures by name or number, and town."""
    text, town = (request.GET.get(name, "").strip() for name in ("q", "ville"))
    found, after = queries.organisations(text=text, town=town, after=_after(request))
    context = {"found": found, "q": text, "town": town, "next_url": _next(request, after)}
    return render(request, "directory/search.html", context | PLACES)


@permission(ACCOUNT)
@require_safe
def practitioner(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """The card of a professional."""
    card = queries.card(practitioner_id)
    if card is None:
        raise Http404
    return render(request, "directory/practitioner.html", {"card": card})


@permission(ACCOUNT)
@require_safe
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The card of a structure, and who works there."""
    place = queries.organisation(organisation_id)
    if place is None:
        raise Http404
    roles, after = queries.roles_in(organisation_id, after=_after(request))
    context = {"place": place, "roles": roles, "next_url": _next(request, after)}
    return render(request, "directory/organisation.html", context)


@permission(QUALITY)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Every load of a national file, the newest first."""
    found, before = queries.reports(before=_uuid(request.GET.get("avant", "")))
    next_url = "?" + urlencode({"avant": before}) if before else ""
    return render(request, "directory/reports.html", {"reports": found, "next_url": next_url})


@permission(QUALITY)
@require_safe
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One load and its refused rows."""
    one = get_object_or_404(LoadReport, pk=report_id)
    start = request.GET.get("apres", "")
    rows, after = queries.refused_rows(one, after=int(start) if start.isdigit() else 0)
    next_url = "?" + urlencode({"apres": after}) if after else ""
    context = {"report": one, "rows": rows, "next_url": next_url}
    return render(request, "directory/report.html", context)


def _profession_filter(chosen: str) -> Filter:
    options = [Choice("", "Toutes", is_current=not chosen)]
    options += [
        Choice(code, label, is_current=code == chosen) for code, label in queries.professions()
    ]
    return Filter("profession", "Profession", options)


def _after(request: HttpRequest) -> queries.After | None:
    last = _uuid(request.GET.get("id", ""))
    return (request.GET.get("apres", ""), last) if last else None


def _next(request: HttpRequest, after: queries.After | None) -> str:
    if after is None:
        return ""
    kept = {name: value for name, value in request.GET.items() if name not in ("apres", "id")}
    return "?" + urlencode(kept | {"apres": after[0], "id": str(after[1])})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

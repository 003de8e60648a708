"""Describing one's units: the list with its scores, the form, check and publish, « toujours exact ? »."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory import queries as directory
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer import commands, words
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.forms import UnitForm, initial_of, lines_of, values_of_lines
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries import checking, parts, rights
from enrs.referentials.offer.views.cards import todo

STALE = "Quelqu’un a modifié cette unité entre-temps : relisez-la, puis recommencez."


@permission(PROFESSIONAL)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The units that I describe, those to confirm first."""
    units = list(rights.described()[:500])
    sites = list(
        Organisation.objects.defer("search")
        .filter(pk__in=rights.sites_of())
        .order_by("name_key", "id")
    )
    stale = [one for one in units if rights.is_stale(one)]
    scores = [one.score for one in units if one.state == HealthcareService.State.PUBLISHED]
    context = {
        "units": units,
        "stale": stale,
        "sites": sites,
        "average": round(sum(scores) / len(scores)) if scores else None,
        "drafts": sum(1 for one in units if one.draft or one.state == "draft"),
    }
    return render(request, "offer/mine.html", context)


@permission(PROFESSIONAL)
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new unit of one of my sites."""
    site = _site(request.POST.get("site", ""))
    if site is None:
        raise Http404
    given = request.POST
    try:
        made = commands.create_unit(
            site=site, name=given.get("name", ""), kind=given.get("kind", "unit")
        )
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
        return redirect("offer:mine")
    return redirect("offer:edit", made.pk)


@permission(PROFESSIONAL)
def edit(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The form of a unit: what is saved is a draft, until it is published."""
    one = _mine_or_404(service_id)
    values = checking.values_of(one)
    data = request.POST if request.method == "POST" else None
    form = UnitForm(data, initial=initial_of(values), parts=part_choices(one.site_id))
    lines = lines_of(data, values)
    if request.method == "POST" and all(part.is_valid() for part in (form, *lines.values())):
        given = form.values() | values_of_lines(lines)
        answer = _kept(request, one, given)
        if answer is not None:
            return answer
    context = {
        "one": one,
        "form": form,
        "lines": lines,
        "todo": todo(one),
        "is_refused": bool(data),
        "changed": sorted(words.FIELDS[name] for name in _changed(one) if name in words.FIELDS),
    }
    return render(request, "offer/edit.html", context, status=422 if data else 200)


def part_choices(site_id: UUID | None) -> list[tuple[str, str]]:
    """The open parts of a site, to choose from."""
    return [
        (str(line.part.pk), f"{'— ' * line.depth}{line.part.name}")
        for line in parts.lines_of(site_id)
    ]


def _kept(
    request: HttpRequest, one: HealthcareService, given: dict[str, Any]
) -> HttpResponse | None:
    """Save the draft, and publish it when asked; None when the form is to be shown again."""
    version = whole(request.POST.get("version", ""))
    try:
        kept = commands.save_draft(service=one, expected_version=version, values=given)
        if request.POST.get("acte") != "publier":
            messages.success(request, "Brouillon enregistré. Rien n’a changé pour les autres.")
            return redirect("offer:edit", one.pk)
        commands.publish_unit(service=kept, expected_version=kept.version)
    except StaleSaveError:
        messages.error(request, STALE)
        return redirect("offer:edit", one.pk)
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
        return None
    messages.success(request, "L’unité est publiée : tout le monde lit cette description.")
    return redirect("offer:card", one.pk)


def _changed(one: HealthcareService) -> list[str]:
    return [name for name, value in (one.draft or {}).items() if getattr(one, name) != value]


@permission(PROFESSIONAL)
@require_POST
def discard(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Forget the draft."""
    one = _mine_or_404(service_id)
    try:
        commands.discard_draft(service=one, expected_version=whole(request.POST.get("version", "")))
    except StaleSaveError:
        messages.error(request, STALE)
    return redirect("offer:edit", one.pk)


@permission(PROFESSIONAL)
@require_POST
def verify(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """« Toujours exact » in one tap."""
    one = _mine_or_404(service_id)
    try:
        commands.verify_unit(service=one)
        messages.success(request, f"Merci : « {one.name} » est confirmée aujourd’hui.")
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
    if request.POST.get("retour") == "fiche":
        return redirect("offer:card", one.pk)
    return redirect("offer:mine")


@permission(PROFESSIONAL)
@require_POST
def close(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Close a unit."""
    one = _mine_or_404(service_id)
    try:
        commands.close_unit(
            service=one,
            expected_version=whole(request.POST.get("version", "")),
            reason=request.POST.get("reason", ""),
        )
    except StaleSaveError:
        messages.error(request, STALE)
        return redirect("offer:edit", one.pk)
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
        return redirect("offer:edit", one.pk)
    messages.success(request, f"« {one.name} » est fermée : elle ne paraît plus dans la recherche.")
    return redirect("offer:mine")


@permission(PROFESSIONAL)
@require_safe
def referents(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Who describes the units of a site."""
    site = directory.organisation(site_id)
    if site is None or not rights.may_name(site_id):
        raise Http404
    context = {"site": site, "referents": rights.referents_of(site_id)}
    return render(request, "offer/referents.html", context)


@permission(PROFESSIONAL)
@require_POST
def name_referent(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Name a referent by their RPPS number."""
    site = directory.organisation(site_id)
    if site is None or not rights.may_name(site_id):
        raise Http404
    person = directory.practitioner_by_idnat(request.POST.get("rpps", "").replace(" ", ""))
    try:
        if person is None:
            raise OfferRefusedError("unknown")
        made = commands.name_referent(site=site, practitioner=person)
        messages.success(request, f"{made.display} décrit désormais les unités de ce site.")
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
    return redirect("offer:referents", site.pk)


@permission(PROFESSIONAL)
@require_POST
def end_referent(request: HttpRequest, site_id: UUID, referent_id: UUID) -> HttpResponse:
    """Take the trust back."""
    if not rights.may_name(site_id):
        raise Http404
    found = next((one for one in rights.referents_of(site_id) if one.pk == referent_id), None)
    if found is None:
        raise Http404
    commands.end_referent(referent=found)
    return redirect("offer:referents", site_id)


def _mine_or_404(service_id: UUID) -> HealthcareService:
    one = rights.service(service_id)
    if one is None or not rights.describes(one, current_actor()):
        raise Http404
    return one


def _site(text: str) -> Organisation | None:
    try:
        site_id = UUID(text)
    except ValueError:
        return None
    return directory.organisation(site_id) if site_id in rights.sites_of() else None

"""The inside of a site: its poles, services and units, kept by its referents."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory import queries as directory
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer import commands, words
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.models import InternalOrganisation
from enrs.referentials.offer.queries import rights
from enrs.referentials.offer.queries.parts import lines_of, part_of
from enrs.referentials.offer.rules.parts import may_hold

STALE = "Quelqu’un l’a modifié entre-temps : relisez, puis recommencez."


@permission(PROFESSIONAL)
@require_safe
def listing(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """The parts of a site, each with where it may be moved."""
    site = _site_or_404(site_id)
    lines = lines_of(site.pk)
    rows = [
        (
            line,
            words.PARTS[line.part.kind],
            [other.part for other in lines if may_hold(other.part.kind, line.part.kind)],
        )
        for line in lines
    ]
    context = {
        "site": site, "rows": rows, "kinds": list(words.PARTS.items()),
        "parents": [line.part for line in lines if line.part.kind != "structure"],
    }  # fmt: skip
    return render(request, "offer/parts.html", context)


@permission(PROFESSIONAL)
@require_POST
def create(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """A new part."""
    site = _site_or_404(site_id)
    given = request.POST
    try:
        parent = _parent(site.pk, given.get("parent", ""))
        made = commands.create_part(
            site=site, kind=given.get("kind", ""), name=given.get("name", ""), parent=parent
        )
        messages.success(request, f"« {made.name} » est ajouté.")
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
    return redirect("offer:parts", site.pk)


@permission(PROFESSIONAL)
@require_POST
def change(request: HttpRequest, site_id: UUID, part_id: UUID) -> HttpResponse:
    """Rename a part, or move it."""
    part = _part_or_404(site_id, part_id)
    given = request.POST
    try:
        parent = _parent(site_id, given.get("parent", ""))
        commands.change_part(
            part=part, expected_version=whole(given.get("version", "")),
            name=given.get("name", ""), parent=parent,
        )  # fmt: skip
        messages.success(request, f"« {part.name} » est enregistré.")
    except StaleSaveError:
        messages.error(request, STALE)
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
    return redirect("offer:parts", site_id)


@permission(PROFESSIONAL)
@require_POST
def close(request: HttpRequest, site_id: UUID, part_id: UUID) -> HttpResponse:
    """Close an empty part."""
    part = _part_or_404(site_id, part_id)
    try:
        version = whole(request.POST.get("version", ""))
        commands.close_part(part=part, expected_version=version)
        messages.success(request, f"« {part.name} » est fermé.")
    except StaleSaveError:
        messages.error(request, STALE)
    except OfferRefusedError as error:
        messages.error(request, words.REFUSALS[error.reason])
    return redirect("offer:parts", site_id)


def _site_or_404(site_id: UUID) -> Organisation:
    site = directory.organisation(site_id) if site_id in rights.sites_of() else None
    if site is None:
        raise Http404
    return site


def _part_or_404(site_id: UUID, part_id: UUID) -> InternalOrganisation:
    part = part_of(site_id, part_id) if site_id in rights.sites_of() else None
    if part is None:
        raise Http404
    return part


def _parent(site_id: UUID, text: str) -> InternalOrganisation | None:
    """The part that the form names; none for the top of the site."""
    if not text:
        return None
    try:
        found = part_of(site_id, UUID(text))
    except ValueError:
        found = None
    if found is None:
        raise OfferRefusedError("part")
    return found

"""The cards of professionals and of structures, and telling what is wrong on them."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, PROFESSIONAL
from enrs.referentials.directory import queries
from enrs.referentials.directory.commands.mistakes import tell_mistake
from enrs.referentials.directory.forms import MistakeForm
from enrs.referentials.directory.models import LegalEntity, Organisation, Practitioner
from enrs.referentials.directory.views.search import after_of, next_of

TOLD: dict[str, tuple[Callable[[UUID], Practitioner | Organisation | LegalEntity | None], str]] = {
    "professionnel": (queries.person, "directory:practitioner"),
    "structure": (queries.organisation, "directory:organisation"),
    "entite": (queries.legal_entity, "directory:legal_entity"),
}
"""Whose mistakes may be told: how each is found, and its card."""


@permission(ACCOUNT)
@require_safe
def practitioner(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """The card of a professional."""
    card = queries.card(practitioner_id)
    if card is None:
        raise Http404
    ids = [card.practitioner.id, *(role.id for role in card.roles)]
    context = {"card": card, "changes": queries.changes_of(ids), "subjects": {}}
    return render(request, "directory/practitioner.html", context)


@permission(ACCOUNT)
@require_safe
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The card of a structure, and who works there."""
    place = queries.organisation(organisation_id)
    if place is None:
        raise Http404
    sirene = queries.sirene_of(place)
    roles, after = queries.roles_in(organisation_id, after=after_of(request))
    activities = queries.activities_of(place)
    subjects = {one.id: one.name for one in activities}
    context = {
        "place": place,
        "entity": queries.entity_of(place),
        "roles": roles,
        "mailboxes": place.mailboxes.filter(is_active=True).order_by("service", "address")[:50],
        "sirene": sirene,
        "activities": activities,
        "changes": queries.changes_of([place.id, *(sirene.ids if sirene else ()), *subjects]),
        "subjects": subjects,
        "next_url": next_of(request, after),
    }
    return render(request, "directory/organisation.html", context)


@permission(ACCOUNT)
@require_safe
def legal_entity(request: HttpRequest, entity_id: UUID) -> HttpResponse:
    """The card of a legal entity, its establishments and its groups."""
    entity = queries.legal_entity(entity_id)
    if entity is None:
        raise Http404
    places, after = queries.establishments_of(entity, after=after_of(request))
    unit = queries.unit_of(entity)
    context = {
        "entity": entity,
        "places": places,
        "groups": queries.groups_of(entity),
        "unit": unit,
        "changes": queries.changes_of([entity.id, *([unit.id] if unit else ())]),
        "subjects": {},
        "next_url": next_of(request, after),
    }
    return render(request, "directory/legal_entity.html", context)


@permission(PROFESSIONAL)
@require_http_methods(["GET", "POST"])
def tell(request: HttpRequest, kind: str, object_id: UUID) -> HttpResponse:
    """Tell what is wrong on a card, to be passed on to the national register."""
    find, url = TOLD[kind]
    found = find(object_id)
    if found is None:
        raise Http404
    form = MistakeForm(request.POST or None)
    if form.is_valid():
        tell_mistake(subject=found, **form.cleaned_data)
        messages.success(request, "Merci : l’erreur sera transmise au répertoire national.")
        return redirect(url, object_id)
    context = {"form": form, "subject": found, "back": url}
    return render(request, "directory/tell.html", context, status=400 if form.is_bound else 200)

"""Searching the directory."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.directory import queries
from enrs.referentials.directory.models import Facet, Practitioner
from enrs.referentials.geography import queries as geography

KM = ("2", "5", "10", "20", "50")
"""Distances that one may ask, as the crow flies."""
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
    "words": "Nom, FINESS, SIREN ou SIRET",
    "lead": "Les établissements, services et cabinets de la région, et les entités juridiques qui en répondent.",
}
"""The words of the two tabs of the search."""
ENTITIES = "juridique"


@permission(ACCOUNT)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Professionals by name, profession, speciality and town; the nearest of a commune, with their distance."""
    text, profession, speciality, town = (
        request.GET.get(name, "").strip() for name in ("q", "profession", "specialite", "ville")
    )
    around = request.GET.get("autour", "")
    lines: Sequence[tuple[Practitioner, float | None]]
    near = _near(around, request.GET.get("km", ""))
    if near and (profession or speciality) and not text:
        found = queries.Found([], None)
        lines = queries.nearest(near, profession=profession, speciality=speciality)
    else:
        found = queries.practitioners(
            text=text,
            profession=profession,
            speciality=speciality,
            town=town,
            after=after_of(request),
        )
        lines = [(one, None) for one in found.rows]
    context = {
        "lines": lines,
        "around": around,
        "around_text": request.GET.get("autour_text", "").strip(),
        "lacks_what": bool(near) and not (profession or speciality),
        "meant": found.meant,
        "q": text,
        "town": town,
        "filters": [
            _filter("profession", "Profession", Facet.Kind.PROFESSION, profession),
            _filter("specialite", "Spécialité", Facet.Kind.SPECIALITY, speciality),
            Filter(
                "km",
                "À moins de",
                [Choice(one, f"{one} km", is_current=one == _km(request)) for one in KM],
            ),
        ],
        "next_url": next_of(request, found.after),
    }
    return render(request, "directory/search.html", context | PEOPLE)


@permission(ACCOUNT)
@require_safe
def structures(request: HttpRequest) -> HttpResponse:
    """Establishments, or legal entities, by name or number, and town."""
    text, town = (request.GET.get(name, "").strip() for name in ("q", "ville"))
    are_entities = request.GET.get("nature") == ENTITIES
    after = after_of(request)
    found: queries.Found[Any]
    if are_entities:
        found = queries.legal_entities(text=text, town=town, after=after)
    else:
        found = queries.organisations(text=text, town=town, after=after)
    first = [] if are_entities or after else queries.named_first(text=text, town=town)
    context = {
        "lines": found.rows,
        "are_entities": are_entities,
        "entities": first,
        "meant": found.meant,
        "q": text,
        "town": town,
        "lacks_what": False,
        "filters": [_nature(are_entities)],
        "next_url": next_of(request, found.after),
    }
    return render(request, "directory/search.html", context | PLACES)


def _nature(are_entities: bool) -> Filter:
    choices = [
        Choice("", "Établissements", is_current=not are_entities),
        Choice(ENTITIES, "Entités juridiques", is_current=are_entities),
    ]
    return Filter("nature", "Je cherche", choices)


def _km(request: HttpRequest) -> str:
    asked = request.GET.get("km", "")
    return asked if asked in KM else KM[2]


def _near(code: str, km: str) -> queries.Near | None:
    """The place of a commune and the distance that one asks around it; nothing when it has no place."""
    commune = geography.commune(code) if code else None
    if commune is None or commune.latitude is None or commune.longitude is None:
        return None
    return queries.Near(commune.latitude, commune.longitude, float(km if km in KM else KM[2]))


def _filter(name: str, label: str, kind: Facet.Kind, chosen: str) -> Filter:
    options = [Choice("", "Toutes", is_current=not chosen)]
    options += [
        Choice(code, label, is_current=code == chosen) for code, label in queries.facets(kind)
    ]
    return Filter(name, label, options)


def after_of(request: HttpRequest) -> queries.After | None:
    """The key of the last line shown, from the address."""
    last = uuid_of(request.GET.get("id", ""))
    return (request.GET.get("apres", ""), last) if last else None


def next_of(request: HttpRequest, after: queries.After | None) -> str:
    """The address of the next page, with what is asked; empty after the last."""
    if after is None:
        return ""
    kept = {name: value for name, value in request.GET.items() if name not in ("apres", "id")}
    return "?" + urlencode(kept | {"apres": after[0], "id": str(after[1])})


def uuid_of(text: str) -> UUID | None:
    """An identifier, or nothing when the text is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None

"""The search of the offer: list and map, from a place or from a patient's home, and as CSV."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, patient_permission
from enrs.core.audit.commands import note
from enrs.core.numbers import whole
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.french import town_words
from enrs.core.ui.patient_page import patient_page
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.geography import queries as geography
from enrs.referentials.identity.queries import regional_identity
from enrs.referentials.offer import maps, words
from enrs.referentials.offer.queries import rights
from enrs.referentials.offer.queries.parts import part_named
from enrs.referentials.offer.queries.search import (
    Criteria,
    Found,
    Hit,
    Place,
    is_holiday,
    place_named,
    search,
)
from enrs.referentials.offer.queries.vocabulary import themes
from enrs.referentials.offer.registry import free_places
from enrs.referentials.offer.rules import contacts, openings
from enrs.referentials.offer.rules.searching import WEIGHT_STEPS, weight_step
from enrs.referentials.offer.tables import label, labels, table

DISTANCES = (2, 5, 10, 20, 50)
EXPORTED = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One offer of the list, in words."""

    hit: Hit
    number: int
    url: str
    activity: str
    distance: str
    is_open: bool
    is_kept: bool
    modes: Sequence[str]
    limits: Sequence[str]
    phone: str


@permission(ACCOUNT)
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Search the offer."""
    return render(request, "offer/search.html", _context(request, None))


@permission(patient_permission("identity"))
@require_safe
def near_patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The same, measured from a patient's home."""
    home = _home(patient_id)
    context = _context(request, home)
    context["no_home"] = home is None
    return patient_page(
        request, "offer/near_patient.html", context, panel="offer", reading="offer.near.read"
    )


@permission(ACCOUNT)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What a search finds, as CSV: open contacts only, whoever asks."""
    found = search(_criteria(request, None, size=EXPORTED))
    note("offer.exported", object_kind="healthcare_service", details={"count": len(found.hits)})
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="offre-de-soins.csv"'
    response.write("\ufeff")
    writer = csv.writer(response, delimiter=";")
    writer.writerow(
        ["Nom", "Site", "FINESS", "Activité", "Modes", "Publics", "Adresse", "Code postal", "Commune",
         "Téléphone", "Distance (m)", "Vérifiée le", "Ouvertures exceptionnelles"]
    )  # fmt: skip
    today = timezone.localdate()
    for hit in found.hits:
        one = hit.service
        told = one.verified_at.date().isoformat() if one.verified_at else ""
        cells = [
            one.name, one.site.name if one.site else "", one.site.finess_eg if one.site else "",
            label("activity", one.activity_code), ", ".join(labels("mode", one.mode_codes)),
            ", ".join(labels("public", one.public_codes)),
            one.address if one.shows_place else "", one.postal_code, one.city,
            _phone(one.contacts, 0), "" if hit.metres is None else hit.metres, told,
            " ; ".join(words.opening_words(item) for item in openings.coming(one.special_openings, today)),
        ]  # fmt: skip
        writer.writerow([csv_cell(cell) for cell in cells])
    return response


def _home(patient_id: UUID) -> Place | None:
    """The middle of the commune where somebody lives: the directory has no street coordinates of homes.

    Several communes may share a postal code: who intervenes is asked of the one that the address names.
    """
    person = regional_identity(patient_id)
    found = place_named(person.postal_code) or place_named(person.city)
    if found is None:
        return None
    commune = geography.code_of(person.postal_code, person.city) or found.commune_code
    return Place(f"domicile, {town_words(person.city)}", found.latitude, found.longitude, commune)


def _context(request: HttpRequest, home: Place | None) -> dict[str, Any]:
    criteria = _criteria(request, home)
    found = search(criteria)
    first = whole(request.GET.get("rang", ""))
    actor = current_actor()
    kept = rights.favourite_ids(actor.user_id)
    rank = 1 if actor.kind == "professional" else 0
    lines = [
        _line(hit, number, kept, rank, criteria) for number, hit in enumerate(found.hits, first + 1)
    ]
    place_text = request.GET.get("lieu", "").strip()
    wanted = {name: str(value) for name, value in request.GET.items() if value}
    return {
        "lines": lines,
        "found": found,
        "mended": [term for term in found.terms if term.meant],
        "map": maps.draw([one.hit for one in lines], criteria.place, [one.url for one in lines])
        if not first
        else None,
        "q": request.GET.get("q", ""),
        "age": request.GET.get("age", "")[:3],
        "lieu": place_text,
        "place": criteria.place,
        "unknown_place": bool(place_text and criteria.place is None),
        "filters": _filters(request),
        "themes": _themes(criteria.theme, wanted),
        "theme": themes().get(criteria.theme),
        "part": part_named(wanted["part"]) if "part" in wanted else None,
        "part_asked": wanted.get("part", "")[:40],
        "is_open_asked": criteria.open_at is not None,
        "has_free_places": criteria.has_free_places,
        "knows_free_places": free_places() is not None,
        "next_url": _next(found, wanted, first),
        "export_url": reverse("offer:export") + "?" + urlencode(wanted),
        "is_asked": bool(wanted),
        "favourites": [] if wanted else rights.favourites_of(actor.user_id),
        "stale": rights.stale_count(actor) if not wanted else 0,
        "describes": bool(rights.sites_of(actor)) if not wanted else False,
    }


def _criteria(request: HttpRequest, home: Place | None, *, size: int = 25) -> Criteria:
    given = request.GET
    named = given.get("lieu", "").strip()
    place = place_named(named) if named else home
    tokens = [
        f"{name}:{given[name]}"
        for name in ("activity", "mode", "kind", "speciality", "public", "part")
        if given.get(name)
    ]
    if code := given.get("equipment", ""):
        step = weight_step(whole(given.get("poids", "")))
        tokens.append(
            f"equipment:{code}:{step}" if given.get("poids") and step else f"equipment:{code}"
        )
    age = given.get("age", "")
    after = _after(given.get("apres", ""), given.get("id", ""), is_far=place is not None)
    return Criteria(
        text=given.get("q", "")[:200],
        theme=given.get("theme", ""),
        tokens=tuple(token[:80] for token in tokens),
        age=min(whole(age, digits=3), 130) * 12 if age else None,
        open_at=timezone.now() if given.get("ouvert") else None,
        has_free_places=bool(given.get("libres")),
        place=place,
        kilometres=min(whole(given.get("km", "")), 500) if place else 0,
        after=after,
        size=size,
    )


def _after(key: str, identifier: str, *, is_far: bool) -> tuple[str, UUID] | None:
    try:
        if is_far:
            float(key)
        return (key[:80], UUID(identifier)) if identifier else None
    except ValueError:
        return None


def _next(found: Found, wanted: dict[str, str], first: int) -> str:
    if found.after is None:
        return ""
    kept = {name: value for name, value in wanted.items() if name not in ("apres", "id", "rang")}
    after = {
        "apres": found.after[0], "id": str(found.after[1]), "rang": str(first + len(found.hits)),
    }  # fmt: skip
    return "?" + urlencode(kept | after)


def _line(hit: Hit, number: int, kept: set[UUID], rank: int, criteria: Criteria) -> Line:
    one = hit.service
    theme = themes().get(criteria.theme)
    shown = theme.equipment if theme else ()
    limits = [
        f"{label('equipment', item['code'])} : {item['max_weight']} kg"
        for item in one.equipment
        if item["max_weight"]
        and (item["code"] in shown or f"equipment:{item['code']}" in " ".join(criteria.tokens))
    ]
    return Line(
        hit, number, reverse("offer:card", args=[one.pk]), label("activity", one.activity_code),
        words.distance_words(hit.metres), is_open_now(one), one.pk in kept,
        labels("mode", one.mode_codes), limits, _phone(one.contacts, rank),
    )  # fmt: skip


def is_open_now(one: Any) -> bool:
    """Whether it is open at this moment."""
    local = timezone.localtime()
    return openings.is_open_at(
        is_always=one.is_always_open, week=one.hours, on_holidays=one.is_open_on_holidays,
        exceptions=one.exceptions, special=one.special_openings, at=local, is_holiday=is_holiday(local),
    )  # fmt: skip


def _phone(lines: Sequence[dict[str, Any]], rank: int) -> str:
    return next((one["phone"] for one in contacts.readable(lines, rank) if one["phone"]), "")


def _themes(chosen: str, wanted: dict[str, str]) -> list[tuple[Choice, str, str]]:
    kept = {name: wanted[name] for name in ("lieu", "km") if name in wanted}
    return [
        (
            Choice(
                one.key, one.label, one.key == chosen, "?" + urlencode(kept | {"theme": one.key})
            ),
            one.icon,
            one.summary,
        )
        for one in themes().values()
    ]


def _filters(request: HttpRequest) -> list[Filter]:
    given = request.GET
    kinds = {"unit": "Établissements", "city": "Ville", "social": "Social et médico-social"}
    distances = {str(one): f"{one} km" for one in DISTANCES}
    weights = {str(one): f"{one} kg" for one in WEIGHT_STEPS}
    tables = {name: {code: one.label for code, one in table(name).items()} for name in
              ("activity", "mode", "public", "equipment")}  # fmt: skip
    choices = (
        ("km", "Distance", "Toutes", distances), ("kind", "Où", "Partout", kinds),
        ("activity", "Activité", "Toutes", tables["activity"]), ("mode", "Prise en charge", "Toutes", tables["mode"]),
        ("public", "Public", "Tous", tables["public"]), ("equipment", "Équipement", "Tous", tables["equipment"]),
        ("poids", "Supporte", "Peu importe", weights),
    )  # fmt: skip
    return [
        Filter(
            name,
            title,
            [
                Choice("", none, is_current=not given.get(name)),
                *(
                    Choice(code, text, is_current=given.get(name) == code)
                    for code, text in options.items()
                ),
            ],
        )
        for name, title, none, options in choices
    ]

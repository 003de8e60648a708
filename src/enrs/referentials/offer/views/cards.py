"""The card of a unit, its sheet on paper, and keeping it at hand."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import typst
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, PROFESSIONAL
from enrs.core.ui import filters
from enrs.core.ui.shapes import Entry
from enrs.referentials.offer import commands, words
from enrs.referentials.offer.models import HealthcareService, ServiceChange
from enrs.referentials.offer.queries import checking, rights
from enrs.referentials.offer.queries.parts import parts_of, path_of
from enrs.referentials.offer.rules import contacts, hours, openings, quality
from enrs.referentials.offer.tables import label, labels
from enrs.referentials.offer.views.searching import is_open_now

SHEET = Path(__file__).parents[1] / "sheet.typ"


@permission(ACCOUNT)
@require_safe
def card(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """What a unit does, for whom, when, and how to reach it."""
    one = service_or_404(service_id)
    may_describe = rights.describes(one)
    context = {
        "one": one,
        "shown": shown(one),
        "is_open": is_open_now(one),
        "is_kept": one.pk in rights.favourite_ids(current_actor().user_id),
        "may_describe": may_describe,
        "is_stale": rights.is_stale(one),
        "entries": [entry(change) for change in rights.changes_of(one)] if may_describe else [],
        "todo": todo(one) if may_describe else [],
    }
    return render(request, "offer/card.html", context)


@permission(ACCOUNT)
@require_safe
def sheet(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The card as a PDF; what people wrote goes in as data, never as markup."""
    one = service_or_404(service_id)
    content = typst.compile(SHEET.read_bytes(), sys_inputs={"data": json.dumps(sheet_data(one))})
    response = HttpResponse(bytes(content), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="fiche-unite.pdf"'
    return response


@permission(PROFESSIONAL)
@require_POST
def favourite(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Keep a unit at hand, or no longer."""
    one = service_or_404(service_id)
    is_kept = commands.keep_favourite(service=one)
    if request.headers.get("HX-Request"):
        return render(request, "offer/_star.html", {"one": one, "is_kept": is_kept})
    return redirect("offer:card", one.pk)


def service_or_404(service_id: UUID) -> HealthcareService:
    """An offer that the actor may see."""
    one = rights.service(service_id)
    if one is None:
        raise Http404
    return one


def shown(one: HealthcareService) -> dict[str, Any]:
    """The card's facts in words, with the contacts that the actor reads."""
    lines = contacts.readable(one.contacts, rights.reader_rank(one))
    return {
        "activity": label("activity", one.activity_code),
        "field": label("field", one.field_code),
        "modes": labels("mode", one.mode_codes),
        "receptions": labels("reception", one.reception_codes),
        "specialities": labels("speciality", one.speciality_codes),
        "acts": labels("act", one.act_codes),
        "publics": labels("public", one.public_codes),
        "ages": words.age_words(one.age_from, one.age_to),
        "maternity": label("maternity", one.maternity_level) if one.maternity_level else "",
        "equipment": [
            {"label": label("equipment", item["code"]), **item} for item in one.equipment
        ],
        "contacts": [
            {"nature_label": label("contact", item["nature"]), "level_label": label("level", item["level"]), **item}
            for item in lines
        ],
        "hidden_contacts": len(one.contacts) - len(lines),
        "week": hours.by_day(one.hours),
        "openings": [
            words.opening_words(item)
            for item in openings.coming(one.special_openings, timezone.localdate())
        ],
        "has_calendar": bool(one.special_openings or (one.hours and not one.is_always_open)),
        "internal": path_of(one.internal_organisation),
        "parts": parts_of(one.internal_organisation),
    }  # fmt: skip


def _address(one: HealthcareService) -> str:
    parts = [one.building, one.address] if one.shows_place else []
    return " ".join(filter(None, [*parts, one.postal_code, one.city]))


def todo(one: HealthcareService) -> list[dict[str, Any]]:
    """What to do for a better description: those that stop a publication first, then the heaviest."""
    broken, stopped = checking.checked(one)
    ranked = sorted(broken, key=lambda code: (code not in stopped, -quality.RULES[code].weight))
    return [
        {
            "code": code,
            "family": quality.FAMILIES[code[:2]],
            "words": words.QUALITY[code],
            "blocks": code in stopped,
            "weight": quality.RULES[code].weight,
        }
        for code in ranked
    ]


def entry(change: ServiceChange) -> Entry:
    """One change as a line of the history."""
    title, icon = words.ACTS.get(change.act, (change.act, "circle"))
    names = [words.FIELDS[name] for name in change.fields if name in words.FIELDS]
    text = ", ".join(names)
    if change.act == "closed":
        text = str(change.fields.get("reason", ["", ""])[1])
    if change.channel == "fhir":
        text = f"{text} (reçu par FHIR)".strip()
    return Entry(
        at=change.at, title=title, text=text, author=change.by_name, icon=icon, key=str(change.pk)
    )


def sheet_data(one: HealthcareService) -> dict[str, Any]:
    """What the sheet of paper says."""
    facts = shown(one)
    site = one.site
    told = filters.moment(one.verified_at) if one.verified_at else "jamais"
    rows = [
        ["Établissement", site.name if site else ""],
        ["Service", facts["internal"]],
        ["Activité", facts["activity"]],
        ["Prise en charge", ", ".join(facts["modes"])],
        ["Accueil", ", ".join(facts["receptions"])],
        ["Spécialités", ", ".join(facts["specialities"])],
        ["Actes", ", ".join(facts["acts"])],
        ["Publics", ", ".join(filter(None, [*facts["publics"], facts["ages"]]))],
        ["Comment y accéder", one.conditions],
        ["Adresse", _address(one)],
    ]
    week = [[day, ", ".join(spans) or "fermé"] for day, spans in facts["week"]]
    return {
        "title": one.name,
        "lead": one.description,
        "facts": [row for row in rows if row[1]],
        "week": [["Tous les jours", "jour et nuit"]] if one.is_always_open else week,
        "closed": [f"Du {item['from']} au {item['to']} : {item['words'] or 'fermé'}" for item in one.exceptions],
        "opened": facts["openings"],
        "contacts": [
            [item["nature_label"], filters.phone_fr(item["phone"]), item["email"], item["level_label"]]
            for item in facts["contacts"]
        ],
        "equipment": [
            [item["label"], str(item["count"]), f"{item['max_weight']} kg" if item["max_weight"] else ""]
            for item in facts["equipment"]
        ],
        "foot": f"Description confirmée : {told}. Imprimé le {filters.moment(timezone.now())}.",
    }  # fmt: skip

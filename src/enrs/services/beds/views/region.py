"""The region's page: free beds by département, list and map, and the same as a file."""

import csv
import io
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.audit.commands import note
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.french import local
from enrs.core.ui.shapes import Choice, Filter
from enrs.services.beds import maps, rules, tables, words
from enrs.services.beds.queries import region as reading
from enrs.services.beds.queries.region import Asked
from enrs.services.beds.views.shared import READERS, page

SCOPES = {"": "La région", "neighbours": "Régions voisines", "all": "Région et voisines"}
PARTS = ("departement", "type", "age", "affectation", "libres", "ou")


@permission(READERS)
@require_safe
def region(request: HttpRequest) -> HttpResponse:
    """Who has free beds, by département, on the map and unit by unit."""
    asked = _asked(request)
    found = reading.region(asked)
    last = found.units[-1] if found.units else None
    kept = {name: request.GET[name] for name in PARTS if request.GET.get(name)}
    context = {
        "found": found,
        "asked": asked,
        "total": found.of(),
        "lines": [
            (where, found.of(department=where), [found.totals.get((where, one.code)) for one in found.kinds])
            for where in found.departments
        ],
        "sums": [found.of(kind=one.code) for one in found.kinds],
        "filters": _filters(asked),
        "map": maps.draw(found.places),
        "here": request.get_full_path(),
        "export": urlencode(kept),
        "more": urlencode(kept | {"apres": f"{last.sort_key}|{last.id}"})
        if last and found.has_more
        else "",
        "is_next": asked.after is not None,
        "states": words.STATES,
    }  # fmt: skip
    return page(request, "region", "region", context)


@permission(READERS)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The units of the same choice, as a file for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        ["departement", "region", "etablissement", "unite", "type", "libres", "promis", "occupes",
         "operationnels", "releve_le", "etat", "source", "mot"]
    )  # fmt: skip
    for one in reading.every_unit(_asked(request)):
        when = local(one.measured_at).strftime("%Y-%m-%d %H:%M") if one.measured_at else ""
        values = (
            one.department, one.region, one.site, one.name, one.kind.label, one.free, one.held, one.occupied,
            one.operational, when, words.STATES[one.state][1], one.source, one.word,
        )  # fmt: skip
        writer.writerow([csv_cell(value) for value in values])
    note("beds.region.exported", object_kind="list")
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    stamp = local(timezone.now()).strftime("%Y%m%d-%H%M")
    response.headers["Content-Disposition"] = f'attachment; filename="lits-{stamp}.csv"'
    return response


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    key, _, last = given.get("apres", "").rpartition("|")
    try:
        after = (key, UUID(last)) if last else None
    except ValueError:
        after = None
    kind = given.get("type", "")
    kinds = tables.critical_kinds() if kind == "critique" else (kind,)
    return Asked(
        department=given.get("departement", "")[:3].upper(),
        kinds=kinds if kind else (),
        age=_one(given.get("age", ""), rules.AGES[1:]),
        assignment=_one(given.get("affectation", ""), rules.ASSIGNMENTS[1:]),
        is_free=given.get("libres") == "1",
        scope=_one(given.get("ou", ""), SCOPES) or "ours",
        after=after,
    )


def _one(given: str, known: Any) -> str:
    return given if given in known else ""


def _filters(asked: Asked) -> list[Filter]:
    kinds = tables.unit_kinds()
    chosen = "critique" if len(asked.kinds) > 1 else "".join(asked.kinds)
    listed = [("", "Tous"), ("critique", "Soins critiques")]
    listed += [(one.code, one.label) for one in kinds.values()]
    return [
        _filter("type", "Unités", listed, chosen),
        _filter(
            "age", "Âge", [("", "Tous"), ("adult", "Adultes"), ("child", "Enfants")], asked.age
        ),
        _filter(
            "affectation", "Affectation", [("", "Toutes"), ("covid", "Covid+")], asked.assignment
        ),
        _filter(
            "libres",
            "Lits",
            [("", "Toutes les unités"), ("1", "Avec un lit libre")],
            "1" if asked.is_free else "",
        ),
        _filter("ou", "Où", list(SCOPES.items()), "" if asked.scope == "ours" else asked.scope),
    ]


def _filter(name: str, label: str, options: list[tuple[str, str]], current: str) -> Filter:
    return Filter(
        name, label, [Choice(value, text, is_current=value == current) for value, text in options]
    )

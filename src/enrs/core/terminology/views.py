"""Pages of the nomenclatures: the list, a search through all of them, the codes of one, its history, CSV."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.numbers import whole
from enrs.core.spreadsheets import csv_cell
from enrs.core.terminology import queries, rules
from enrs.core.terminology.models import ConceptMap

MOST_TEXT = 200
KINDS = {
    "jeu": ("Jeux de valeurs", "Chercher un jeu de valeurs"),
    "nomenclature": ("Nomenclatures", "Chercher une nomenclature"),
    "correspondance": ("Correspondances", "Chercher une correspondance"),
}
"""Kind in the address: the words of its tab, and of its search."""
HEADINGS = ("Système", "Code", "Libellé", "Valable depuis", "Valable jusqu'au", "En vigueur")
LINES = (
    "Système d'origine",
    "Code d'origine",
    "Équivalence",
    "Système d'arrivée",
    "Code d'arrivée",
    "Libellé",
)


@permission(PROFESSIONAL)
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """A code or a label, searched through every nomenclature."""
    text = _searched(request)
    found = queries.find_codes(text) if text else []
    rows = [{"concept": one, "is_active": queries.is_active(one)} for one in found]
    context = {
        "q": text,
        "rows": rows,
        "at": "codes",
        "most": queries.PAGE,
        "totals": queries.totals(),
    }
    return render(request, "terminology/codes.html", context)


@permission(PROFESSIONAL)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The nomenclatures of one kind, with their versions and counts."""
    kind = request.GET.get("genre", "jeu")
    if kind not in KINDS:
        raise Http404
    text = _searched(request)
    found, after = queries.catalogue(kind, text, after=request.GET.get("apres", "")[:400])
    title, act = KINDS[kind]
    context = {
        "at": kind, "q": text, "found": found, "what": title, "act": act, "totals": queries.totals(),
        "next_url": "?" + urlencode({"genre": kind, "q": text, "apres": after}) if after else "",
        "refused": queries.refused_loads(size=5),
    }  # fmt: skip
    return render(request, "terminology/catalogue.html", context)


@permission(PROFESSIONAL)
@require_safe
def nomenclature(request: HttpRequest, kind: str, key: UUID) -> HttpResponse:
    """One nomenclature: what it is, its codes, what its loads changed."""
    row = _row(kind, key)
    text = _searched(request)
    context: dict[str, Any] = {"row": row, "kind": kind, "q": text, "next_url": ""}
    if isinstance(row, ConceptMap):
        lines, after_line = queries.mappings(row, text, after=whole(request.GET.get("apres", "")))
        context["lines"] = [
            {"line": one, "words": rules.EQUIVALENCES[one.equivalence]} for one in lines
        ]
        if after_line:
            context["next_url"] = "?" + urlencode({"q": text, "apres": after_line})
    else:
        found, after = queries.codes(row, text, after=_place(request))
        context["rows"] = [{"concept": one, "is_active": queries.is_active(one)} for one in found]
        if after:
            context["next_url"] = "?" + urlencode({"q": text, "apres": after[0], "code": after[1]})
    loads = queries.history(row.pk)
    context |= {"loads": loads, "changes": queries.changes([one.pk for one in loads])}
    return render(request, "terminology/nomenclature.html", context)


@permission(PROFESSIONAL)
@require_safe
def export(request: HttpRequest, kind: str, key: UUID) -> HttpResponse:
    """Every code of a nomenclature as a CSV; no cell is taken for a formula."""
    row = _row(kind, key)
    lines = _map_lines(row) if isinstance(row, ConceptMap) else _code_lines(row)
    text = "".join(";".join(_quoted(cell) for cell in line) + "\r\n" for line in lines)
    response = HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    name = "".join(
        one if one.isalnum() and one.isascii() else "-" for one in (row.name or str(row.pk))
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _code_lines(row: Any) -> Iterable[tuple[Any, ...]]:
    yield HEADINGS
    today = timezone.localdate()
    for system, code, display, begins, ends, inactive, closed in queries.all_codes(row).iterator():
        valid = closed is None and rules.is_valid(
            valid_from=begins, valid_until=ends, is_inactive=inactive, on=today
        )
        yield system, code, display, begins or "", ends or "", "oui" if valid else "non"


def _map_lines(row: ConceptMap) -> Iterable[tuple[Any, ...]]:
    yield LINES
    for one in row.mappings.filter(closed_at=None).order_by("rank", "id").iterator():
        words = rules.EQUIVALENCES[one.equivalence]
        yield (
            one.source_system,
            one.source_code,
            words,
            one.target_system,
            one.target_code,
            one.target_display,
        )


def _quoted(value: object) -> str:
    return '"' + csv_cell(value).replace('"', '""') + '"'


def _row(kind: str, key: UUID) -> Any:
    row = queries.by_id(kind, key) if kind in KINDS else None
    if row is None:
        raise Http404
    return row


def _searched(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:MOST_TEXT]


def _place(request: HttpRequest) -> queries.Place | None:
    if "apres" not in request.GET:
        return None
    return whole(request.GET["apres"]), request.GET.get("code", "")[:200]

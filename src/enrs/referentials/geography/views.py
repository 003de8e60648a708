"""Pages of geography: territories and communes for the operator, suggestions for every form, credits."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, role_permission
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.bodies import takes_files
from enrs.formats.geography.territories import COLUMNS
from enrs.referentials.geography import commands, queries
from enrs.referentials.geography.queries import Found

OPERATOR = role_permission("operator")
READING = role_permission("operator", reads_at_rest=True)
"""What is published by INSEE and the region names nobody."""
MOST_BYTES = 5 * 1024 * 1024
NEAR_KM = 10


class TerritoriesForm(forms.Form):
    """The file of territories."""

    file = forms.FileField(
        label="Fichier CSV",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )


@permission(READING)
@require_safe
def territories(request: HttpRequest) -> HttpResponse:
    """The region's territories."""
    context = {"at": "territories", "territories": queries.territories()}
    return render(request, "geography/territories.html", context)


@permission(READING)
@require_safe
def communes(request: HttpRequest) -> HttpResponse:
    """Communes by name, postal or INSEE code, with their department and inter-communal body."""
    text = request.GET.get("q", "").strip()[:100]
    found = queries.search(text, size=50)
    context = {"at": "communes", "q": text, "found": _named(found)}
    return render(request, "geography/communes.html", context)


def _named(found: list[Found]) -> list[dict[str, Any]]:
    codes = {one.commune.epci for one in found} | {one.commune.department for one in found}
    names = queries.names_of(codes)
    return [
        {
            "commune": one.commune,
            "former": one.former,
            "epci": names.get(one.commune.epci, ""),
            "department": names.get(one.commune.department, one.commune.department),
        }
        for one in found
    ]


@permission(READING)
@require_safe
def commune(request: HttpRequest, code: str) -> HttpResponse:
    """One commune: its areas, its territories, its neighbours. An old code leads to the present one."""
    row = queries.commune(code)
    if row is None:
        raise Http404
    if row.code != code:
        return redirect("geography:commune", row.code)
    near = []
    if row.latitude is not None and row.longitude is not None:
        near = queries.nearest((row.latitude, row.longitude), NEAR_KM, size=13)
    context = _named([Found(row)])[0] | {
        "near": [(one, km) for one, km in near if one.code != row.code][:12],
        "near_km": NEAR_KM,
        "formers": [one for one in queries.formers_of(row.code) if one.code != row.code],
        "canton": queries.canton_of(row.code),
        "has_cantons": queries.has_cantons(),
        "territories": queries.territories_of(row.code),
    }
    return render(request, "geography/commune.html", context)


@permission(ACCOUNT)
@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """Communes for a field under way, as JSON: code, name, postal codes, department, place."""
    found = queries.search(
        request.GET.get("q", ""), department=request.GET.get("departement", "")[:3]
    )
    rows = [
        {
            "code": one.commune.code,
            "name": one.commune.name,
            "former": one.former,
            "postal_codes": one.commune.postal_codes,
            "department": one.commune.department,
            "latitude": one.commune.latitude,
            "longitude": one.commune.longitude,
        }
        for one in found
    ]
    return JsonResponse({"communes": rows})


@permission(READING)
@require_safe
def territory(request: HttpRequest, key: UUID) -> HttpResponse:
    """The communes of one territory."""
    row = queries.territory(key)
    if row is None:
        raise Http404
    found = queries.communes_of(key)
    population = sum(one.population or 0 for one in found)
    context = {"territory": row, "communes": found, "population": population}
    return render(request, "geography/territory.html", context)


@permission(READING)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Every territory as the CSV that the import takes."""
    keys = [one.id for one in queries.territories()]
    lines: list[tuple[Any, ...]] = [COLUMNS]
    lines += [
        (name, kind, code, _day(begins), _day(ends))
        for name, kind, code, begins, ends in queries.parts_of(keys)
    ]
    text = "".join(";".join(_quoted(cell) for cell in line) + "\r\n" for line in lines)
    response = HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="territoires.csv"'
    return response


def _day(day: Any) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _quoted(value: object) -> str:
    return '"' + csv_cell(value).replace('"', '""') + '"'


@permission(OPERATOR)
@takes_files(MOST_BYTES)
def import_file(request: HttpRequest) -> HttpResponse:
    """Take a CSV of territories; a file with a bad line changes nothing and says which."""
    form = TerritoriesForm(request.POST or None, request.FILES or None)
    faults: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            if given.size > MOST_BYTES:
                raise commands.TerritoriesRefusedError("Ce fichier dépasse 5 Mo.")
            made = commands.import_territories(content=given.read())
        except commands.TerritoriesRefusedError as error:
            form.add_error("file", str(error))
            faults = error.faults
        else:
            messages.success(request, f"Territoires chargés : {len(made)}.")
            return redirect("geography:territories")
    context = {"at": "territories", "form": form, "faults": faults, "columns": COLUMNS}
    return render(request, "geography/import.html", context, status=422 if form.errors else 200)


@permission(OPERATOR)
@require_POST
def delete(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take a territory away."""
    if not commands.delete_territory(territory_id=key):
        raise Http404
    messages.success(request, "Territoire retiré.")
    return redirect("geography:territories")


@permission(ACCOUNT)
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Whose the reference data are, and under which licence: shown to everybody who signs in."""
    return render(request, "geography/sources.html", {"sources": queries.sources()})

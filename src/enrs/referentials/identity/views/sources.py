"""Pages on the sources: their quality over time, their contacts, the duplicates that each has to mend."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from io import StringIO
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, role_permission
from enrs.core.audit.commands import note
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.charts import Point, Series
from enrs.core.ui.french import local
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.identity import commands, rules
from enrs.referentials.identity.forms.desk import ContactForm
from enrs.referentials.identity.models import IdentitySource, MendLine, SourceDay
from enrs.referentials.identity.queries import quality as queries_quality
from enrs.referentials.identity.queries.unit import OFFICER, contacts_of, teams_of
from enrs.referentials.identity.views.desk import PAGE, key_of, moment_of

OFFICERS: Final = role_permission("identity_officer")
COLUMNS: Final = (
    ("identities", "identites"), ("qualified", "qualifiees"), ("validated", "validees"),
    ("retrieved", "recuperees"), ("doubtful", "douteuses"), ("duplicates", "doublons_internes"),
    ("ins_refused", "ins_refusees"), ("items_open", "lignes_en_attente"), ("oldest_days", "plus_ancienne_jours"),
    ("heard", "messages_du_jour"), ("delay_minutes", "delai_median_minutes"),
)  # fmt: skip
NOON: Final = time(12, tzinfo=UTC)


@permission(PROFESSIONAL)
@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """Every source with last night's figures; a team sees its own."""
    is_officer = is_officer_or_404()
    rows = [(one, day, figures(day)) for one, day in queries_quality.sources()]
    return render(request, "identity/sources.html", {"rows": rows, "is_officer": is_officer})


def is_officer_or_404() -> bool:
    """Whether one is of the unit; a 404 for who answers for no source either."""
    by = current_actor()
    if by.role != OFFICER and not teams_of(by.user_id):
        raise Http404
    return by.role == OFFICER


def day_of(text: str) -> date | None:
    """A day of an address, or nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def figures(day: SourceDay | None) -> dict[str, Any]:
    """The shares of a count."""
    if day is None:
        return {}
    return {
        "qualified": rules.share(day.qualified, day.identities),
        "doubtful": rules.share(day.doubtful, day.identities),
        "delay": rules.delay_words(day.delay_minutes),
        "missing": [
            (label, day.missing.get(name), rules.share(day.missing.get(name, 0), day.identities))
            for name, label in rules.MISSING_TRAITS.items()
        ],
    }


def source_or_404(source_id: UUID) -> tuple[IdentitySource, bool]:
    """A source that one may see, and whether one is of the unit."""
    is_officer = is_officer_or_404()
    found = queries_quality.source(source_id)
    if found is None:
        raise Http404
    return found, is_officer


@permission(PROFESSIONAL)
@require_GET
def source(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """One source: its figures, its curves over a year, its contacts."""
    found, is_officer = source_or_404(source_id)
    return render(
        request, "identity/source.html", source_page(found, is_officer) | {"form": ContactForm()}
    )


def source_page(found: IdentitySource, is_officer: bool) -> dict[str, Any]:
    """What the page of a source shows, whatever form of it was refused."""
    days = queries_quality.days_of(found.system)
    last = days[-1] if days else None
    return {
        "source": found,
        "is_officer": is_officer,
        "day": last,
        "figures": figures(last),
        "charts": _charts(days) if len(days) > 1 else [],
        "contacts": contacts_of([found.system]).get(found.system, []),
    }


def _charts(days: list[SourceDay]) -> list[tuple[str, str, list[Series]]]:
    """(title, unit, curves) of each chart."""

    def without(name: str) -> Series:
        label = rules.MISSING_TRAITS[name]
        return _curve(
            label, days, lambda one: rules.share(one.missing.get(name, 0), one.identities)
        )

    qualified = _curve("Qualifiées", days, lambda one: rules.share(one.qualified, one.identities))
    doubtful = _curve("Douteuses", days, lambda one: rules.share(one.doubtful, one.identities))
    delay = _curve("Délai médian", days, lambda one: rules.rounded(one.delay_minutes))
    return [
        ("Part des identités qualifiées", "%", [qualified]),
        ("Identités douteuses", "%", [doubtful]),
        ("Traits manquants", "%", [without("birth_place_code"), without("ins")]),
        ("Doublons dans la source", "", [_curve("Doublons", days, lambda one: one.duplicates)]),
        (
            "Lignes en attente à la cellule",
            "",
            [_curve("Lignes", days, lambda one: one.items_open)],
        ),
        ("Délai entre un événement et son arrivée", "min", [delay]),
    ]


def _curve(label: str, days: Iterable[SourceDay], value: Any) -> Series:
    points = [Point(datetime.combine(one.day, NOON), value(one)) for one in days]
    return Series(label, points)


@permission(PROFESSIONAL)
@require_GET
def quality_csv(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """A year of a source's figures, as a file for a spreadsheet."""
    found, _ = source_or_404(source_id)
    missing = [f"sans_{name}" for name in rules.MISSING_TRAITS]
    head = ["jour", *(word for _, word in COLUMNS), *missing]
    rows = (
        [one.day.isoformat(), *(getattr(one, name) for name, _ in COLUMNS),
         *(one.missing.get(name, "") for name in rules.MISSING_TRAITS)]
        for one in queries_quality.days_of(found.system)
    )  # fmt: skip
    note("identity.quality.exported", object_kind="identity_source", object_id=found.id)
    return csv_file(f"qualite-{found.id}.csv", head, rows)


@permission(PROFESSIONAL)
@require_GET
def mending(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """The duplicates that a source has to mend: its own numbers alone, with the state of each line."""
    found, is_officer = source_or_404(source_id)
    state = request.GET.get("etat", "")
    state = state if state in MendLine.State.values else ""
    at, key = moment_of(request.GET.get("at", "")), key_of(request.GET.get("after", ""))
    lines = queries_quality.mend_lines(
        found.system, state=state, after=(at, key) if at and key else None, limit=PAGE + 1
    )
    shown, next_url = lines[:PAGE], ""
    if len(lines) > PAGE:
        keys = {"at": shown[-1].found_at.isoformat(), "after": shown[-1].id}
        next_url = f"?{urlencode(keys | ({'etat': state} if state else {}))}"
    options = [Choice("", "À traiter", is_current=not state)]
    options += [
        Choice(code, str(words), is_current=code == state) for code, words in MendLine.State.choices
    ]
    context = {
        "source": found,
        "is_officer": is_officer,
        "rows": [(one, TONES[one.state]) for one in shown],
        "filters": [Filter("etat", "État", options)],
        "state": state,
        "next_url": next_url,
    }
    return render(request, "identity/mending.html", context)


TONES: Final = {"sure": "attention", "doubt": "information", "mended": "sûr", "dropped": "neutre"}


@permission(PROFESSIONAL)
@require_GET
def mending_csv(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """The same list as a file: the source's own numbers, no trait."""
    found, _ = source_or_404(source_id)
    head = ["numero", "numero_en_double", "etat", "trouve_le", "change_le"]
    rows = (
        [one.first_value, one.second_value, one.get_state_display(),
         f"{local(one.found_at):%Y-%m-%d}", f"{local(one.changed_at):%Y-%m-%d}"]
        for one in queries_quality.every_mend_line(found.system)
    )  # fmt: skip
    note("identity.mending.exported", object_kind="identity_source", object_id=found.id)
    return csv_file(f"doublons-{found.id}.csv", head, rows)


def csv_file(name: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """A file for a French spreadsheet, to download."""
    response = HttpResponse("".join(_lines(head, rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(head: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    """Semicolons and a byte-order mark: what a French spreadsheet opens by itself."""
    yield "\ufeff"
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for row in (head, *rows):
        writer.writerow(["" if cell is None else csv_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


@permission(OFFICERS)
@require_http_methods(["GET", "POST"])
def contact_new(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Add somebody to a source's identity team."""
    found, is_officer = source_or_404(source_id)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.add_contact(source_id=source_id, by=current_actor(), **form.cleaned_data)
            messages.success(request, "Le contact est ajouté.")
            return redirect("identity:source", source_id)
        except commands.UnknownAccountError:
            form.add_error("login", "Aucun professionnel ne se connecte avec cet identifiant.")
    context = source_page(found, is_officer) | {"form": form}
    return render(request, "identity/source.html", context, status=422 if form.errors else 200)


@permission(OFFICERS)
@require_POST
def contact_end(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Take somebody off a source's identity team."""
    try:
        contact = commands.end_contact(contact_id=contact_id, by=current_actor())
    except ObjectDoesNotExist as error:
        raise Http404 from error
    messages.success(request, "Le contact est retiré.")
    return redirect("identity:source", contact.source_id)

"""What loads brought, what they lack, and what people say is wrong: for who runs the region."""

import csv
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.numbers import whole
from enrs.core.spreadsheets import csv_cell
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.directory import queries
from enrs.referentials.directory.commands.mistakes import settle_mistake
from enrs.referentials.directory.models import LoadReport, Mistake
from enrs.referentials.directory.rules import measures
from enrs.referentials.directory.views.search import uuid_of

QUALITY = role_permission("operator", "auditor")
SETTLING = role_permission("operator")


@permission(QUALITY)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Every load of a national file, the newest first."""
    found, before = queries.reports(before=uuid_of(request.GET.get("avant", "")))
    next_url = "?" + urlencode({"avant": before}) if before else ""
    context = {"reports": found, "next_url": next_url, "at": "reports"}
    return render(request, "directory/reports.html", context)


@permission(QUALITY)
@require_safe
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One load and its refused rows."""
    one = get_object_or_404(LoadReport, pk=report_id)
    rows, after = queries.refused_rows(one, after=whole(request.GET.get("apres", ""), digits=18))
    next_url = "?" + urlencode({"apres": after}) if after else ""
    context = {"report": one, "rows": rows, "next_url": next_url}
    return render(request, "directory/report.html", context)


@permission(QUALITY)
@require_safe
def refused_csv(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The refused rows of a load, for the spreadsheet of who mends them."""
    one = get_object_or_404(LoadReport, pk=report_id)
    rows = (
        (row.line_number, row.reason_code, row.sentence, row.raw_head)
        for row in queries.all_refused_rows(one)
    )
    return table_csv("lignes-refusees.csv", ("ligne", "code", "motif", "debut_de_la_ligne"), rows)


@permission(QUALITY)
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """What the directory lacks, load after load."""
    context = {"measures": measures(queries.measured_reports()), "at": "quality"}
    return render(request, "directory/quality.html", context)


@permission(QUALITY)
@require_safe
def mistakes(request: HttpRequest) -> HttpResponse:
    """What people say is wrong, to be passed on to the registers."""
    state = request.GET.get("etat", Mistake.State.OPEN)
    found, before = queries.mistakes(state=state, before=uuid_of(request.GET.get("avant", "")))
    next_url = "?" + urlencode({"etat": state, "avant": before}) if before else ""
    options = [Choice("", "Tous", is_current=not state)]
    options += [
        Choice(value, label, is_current=value == state) for value, label in Mistake.State.choices
    ]
    context = {
        "mistakes": found,
        "filters": [Filter("etat", "État", options)],
        "states": Mistake.State.choices,
        "next_url": next_url,
        "at": "mistakes",
    }
    return render(request, "directory/mistakes.html", context)


@permission(SETTLING)
@require_POST
def settle(request: HttpRequest, mistake_id: UUID) -> HttpResponse:
    """Say what became of a mistake that somebody told."""
    one = get_object_or_404(Mistake, pk=mistake_id)
    state = request.POST.get("etat", "")
    if state not in Mistake.State.values:
        messages.error(request, "Choisissez un état de la liste.")
        return redirect("directory:mistakes")
    try:
        settle_mistake(
            mistake=one,
            state=state,
            answer=request.POST.get("reponse", "").strip()[:300],
            expected_version=whole(request.POST.get("version", ""), digits=9),
        )
    except StaleSaveError:
        messages.error(request, "Quelqu’un a changé ce signalement avant vous : relisez-le.")
    else:
        messages.success(request, "Signalement mis à jour.")
    return redirect("directory:mistakes")


@permission(QUALITY)
@require_safe
def mistakes_csv(request: HttpRequest) -> HttpResponse:
    """The mistakes that wait, as a file for the register."""
    rows = (
        (
            one.told_at.date().isoformat(), one.kind, one.number, one.object_name, one.get_about_display(),
            one.words, one.get_state_display(),
        )
        for one in Mistake.objects.filter(state=Mistake.State.OPEN).order_by("id").iterator()
    )  # fmt: skip
    head = ("date", "type", "numero", "nom", "ce_qui_est_faux", "a_lire", "etat")
    return table_csv("signalements.csv", head, rows)


def table_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table for a spreadsheet."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer, delimiter=";")
    writer.writerow(head)
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    return answer

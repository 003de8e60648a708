"""The team's pages: home, indicators, cases of older tools."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.bodies import takes_files
from enrs.services.coordination import commands, forms, queries
from enrs.services.coordination.commands.imports import preview
from enrs.services.coordination.flows import CASE, REQUEST
from enrs.services.coordination.models import Import
from enrs.services.coordination.offer import CASES_BOARD, REQUESTS_BOARD
from enrs.services.coordination.rules import figures, imports

TEAM = role_permission("coordinator", "social_worker")
PERIODS = {"90": "Trois mois", "365": "Un an", "1095": "Trois ans"}
SHOWN_LINES = 100


@permission(TEAM)
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the team, and the ways in."""
    counts = queries.counts()
    waiting, cases = counts[REQUEST], counts[CASE]
    context = {
        "received": waiting.get("received", 0),
        "to_contact": waiting.get("qualified", 0),
        "incomplete": waiting.get("incomplete", 0),
        "active": cases.get("active", 0),
        "overdue": cases.get("overdue", 0),
        "requests_board": REQUESTS_BOARD,
        "cases_board": CASES_BOARD,
        "live": live_context(
            f"user:{current_actor().user_id}", *(f"grantee:{one}" for one in current_actor().grantees)
        ),
    }  # fmt: skip
    return render(request, "coordination/home.html", context)


@permission(TEAM)
def indicators(request: HttpRequest) -> HttpResponse:
    """Delays, time per case, closing reasons of one's own organisation."""
    by = current_actor()
    period = request.GET.get("periode", "365")
    days = int(period) if period in PERIODS else 365
    since = timezone.now() - timedelta(days=days)
    lines = queries.lines(by.organisation_id, since) if by.organisation_id else []
    note("coordination.indicators.read", object_kind="indicator", details={"days": days})
    context = {
        "count": figures.shown(len(lines)),
        "first_contact": figures.delay(lines, "first_contact_at"),
        "first_visit": figures.delay(lines, "first_visit_at"),
        "hours": figures.hours_per_case(lines),
        "closings": figures.closings(lines),
        "periods": [(key, label, int(key) == days) for key, label in PERIODS.items()],
        "place": by.organisation_name,
    }
    return render(request, "coordination/indicators.html", context)


@permission(TEAM)
@takes_files(imports.MAX_BYTES)
def import_list(request: HttpRequest) -> HttpResponse:
    """The files of older tools, and the place to bring one."""
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            if given.size > imports.MAX_BYTES:
                raise imports.FileRefusedError("large")
            job = commands.start_import(
                content=given.read(), filename=given.name, tool=form.cleaned_data["tool"]
            )
            return redirect("coordination:import", job.id)
        except imports.FileRefusedError as error:
            form.add_error("file", forms.FILES[error.code])
    context = {"form": form, "jobs": queries.imports(), "place": current_actor().organisation_id}
    return render(request, "coordination/imports.html", context)


@permission(TEAM)
def import_page(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Name the columns, see what would come of each line, then take them in."""
    job = _job(job_id)
    note("coordination.import.read", object_kind="coordination_import", object_id=job.id)
    form = forms.MappingForm(
        request.POST or None,
        headings=job.headings,
        initial={name: str(rank) for name, rank in job.mapping.items()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            commands.map_import(
                job=job,
                mapping=form.mapping,
                expected_version=whole(request.POST.get("version", "")),
            )
            return redirect("coordination:import", job.id)
        except (commands.ImportRefusedError, StaleSaveError):
            form.add_error(None, "Les colonnes ont changé entre-temps : relisez-les.")
    context = {"form": form, "informed": forms.InformedForm(), **_shown(job)}
    return render(request, "coordination/import.html", context)


@permission(TEAM)
@require_POST
def import_run(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Take in the next lines, once the people were told; the page asks again until the last one."""
    job, version = _job(job_id), whole(request.POST.get("version", ""))
    told = forms.InformedForm(request.POST)
    informed_on = told.cleaned_data["informed_on"] if told.is_valid() else None
    try:
        commands.run_import(job=job, expected_version=version, informed_on=informed_on)
    except commands.ImportRefusedError as error:
        messages.error(request, forms.IMPORT_REFUSALS[error.reason])
    except StaleSaveError:
        messages.error(request, "Quelqu’un d’autre reprend ce fichier en ce moment.")
    return redirect("coordination:import", job.id)


def _job(job_id: UUID) -> Import:
    found = queries.import_of(job_id)
    if found is None:
        raise Http404
    return found


def _shown(job: Import) -> dict[str, Any]:
    """The first lines under the mapping, or what became of every line."""
    labels = {name: label for name, label, _ in imports.FIELDS}
    lines = preview(job) if job.done_at is None else []
    missing = imports.mapping_faults(job.mapping, len(job.headings))
    outcome = [
        {
            "line": one["line"],
            "tone": forms.OUTCOMES[one["code"]][0],
            "words": forms.OUTCOMES[one["code"]][1],
            "patient": one.get("patient", ""),
            "faults": _faults(one.get("faults", ()), labels),
        }
        for one in job.outcome
    ]
    return {
        "job": job,
        "missing": [labels[name] for name in missing],
        "sound": sum(not one.faults for one in lines),
        "faulty": sum(bool(one.faults) for one in lines),
        "lines": [_cells(one, labels) for one in lines[:SHOWN_LINES]],
        "is_cut": len(lines) > SHOWN_LINES,
        "is_running": bool(job.outcome) and job.done_at is None,
        "treated": len(job.outcome),
        "refused": [one for one in outcome if one["tone"] != "sûr"][:500],
    }


def _cells(line: imports.Line, labels: dict[str, str]) -> dict[str, Any]:
    """What the preview shows of a line."""
    shown = ("birth_name", "first_given_name", "birth_date", "opened_on")
    return {
        "number": line.number,
        "faults": _faults(line.faults, labels),
        **{name: line.values.get(name, "") for name in shown},
    }


def _faults(faults: Any, labels: dict[str, str]) -> list[str]:
    return [f"{labels[name]} {forms.FAULTS[code]}" for name, code in faults]

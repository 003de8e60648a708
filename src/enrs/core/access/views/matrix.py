"""« Habilitations »: the matrix of professions, what a change would do, and what was changed."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access import matrix, rules, words
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import MatrixRefusedError, change_matrix
from enrs.core.access.commands.matrix import KEEPERS
from enrs.core.access.gate import permission
from enrs.core.access.in_force import last_change
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError

CONTROL = "auditor"
DRAFTERS = (*KEEPERS, CONTROL)
KEEPER = role_permission(*KEEPERS)
READER = role_permission(*DRAFTERS, reads_at_rest=True)
REFUSALS = {
    "reason": "Écrivez pourquoi, en dix caractères au moins : ce motif reste dans l’historique.",
    "cell": "Une case demandée n’est pas permise à cette profession.",
    "same": "Rien ne change : la matrice est déjà ainsi.",
}
STALE = "Quelqu’un a modifié la matrice entre-temps : vérifiez la simulation, puis appliquez de nouveau."


@permission(READER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The matrix in force; who keeps it, or controls it, may choose other acts and see what they would do."""
    return render(
        request,
        "access/matrix.html",
        {
            "lines": matrix.lines(),
            "categories": words.CATEGORIES.values(),
            "may_draft": current_actor().role in DRAFTERS,
            "changed": _changed(),
        },
    )


def _changed() -> int:
    return sum(cell.is_changed for line in matrix.lines() for cell in line.cells)


@permission(READER)
@require_safe
def simulation(request: HttpRequest) -> HttpResponse:
    """What the chosen acts would change, for whom, before anything is changed."""
    return _simulated(request, request.GET.dict())


def _simulated(
    request: HttpRequest, given: dict[str, str], error: str = "", reason: str = ""
) -> HttpResponse:
    wanted = matrix.allowed_from(given)
    effects = matrix.simulate(wanted)
    counts = matrix.accounts_by_role({one.role for one in effects})
    return render(
        request,
        "access/simulation.html",
        {
            "effects": [_effect_words(one, counts) for one in effects],
            "wanted": [(f"{role}.{category}", acts) for (role, category), acts in wanted.items()],
            "version": last_change(),
            "error": error,
            "reason": reason,
            "may_change": current_actor().role in KEEPERS,
            "record_url": _record_url() if current_actor().role == CONTROL else "",
        },
        status=422 if error else 200,
    )


def _record_url() -> str:
    """Where a change is tried on one record; empty where the circles are not installed."""
    try:
        return reverse("circles:change_on_record")
    except NoReverseMatch:
        return ""


def _effect_words(one: matrix.Effect, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "role": words.ROLES[one.role],
        "category": words.CATEGORIES[one.category],
        "before": words.PRESENT[one.before],
        "after": words.PRESENT[one.after],
        "is_wider": one.is_wider,
        "relations": one.relations,
        "accounts": counts.get(one.role, 0),
    }


@permission(KEEPER)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Put the chosen acts in force."""
    given = {name: str(value) for name, value in request.POST.items()}
    reason = given.get("reason", "")
    try:
        made = change_matrix(
            wanted=matrix.wanted_from(given), reason=reason,
            expected_version=whole(given.get("version", "")) or 0,
        )  # fmt: skip
    except MatrixRefusedError as error:
        return _simulated(request, given, REFUSALS[error.code], reason)
    except StaleSaveError:
        return _simulated(request, given, STALE, reason)
    word = "cases changées" if len(made) > 1 else "case changée"
    toasts.success(request, f"{len(made)} {word} : c’est en vigueur dès maintenant.")
    return redirect("access:history")


@permission(READER)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Every change, newest first, each with the way back."""
    changes, following = matrix.history(whole(request.GET.get("avant", "")))
    now = rules.cells_in_force()
    shown = [
        {
            "change": one,
            "role": words.ROLES.get(one.role, one.role),
            "category": words.CATEGORIES.get(one.category, one.category),
            "before": words.ACTS.get(one.before, one.before),
            "after": words.ACTS.get(one.after, one.after),
            "back": urlencode({f"{one.role}.{one.category}": one.before})
            if now.get(one.role, {}).get(one.category, "") == one.after
            and one.before in rules.choices(one.role, one.category)
            else "",
        }
        for one in changes
    ]
    next_url = f"{request.path}?avant={following}" if following else ""
    return render(request, "access/history.html", {"rows": shown, "next_url": next_url})


@permission(READER)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The matrix in force as a table for a spreadsheet."""
    content = io.StringIO()
    writer = csv.writer(content, delimiter=";")
    writer.writerow(["Rôle", *words.CATEGORIES.values()])
    for line in matrix.lines():
        writer.writerow([line.label, *(cell.words for cell in line.cells)])
    note("access.matrix.exported", object_kind="matrix")
    response = HttpResponse(f"\ufeff{content.getvalue()}", content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="habilitations-{day}.csv"'
    return response

"""Boards: the list of one workflow, its saved views, its bulk acts and its CSV."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.ui.french import moment_words
from enrs.core.ui.shapes import Choice
from enrs.core.workflow import commands, queries
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import boards_for
from enrs.core.workflow.rules import csv_lines
from enrs.core.workflow.views.lists import (
    Question,
    board_for,
    chosen_columns,
    columns_for,
    filters_of,
    kept_query,
    question_of,
    rows_of,
)

EXPORTED = 5_000
"""Lines of one CSV: what is made while somebody waits. A larger extraction is the indicators' work."""
EXPORT_PAGE = 500
BULK = 200
"""Tasks of one bulk act."""


@permission(PROFESSIONAL)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The boards of the actor's role; the only one opens at once."""
    shown = boards_for(current_actor().role)
    if len(shown) == 1:
        return redirect("workflow:board", shown[0].name)
    live = live_context(f"user:{current_actor().user_id}")
    return render(request, "workflow/index.html", {"boards": shown, "live": live})


@permission(PROFESSIONAL)
@require_safe
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One page of a board."""
    asked = question_of(board_for(name), request.GET)
    after = queries.After.parse(request.GET.get("apres", ""))
    tasks, following = asked.page(after)
    is_refresh = bool(getattr(request, "htmx", False)) and after is None
    _note_list("workflow.list.read", asked, tasks, is_refresh=is_refresh)
    return render(request, "workflow/board.html", _context(request, asked, tasks, following))


def _context(
    request: HttpRequest, asked: Question, tasks: list[Task], following: queries.After | None
) -> dict[str, Any]:
    actor, found = current_actor(), asked.board
    query = kept_query(request)
    here = reverse("workflow:board", args=[found.name])
    topics = [f"user:{actor.user_id}", *(f"grantee:{one}" for one in actor.grantees)]
    next_url = f"{here}?{_and(query, f'apres={following}')}" if following else ""
    columns = chosen_columns(found, actor)
    return {
        "board": found,
        "table": asked.table,
        "columns": columns,
        "offered": [(one, one in columns) for one in columns_for(found, actor)[1:]],
        "rows": rows_of(asked, tasks, columns),
        "filters": filters_of(asked),
        "text": asked.text,
        "states": _states(asked, here),
        "saved": [
            _view(one, here, query) for one in queries.saved_filters(found.name, actor.user_id)
        ],
        "bulk_acts": [asked.table.acts[one] for one in found.bulk],
        "is_narrowed": bool(query),
        "query": query,
        "here": request.get_full_path(),
        "here_plain": here,
        "next_url": next_url,
        "export_url": f"{reverse('workflow:export', args=[found.name])}?{query}",
        "new_url": reverse(found.new_url) if found.new_url else "",
        "live": live_context(*topics),
    }


def _and(query: str, more: str) -> str:
    return f"{query}&{more}" if query else more


def _states(asked: Question, here: str) -> list[dict[str, Any]]:
    counted = queries.counts(asked.board.workflow)
    return [
        {
            "state": one,
            "count": f"{queries.COUNTED} +" if counted[one.code] >= queries.COUNTED else str(counted[one.code]),
            "url": f"{here}?{urlencode({'etat': one.code})}",
            "is_current": asked.state == one.code,
        }
        for one in asked.table.states
    ]  # fmt: skip


def _view(saved: Any, here: str, query: str) -> Choice:
    return Choice(str(saved.pk), saved.name, saved.query == query, f"{here}?{saved.query}")


@permission(PROFESSIONAL)
@require_safe
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The board's question as a CSV, `EXPORTED` lines at most; no cell is taken for a formula."""
    asked = question_of(board_for(name), request.GET)
    columns = chosen_columns(asked.board, current_actor())
    lines: list[list[str]] = [[one.label for one in columns]]
    seen: list[Task] = []
    after = None
    while len(seen) < EXPORTED:
        tasks, after = asked.page(after, EXPORT_PAGE)
        lines += [[_plain(cell) for cell in row["cells"]] for row in rows_of(asked, tasks, columns)]
        seen += tasks
        if after is None:
            break
    _note_list("workflow.list.exported", asked, seen)
    response = HttpResponse(f"\ufeff{csv_lines(lines)}", content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="{asked.board.name}-{day}.csv"'
    return response


def _plain(cell: dict[str, Any]) -> str:
    if cell["kind"] == "moment":
        return moment_words(cell["value"])
    if cell["kind"] == "pill" and cell["value"].at:
        return f"{cell['value']} ({moment_words(cell['value'].at)})"
    return "" if cell["value"] is None else str(cell["value"])


@permission(PROFESSIONAL)
@require_POST
def bulk(request: HttpRequest, name: str) -> HttpResponse:
    """One transition for the ticked tasks: each is taken or refused alone."""
    found = board_for(name)
    asked = question_of(found, QueryDict())
    act_name = request.POST.get("acte", "")
    ticked = request.POST.getlist("tache")[:BULK]
    if act_name not in found.bulk or not ticked:
        messages.error(request, "Cochez au moins une demande, puis choisissez un acte.")
        return redirect(_return_url(request, name))
    refused: Counter[str] = Counter(
        _move_one(request, found.workflow, act_name, one) for one in ticked
    )
    done = refused.pop("", 0)
    if done:
        word = "demandes traitées" if done > 1 else "demande traitée"
        messages.success(request, f"{asked.table.acts[act_name].label}\u00a0: {done} {word}.")
    for sentence, count in refused.most_common(3):
        messages.warning(
            request, f"{count} non traitée{'s' if count > 1 else ''}\u00a0: {sentence}"
        )
    return redirect(_return_url(request, name))


def _move_one(request: HttpRequest, workflow: str, act_name: str, ticked: str) -> str:
    """Take one transition of a task of this board; gives why not, or nothing."""
    key, _, version = ticked.partition(":")
    try:
        task = queries.task(UUID(key))
        if task is None or task.workflow != workflow:
            return "elle ne vous est plus accessible."
        with act(savepoint=True):
            commands.move_task(
                task=task, transition=act_name, reason=request.POST.get("reason", ""),
                reason_code=request.POST.get("motif", ""), expected_version=whole(version),
            )  # fmt: skip
    except commands.TaskRefusedError as error:
        return str(error)
    except (AccessRefusedError, ValueError):
        return "elle ne vous est plus accessible."
    return ""


@permission(PROFESSIONAL)
@require_POST
def keep_view(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the filters of this address under a name."""
    found = board_for(name)
    query = QueryDict(request.POST.get("filtres", "")[:500]).copy()
    query.pop("apres", None)
    try:
        commands.save_filter(
            board=found.name, name=request.POST.get("nom", ""), query=query.urlencode()
        )
        messages.success(request, "Vue gardée\u00a0: vous la retrouverez ici.")
    except commands.TaskRefusedError as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('workflow:board', args=[found.name])}?{query.urlencode()}")


@permission(PROFESSIONAL)
@require_POST
def keep_columns(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the ticked columns of a board, for oneself; the others are put away."""
    found = board_for(name)
    ticked = set(request.POST.getlist("colonne"))
    offered = [one.key for one in columns_for(found, current_actor())]
    if not ticked <= set(offered):
        raise Http404
    hidden = [one for one in offered[1:] if one not in ticked]
    commands.choose_columns(board=found.name, hidden=hidden)
    return redirect(_return_url(request, name))


@permission(PROFESSIONAL)
@require_POST
def drop_view(request: HttpRequest, name: str, filter_id: UUID) -> HttpResponse:
    """Take one's own saved view off the board."""
    found = board_for(name)
    commands.forget_filter(filter_id=filter_id)
    messages.success(request, "Vue retirée.")
    return redirect("workflow:board", found.name)


def _return_url(request: HttpRequest, name: str) -> str:
    query = QueryDict(request.POST.get("filtres", "")[:500]).urlencode()
    return reverse("workflow:board", args=[name]) + (f"?{query}" if query else "")


def _note_list(
    action: str, asked: Question, tasks: list[Task], *, is_refresh: bool = False
) -> None:
    """One line for a list, with its patients; a live refresh leaves none."""
    patients = sorted({one.patient_id for one in tasks if one.patient_id})
    if is_refresh:
        return
    if patients or action.endswith("exported"):
        note(action, patient_ids=patients, object_kind="board", object_id=asked.board.name)

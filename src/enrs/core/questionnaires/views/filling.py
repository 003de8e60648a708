"""Filling a form: each change posts the page, is saved, and brings back the parts that changed."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, retarget

from enrs.core.access import rules as access_rules
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.numbers import whole
from enrs.core.questionnaires import commands
from enrs.core.questionnaires.models import Answer
from enrs.core.questionnaires.registry import next_of
from enrs.core.questionnaires.rules import comparison, evaluation, parts, sheets
from enrs.core.questionnaires.rules.posting import Posting
from enrs.core.questionnaires.rules.shapes import Definition, Fault, Values
from enrs.core.questionnaires.rules.sheets import Node
from enrs.core.questionnaires.views.attachments import MAX_FILE, MAX_FILES, received
from enrs.core.questionnaires.views.frame import Opened, answer_page, open_answer
from enrs.core.questionnaires.words import sentence, value_words
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.bodies import takes_files
from enrs.core.ui.shapes import Conflict


@permission(ACCOUNT)
@takes_files(MAX_FILE, count=MAX_FILES)
def fill(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """The form to fill; a POST saves what changed, and `finish` ends it when nothing lacks."""
    opened = open_answer(request, answer_id, access_rules.WRITE)
    if opened.answer.status != Answer.Status.IN_PROGRESS:
        return redirect("questionnaires:read", answer_id)
    if request.method == "POST":
        return _save(request, opened)
    nodes = _nodes(opened, opened.answer.items, opened.answer.scores)
    return _page(request, opened, nodes)


@permission(ACCOUNT)
@takes_files(MAX_FILE, count=MAX_FILES)
def amend(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """A finished form to amend: nothing is saved before « Enregistrer la rectification »."""
    opened = open_answer(request, answer_id, access_rules.WRITE)
    answer = opened.answer
    if answer.status == Answer.Status.IN_PROGRESS:
        return redirect("questionnaires:fill", answer_id)
    if request.method != "POST":
        return _page(request, opened, _nodes(opened, answer.items, answer.scores), is_amending=True)
    definition = opened.definition
    base = _draft(request, opened)
    scores, _ = evaluation.calculate(definition, base)
    posting = _posting(request, opened, base, scores, request.POST)
    scores, _ = evaluation.calculate(definition, posting.values)
    faults = list(posting.faults)
    if "finish" in request.POST and not faults:
        try:
            return _amended(request, opened, posting.values)
        except commands.FormRefusedError as error:
            faults = error.faults
        except StaleSaveError as error:
            return _conflict(request, opened, posting.values, cast("Answer", error.current))
    nodes = _nodes(opened, posting.values, scores, faults=faults, raw=posting.raw)
    faults = faults if "finish" in request.POST else []
    return _page(request, opened, nodes, is_amending=True, faults=faults, draft=posting.values)


def _amended(request: HttpRequest, opened: Opened, values: Values) -> HttpResponse:
    commands.amend_answer(
        answer=opened.answer,
        values=_differences(opened.answer.items, values),
        expected_version=_version(request),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, "Rectification enregistrée. Les réponses d’avant sont conservées.")
    return _go(request, reverse("questionnaires:read", args=[opened.answer.pk]))


def _draft(request: HttpRequest, opened: Opened) -> Values:
    """What the page held before this post: the answer, and the draft that the page carries, signed by us."""
    try:
        given = signing.loads(request.POST.get("draft", ""), salt=str(opened.answer.pk))
    except signing.BadSignature:
        return opened.answer.items
    known = {key: value for key, value in given.items() if key in opened.definition.by_link}
    items, role = opened.answer.items, opened.role
    gone = {key: "" for key in items if key not in known}
    return evaluation.merged(opened.definition, items, gone | known, role)[0]


def _save(request: HttpRequest, opened: Opened) -> HttpResponse:
    answer, definition = opened.answer, opened.definition
    fields = QueryDict(request.POST["posted"]) if "posted" in request.POST else request.POST
    before = _nodes(opened, answer.items, answer.scores, faults=_shown_faults(fields))
    posting = _posting(request, opened, answer.items, answer.scores, fields)
    if answer.version != _version(request):
        return _conflict(request, opened, posting.values, answer)
    faults = list(posting.faults)
    try:
        changes = _differences(answer.items, posting.values)
        if changes:
            commands.save_answer(answer=answer, values=changes, expected_version=answer.version)
        if "finish" in fields and not faults:
            commands.save_answer(
                answer=answer, values={}, expected_version=answer.version, is_final=True
            )
            messages.success(request, "Formulaire terminé.")
            return _go(request, _after(answer))
    except commands.FormRefusedError as error:
        faults += error.faults
    except StaleSaveError as error:
        return _conflict(request, opened, posting.values, cast("Answer", error.current))
    after = _nodes(opened, answer.items, answer.scores, faults=faults, raw=posting.raw)
    if not request.htmx:  # type: ignore[attr-defined]
        if faults:
            return _page(request, opened, after, faults=faults, status=422)
        return redirect("questionnaires:fill", answer.pk)
    moved = sheets.changed(before, after) if definition.items else []
    cleared = fields.get("clear", "")
    moved += [one for one in _all(after) if one.path == cleared and one not in moved]
    # The list of what is wrong takes the focus: it comes when one ends, never while one types.
    told = faults if "finish" in fields else []
    context = _state(opened, after, told) | {"moved": moved}
    return render(request, "questionnaires/_changes.html", context)


def _after(answer: Answer) -> str:
    """Where the form's service goes on; the page of the answers when it says nothing."""
    page = next_of(answer.form_name, answer.subject_kind)
    if page is None or answer.patient_id is None:
        return reverse("questionnaires:read", args=[answer.pk])
    return page(answer)


def _shown_faults(fields: QueryDict) -> list[Fault]:
    """The faults that the page shows now: their nodes are drawn anew when they are mended."""
    return [Fault("shown", path=one) for one in fields.getlist("faulty")[:1000]]


def _posting(
    request: HttpRequest, opened: Opened, base: Values, scores: Values, fields: QueryDict
) -> Posting:
    files, faults = received(request, opened.definition)
    posting = Posting(
        opened.definition,
        fields,
        base,
        scores,
        opened.role,
        add=fields.get("add", ""),
        drop=fields.get("drop", ""),
        clear=fields.get("clear", ""),
        files=files,
    )
    posting.faults += faults
    return posting


def _version(request: HttpRequest) -> int:
    return whole(request.POST.get("version", ""))


def _differences(base: Values, values: Values) -> dict[str, Any]:
    """What changed, "" for what was cleared."""
    changed = {key: value for key, value in values.items() if base.get(key) != value}
    return changed | {key: "" for key in base if key not in values}


def _nodes(
    opened: Opened,
    values: Values,
    scores: Values,
    *,
    faults: Iterable[Fault] = (),
    raw: dict[str, list[str]] | None = None,
) -> list[Node]:
    return sheets.sheet(opened.definition, values, scores, opened.role, faults=faults, raw=raw)


def _all(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        yield node
        yield from _all(node.inner())


def _state(opened: Opened, nodes: list[Node], faults: list[Fault]) -> dict[str, Any]:
    """What the fragment at the foot of the form says."""
    definition: Definition = opened.definition
    labels = {one.path: one.dom_id for one in _all(nodes)}
    return {
        "answer": opened.answer,
        "progress": sheets.progress(nodes),
        "errors": [
            {
                "id": labels.get(one.path, ""),
                "label": definition.by_link[one.link_id].text
                if one.path in labels
                else "Formulaire",
                "text": sentence(one),
            }
            for one in faults
        ],
        "general": [],
    }


def _page(
    request: HttpRequest,
    opened: Opened,
    nodes: list[Node],
    *,
    is_amending: bool = False,
    faults: list[Fault] | None = None,
    draft: Values | None = None,
    status: int = 200,
) -> HttpResponse:
    answer = opened.answer
    held = answer.items if draft is None else draft
    mine = {
        key: value
        for key, value in held.items()
        if parts.fills(opened.definition.by_link[key], opened.role)
    }
    context = _state(opened, nodes, faults or []) | {
        "nodes": nodes,
        "sections": [one for one in nodes if one.item.type == "group" and one.item.text],
        "definition": opened.definition,
        "is_amending": is_amending,
        "draft": signing.dumps(mine, salt=str(answer.pk), compress=True) if is_amending else "",
        "has_files": any(one.type == "attachment" for one in opened.definition.walk()),
        "moved": [],
    }
    template = "_body" if is_amending and request.htmx else "fill"  # type: ignore[attr-defined]
    return answer_page(request, opened, template, context, act="opened", status=status)


def _conflict(request: HttpRequest, opened: Opened, mine: Values, current: Answer) -> HttpResponse:
    """Both texts of a stale save: only the questions that differ."""
    sides = []
    for values in (mine, current.items):
        scores, _ = evaluation.calculate(opened.definition, values)
        shown = comparison.lines(opened.definition, values, scores, opened.role, value_words)
        sides.append({one.key: (one.label, ", ".join(one.words)) for one in shown})
    keys = [key for key in {**sides[0], **sides[1]} if sides[0].get(key) != sides[1].get(key)]
    labels = {key: (sides[0].get(key) or sides[1][key])[0] for key in keys}
    posted = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "version"):
        posted.pop(name, None)
    url = reverse("questionnaires:fill", args=[current.pk])
    conflict = Conflict(
        mine=[(labels[key], sides[0].get(key, ("", ""))[1]) for key in keys],
        theirs=[(labels[key], sides[1].get(key, ("", ""))[1]) for key in keys],
        theirs_by=current.saved_by_name,
        theirs_at=current.saved_at,
        reload_url=url,
        save_url=url if current.status == Answer.Status.IN_PROGRESS else "",
        version=str(current.version),
        hidden={"posted": posted.urlencode()},
    )
    if request.htmx:  # type: ignore[attr-defined]
        response = render(
            request, "questionnaires/_conflict.html", {"conflict": conflict}, status=409
        )
        return retarget(response, "#fill-body")
    return answer_page(
        request, opened, "conflict", {"conflict": conflict}, act="opened", status=409
    )


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(url)
    return redirect(url)

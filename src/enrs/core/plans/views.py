"""The pages of a plan, under the person's banner: reading, changing, answering, printing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import acts_as_person
from enrs.core.live.views import live_context
from enrs.core.numbers import whole
from enrs.core.plans import commands, forms, kinds, printing, queries, rules
from enrs.core.plans.models import OPEN, Plan, PlanRow
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.subjects.persons import banner_of
from enrs.core.ui.registry import record_tabs
from enrs.core.ui.shapes import Conflict

READS = patient_permission("plan")
WRITES = patient_permission("plan", "write")
WORDS = {"problem": "Problème", "goal": "Objectif", "action": "Action"}
ANCHORS = {"problem": "synthese", "goal": "actions", "action": "actions"}


@permission(READS)
def show(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """A plan in its four parts."""
    plan = _plan(patient_id, plan_id)
    return _page(request, plan, "plan", _content(plan))


@permission(WRITES)
def header(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Change the plan's own texts; a stale save shows both."""
    plan = _plan(patient_id, plan_id)
    initial = {name: getattr(plan, name) for name in (*rules.HEADER.fields, "version")}
    form = forms.HeaderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        expected = values.pop("version") or 0
        try:
            with refusals_on(form):
                commands.revise_plan(plan=plan, expected_version=expected, **values)
                messages.success(request, "Plan enregistré.")
                return _to(plan)
        except StaleSaveError as error:
            return _conflict(request, plan, form, values, error.current)
    return _page(request, plan, "header", {"form": form})


@permission(WRITES)
def row(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, kind: str, row_id: UUID | None = None
) -> HttpResponse:
    """Add a problem, a goal or an action, or change one."""
    plan = _plan(patient_id, plan_id)
    if kind not in WORDS:
        raise Http404
    known = _row(plan, kind, row_id) if row_id else None
    team = kinds.kind_of(plan.kind).team(patient_id) if kind == "action" else []
    form = forms.row_form(
        kind, queries.whole(plan), team, request.POST or None, _initial(kind, known, request)
    )
    if request.method == "POST" and form.is_valid():
        values = forms.values_of(kind, form.cleaned_data, team)
        expected = whole(request.POST.get("version", ""))
        try:
            with refusals_on(form):
                _save_row(plan, kind, known, values, expected)
                messages.success(request, f"{WORDS[kind]} : enregistré.")
                return _to(plan, ANCHORS[kind])
        except StaleSaveError as error:
            return _conflict(request, plan, form, values, error.current)
    context = {"form": form, "row": known, "word": WORDS[kind], "kind": kind}
    return _page(request, plan, "row", context)


@permission(WRITES)
@require_POST
def withdraw(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, kind: str, row_id: UUID
) -> HttpResponse:
    """Withdraw a row, with a reason."""
    plan = _plan(patient_id, plan_id)
    found = _row(plan, kind, row_id)
    return _try(
        request, plan, "Ligne retirée du plan.",
        lambda: commands.withdraw_row(row=found, reason=request.POST.get("reason", "")),
    )  # fmt: skip


@permission(WRITES)
@require_POST
def move(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Start, end or stop a plan."""
    plan = _plan(patient_id, plan_id)
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")
    return _try(
        request, plan, "L’état du plan est changé.",
        lambda: commands.move_plan(plan=plan, status=status, reason=reason),
    )  # fmt: skip


@permission(READS)
def agreement(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Answer to the plan, or record the answer of somebody else."""
    plan, opening = _plan(patient_id, plan_id), opening_of(request)
    is_own = opening.decision.role in ("patient", "proxy")
    if not is_own:
        opening.demand("write", "plan")
    form: django_forms.Form = (forms.OwnAgreementForm if is_own else forms.AgreementForm)(
        request.POST or None
    )
    if request.method == "POST" and form.is_valid():
        given = {"party": "person", "label": current_actor().name} | form.cleaned_data
        with refusals_on(form):
            commands.record_agreement(plan=plan, **given)
            messages.success(request, "Réponse enregistrée.")
            return _to(plan, "accords")
    return _page(request, plan, "agreement", {"form": form, "is_own": is_own})


@permission(READS)
def history(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Who changed what in a plan, the newest first."""
    plan = _plan(patient_id, plan_id)
    before = printing.parse_position(request.GET.get("avant", ""))
    rows = queries.steps(plan, before, queries.STEPS + 1)
    shown = rows[: queries.STEPS]
    last = shown[-1] if len(rows) > queries.STEPS else None
    next_url = f"{request.path}?avant={last.at.isoformat()}_{last.id}" if last else ""
    entries = [printing.entry(one) for one in shown]
    context = {"entries": entries, "next_url": next_url.replace("+", "%2B")}
    return _page(request, plan, "history", context, reading="plans.history.read")


@permission(READS)
def print_page(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """The whole plan as one accessible sheet."""
    plan = _plan(patient_id, plan_id)
    return _page(request, plan, "print", _content(plan), reading="plans.plan.printed")


@permission(READS)
def pdf(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """The whole plan as a PDF."""
    plan = _plan(patient_id, plan_id)
    note_reading(request, "plans.plan.printed", "plan", plan.id)
    content = printing.plan_pdf(
        queries.whole(plan), kinds.kind_of(plan.kind), banner_of(patient_id)
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{plan.kind}.pdf"'
    return response


# --- what the views share ------------------------------------------------------------------------


def _plan(patient_id: UUID, plan_id: UUID) -> Plan:
    found = queries.plan(patient_id, plan_id)
    if found is None:
        raise Http404
    return found


def _content(plan: Plan) -> dict[str, Any]:
    return {"whole": queries.whole(plan), "team": kinds.kind_of(plan.kind).team(plan.patient_id)}


def _row(plan: Plan, kind: str, row_id: UUID) -> PlanRow:
    found = queries.row(plan, kind, row_id) if kind in WORDS else None
    if found is None:
        raise Http404
    return found


def _to(plan: Plan, anchor: str = "") -> HttpResponse:
    url = reverse("plans:plan", args=[plan.patient_id, plan.id])
    return redirect(f"{url}#{anchor}" if anchor else url)


def _page(
    request: HttpRequest,
    plan: Plan,
    name: str,
    context: dict[str, Any],
    *,
    reading: str = "plans.plan.read",
    status: int = 200,
) -> HttpResponse:
    """A page under the person's banner, and the line of its reading."""
    note_reading(request, reading, "plan", plan.id)
    opening, kind = opening_of(request), kinds.kind_of(plan.kind)
    shared = {
        "patient_id": plan.patient_id,
        "plan": plan,
        "kind_of_plan": kind,
        "banner": banner_of(plan.patient_id),
        "tabs": record_tabs(opening.categories, plan.patient_id, kind.panel),
        "back_url": reverse(kind.back, args=[plan.patient_id]),
        "is_open": plan.status in OPEN,
        "may_write": opening.may("write", "plan") and plan.status in OPEN,
        "may_answer": plan.status in OPEN
        and (opening.may("write", "plan") or acts_as_person(opening.decision)),
        "tone": rules.TONES[plan.status],
        "here": request.get_full_path(),
        "live": live_context(
            f"patient:{plan.patient_id}", f"user:{current_actor().user_id}", opening=opening
        ),
    }
    return render(request, f"plans/{name}.html", shared | context, status=status)


def _initial(kind: str, known: PlanRow | None, request: HttpRequest) -> dict[str, Any]:
    if known is None:
        named = {"problem_id": request.GET.get("probleme"), "goal_id": request.GET.get("objectif")}
        return {name: value for name, value in named.items() if value}
    values = {name: getattr(known, name) for name in rules.SHAPES[kind].fields}
    if kind == "action" and values["who_id"]:
        values["who_pick"], values["who_label"] = f"{values['who_kind']}:{values['who_id']}", ""
    return values


def _save_row(
    plan: Plan, kind: str, known: PlanRow | None, values: dict[str, Any], expected: int
) -> None:
    if known is not None:
        commands.amend_row(row=known, expected_version=expected, **values)
        return
    add = {"problem": commands.add_problem, "goal": commands.add_goal}
    add.get(kind, commands.add_action)(plan=plan, **values)


@contextmanager
def refusals_on(form: django_forms.Form) -> Iterator[None]:
    """A command's refusal becomes the form's own error; the view then shows the form again."""
    try:
        yield
    except commands.PlanRefusedError as error:
        named = error.field if error.field in form.fields else None
        form.add_error(
            named, forms.REFUSALS.get(error.reason, "Ce plan ne peut pas changer ainsi.")
        )
    except AccessRefusedError:
        form.add_error(None, "Votre place dans ce cercle ne permet pas cet acte.")


def _try(request: HttpRequest, plan: Plan, done: str, command: Any) -> HttpResponse:
    try:
        command()
        messages.success(request, done)
    except commands.PlanRefusedError as error:
        messages.error(request, forms.REFUSALS.get(error.reason, "Rien n’a changé."))
    return _to(plan)


def _conflict(
    request: HttpRequest, plan: Plan, form: django_forms.Form, values: dict[str, Any], current: Any
) -> HttpResponse:
    """Both texts of a stale save; nothing of what was typed is lost."""
    shown = [name for name in values if name in form.fields]
    conflict = Conflict(
        mine=[(str(form.fields[name].label), _words(values[name])) for name in shown],
        theirs=[(str(form.fields[name].label), _words(getattr(current, name))) for name in shown],
        theirs_by=getattr(current, "changed_by", ""),
        theirs_at=current.changed_at,
        reload_url=request.path,
        save_url=request.path,
        version=str(current.version),
        hidden={name: form.data.get(name, "") for name in form.fields if form.data.get(name)}
        | {"version": current.version},
    )
    return _page(request, plan, "conflict", {"conflict": conflict}, status=409)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "" if value is None else str(value)

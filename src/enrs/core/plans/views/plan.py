"""The pages of a plan, under the person's banner: reading, changing, printing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from enrs.core.access.gate import permission
from enrs.core.access.readings import note_reading
from enrs.core.numbers import whole
from enrs.core.plans import commands, forms, kinds, printing, queries, rules
from enrs.core.plans.models import Plan, PlanRow
from enrs.core.plans.views.shared import (
    ANCHORS,
    READS,
    WORDS,
    WRITES,
    attempt,
    conflict_page,
    content_of,
    page,
    plan_or_404,
    refusals_on,
    row_or_404,
    to_plan,
)
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.subjects.persons import banner_of


@permission(READS)
def show(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """A plan in its four parts."""
    plan = plan_or_404(patient_id, plan_id)
    return page(request, plan, "plan", content_of(plan))


@permission(WRITES)
def header(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Change the plan's own texts; a stale save shows both."""
    plan = plan_or_404(patient_id, plan_id)
    team = kinds.kind_of(plan.kind).team(patient_id)
    form = forms.HeaderForm(
        request.POST or None, initial=forms.header_initial(plan), team=team, plan=plan
    )
    if request.method == "POST" and form.is_valid():
        values = form.values
        expected = values.pop("version") or 0
        try:
            with refusals_on(form):
                commands.revise_plan(plan=plan, expected_version=expected, **values)
                messages.success(request, "Plan enregistré.")
                return to_plan(plan)
        except StaleSaveError as error:
            return conflict_page(request, plan, form, values, error.current)
    return page(request, plan, "header", {"form": form})


@permission(WRITES)
def row(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, kind: str, row_id: UUID | None = None
) -> HttpResponse:
    """Add a problem, a goal or an action, or change one."""
    plan = plan_or_404(patient_id, plan_id)
    if kind not in WORDS:
        raise Http404
    known = row_or_404(plan, kind, row_id) if row_id else None
    declared = kinds.kind_of(plan.kind)
    team = declared.team(patient_id) if kind == "action" else []
    form = forms.row_form(
        kind, queries.whole(plan), team, request.POST or None, _initial(kind, known, request),
        plan_kind=declared,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        values = forms.values_of(kind, form.cleaned_data, team, known)
        expected = whole(request.POST.get("version", ""))
        try:
            with refusals_on(form):
                _save_row(plan, kind, known, values, expected)
                messages.success(request, f"{WORDS[kind]} : enregistré.")
                return to_plan(plan, ANCHORS[kind])
        except StaleSaveError as error:
            return conflict_page(request, plan, form, values, error.current)
    context = {"form": form, "row": known, "word": WORDS[kind], "kind": kind}
    return page(request, plan, "row", context)


@permission(WRITES)
@require_POST
def withdraw(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, kind: str, row_id: UUID
) -> HttpResponse:
    """Withdraw a row, with a reason."""
    plan = plan_or_404(patient_id, plan_id)
    found = row_or_404(plan, kind, row_id)
    return attempt(
        request, plan, "Ligne retirée du plan.",
        lambda: commands.withdraw_row(row=found, reason=request.POST.get("reason", "")),
    )  # fmt: skip


@permission(WRITES)
@require_POST
def move(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Start, end or stop a plan."""
    plan = plan_or_404(patient_id, plan_id)
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")
    return attempt(
        request, plan, "L’état du plan est changé.",
        lambda: commands.move_plan(plan=plan, status=status, reason=reason),
    )  # fmt: skip


@permission(READS)
def history(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Who changed what in a plan, the newest first."""
    plan = plan_or_404(patient_id, plan_id)
    before = printing.parse_position(request.GET.get("avant", ""))
    rows = queries.steps(plan, before, queries.STEPS + 1)
    shown = rows[: queries.STEPS]
    last = shown[-1] if len(rows) > queries.STEPS else None
    next_url = f"{request.path}?avant={last.at.isoformat()}_{last.id}" if last else ""
    entries = [printing.entry(one) for one in shown]
    context = {"entries": entries, "next_url": next_url.replace("+", "%2B")}
    return page(request, plan, "history", context, reading="plans.history.read")


@permission(READS)
def print_page(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """The whole plan as one accessible sheet."""
    plan = plan_or_404(patient_id, plan_id)
    shown = content_of(plan)
    commands.keep_printed(whole=shown["whole"])
    return page(request, plan, "print", shown, reading="plans.plan.printed")


@permission(READS)
def pdf(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """The whole plan as a PDF."""
    plan = plan_or_404(patient_id, plan_id)
    note_reading(request, "plans.plan.printed", "plan", plan.id)
    shown = queries.whole(plan)
    commands.keep_printed(whole=shown)
    content = printing.plan_pdf(shown, kinds.kind_of(plan.kind), banner_of(patient_id))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{plan.kind}.pdf"'
    return response


# --- the parts -------------------------------------------------------------------------------------


def _initial(kind: str, known: PlanRow | None, request: HttpRequest) -> dict[str, Any]:
    if known is None:
        named = {"problem_id": request.GET.get("probleme"), "goal_id": request.GET.get("objectif")}
        return {name: value for name, value in named.items() if value}
    values = {name: getattr(known, name) for name in rules.SHAPES[kind].fields}
    if kind == "action" and values["who_kind"] == "person":
        values["who_pick"] = forms.PERSON
    if kind == "action" and values["who_id"]:
        values |= {
            "who_pick": f"{values['who_kind']}:{values['who_id']}", "holder": values["who_label"], "who_label": "",
        }  # fmt: skip
    return values


def _save_row(
    plan: Plan, kind: str, known: PlanRow | None, values: dict[str, Any], expected: int
) -> None:
    if known is not None:
        commands.amend_row(row=known, expected_version=expected, **values)
        return
    add = {"problem": commands.add_problem, "goal": commands.add_goal}
    add.get(kind, commands.add_action)(plan=plan, **values)

"""What people answer to a plan: sending it, one's own part, writing an answer down, signing, validating."""

from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.readings import opening_of
from enrs.core.moments import legal_day
from enrs.core.plans import agreement_forms as forms
from enrs.core.plans import commands, kinds, queries, rules
from enrs.core.plans.kinds import Decider
from enrs.core.plans.models import OPEN, Plan
from enrs.core.plans.views.shared import (
    READS,
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
from enrs.core.workflow import queries as workflow
from enrs.core.workflow.models import Task


@permission(WRITES)
@require_POST
def send(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Ask for their agreement those whom the plan names."""
    plan, asked, done = plan_or_404(patient_id, plan_id), [], []

    def act() -> None:
        asked.extend(commands.send_plan(plan=plan))
        done.append(True)

    back = attempt(request, plan, "", act)
    if asked:
        messages.success(request, f"Accord demandé à : {', '.join(asked)}.")
    elif done:
        messages.success(
            request, "Personne de plus à qui demander : inscrivez ici la réponse des autres."
        )
    return back


@permission(WRITES)
@require_POST
def validate(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Validate a plan without waiting for everybody: its referent alone."""
    plan, reason = plan_or_404(patient_id, plan_id), request.POST.get("reason", "")
    return attempt(
        request, plan, "Plan validé.", lambda: commands.validate_plan(plan=plan, reason=reason)
    )


@permission(READS)
def part(request: HttpRequest, patient_id: UUID, plan_id: UUID, task_id: UUID) -> HttpResponse:
    """What the plan asks of one actor: their answer, then what they have done of it."""
    plan, task = _part_of(patient_id, plan_id, task_id)
    asked = queries.part(plan, task)
    if asked is None:
        raise Http404
    is_mine = queries.is_mine(task, current_actor()) and opening_of(request).may("write", "plan")
    form = forms.PartForm(request.POST or None, initial={"print": asked.print})
    if request.method == "POST" and is_mine and form.is_valid():
        with refusals_on(form, lambda: {"print": _print_of(plan, task)}):
            commands.record_agreement(
                plan=plan, party="actor", label=asked.label, means="online",
                party_id=UUID(asked.key.partition(":")[2]), **form.values,
            )  # fmt: skip
            messages.success(
                request, "Votre réponse est enregistrée, et transmise à qui vous l’a demandée."
            )
            return redirect("plans:part", patient_id, plan_id, task_id)
    said = asked.said
    context = {
        "task": task, "asked": asked, "form": form, "is_mine": is_mine and plan.status in OPEN, "said": said,
        "is_own_answer": said is not None and said.recorded_by_id == current_actor().user_id,
        "is_answering": said is None or "repondre" in request.GET or request.method == "POST",
        "requested_by": task.requester_name,
    }  # fmt: skip
    return page(request, plan, "part", context)


@permission(WRITES)
def done(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, task_id: UUID, row_id: UUID
) -> HttpResponse:
    """What came of one action of one's part."""
    plan, task = _part_of(patient_id, plan_id, task_id)
    action = row_or_404(plan, "action", row_id)
    initial = {"status": "done", "evaluation": action.evaluation, "version": action.version}  # type: ignore[attr-defined]
    form = forms.DoneForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        expected = values.pop("version")
        if values["status"] == "cancelled" and not values["evaluation"].strip():
            form.add_error("evaluation", "Dites pourquoi elle n’est pas réalisée.")
        else:
            try:
                with refusals_on(form):
                    commands.amend_row(row=action, expected_version=expected, **values)
                    messages.success(request, "C’est noté dans le plan.")
                    return redirect("plans:part", patient_id, plan_id, task_id)
            except StaleSaveError as error:
                return conflict_page(request, plan, form, values, error.current)
    return page(request, plan, "done", {"form": form, "action": action, "task": task})


@permission(READS)
def agreement(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """Answer to the plan as the person or who stands for them, or write down the answer of somebody else."""
    plan, opening = plan_or_404(patient_id, plan_id), opening_of(request)
    is_own = opening.decision.role in ("patient", "proxy")
    if not is_own:
        opening.demand("write", "plan")
    form = _answer_form(request, plan, is_own=is_own)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form, lambda: {"edition": plan.edition}):
            shared = {"party": "person", "label": current_actor().name}
            commands.record_agreement(plan=plan, **shared | form.values)
            messages.success(request, "Réponse enregistrée.")
            return to_plan(plan, "accords")
    return page(request, plan, "agreement", {"form": form, "is_own": is_own})


@permission(READS)
@require_POST
def take_back(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, agreement_id: UUID
) -> HttpResponse:
    """Take an answer back."""
    plan = plan_or_404(patient_id, plan_id)
    found = queries.agreement(plan, agreement_id)
    if found is None:
        raise Http404
    reason = request.POST.get("reason", "")
    return attempt(
        request, plan, "Réponse reprise.",
        lambda: commands.withdraw_agreement(plan=plan, agreement=found, reason=reason),
    )  # fmt: skip


@permission(READS)
def sign(request: HttpRequest, patient_id: UUID, plan_id: UUID) -> HttpResponse:
    """The plan to read, then to sign: by the person from their account, or in front of a professional."""
    plan, opening = plan_or_404(patient_id, plan_id), opening_of(request)
    is_own = opening.decision.role in ("patient", "proxy")
    if not is_own:
        opening.demand("write", "plan")
    deciders = kinds.deciders_of(patient_id)
    own = _own(deciders, opening.decision.role) if is_own else None
    form = _sign_form(request, plan, deciders, is_own=is_own)
    may_sign = plan.status in OPEN and (not is_own or own is not None)
    if request.method == "POST" and may_sign and form.is_valid():
        values = dict(form.cleaned_data)
        with refusals_on(form, lambda: {"edition": plan.edition}):
            commands.sign_plan(
                plan=plan, expected_edition=values.pop("edition"), **{"signer": ""} | values
            )
            messages.success(request, _told(values["answer"]))
            return to_plan(plan, "signature")
    context = {
        "form": form, "is_own": is_own, "deciders": deciders, "may_sign": may_sign, "own": own,
        "may_write": False, "may_answer": False,
    }  # fmt: skip
    shown = content_of(plan)
    read = rules.readable(shown["whole"].content, shown["whole"].states)
    return page(request, plan, "sign", shown | context | {"read": read})


@permission(READS)
def signed(
    request: HttpRequest, patient_id: UUID, plan_id: UUID, agreement_id: UUID
) -> HttpResponse:
    """The plan as it was signed, or refused: the text that was kept with the answer, checked against its print."""
    plan = plan_or_404(patient_id, plan_id)
    found = queries.agreement(plan, agreement_id)
    if found is None or found.content is None:
        raise Http404
    context = {
        "given": found, "read": rules.readable(found.content),
        "is_whole": rules.print_of(found.content) == found.content_hash,
    }  # fmt: skip
    return page(request, plan, "signed", context, reading="plans.agreement.read")


# --- the parts -------------------------------------------------------------------------------------


def _told(answer: str) -> str:
    if answer == "refused":
        return "Le refus est noté, avec ce plan."
    return "La signature est enregistrée, avec le plan tel qu’il est aujourd’hui."


def _own(deciders: list[Decider], role: str) -> Decider | None:
    """As whom somebody signs from their own account."""
    if role == "patient":
        return next((one for one in deciders if one.party == "person"), None)
    mine = current_actor().grantee_id
    return next((one for one in deciders if one.party == "proxy" and one.grantee_id == mine), None)


def _answer_form(
    request: HttpRequest, plan: Plan, *, is_own: bool
) -> forms.OwnAgreementForm | forms.AgreementForm:
    """One's own answer, or that of somebody else, whom nothing chooses beforehand."""
    shown = {"edition": plan.edition}
    if is_own:
        return forms.OwnAgreementForm(request.POST or None, initial=shown)
    asked = queries.asked_of(queries.whole(plan))
    return forms.AgreementForm(request.POST or None, asked=asked, initial=shown)


def _sign_form(
    request: HttpRequest, plan: Plan, deciders: list[Decider], *, is_own: bool
) -> django_forms.Form:
    """The form, with the edition that its page shows; a refused one keeps the edition that was read."""
    if is_own:
        return forms.OwnSignForm(request.POST or None, initial={"edition": plan.edition})
    initial = {
        "edition": plan.edition, "signer": deciders[0].key if deciders else "",
        "signed_on": legal_day(timezone.now()),
    }  # fmt: skip
    return forms.SignForm(request.POST or None, deciders=deciders, initial=initial)


def _print_of(plan: Plan, task: Task) -> str:
    """The print of a part as it now is."""
    found = queries.part(plan, task)
    return found.print if found else ""


def _part_of(patient_id: UUID, plan_id: UUID, task_id: UUID) -> tuple[Plan, Task]:
    plan, task = plan_or_404(patient_id, plan_id), workflow.task(task_id)
    if task is None or task.patient_id != patient_id or task.subject_id != plan.id:
        raise Http404
    return plan, task

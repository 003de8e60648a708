"""The tab of vaccinations: the doses of a person, and what may be done within each campaign."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.readings import opening_of
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.commands import UnknownFormError, start_answer
from enrs.core.questionnaires.models import Answer
from enrs.services.vaccination import commands, queries, words
from enrs.services.vaccination.doses import noted_elsewhere
from enrs.services.vaccination.forms import ExceptionForm, GroundForm
from enrs.services.vaccination.models import Campaign
from enrs.services.vaccination.rules.eligibility import EXCEPTIONS, ROLES
from enrs.services.vaccination.views.frame import (
    READS,
    WRITES,
    campaign_or_404,
    page,
    refusals_on,
    refusals_told,
    to_panel,
)


@permission(READS)
@require_safe
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Every dose of a person, those noted elsewhere, and the campaigns of the day."""
    acts, opening = queries.acts_of(patient_id), opening_of(request)
    may_vaccinate = current_actor().role in ROLES and opening.may("write", "summary")
    context = {
        "acts": acts,
        "noted": noted_elsewhere(patient_id),
        "prescriptions": queries.waiting_prescriptions(patient_id),
        "may_vaccinate": may_vaccinate,
        "campaigns": queries.campaigns(is_open=True) if may_vaccinate else [],
        "grantees": current_actor().grantees,
    }
    return page(request, "panel", context)


@permission(WRITES)
@require_POST
def begin(request: HttpRequest, patient_id: UUID, campaign_id: UUID) -> HttpResponse:
    """Go on where a campaign stands for a person: its questions first, when it has some."""
    found = campaign_or_404(campaign_id)
    if current_actor().role not in ROLES:
        raise AccessRefusedError("profession")
    given = queries.answer_of(patient_id, found)
    if not found.form_name or (given and given.status != Answer.Status.IN_PROGRESS):
        return redirect("vaccination:decide", patient_id, campaign_id)
    return _questions(request, patient_id, found, given)


@permission(WRITES)
@require_POST
def ask_again(request: HttpRequest, patient_id: UUID, campaign_id: UUID) -> HttpResponse:
    """Ask a campaign's questions anew: what was answered has changed."""
    found = campaign_or_404(campaign_id)
    if current_actor().role not in ROLES:
        raise AccessRefusedError("profession")
    given = queries.answer_of(patient_id, found)
    is_open = given is not None and given.status == Answer.Status.IN_PROGRESS
    return _questions(request, patient_id, found, given if is_open else None)


def _questions(
    request: HttpRequest, patient_id: UUID, found: Campaign, given: Answer | None
) -> HttpResponse:
    try:
        answer = given or start_answer(
            form=found.form_name, patient_id=patient_id, subject=(queries.SUBJECT, found.pk)
        )
    except UnknownFormError:
        messages.error(
            request, "Le questionnaire de la campagne n’est plus publié : prévenez l’exploitation."
        )
        return to_panel(patient_id)
    return redirect("questionnaires:fill", answer.pk)


@permission(WRITES)
@require_safe
def decide(request: HttpRequest, patient_id: UUID, campaign_id: UUID) -> HttpResponse:
    """What a campaign allows for a person: the verdict, its reasons, and the next act."""
    return _decided(request, patient_id, campaign_or_404(campaign_id))


def _decided(
    request: HttpRequest,
    patient_id: UUID,
    found: Campaign,
    form: GroundForm | None = None,
    exception: ExceptionForm | None = None,
) -> HttpResponse:
    by = current_actor()
    if by.role not in ROLES:
        raise Http404
    standing = queries.standing(patient_id, found)
    verdict = standing.verdict
    context = {
        "campaign": found,
        "standing": standing,
        "verdict": verdict,
        "reasons": [words.of(one) for one in verdict.reasons],
        "questions": _asked(standing.answer, verdict.questions),
        "form": form or GroundForm(grounds=standing.grounds),
        "exception_form": exception or ExceptionForm(grounds=standing.grounds),
        "earliest": verdict.earliest if "interval" in verdict.reasons else None,
        "is_after_end": found.ends_on is not None and verdict.earliest > found.ends_on,
        "lifted": words.rules_of(list(verdict.lifted)),
        "needs_doctor": bool(verdict.reasons) and set(verdict.reasons) <= set(EXCEPTIONS),
        "answered_at": _answered_at(standing.answer),
        "noted": [
            (one, words.FATES[one.fate]) for one in standing.history.weighed if one.fate != "other"
        ],
        "unknown": [one.noted.vaccine for one in standing.history.weighed if one.fate == "other"],
        "vaccines": queries.vaccines_of(found),
        "may_declare": verdict.may_vaccinate and standing.is_answered,
        "needs_paper": not standing.prescription and not verdict.may_prescribe,
    }
    return page(request, "decide", context, 200 if form is exception is None else 422)


def _answered_at(given: Answer | None) -> datetime | None:
    return (given.completed_at or given.saved_at) if given else None


def _asked(given: Answer | None, questions: tuple[str, ...]) -> list[str]:
    """The words of the questions that count."""
    if given is None or not questions:
        return []
    texts = {one.link_id: one.text for one in questionnaires.definition_of(given.form).walk()}
    return [texts[one] for one in questions if one in texts]


@permission(WRITES)
@require_POST
def prescribe(request: HttpRequest, patient_id: UUID, campaign_id: UUID) -> HttpResponse:
    """Prescribe the next dose."""
    found = campaign_or_404(campaign_id)
    form = GroundForm(request.POST, grounds=queries.standing(patient_id, found).grounds)
    if form.is_valid():
        with refusals_on(form):
            commands.prescribe(
                patient_id=patient_id, campaign=found, ground=form.cleaned_data["ground"]
            )
            messages.success(
                request, "La dose est prescrite : elle peut être faite ici ou ailleurs."
            )
            return redirect("vaccination:decide", patient_id, campaign_id)
    return _decided(request, patient_id, found, form)


@permission(WRITES)
@require_POST
def prescribe_exception(request: HttpRequest, patient_id: UUID, campaign_id: UUID) -> HttpResponse:
    """Prescribe, as a doctor, a dose that the number or the delay of the campaign refuses."""
    found = campaign_or_404(campaign_id)
    if current_actor().role not in ROLES:
        raise AccessRefusedError("profession")
    form = ExceptionForm(request.POST, grounds=queries.standing(patient_id, found).grounds)
    if form.is_valid():
        with refusals_on(form):
            commands.prescribe_exception(
                patient_id=patient_id, campaign=found, ground=form.cleaned_data["ground"],
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            messages.success(request, "La dose est prescrite par exception, avec votre motif.")
            return redirect("vaccination:decide", patient_id, campaign_id)
    return _decided(request, patient_id, found, exception=form)


@permission(WRITES)
@require_POST
def withdraw_prescription(
    request: HttpRequest, patient_id: UUID, prescription_id: UUID
) -> HttpResponse:
    """Cancel a prescription that no act used."""
    found = queries.prescription(patient_id, prescription_id)
    if found is None:
        raise Http404
    with refusals_told(request):
        commands.withdraw_prescription(prescription=found)
        messages.success(request, "La prescription est annulée.")
    return to_panel(patient_id)

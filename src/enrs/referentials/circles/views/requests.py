"""« Demander l'accès », and the inbox of who may answer."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT, PROFESSIONAL
from enrs.core.effects import act
from enrs.referentials.circles import commands, queries, rules
from enrs.referentials.circles.forms import AnswerForm, RequestForm
from enrs.referentials.circles.models import AccessRequest
from enrs.referentials.circles.views.shared import WRITES, consent_from, page, refusals_on, today
from enrs.referentials.identity.queries import patient_names, patient_of_token


@permission(ACCOUNT)
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for my answer, and what I asked myself."""
    by = current_actor()
    answers = by.kind != "professional" or rules.may_answer(by.role)
    waiting = queries.waiting_requests() if answers else []
    mine = queries.my_requests()
    names = patient_names({one.patient_id for one in mine})
    context = {
        "waiting": waiting,
        "mine": [(one, names.get(one.patient_id, "")) for one in mine],
    }
    return render(request, "circles/requests.html", context)


@permission(PROFESSIONAL)
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Ask to join a circle, with the token of an exact search; the page tells nothing of the person."""
    patient_id = patient_of_token(token)
    if patient_id is None:
        raise Http404
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            commands.request_access(patient_id=patient_id, reason=form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, "Votre demande est transmise au cercle de la personne.")
            return redirect("circles:requests")
    return render(request, "circles/ask.html", {"form": form}, status=422 if form.errors else 200)


@permission(WRITES)
def answer(request: HttpRequest, patient_id: UUID, request_id: UUID) -> HttpResponse:
    """Accept on a stated ground, or decline with a word."""
    asked = queries.request_on(patient_id, request_id)
    if asked is None:
        raise Http404
    accepts = request.POST.get("act") != "decline"
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and (form.is_valid() or not accepts):
        with refusals_on(form):
            _answer(asked, form, accepts)
        if not form.non_field_errors():
            messages.success(request, "Votre réponse est envoyée.")
            return redirect("circles:requests")
    context = {"asked": asked, "form": form}
    return page(request, "circles/answer.html", context, 422 if form.errors else 200)


def _answer(asked: AccessRequest, form: AnswerForm, accepts: bool) -> None:
    given = form.cleaned_data
    if not accepts:
        commands.answer_request(request=asked, accepted=False, answer=given.get("answer", ""))
        return
    with act(savepoint=True):
        consent = consent_from(
            given,
            patient_id=asked.patient_id,
            grantee_id=asked.grantee_id,
            display=asked.asker_name,
        )
        commands.answer_request(
            request=asked,
            accepted=True,
            answer=given["answer"],
            basis=given["basis"],
            ground=given["ground"],
            informed_on=today() if given["is_informed"] else None,
            consent=consent,
        )

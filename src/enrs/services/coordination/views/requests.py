"""Asking for support, writing down a call, including the person of a request."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.commands import start_answer
from enrs.core.subjects.persons import banner_of
from enrs.core.workflow.rules import To
from enrs.services.coordination import commands, forms, letter, queries
from enrs.services.coordination.commands.requests import FORM
from enrs.services.coordination.rules import words
from enrs.services.coordination.views.frame import page, refusals_on, to_panel

WRITES = patient_permission("request", "write")


@permission(patient_permission("assessment", "write"))
@require_POST
def ask(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Begin a request: its form, or the one that is still being filled."""
    by = current_actor()
    if by.role not in words.ASKER_ROLES:
        raise AccessRefusedError("profession")
    opening_of(request).demand("write", "request")
    begun = [
        one
        for one in questionnaires.answers_of(patient_id, FORM)
        if one.status == "in-progress" and one.author_id == by.user_id
    ]
    answer = begun[0] if begun else start_answer(form=FORM, patient_id=patient_id)
    return redirect("questionnaires:fill", answer.id)


@permission(WRITES)
def send(request: HttpRequest, patient_id: UUID, answer_id: UUID) -> HttpResponse:
    """Choose where a filled request goes, and send it."""
    answer = questionnaires.answer(answer_id)
    if answer is None or answer.patient_id != patient_id or answer.form_name != FORM:
        raise Http404
    desks = {str(one.id): one for one in queries.desks()}
    choices = [(key, f"{one.name}, {one.city}") for key, one in desks.items()]
    form = forms.SendForm(request.POST or None, desks=choices)
    if request.method == "POST" and form.is_valid():
        desk = desks[form.cleaned_data["desk"]]
        with refusals_on(form):
            task = commands.ask_support(
                patient_id=patient_id, desk=To(desk.id, desk.name), answer=answer,
                priority=form.cleaned_data["priority"],
            )  # fmt: skip
            messages.success(request, f"Demande envoyée à {desk.name}.")
            return redirect("workflow:task", task.id)
    return page(request, "send", {"form": form, "answer": answer, "has_desks": bool(desks)})


@permission(WRITES)
def enter(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Write down a request that came by telephone or by mail."""
    by = current_actor()
    if by.role not in words.DESK_ROLES or not queries.is_desk(by.organisation_id):
        raise AccessRefusedError("profession")
    assert by.organisation_id is not None  # noqa: S101  a desk is a place
    form = forms.EnterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        desk = To(by.organisation_id, by.organisation_name)
        with refusals_on(form):
            task = commands.enter_request(patient_id=patient_id, desk=desk, **form.cleaned_data)
            messages.success(request, "Demande inscrite.")
            return redirect("workflow:task", task.id)
    return page(request, "enter", {"form": form})


@permission(patient_permission("plan", "write"))
def include(request: HttpRequest, patient_id: UUID, task_id: UUID) -> HttpResponse:
    """Include the person of a request, knowing who follows them already."""
    task = queries.request(patient_id, task_id)
    if task is None:
        raise Http404
    form = forms.IncludeForm(request.POST or None, initial={"version": task.version})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        with refusals_on(form):
            commands.include_request(task=task, expected_version=values.pop("version"), **values)
            messages.success(request, "La personne est incluse : sa situation est ouverte.")
            return to_panel(patient_id)
    cases = queries.cases_of(patient_id)
    context = {
        "form": form,
        "task": task,
        "followers": queries.followers(patient_id, cases),
        "answer": questionnaires.answer(task.answer_id) if task.answer_id else None,
    }
    return page(request, "include", context)


@permission(patient_permission("request"))
def answer_letter(request: HttpRequest, patient_id: UUID, task_id: UUID) -> HttpResponse:
    """The team's answer to whoever asked, as a letter (PDF); nothing while it has not answered."""
    task = queries.request(patient_id, task_id)
    step = letter.decision(task) if task else None
    if task is None or step is None:
        raise Http404
    note_reading(request, "coordination.letter.printed", "task", task.id)
    case = queries.case_of_request(task.id)
    content = letter.pdf(task, step, case, banner_of(patient_id))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="reponse-a-la-demande.pdf"'
    return response

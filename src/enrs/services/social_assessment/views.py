"""The panel on the record, the form begun, the request sent."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form, UUIDField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.questionnaires import queries as forms
from enrs.core.questionnaires.commands import start_answer
from enrs.core.ui.patient_page import patient_page
from enrs.core.workflow import queries as tasks
from enrs.core.workflow.commands import TaskRefusedError, open_task
from enrs.core.workflow.rules import To
from enrs.referentials.directory.queries import organisation, search_organisations
from enrs.services.social_assessment.offer import FORM, WORKFLOW


class SendingForm(Form):
    answer, place = UUIDField(), UUIDField()


@permission(patient_permission("request"))
@require_GET
def panel(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Requests sent, forms filled and not sent yet, and where to send them."""
    sent = tasks.tasks_of(patient_id, workflow=WORKFLOW)
    gone, text = {one.answer_id for one in sent}, request.GET.get("structure", "").strip()
    context = {
        "requests": sent,
        "prepared": [one for one in forms.answers_of(patient_id, form=FORM) if one.id not in gone],
        "may_begin": all(opening_of(request).may(WRITE, one) for one in ("assessment", "request")),
        "text": text,
        "places": search_organisations(text) if text else [],
    }
    return patient_page(request, "social_assessment/panel.html", context, panel="social_assessment")


@permission(patient_permission("assessment", WRITE))
@require_POST
def begin(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Begin the form of a request."""
    return redirect("questionnaires:fill", start_answer(form=FORM, patient_id=patient_id).id)


@permission(patient_permission("request", WRITE))
@require_POST
def send(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Send a filled form to a place: it may read the record with it, until it has answered."""
    given = SendingForm(request.POST)
    answer = forms.answer(given.cleaned_data["answer"]) if given.is_valid() else None
    place = organisation(given.cleaned_data["place"]) if answer else None
    ready = (patient_id, FORM, "completed")
    if not answer or not place or (answer.patient_id, answer.form_name, answer.status) != ready:
        raise Http404
    try:
        open_task(workflow=WORKFLOW, patient_id=patient_id, title="Évaluation sociale", answer_id=answer.id,
            addressees=[To(place.id, place.name)])  # fmt: skip
        messages.success(request, f"La demande est envoyée à {place.name}.")
    except TaskRefusedError as error:
        messages.error(request, str(error))
    return redirect("social_assessment:panel", patient_id=patient_id)

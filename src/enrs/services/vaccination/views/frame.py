"""What the pages of one person share: the tab, what is found under it, refusals in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from enrs.core.access.permissions import patient_permission
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.threads.commands import ThreadRefusedError
from enrs.core.ui.patient_page import patient_page
from enrs.services.vaccination import queries, words
from enrs.services.vaccination.commands import VaccinationRefusedError
from enrs.services.vaccination.models import Act, Campaign

READS = patient_permission("summary")
WRITES = patient_permission("summary", "write")


def page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the record, under the tab of vaccinations."""
    template = f"vaccination/{name}.html"
    return patient_page(request, template, context, panel="vaccination", status=status)


def to_panel(patient_id: UUID) -> HttpResponse:
    """Back to the tab, after an act."""
    return redirect("vaccination:panel", patient_id)


def to_act(act: Act) -> HttpResponse:
    """Back to a dose, after an act on it."""
    return redirect("vaccination:act", act.patient_id, act.id)


def act_or_404(patient_id: UUID, act_id: UUID) -> Act:
    """The dose of this address, or nothing."""
    found = queries.act_of(patient_id, act_id)
    if found is None:
        raise Http404
    return found


def campaign_or_404(campaign_id: UUID) -> Campaign:
    """The campaign of this address, or nothing; one that is prepared is the region's team's alone."""
    found = queries.campaign(campaign_id)
    if found is None or found.status == Campaign.Status.DRAFT:
        raise Http404
    return found


def sentence_of(error: Exception) -> str:
    """A refusal in words that say what to do."""
    if isinstance(error, StaleSaveError):
        return words.STALE
    if isinstance(error, ThreadRefusedError):
        return words.of("doctor")
    return words.of(error.reason if isinstance(error, VaccinationRefusedError) else "")


REFUSED = (VaccinationRefusedError, StaleSaveError, ThreadRefusedError)


@contextmanager
def refusals_on(form: Form) -> Iterator[None]:
    """A command's refusal becomes the form's own error; the view then shows the form again."""
    try:
        yield
    except REFUSED as error:
        form.add_error(None, sentence_of(error))


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """A command's refusal becomes a message on the next page."""
    try:
        yield
    except REFUSED as error:
        messages.error(request, sentence_of(error))

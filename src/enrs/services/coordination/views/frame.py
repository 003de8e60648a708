"""What the pages of one person share: banner, tabs, live topics, refusals in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.readings import opening_of
from enrs.core.live.views import live_context
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.subjects.persons import banner_of
from enrs.core.ui.registry import record_tabs
from enrs.core.workflow.commands import TaskRefusedError
from enrs.referentials.circles.commands import CircleError
from enrs.services.coordination import queries
from enrs.services.coordination.commands import CaseRefusedError
from enrs.services.coordination.forms import REFUSALS
from enrs.services.coordination.models import Case

STALE = "Quelqu’un a modifié cette situation entre-temps : relisez-la, puis recommencez."


def page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the record, under the tab of coordination."""
    opening = opening_of(request)
    shared = {
        "patient_id": opening.patient_id,
        "opening": opening,
        "banner": banner_of(opening.patient_id),
        "tabs": record_tabs(opening.categories, opening.patient_id, "coordination"),
        "here": request.get_full_path(),
        "live": live_context(
            f"patient:{opening.patient_id}", f"user:{current_actor().user_id}", opening=opening
        ),
    }
    return render(request, f"coordination/{name}.html", shared | context, status=status)


def to_panel(patient_id: UUID) -> HttpResponse:
    """Back to the tab, after an act."""
    return redirect("coordination:panel", patient_id)


def case_or_404(patient_id: UUID, case_id: UUID) -> Case:
    """The case of this address, or nothing."""
    found = queries.case(patient_id, case_id)
    if found is None:
        raise Http404
    return found


def sentence_of(error: Exception) -> str:
    """A refusal in words that say what to do."""
    if isinstance(error, TaskRefusedError):
        return str(error)
    if isinstance(error, StaleSaveError):
        return STALE
    if isinstance(error, AccessRefusedError):
        return REFUSALS.get(
            error.reason, "Votre place auprès de cette personne ne permet pas cet acte."
        )
    reason = error.reason if isinstance(error, CaseRefusedError | CircleError) else ""
    return REFUSALS.get(reason, "Cet acte n’est pas possible.")


REFUSED = (CaseRefusedError, CircleError, TaskRefusedError, AccessRefusedError, StaleSaveError)


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

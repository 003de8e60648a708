"""The copy of everything about a person: one tap to ask it, one to download it."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.ui.french import size_words
from enrs.services.rights import archive, commands
from enrs.services.rights.models import DataCopy
from enrs.services.rights.queries import copies as queries

TONES: Final = {
    "preparing": "information", "ready": "sûr", "expired": "neutre", "failed": "attention",
}  # fmt: skip


@permission(ACCOUNT)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a copy; what cannot be is said on the page one comes from."""
    demand_person()
    try:
        patient_id = UUID(request.POST.get("patient", ""))
    except ValueError as error:
        raise Http404 from error
    try:
        commands.ask_copy(patient_id=patient_id)
    except commands.RightsError as error:
        toasts.warning(request, str(error))
    else:
        toasts.success(
            request, "La copie est en préparation : un message vous dira quand elle sera prête."
        )
    return redirect("rights:mine")


@permission(ACCOUNT)
@require_safe
def download(request: HttpRequest, copy_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """The archive, a piece at a time; one that is over leads back to the page that says so."""
    demand_person()
    found = queries.own_copy(copy_id)
    if found is None:
        raise Http404
    try:
        addresses = commands.open_copy(made=found)
    except commands.RightsError as error:
        toasts.warning(request, str(error))
        return redirect("rights:mine")
    response = StreamingHttpResponse(archive.contents(addresses), content_type="application/zip")
    name = f"copie-{found.ready_at:%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Length"] = str(found.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def demand_person() -> None:
    """There is no such address for professionals: their own data are those of their account."""
    if current_actor().kind != "person":
        raise Http404


def copy_row(one: DataCopy) -> dict[str, Any]:
    """One copy as the list shows it: what is over says so before its pieces are erased."""
    is_open = queries.is_open(one)
    state = DataCopy.State(one.state)
    if state == DataCopy.State.READY and not is_open:
        state = DataCopy.State.EXPIRED
    return {
        "copy": one,
        "is_open": is_open,
        "state": state.label,
        "tone": TONES[state],
        "size": size_words(one.size),
    }

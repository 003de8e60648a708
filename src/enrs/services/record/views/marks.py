"""Masking a document from professionals, hiding it until an announcement: what its page offers, and the acts."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE
from enrs.core.documents.models import Document
from enrs.services.record import commands, queries
from enrs.services.record.queries import marks
from enrs.services.record.rules import marks as rules


def marks_of_page(found: Document, opening: Opening) -> dict[str, Any]:
    """What the page of a document says of its marks, and the acts that it offers to who reads it.

    To the person and who acts for them, what professionals do not see; to professionals, what the person does not
    see yet. A mark that no act set is its source's, which alone takes it off.
    """
    role, right = opening.decision.role, opening.decision.right
    is_person = role in rules.PERSONS
    mark = rules.FROM_PROFESSIONALS if is_person else rules.FROM_PATIENT
    is_marked = getattr(found, mark)
    may_act = (
        rules.may_mask(role, right.level if right else 0)
        if is_person
        else rules.may_hide(role, may_write=opening.may(WRITE, "documents"))
    )
    standing = marks.standing(found, mark) if is_marked else None
    is_masked = found.masked_from_professionals  # the person reads it, and its author alone besides
    is_withdrawn = found.status == Document.Status.WITHDRAWN
    return {
        "is_person": is_person,
        "is_marked": is_marked,
        "standing": standing,
        "may_hide": may_act and not is_marked and not is_withdrawn and (is_person or not is_masked),
        "may_show": may_act and standing is not None,
    }


@permission(patient_permission("documents"))
@require_POST
def mask(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """The person, or who acts for them, masks their document from professionals."""
    return _act(request, patient_id, document_id, commands.mask_document, "C’est masqué.")


@permission(patient_permission("documents"))
@require_POST
def show(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """They show it to professionals again."""
    said = "Les professionnels qui suivent ce dossier voient de nouveau ce document."
    return _act(request, patient_id, document_id, commands.show_document, said)


@permission(patient_permission("documents", WRITE))
@require_POST
def withhold(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """A professional hides it from the person until the consultation of announcement."""
    reason = request.POST.get("reason", "").replace("\x00", "")
    hide = partial(commands.withhold_document, reason=reason)
    said = "La personne ne voit pas ce document. Montrez-le-lui après l’annonce."
    return _act(request, patient_id, document_id, hide, said)


@permission(patient_permission("documents", WRITE))
@require_POST
def disclose(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """The announcement was made: the person reads it."""
    said = "La personne voit maintenant ce document."
    return _act(request, patient_id, document_id, commands.disclose_document, said)


def _act(
    request: HttpRequest,
    patient_id: UUID,
    document_id: UUID,
    command: Callable[..., None],
    said: str,
) -> HttpResponse:
    found = queries.document(patient_id, document_id, role=opening_of(request).decision.role)
    if found is None:
        raise Http404
    try:
        command(document=found)
    except commands.MaskRefusedError as error:
        toasts.warning(request, str(error))
    else:
        toasts.success(request, said)
    return redirect("record:document", patient_id, document_id)

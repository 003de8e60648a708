"""Publishing a document to the national record (DMP), what became of each, and replaying the refused ones."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import PROFESSIONAL, patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.access.rules import WRITE, permits
from enrs.core.audit.commands import note
from enrs.core.documents.models import Document
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.ui.shapes import Choice, Filter
from enrs.referentials.identity.queries import patient_names
from enrs.services.record import commands, national, queries
from enrs.services.record.models import Publication
from enrs.services.record.national.contract import remedy_of
from enrs.services.record.queries import publications as found_by
from enrs.services.record.rules import producing as rules

TONES = {
    "waiting": "information",
    "sent": "sûr",
    "refused": "alerte",
    "void": "neutre",
    "removed": "neutre",
}


def publication_of_page(found: Document, opening: Opening) -> dict[str, Any]:
    """What the page of a document says of its publication, and whether its reader may ask for it."""
    if found.source != rules.SOURCE or opening.decision.role in ("patient", "proxy"):
        return {}
    one = found_by.publication_of(found)
    there = national.service()
    may_act = opening.may(WRITE, "documents") and there is not None
    return {
        "one": one,
        "tone": TONES[one.state] if one else "",
        "remedy": remedy_of(one.code)
        if one and one.state == Publication.State.REFUSED
        else ("", ""),
        "may_ask": may_act and one is None and found.status == Document.Status.CURRENT,
        "may_replay": may_act and one is not None and one.state == Publication.State.REFUSED,
        "is_stand_in": there is not None and there.is_stand_in,
        "is_leaving": bool(one and one.entry_id)
        and found.status == Document.Status.WITHDRAWN
        and one.state != Publication.State.REMOVED,
    }


@permission(patient_permission("documents", WRITE))
@require_POST
def publish(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """Ask for a document to be published."""
    found = queries.document(patient_id, document_id, role=opening_of(request).decision.role)
    if found is None:
        raise Http404
    is_informed = request.POST.get("informee") == "1"
    try:
        commands.publish_to_national(document=found, is_informed=is_informed)
    except commands.PublishingRefusedError as error:
        toasts.warning(request, str(error))
    else:
        toasts.success(request, "Le document part au DMP dans quelques secondes.")
    return redirect("record:document", patient_id, document_id)


@permission(PROFESSIONAL)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What this person and their place published, and what was refused with its remedy."""
    by = current_actor()
    if not permits(by.role, "documents", WRITE):
        raise Http404
    state = request.GET.get("etat", "")
    state = state if state in Publication.State.values else ""
    before = request.GET.get("avant", "")
    rows = found_by.publications(by, state, UUID(before) if read_uuid(before) else None)
    shown = rows[: found_by.PAGE]
    ids = sorted({one.patient_id for one in shown})
    names = patient_names(set(ids))
    if ids:
        note("record.publications.read", patient_ids=ids, object_kind="list")
    options = [Choice("", "Toutes", is_current=not state)]
    options += [Choice(value, words, value == state) for value, words in Publication.State.choices]
    more = {"etat": state} if state else {}
    last = {"avant": str(shown[-1].id)} if len(rows) > len(shown) else {}
    there = national.service()
    context = {
        "rows": [
            (one, names.get(one.patient_id, ""), TONES[one.state], _remedy(one)) for one in shown
        ],
        "filters": [Filter("etat", "État", options)],
        "is_filtered": bool(state),
        "next_url": f"?{urlencode(more | last)}" if last else "",
        "is_stand_in": there is not None and there.is_stand_in,
        "is_linked": there is not None,
    }
    return render(request, "record/publications.html", context)


def _remedy(one: Publication) -> tuple[str, str]:
    return remedy_of(one.code) if one.state == Publication.State.REFUSED else ("", "")


@permission(PROFESSIONAL)
@require_POST
def replay(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """Have a refused publication sent again."""
    one = found_by.publication(publication_id)
    if one is None:
        raise Http404
    try:
        commands.replay_publication(publication=one)
    except AccessRefusedError as error:
        raise Http404 from error
    except commands.PublishingRefusedError as error:
        toasts.warning(request, str(error))
    else:
        toasts.success(request, "Le document repart au DMP dans quelques secondes.")
    if request.POST.get("depuis") == "document":
        return redirect("record:document", one.patient_id, one.document_id)
    return redirect("record:publications")

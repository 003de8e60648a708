"""The documents of a record: list, reader, files."""

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import READ, WRITE
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.ui import shapes
from enrs.formats.cda import reader, viewer
from enrs.formats.cda.layouts import PRESCRIPTION
from enrs.services.record import commands, queries
from enrs.services.record.queries import secrets
from enrs.services.record.queries.producing_header import answers_for
from enrs.services.record.rules import producing
from enrs.services.record.views.frame import next_url, record_page
from enrs.services.record.views.marks import marks_of_page
from enrs.services.record.views.producing import may_produce
from enrs.services.record.views.publishing import publication_of_page

SHOWN = ("application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain")
"""What a browser shows by itself without running anything."""

IMAGES = ("image/png", "image/jpeg", "image/gif")
PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
)
FILE_POLICY = f"{PDF_POLICY}; sandbox"
"""A file runs nothing; a PDF is not sandboxed besides, or browsers refuse to read it."""

EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "text/plain": ".txt",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/hl7-cda+xml": ".xml",
}

PERIODS = {
    "mois": ("Depuis un mois", timedelta(days=31)),
    "an": ("Depuis un an", timedelta(days=366)),
    "cinq": ("Depuis cinq ans", timedelta(days=1827)),
}

CDA_TYPES = ("text/xml", "application/xml", "application/hl7-cda+xml")


@permission(patient_permission("documents"))
@require_GET
def listing(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Documents, newest first, with a search on title, kind and author."""
    role = opening_of(request).decision.role
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    period = request.GET.get("periode", "")
    kind, state = request.GET.get("genre", ""), request.GET.get("etat", "")
    rows = queries.documents(
        patient_id,
        role=role,
        before=queries.Position.parse(request.GET.get("avant", "")),
        text=text,
        type_code=kind,
        is_every_version=state == "tous",
        since=timezone.now() - PERIODS[period][1] if period in PERIODS else None,
    )
    shown, position = queries.cut(rows, "happened_at")
    context = {
        "documents": shown,
        "text": text,
        "is_filtered": bool(text or kind or period),
        "filters": _filters(queries.document_types(patient_id, role=role), kind, state, period),
        "next_url": next_url(request, position),
        "has_secrets": secrets.is_shown(patient_id, role=role),
        "may_produce": may_produce(opening_of(request)),
    }
    return record_page(request, "documents", context)


def _filters(
    kinds: list[tuple[str, str]], kind: str, state: str, period: str
) -> list[shapes.Filter]:
    of_kind = [shapes.Choice("", "Tous"), *(shapes.Choice(*one, one[0] == kind) for one in kinds)]
    of_state = [
        shapes.Choice("", "En vigueur"),
        shapes.Choice("tous", "Toutes", is_current=state == "tous"),
    ]
    of_period = [shapes.Choice("", "Toutes")]
    of_period += [shapes.Choice(key, one[0], key == period) for key, one in PERIODS.items()]
    return [
        shapes.Filter("genre", "Type", of_kind),
        shapes.Filter("periode", "Dates", of_period),
        shapes.Filter("etat", "Versions", of_state),
    ]


def _may_withdraw(found: Document, opening: Opening) -> bool:
    is_ours = found.source == producing.SOURCE and found.type_code != PRESCRIPTION.code
    if not is_ours or found.status == Document.Status.WITHDRAWN:
        return False
    return opening.may(WRITE, "documents") and answers_for(found, current_actor())


def _prescription_url(found: Document, opening: Opening) -> str:
    """Where the prescription that it tells of is renewed or cancelled; empty for another document."""
    is_ours = found.source == producing.SOURCE and found.type_code == PRESCRIPTION.code
    if not is_ours or found.about_id is None or not opening.may(READ, "summary"):
        return ""
    return reverse("record:prescription", args=[found.patient_id, found.about_id])


@permission(patient_permission("documents", WRITE))
@require_POST
def withdraw(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """Withdraw a document that was made here, with a reason."""
    found = _found(request, patient_id, document_id)
    try:
        commands.withdraw_produced(document=found, reason=request.POST.get("reason", ""))
    except AccessRefusedError as error:
        raise Http404 from error
    except commands.ProductionRefusedError as error:
        toasts.error(request, error.faults[0].remedy)
    else:
        toasts.success(request, "Le document est retiré. S’il est au DMP, il y est retiré aussi.")
    return redirect("record:document", patient_id, found.id)


@permission(patient_permission("documents"))
@require_GET
def view(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """One document, readable in the page; one that was withdrawn says so and shows nothing more."""
    found = _found(request, patient_id, document_id, is_withdrawn_shown=True)
    role = opening_of(request).decision.role
    is_withdrawn = found.status == Document.Status.WITHDRAWN
    file_url = reverse("record:document_file", args=[patient_id, found.id])
    context = {
        "document": found,
        "is_withdrawn": is_withdrawn,
        "newer": queries.version_after(found, role=role),
        "may_be_kept": secrets.may_be_kept(found, role=role),
        "marks": marks_of_page(found, opening_of(request)),
        "publication": publication_of_page(found, opening_of(request)),
        "may_withdraw": _may_withdraw(found, opening_of(request)),
        "prescription_url": _prescription_url(found, opening_of(request)),
        "viewer": _frame(found, file_url),
        "content": "" if is_withdrawn else _content(patient_id, found, file_url),
    }
    return record_page(
        request,
        "documents",
        context,
        template="record/document.html",
        reading="document",
        object_id=document_id,
    )


def _frame(found: Document, file_url: str) -> shapes.Document:
    is_current = found.status == Document.Status.CURRENT
    return shapes.Document(
        title=found.title,
        kind=found.type_display if found.type_display != found.title else "",
        at=found.happened_at,
        author=found.author_name,
        place=found.author_organisation,
        state="" if is_current else found.get_status_display().capitalize(),
        state_tone="attention",
        src=file_url if found.mime_type in SHOWN else "",
        download_url=f"{file_url}?telecharger=1",
    )


@permission(patient_permission("documents"))
@require_GET
def content(request: HttpRequest, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """The bytes of a document, as they came."""
    found = _found(request, patient_id, document_id)
    is_saved = bool(request.GET.get("telecharger"))
    act = "document_file" if is_saved else "document"
    note_reading(request, f"record.{act}.read", act, document_id, is_part=not is_saved)
    return file_answer(store.take(found.blob), found.mime_type, found.title, is_saved=is_saved)


@permission(patient_permission("documents"))
@require_GET
def attachment(
    request: HttpRequest, patient_id: UUID, document_id: UUID, index: int
) -> HttpResponse:
    """A piece inside a CDA: its PDF or one of its images."""
    found = _found(request, patient_id, document_id)
    if found.mime_type not in CDA_TYPES:
        raise Http404
    try:
        pieces = reader.read(store.take(found.blob)).attachments
    except reader.CdaError as error:
        raise Http404 from error
    piece = next((one for one in pieces if one.index == index and not one.external), None)
    if piece is None or piece.problem:
        raise Http404
    note_reading(request, "record.document.read", "document", document_id, is_part=True)
    return file_answer(piece.data, piece.mime, piece.name or found.title, is_saved=False)


def _found(
    request: HttpRequest, patient_id: UUID, document_id: UUID, *, is_withdrawn_shown: bool = False
) -> Document:
    found = queries.document(patient_id, document_id, role=opening_of(request).decision.role)
    if found is None:
        raise Http404
    if found.status == Document.Status.WITHDRAWN and not is_withdrawn_shown:
        raise Http404
    return found


def _content(patient_id: UUID, found: Document, file_url: str) -> str:
    """What the page shows inside the viewer's frame; nothing when the frame shows the file itself."""
    if found.mime_type in CDA_TYPES:
        return _readable(patient_id, found)
    if found.mime_type in IMAGES:
        return format_html('<img class="doc-image" src="{}" alt="{}">', file_url, found.title)
    if found.mime_type == "application/pdf":
        return _pdf(file_url, found.title)
    return ""


def _pdf(url: str, title: str) -> SafeString:
    # A sandboxed frame shows no PDF: browsers read them with a part of their own, which it closes.
    return format_html('<iframe class="doc-frame" src="{}" title="{}"></iframe>', url, title)


def _readable(patient_id: UUID, found: Document) -> SafeString:
    """A CDA as a safe fragment; one that no longer reads says so instead of failing."""

    def url(index: int) -> str:
        return reverse("record:document_attachment", args=[patient_id, found.id, index])

    try:
        document = reader.read(store.take(found.blob))
    except reader.CdaError as error:
        return format_html('<p class="cda-refused">{}</p>', error.text_fr)
    head = viewer.render_header(document)
    pieces = [one for one in document.attachments if not one.external and not one.problem]
    if not document.is_structured and len(pieces) == 1 and pieces[0].mime == "application/pdf":
        body = _pdf(url(pieces[0].index), found.title)
    else:
        # The viewer escapes every text and lets no markup of the source through.
        body = mark_safe(viewer.render(document, url, heading=3))  # noqa: S308
    return mark_safe(head) + body  # noqa: S308  the header is escaped by the viewer


def file_answer(data: bytes, mime: str, name: str, *, is_saved: bool) -> HttpResponse:
    """Bytes under headers that let nothing in them run, with a file name that is only a name."""
    is_shown = mime in SHOWN and not is_saved
    kind = mime if is_shown else "application/octet-stream"
    if kind == "text/plain":
        kind = f"text/plain; charset={_charset(data)}"
    response = HttpResponse(data, content_type=kind)
    kept = "".join(letter if letter.isalnum() or letter in " -_'’" else " " for letter in name)
    safe_name = " ".join(kept.split())[:100] or "document"
    response.headers["Content-Disposition"] = (
        f"{'inline' if is_shown else 'attachment'}; "
        f"filename*=UTF-8''{quote(safe_name + EXTENSIONS.get(mime, ''))}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    is_pdf = mime == "application/pdf"
    response.headers["Content-Security-Policy"] = PDF_POLICY if is_pdf else FILE_POLICY
    return response


def _charset(data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"

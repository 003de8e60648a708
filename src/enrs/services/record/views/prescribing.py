"""Prescriptions of a record: the list, one of them, writing its lines, signing, and what becomes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.access.rules import WRITE
from enrs.core.fhir.rules.requests import read_uuid
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.record import commands
from enrs.services.record.models import Prescription, PrescriptionLine
from enrs.services.record.prescription_forms import LineForm, SignForm
from enrs.services.record.prescription_printing import prescription_pdf
from enrs.services.record.queries import prescriptions as queries
from enrs.services.record.queries.entries import standing_entries
from enrs.services.record.queries.paging import Position, cut
from enrs.services.record.rules import prescribing as rules
from enrs.services.record.views.frame import banner_of, next_url, record_page
from enrs.services.record.views.producing import gap_of
from enrs.services.record.views.publishing import publication_of_page

READS = patient_permission("summary")
WRITES = patient_permission("summary", WRITE)
TONES: Final = {"draft": "attention", "signed": "sûr", "replaced": "neutre", "cancelled": "alerte"}
SENTENCES: Final = {
    "unsigned": "Cette ordonnance n’est pas signée : complétez-la.",
    "ended": "Cette ordonnance n’est plus en vigueur : relisez la page.",
    "signed": "Cette ordonnance est déjà signée, ou a été abandonnée.",
    "many": f"Une ordonnance a {rules.MOST_LINES} lignes au plus : signez celle-ci, puis écrivez la suivante.",
    "line": "Cette ligne n’est plus sur l’ordonnance.",
    "empty": "Ajoutez au moins un médicament avant de signer.",
    "alerts": "Il y a des alertes à lire : lisez-les toutes, puis cochez la case avant de signer.",
    "long": "Ces mentions sont trop longues.",
    "replaced": "L’ordonnance que celle-ci corrige n’est plus en vigueur : abandonnez-la, et écrivez-en une autre.",
    "reason": "Dites pourquoi, en quelques mots.",
}
GRAVEST: Final = {"high": 0, "low": 2}
"""Order of allergies beside a draft, as in the banner: what may kill first."""
STALE: Final = "L’ordonnance a changé dans une autre page : relisez-la, puis recommencez."


@permission(READS)
@require_GET
def listing(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Every prescription, the newest first."""
    opening = opening_of(request)
    before = Position.parse(request.GET.get("avant", ""))
    rows = queries.prescriptions(patient_id, role=opening.decision.role, before=before)
    found, position = cut(rows, "written_at")
    lines = queries.lines_by_prescription(found)
    context = {
        "rows": [(one, lines[one.pk], TONES[one.status]) for one in found],
        "may_prescribe": may_prescribe(opening),
        "scope": rules.SCOPES.get(current_actor().role),
        "next_url": next_url(request, position),
    }
    return record_page(request, "prescriptions", context)


def may_prescribe(opening: Opening) -> bool:
    """Whether a reader may write a prescription here."""
    if current_actor().role not in rules.SCOPES:
        return False
    return opening.may(WRITE, "documents") and opening.may(WRITE, "summary")


@permission(WRITES)
@require_POST
def start(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """A new draft."""
    with _refusals(request):
        return _to(commands.start_prescription(patient_id=patient_id))
    return redirect("record:prescriptions", patient_id)


@permission(READS)
def view(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """One prescription: a draft with what the record says of its lines, or what was signed."""
    found = _found(request, patient_id, prescription_id)
    opening = opening_of(request)
    lines = queries.lines_of(found)
    is_mine = found.author_id == current_actor().user_id and may_prescribe(opening)
    is_draft = found.status == Prescription.Status.DRAFT
    context: dict[str, Any] = {
        "one": found,
        "tone": TONES[found.status],
        "lines": [(line, rules.dosage_words(line)) for line in lines],
        "has_long_term": any(line.is_long_term for line in lines),
        "is_mine": is_mine,
        "is_draft": is_draft,
    }
    if is_draft:
        alerts = queries.alerts_of(found, lines)
        form = SignForm(
            initial={
                "remarks": found.remarks, "version": found.version, "alerts": rules.digest(alerts),
            }
        )  # fmt: skip
        context |= {"alerts": alerts, "form": form, "beside": _beside(patient_id)}
    else:
        context |= _signed(found, lines, opening)
    template = "record/prescription_draft.html" if is_draft else "record/prescription.html"
    return record_page(
        request, "prescriptions", context, template=template, reading="prescription",
        object_id=found.document_id or found.pk,
    )  # fmt: skip


def _beside(patient_id: UUID) -> dict[str, Any]:
    """What stands beside a draft: allergies, and treatments that may be prescribed again."""
    return {
        "allergies": sorted(
            standing_entries(patient_id, "allergy"), key=lambda one: GRAVEST.get(one.criticality, 1)
        ),
        "treatments": queries.taken_before(patient_id),
    }


def _signed(found: Prescription, lines: list[PrescriptionLine], opening: Opening) -> dict[str, Any]:
    by, may = current_actor(), may_prescribe(opening)
    is_in_force = found.status == Prescription.Status.SIGNED
    waiting = [line for line in lines if line.treatment_id is None]
    return {
        "successor": queries.successor_of(found),
        "may_renew": may,
        "may_correct": may and is_in_force and found.author_id == by.user_id,
        "may_cancel": may and is_in_force and queries.answers_for(found, lines, by),
        "may_take": may and is_in_force,
        "waiting": waiting,
        "is_still_taken": found.status == Prescription.Status.CANCELLED
        and len(waiting) < len(lines),
        "document": found.document if "documents" in opening.categories else None,
        "publication": publication_of_page(found.document, opening) if found.document else {},
    }


@permission(WRITES)
def add_line(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """A new line; the medicine may be looked for, or taken from what the person takes."""
    found = _draft(request, patient_id, prescription_id)
    typed = {name: request.GET.get(name, "")[:200] for name in ("display", "code", "code_system")}
    given = {name: value.replace("\x00", "") for name, value in typed.items()}
    if given["code_system"] and not rules.is_system(given["code_system"]):
        # A treatment noted in another nomenclature than those of medicines is taken by its name.
        given |= {"code": "", "code_system": ""}
    form = LineForm(request.POST or None, initial=given | {"period": "d", "lasts_unit": "d"})
    if request.method == "POST" and form.is_valid() and _save(request, found, form):
        return _to(found)
    return _line_page(request, found, form)


@permission(WRITES)
def change_line(
    request: HttpRequest, patient_id: UUID, prescription_id: UUID, line_id: UUID
) -> HttpResponse:
    """A line of a draft, changed."""
    found = _draft(request, patient_id, prescription_id)
    line = queries.line(found, line_id)
    if line is None:
        raise Http404
    form = LineForm(request.POST or None, line=line)
    if request.method == "POST" and form.is_valid() and _save(request, found, form, line_id):
        return _to(found)
    return _line_page(request, found, form, line)


@permission(WRITES)
@require_POST
def remove_line(
    request: HttpRequest, patient_id: UUID, prescription_id: UUID, line_id: UUID
) -> HttpResponse:
    """A line taken off a draft."""
    found = _draft(request, patient_id, prescription_id)
    with _refusals(request):
        commands.remove_prescription_line(
            prescription=found, line_id=line_id, expected_version=_version(request)
        )
        toasts.success(request, "La ligne est retirée.")
    return _to(found)


def _save(
    request: HttpRequest, found: Prescription, form: LineForm, line_id: UUID | None = None
) -> bool:
    try:
        commands.save_prescription_line(
            prescription=found, values=form.cleaned_data, line_id=line_id,
            expected_version=_version(request),
        )  # fmt: skip
    except rules.LineRefusedError as error:
        form.refuse(error, current_actor().role)
    except StaleSaveError:
        form.add_error(None, STALE)
    except commands.PrescriptionRefusedError as error:
        form.add_error(None, SENTENCES[error.code])
    except AccessRefusedError as error:
        raise Http404 from error
    return not form.errors


def _line_page(
    request: HttpRequest, found: Prescription, form: LineForm, line: PrescriptionLine | None = None
) -> HttpResponse:
    text = request.GET.get("cherche", "")
    context = {
        "one": found,
        "version": request.POST.get("version", found.version),
        "form": form,
        "line": line,
        "text": text,
        "found": queries.medicines(text) if text else [],
        "scope": rules.SCOPES[current_actor().role],
        "beside": _beside(found.patient_id),
    }
    response = record_page(
        request, "prescriptions", context, template="record/prescription_line.html",
        reading="prescription", object_id=found.pk,
    )  # fmt: skip
    response.status_code = 422 if form.errors else 200
    return response


@permission(WRITES)
@require_POST
def sign(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """Sign a draft; what its header lacks is told on a page of its own."""
    found = _draft(request, patient_id, prescription_id)
    form = SignForm(request.POST)
    if not form.is_valid():
        toasts.error(request, SENTENCES["long"])
        return _to(found)
    values = form.cleaned_data
    try:
        with _refusals(request):
            commands.sign_prescription(
                prescription=found, remarks=values["remarks"], alerts_read=form.alerts_read,
                expected_version=values["version"],
            )  # fmt: skip
            toasts.success(request, "L’ordonnance est signée et classée : imprimez-la.")
    except commands.ProductionRefusedError as error:
        gaps = [gap_of(one, patient_id, opening_of(request)) for one in error.faults]
        context = {"one": found, "stopping": gaps}
        response = record_page(
            request, "prescriptions", context, template="record/prescription_refused.html",
            reading="prescription", object_id=found.pk,
        )  # fmt: skip
        response.status_code = 422
        return response
    return _to(found)


@permission(WRITES)
@require_POST
def drop(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """Drop a draft."""
    found = _draft(request, patient_id, prescription_id)
    with _refusals(request):
        commands.drop_prescription(prescription=found)
        toasts.success(request, "Le brouillon est abandonné.")
    return redirect("record:prescriptions", patient_id)


@permission(WRITES)
@require_POST
def cancel(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """Cancel a prescription, with a reason."""
    found = _found(request, patient_id, prescription_id)
    with _refusals(request):
        commands.cancel_prescription(
            prescription=found,
            reason=request.POST.get("reason", ""),
            expected_version=found.version,
        )
        toasts.success(
            request,
            "L’ordonnance est annulée. Prévenez la personne, et sa pharmacie si elle l’a reçue.",
        )
    return _to(found)


@permission(WRITES)
@require_POST
def renew(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """The same lines on a draft to sign."""
    found = _found(request, patient_id, prescription_id)
    with _refusals(request):
        return _to(commands.renew_prescription(prescription=found))
    return _to(found)


@permission(WRITES)
@require_POST
def correct(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """The same lines on a draft that will replace this one."""
    found = _found(request, patient_id, prescription_id)
    with _refusals(request):
        return _to(commands.correct_prescription(prescription=found))
    return _to(found)


@permission(WRITES)
@require_POST
def take(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """Put the lines that were chosen among the treatments of the summary."""
    found = _found(request, patient_id, prescription_id)
    chosen = [UUID(one) for one in request.POST.getlist("ligne") if read_uuid(one)]
    with _refusals(request):
        count = commands.take_treatments(prescription=found, line_ids=chosen)
        if count:
            told = f"{count} traitements mis à jour." if count > 1 else "Un traitement mis à jour."
            toasts.success(request, told)
        else:
            toasts.info(request, "Les traitements disent déjà la même chose.")
    return _to(found)


@permission(READS)
@require_safe
def printed(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> HttpResponse:
    """The prescription on paper; one that is not in force says so across the sheet."""
    found = _found(request, patient_id, prescription_id)
    if found.status == Prescription.Status.DRAFT:
        raise Http404
    note_reading(request, "record.prescription.printed", "document", found.document_id or found.pk)
    content = prescription_pdf(found, queries.lines_of(found), banner_of(patient_id, set()))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="ordonnance.pdf"'
    return response


# --- the parts ------------------------------------------------------------------------------------


def _found(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> Prescription:
    role = opening_of(request).decision.role
    found = queries.prescription(patient_id, prescription_id, role=role)
    if found is None:
        raise Http404
    return found


def _draft(request: HttpRequest, patient_id: UUID, prescription_id: UUID) -> Prescription:
    found = _found(request, patient_id, prescription_id)
    if found.author_id != current_actor().user_id or not may_prescribe(opening_of(request)):
        raise Http404
    return found


def _to(one: Prescription) -> HttpResponse:
    return redirect("record:prescription", one.patient_id, one.pk)


def _version(request: HttpRequest) -> int:
    return whole(request.POST.get("version", ""))


@contextmanager
def _refusals(request: HttpRequest) -> Iterator[None]:
    """A command's refusal becomes a message on the next page."""
    try:
        yield
    except AccessRefusedError as error:
        raise Http404 from error
    except StaleSaveError:
        toasts.error(request, STALE)
    except commands.PrescriptionRefusedError as error:
        told = SENTENCES.get(error.code) or rules.SCOPES[current_actor().role].words
        toasts.error(request, told)

"""Follow-up notes: reading, writing, amending, withdrawing."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.shapes import Conflict
from enrs.services.record import commands, queries
from enrs.services.record.models import Note
from enrs.services.record.views.frame import next_url, record_page


class NoteForm(forms.Form):
    """A note and who may read it."""

    text = forms.CharField(
        label="Votre note", widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000
    )
    audience = forms.ChoiceField(
        label="Qui pourra la lire",
        choices=[
            ("care", "Les soignants du cercle"),
            ("shared", "Tout le cercle, la personne et le secteur social compris"),
        ],
        initial="care",
    )

    def __init__(self, *args: Any, may_keep_to_care: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_keep_to_care:
            field = self.fields["audience"]
            field.choices = field.choices[1:]  # type: ignore[attr-defined]
            field.initial = "shared"


@permission(patient_permission("identity"))
def listing(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Notes, newest first, and the place to write one."""
    opening = opening_of(request)
    if not opening.categories & {"notes", "social"}:
        raise Http404
    form = NoteForm(request.POST or None, may_keep_to_care=opening.may("write", "notes"))
    if request.method == "POST" and form.is_valid():
        try:
            commands.write_note(patient_id=patient_id, **form.cleaned_data)
        except AccessRefusedError as error:
            raise Http404 from error
        messages.success(request, "Note enregistrée.")
        return redirect("record:notes", patient_id)
    before = queries.Position.parse(request.GET.get("avant", ""))
    rows = queries.notes(patient_id, role=opening.decision.role, before=before)
    shown, position = queries.cut(rows, "written_at")
    context = {
        "notes": shown,
        "form": form,
        "me": current_actor().user_id,
        "may_write": opening.may("write", "notes") or opening.may("write", "social"),
        "next_url": next_url(request, position),
    }
    return record_page(request, "notes", context)


@permission(patient_permission("identity"))
def amend(request: HttpRequest, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Change one's own note; if it changed meanwhile both texts are shown."""
    written = _own(request, patient_id, note_id)
    if request.method == "POST":
        text = request.POST.get("text", "")
        expected = request.POST.get("version", "")
        try:
            commands.amend_note(
                written=written,
                text=text,
                expected_version=int(expected) if expected.isdigit() else 0,
            )
        except StaleSaveError as error:
            return _conflict(request, error.current, text)
        except commands.NoteRefusedError as error:
            messages.error(request, str(error))
            written.refresh_from_db()
            context = {"note": written, "text": text}
            return record_page(request, "notes", context, template="record/note_amend.html")
        messages.success(request, "Note modifiée. L'ancien texte est conservé.")
        return redirect("record:notes", patient_id)
    context = {"note": written, "text": written.text}
    return record_page(request, "notes", context, template="record/note_amend.html")


@permission(patient_permission("identity"))
@require_POST
def withdraw(request: HttpRequest, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Withdraw one's own note, with a reason."""
    written = _own(request, patient_id, note_id)
    commands.withdraw_note(written=written, reason=request.POST.get("reason", ""))
    messages.success(request, "Note retirée du dossier.")
    return redirect("record:notes", patient_id)


def _own(request: HttpRequest, patient_id: UUID, note_id: UUID) -> Note:
    found = Note.objects.filter(
        id=note_id,
        patient_id=patient_id,
        author_id=request.actor.user_id,  # type: ignore[attr-defined]
        withdrawn_at=None,
    ).first()
    if found is None:
        raise Http404
    return found


def _conflict(request: HttpRequest, current: object, text: str) -> HttpResponse:
    assert isinstance(current, Note)  # noqa: S101  what save_version was given
    url = reverse("record:note", args=[current.patient_id, current.id])
    conflict = Conflict(
        mine=[("Note", text)],
        theirs=[("Note", current.text)],
        theirs_by=current.author_name,
        theirs_at=current.amended_at,
        reload_url=url,
        save_url=url,
        version=str(current.version),
        hidden={"text": text},
    )
    response = record_page(
        request, "notes", {"conflict": conflict}, template="record/note_conflict.html"
    )
    response.status_code = 409
    return response

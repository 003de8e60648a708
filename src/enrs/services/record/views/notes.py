"""Follow-up notes: reading, writing, amending, withdrawing."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import Opening, permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import note_reading, opening_of
from enrs.core.documents import store
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.ui.bodies import takes_files
from enrs.core.ui.shapes import Choice, Conflict, Filter
from enrs.services.record import commands, queries
from enrs.services.record.models import Note
from enrs.services.record.rules import tags_of
from enrs.services.record.rules.photo import MAX_BYTES
from enrs.services.record.views.documents import file_answer
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
    tags = forms.CharField(
        label="Étiquettes",
        required=False,
        max_length=200,
        help_text="Séparées par des virgules : pansement, chute…",
    )
    photo = forms.FileField(
        label="Photo",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png"}),
        help_text="JPEG ou PNG, 8 Mo au plus. Le lieu et la date qu’elle cache sont effacés.",
    )

    def clean_photo(self) -> bytes:
        """The bytes of the photo, when it is not too large to be looked at."""
        given = self.cleaned_data.get("photo")
        if given and given.size > MAX_BYTES:
            raise forms.ValidationError("La photo dépasse 8 Mo.")
        return given.read() if given else b""

    def clean_tags(self) -> list[str]:
        """The tags one by one."""
        return tags_of(self.cleaned_data["tags"])

    def __init__(self, *args: Any, may_keep_to_care: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_keep_to_care:
            field = self.fields["audience"]
            field.choices = field.choices[1:]  # type: ignore[attr-defined]
            field.initial = "shared"


@permission(patient_permission("identity"))
@takes_files(MAX_BYTES)
def listing(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Notes, newest first, and the place to write one."""
    opening = opening_of(request)
    if not opening.categories & {"notes", "social"}:
        opening.demand("read", "notes")
    form = NoteForm(
        request.POST or None, request.FILES or None, may_keep_to_care=opening.may("write", "notes")
    )
    if request.method == "POST" and form.is_valid():
        try:
            commands.write_note(patient_id=patient_id, **form.cleaned_data)
        except AccessRefusedError as error:
            raise Http404 from error
        except commands.NoteRefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Note enregistrée.")
            return redirect("record:notes", patient_id)
    return record_page(request, "notes", _listing(request, opening, form))


def _listing(request: HttpRequest, opening: Opening, form: NoteForm) -> dict[str, Any]:
    """A page of notes, of one tag or of one's favourites when they are asked for."""
    role, patient_id = opening.decision.role, opening.patient_id
    tag, state = request.GET.get("etiquette", "")[:40], request.GET.get("etat", "")
    rows = queries.notes(
        patient_id,
        role=role,
        before=queries.Position.parse(request.GET.get("avant", "")),
        tag=tag.replace("\x00", ""),
        is_favourite=state == "favoris",
    )
    shown, position = queries.cut(rows, "written_at")
    tags = queries.note_tags(patient_id, role=role)
    return {
        "notes": shown,
        "kept": queries.kept_notes(shown),
        "form": form,
        "me": current_actor().user_id,
        "filters": _filters(tags, tag, state) if shown or tag or state else [],
        "is_filtered": bool(tag or state),
        "may_write": any(opening.may("write", one) for one in ("notes", "social"))
        or (role in {"patient", "proxy"} and opening.may("write", "assessment")),
        "next_url": next_url(request, position),
    }


def _filters(tags: list[str], tag: str, state: str) -> list[Filter]:
    of_tag = [Choice("", "Toutes"), *(Choice(one, one, one == tag) for one in tags)]
    of_state = [Choice("", "Toutes"), Choice("favoris", "Mes favorites", state == "favoris")]
    filters = [Filter("etat", "Notes", of_state)]
    return [*filters, Filter("etiquette", "Étiquette", of_tag)] if tags else filters


@permission(patient_permission("identity"))
@require_POST
def keep(request: HttpRequest, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Keep a note at hand, or no longer."""
    found = queries.note(patient_id, note_id, role=opening_of(request).decision.role)
    if found is None or not opening_of(request).categories & {"notes", "social"}:
        raise Http404
    commands.keep_note(written=found, is_favourite=request.POST.get("favori") == "1")
    return redirect("record:notes", patient_id)


@permission(patient_permission("identity"))
@require_GET
def photo(request: HttpRequest, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """The photo of a note, for whoever reads the note."""
    found = queries.note(patient_id, note_id, role=opening_of(request).decision.role)
    if (
        found is None
        or found.photo is None
        or not opening_of(request).categories & {"notes", "social"}
    ):
        raise Http404
    note_reading(request, "record.notes.read", "notes", is_part=True)
    return file_answer(store.take(found.photo), found.photo_type, "photo", is_saved=False)


@permission(patient_permission("identity"))
def amend(request: HttpRequest, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Change one's own note; if it changed meanwhile both texts are shown."""
    written = _own(request, patient_id, note_id)
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            commands.amend_note(
                written=written,
                text=text,
                expected_version=whole(request.POST.get("version", "")),
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
    rows = Note.objects.filter(id=note_id, patient_id=patient_id, withdrawn_at=None)
    found = rows.first()
    if found is None:
        raise Http404
    if found.author_id != current_actor().user_id:
        raise AccessRefusedError("author")
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

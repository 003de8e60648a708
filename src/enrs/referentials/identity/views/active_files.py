"""The active files of sources, for the unit: handed in, looked at, imported, and what was refused of them."""

import csv
import io
from tempfile import SpooledTemporaryFile
from typing import Any, Final, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.moments import day_bounds, legal_day
from enrs.core.numbers import whole
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.bodies import takes_files
from enrs.referentials.identity.commands import active_files as commands
from enrs.referentials.identity.models import ActiveFile
from enrs.referentials.identity.queries import active_files as queries
from enrs.referentials.identity.rules import active_file as rules
from enrs.referentials.identity.rules.tables import TableError
from enrs.referentials.identity.views.desk import key_of

OFFICERS: Final = role_permission("identity_officer")
State = ActiveFile.State
IN_MEMORY: Final = 1024 * 1024
"""Bytes of refused lines that are held in memory."""


class ActiveFileForm(forms.Form):
    """A file, the source that it is of, and the day on which it was taken out."""

    source = forms.ChoiceField(label="Source")
    extracted_on = forms.DateField(
        label="Extrait le",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Une ligne sans date de modification vaut ce jour à 0 h : ce que la source a envoyé depuis n’est "
        "pas écrasé.",
    )
    file = forms.FileField(
        label="Fichier CSV",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choisissez un fichier."},
        help_text="60 Mo et 200 000 lignes au plus.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["source"].choices = queries.sources()  # type: ignore[attr-defined]
        self.fields["extracted_on"].initial = legal_day(timezone.now())


@permission(OFFICERS)
@takes_files(rules.MOST_BYTES)
@require_http_methods(["GET", "POST"])
def active_files(request: HttpRequest) -> HttpResponse:
    """The files of the unit, and the place to hand in another."""
    form = ActiveFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = _handed_in(form)
        if made is not None:
            return redirect("identity:active_file", made.id)
    rows = queries.files(before=key_of(request.GET.get("avant", "")))
    shown = rows[: queries.SHOWN]
    context = {
        "form": form,
        "rows": shown,
        "next_url": f"?avant={shown[-1].id}" if len(rows) > len(shown) else "",
        "columns": [name for name in rules.COLUMNS if name not in rules.REQUIRED],
        "required": rules.REQUIRED,
    }
    status = 422 if form.errors else 200
    return render(request, "identity/active_files.html", context, status=status)


def _handed_in(form: ActiveFileForm) -> ActiveFile | None:
    """The file that was taken; a refusal becomes the form's own error."""
    given = form.cleaned_data
    try:
        if given["file"].size > rules.MOST_BYTES:
            raise TableError("Ce fichier dépasse 60 Mo : coupez-le en plusieurs.")
        return commands.open_active_file(
            content=given["file"].read(), file_name=given["file"].name,
            source_id=UUID(given["source"]), extracted_at=day_bounds(given["extracted_on"])[0],
        )  # fmt: skip
    except TableError as error:
        form.add_error("file", str(error))
    except commands.AnotherWaitsError:
        form.add_error(
            None, "Un fichier de cette source attend déjà : importez-le ou abandonnez-le d’abord."
        )
    return None


@permission(OFFICERS)
@require_GET
def active_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """One file: its progress, what it would do, what it did, the lines that somebody must look at.

    While the worker is at it the page asks for itself anew, shows nobody's line and leaves none in the journal.
    """
    file = _file(file_id)
    kind = request.GET.get("lignes", "")
    kind = kind if kind in queries.KINDS else "refusees"
    is_busy = file.state in (State.READING, State.CHECKING, State.RUNNING)
    has_lines = file.erased_at is None and not is_busy and file.state != State.CANCELLED
    rows = queries.said(file, kind, whole(request.GET.get("apres", "")) or 0) if has_lines else []
    shown = rows[: queries.PAGE]
    if not (is_busy and request.headers.get("HX-Request")):
        note("identity.active_file.read", object_kind="active_file", object_id=file.id)
    context = {
        "file": file,
        "is_busy": is_busy,
        "is_imported": queries.is_imported(file),
        "is_for_another": queries.is_for_another(file, current_actor().user_id),
        "stage_total": file.line_count if file.state == State.READING else file.batches,
        "counts": [
            (words, file.foreseen.get(name), file.report.get(name))
            for name, words in rules.OUTCOMES.items()
        ],
        "told": (file.foreseen.get("told"), file.report.get("told")),
        "refused_count": (file.report or file.foreseen).get("refused", 0),
        "has_lines": has_lines,
        "lines": [(one, _words(one.line.reason)) for one in shown],
        "kind": kind,
        "kinds": queries.KINDS,
        "next_url": f"?lignes={kind}&apres={shown[-1].line.number}"
        if len(rows) > len(shown)
        else "",
    }
    return render(request, "identity/active_file.html", context)


@permission(OFFICERS)
@require_POST
def start(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Import a file that was looked at."""
    try:
        if not commands.start_import(file=_file(file_id)):
            messages.warning(
                request,
                "Ce fichier n’attend plus, ou son essai a plus de 7 jours : rien n’a été changé.",
            )
    except commands.SameOfficerError:
        messages.warning(
            request,
            "Vous avez déposé ce fichier : un autre membre de la cellule lance l’import.",
        )
    return redirect("identity:active_file", file_id)


@permission(OFFICERS)
@require_POST
def stop(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Stop an import after the batch under way."""
    try:
        if not commands.stop_import(file=_file(file_id)):
            messages.warning(request, "L’import n’est plus en cours : rien n’a été changé.")
    except OperationalError:
        messages.warning(request, "Un lot est en cours d’écriture : recommencez dans un instant.")
    return redirect("identity:active_file", file_id)


@permission(OFFICERS)
@require_POST
def give_up(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Give up a file that is not being imported."""
    if commands.give_up_file(file=_file(file_id)):
        messages.success(request, "Fichier abandonné : aucune identité n’a été écrite.")
        return redirect("identity:active_files")
    messages.warning(request, "L’import est commencé ou fini : il ne peut plus être abandonné.")
    return redirect("identity:active_file", file_id)


@permission(OFFICERS)
@require_GET
def refused(request: HttpRequest, file_id: UUID) -> FileResponse:
    """The refused lines as they were given, with their number and why: a file to mend and hand in again."""
    file = _file(file_id)
    if file.erased_at is not None:
        raise Http404
    # Written here, where row security knows who reads, and beside the memory when there is much of it.
    kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    text = io.TextIOWrapper(cast("Any", kept), encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["ligne", *rules.COLUMNS, "motif"])
    for line in queries.refused_lines(file):
        cells = [str(line.cells.get(name, "")) for name in rules.COLUMNS]
        given = (str(line.number), *cells, _words(line.reason))
        writer.writerow([csv_cell(cell) for cell in given])
    note("identity.active_file.exported", object_kind="active_file", object_id=file.id)
    text.flush()
    text.detach()
    kept.seek(0)
    return FileResponse(
        kept, as_attachment=True, filename="refus.csv", content_type="text/csv; charset=utf-8"
    )


def _file(file_id: UUID) -> ActiveFile:
    found = queries.file_of(file_id)
    if found is None:
        raise Http404
    return found


def _words(reason: str) -> str:
    words = ", ".join(
        rules.FAULTS.get(one, "la ligne est refusée") for one in reason.split(",") if one
    )
    return words[:1].upper() + words[1:]

"""A hospital's active list: the file, its preview, its progress and its report."""

import csv
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.audit.commands import note
from enrs.core.notifications.registry import patient_names
from enrs.core.numbers import whole
from enrs.core.spreadsheets import csv_cell
from enrs.core.ui.bodies import takes_files
from enrs.services.record import commands, queries
from enrs.services.record.models import Intake, IntakeLine
from enrs.services.record.rules import intake as rules
from enrs.services.record.views.creation import CREATORS
from enrs.services.record.views.frame import next_url

FAULTS = {
    "number_missing": "le numéro manque",
    "number_twice": "ce numéro est déjà plus haut dans le fichier",
    "birth_name_missing": "le nom de naissance manque",
    "first_given_name_missing": "le premier prénom manque",
    "birth_date": "la date de naissance n’est pas un jour passé (AAAA-MM-JJ ou JJ/MM/AAAA)",
    "sex": "le sexe est F, M ou I",
    "status": "l’état de l’identité est provisoire, validée ou qualifiée",
    "birth_place": "le code de la commune de naissance a 5 caractères",
    "ins": "le matricule INS ou son autorité n’existe pas",
    "ins_missing": "une identité qualifiée a un matricule INS",
    "too_long": "un texte dépasse 100 caractères",
    "identity": "l’identité est refusée par les règles de la région",
    "opposed": "la personne s’oppose au partage avec votre structure",
    "unreadable": "la ligne ne se lit plus",
    "outside": "cette personne a un dossier dans la région et votre structure n’est pas dans son cercle : "
    "demandez l’accès, ou faites-vous ajouter par quelqu’un du cercle",
    "twin": "mêmes traits qu’une personne connue : la cellule d’identité est prévenue",
}
FILE_FAULTS = {
    "empty": "Ce fichier ne contient personne.",
    "size": "Ce fichier dépasse 5 Mo : coupez-le en plusieurs.",
    "lines": "Ce fichier dépasse 20 000 lignes : coupez-le en plusieurs.",
    "text": "Ce fichier n’est pas un tableau CSV lisible.",
    "columns": "Il manque des colonnes : ",
}
PREVIEW = 10


class ListForm(forms.Form):
    """The file of an active list."""

    file = forms.FileField(
        label="Fichier CSV",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choisissez un fichier."},
    )


@permission(CREATORS)
@takes_files(rules.MAX_BYTES)
def listing(request: HttpRequest) -> HttpResponse:
    """The files of one's place, and the place to hand in another."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            if given.size > rules.MAX_BYTES:
                raise rules.IntakeRefusedError("size")
            made = commands.check_list(content=given.read(), file_name=given.name)
        except rules.IntakeRefusedError as error:
            form.add_error("file", FILE_FAULTS[error.code] + error.details)
        except AccessRefusedError:
            form.add_error(
                None, "Choisissez d’abord, en haut de page, la structure de cette liste."
            )
        else:
            return redirect("record:intake", made.id)
    return _listing_page(request, form, status=422 if form.errors else 200)


def _listing_page(request: HttpRequest, form: ListForm, *, status: int) -> HttpResponse:
    organisation_id = current_actor().organisation_id
    context = {
        "form": form,
        "intakes": queries.intakes(organisation_id) if organisation_id else [],
        "columns": rules.COLUMNS,
        "required": rules.REQUIRED,
    }
    return render(request, "record/intakes.html", context, status=status)


@permission(CREATORS)
@require_GET
def report(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """Before the start a preview, then the progress, then what became of each line."""
    intake = _own(intake_id)
    after = request.GET.get("apres", "")
    state = request.GET.get("etat", "")
    lines = queries.intake_lines(intake, state=state, after=whole(after))
    shown, more = lines[: queries.PAGE], len(lines) > queries.PAGE
    note("record.intake.read", object_kind="intake", object_id=intake.id,
         patient_ids=[one.patient_id for one in shown if one.patient_id])  # fmt: skip
    names = patient_names({one.patient_id for one in shown if one.patient_id})
    for one in shown:
        one.name = names.get(one.patient_id, "") if one.patient_id else ""  # type: ignore[attr-defined]
    position = str(shown[-1].number) if more else ""
    context = {
        "intake": intake,
        "lines": [(one, _words(one)) for one in shown],
        "state": state,
        "done": intake.done_count + intake.refused_count,
        "next_url": next_url(request, position).replace("avant=", "apres="),
        "is_running": intake.state == Intake.State.RUNNING,
        "accepted": intake.total_count - intake.refused_count,
    }
    return render(request, "record/intake.html", context)


@permission(CREATORS)
@require_POST
def start(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """Have the lines that stand created."""
    intake = _own(intake_id)
    try:
        commands.start_intake(intake=intake, is_informed=bool(request.POST.get("is_informed")))
    except AccessRefusedError as error:
        raise Http404 from error
    except ValueError:
        messages.error(request, "Cochez que les personnes de la liste sont informées du partage.")
    return redirect("record:intake", intake_id)


@permission(CREATORS)
@require_POST
def cancel(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """Give up a file that was not started."""
    if commands.cancel_intake(intake=_own(intake_id)):
        messages.success(request, "Fichier abandonné : personne n’a été créé.")
    else:
        messages.error(request, "Ce fichier n’attend plus : il ne peut pas être abandonné.")
        return redirect("record:intake", intake_id)
    return redirect("record:intakes")


@permission(CREATORS)
@require_GET
def refused(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """The lines left aside, as they were given, as a CSV to correct and hand in again."""
    intake = _own(intake_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="refus.csv"'
    response.write("\ufeff")
    writer = csv.writer(response, delimiter=";")
    writer.writerow([*rules.COLUMNS, "motif"])
    for line in queries.refused_lines(intake):
        given = line.traits.get("cells", {})
        cells = [given.get(name, "") for name in rules.COLUMNS]
        writer.writerow([csv_cell(cell) for cell in (*cells, _words(line))])
    note("record.intake.exported", object_kind="intake", object_id=intake.id)
    return response


def _own(intake_id: UUID) -> Intake:
    found = queries.intake(intake_id, current_actor().organisation_id)
    if found is None:
        raise Http404
    return found


def _words(line: IntakeLine) -> str:
    codes = [code for code in line.reason.split(",") if code]
    words = ", ".join(FAULTS.get(code, "la ligne est refusée") for code in codes)
    return words[:1].upper() + words[1:]

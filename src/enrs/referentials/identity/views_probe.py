"""« Tester un fichier sans créer »: the file, its progress, its answers for a day."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.audit.commands import note
from enrs.core.ui.bodies import takes_files
from enrs.referentials.identity.commands import probes as commands
from enrs.referentials.identity.models_probe import ProbeFile
from enrs.referentials.identity.rules import probe_file as rules

PROBERS = role_permission(*commands.ROLES)
SHOWN = 20


class ProbeForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label="Fichier CSV",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choisissez un fichier."},
    )


@permission(PROBERS)
@takes_files(rules.MOST_BYTES)
def probes(request: HttpRequest) -> HttpResponse:
    """One's files, and the place to hand in another."""
    form = ProbeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            if given.size > rules.MOST_BYTES:
                raise rules.ProbeFileError("Ce fichier dépasse 5 Mo : coupez-le en plusieurs.")
            commands.open_probe(content=given.read(), file_name=given.name)
        except rules.ProbeFileError as error:
            form.add_error("file", str(error))
        except commands.OneAtATimeError:
            form.add_error(None, "Un de vos fichiers est en cours : attendez sa fin.")
        except commands.NoPlaceError:
            form.add_error(None, "Choisissez d’abord, en haut de page, votre structure.")
        else:
            return redirect("identity:probes")
    rows = list(_own().defer("content", "result").order_by("-id")[:SHOWN])
    context = {
        "form": form,
        "rows": rows,
        "is_running": any(one.state == ProbeFile.State.RUNNING for one in rows),
        "columns": [name for name in rules.COLUMNS if name not in rules.REQUIRED],
        "required": rules.REQUIRED,
    }
    return render(request, "identity/probes.html", context, status=422 if form.errors else 200)


@permission(PROBERS)
@require_GET
def probe_result(request: HttpRequest, probe_id: UUID) -> HttpResponse:
    """The answers, one line for each line of the file."""
    one = _mine(probe_id)
    if one.state != ProbeFile.State.DONE:
        raise Http404
    note("identity.probe.read", object_kind="probe_file", object_id=one.id)
    response = HttpResponse(bytes(one.result), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="reponses.csv"'
    return response


@permission(PROBERS)
@require_POST
def erase_probe(request: HttpRequest, probe_id: UUID) -> HttpResponse:
    """Erase a file and its answers."""
    commands.erase_probe(probe=_mine(probe_id))
    messages.success(request, "Le fichier et ses réponses sont effacés.")
    return redirect("identity:probes")


def _own() -> QuerySet[ProbeFile]:
    user_id = current_actor().user_id
    return ProbeFile.objects.filter(user_id=user_id) if user_id else ProbeFile.objects.none()


def _mine(probe_id: UUID) -> ProbeFile:
    one = _own().filter(pk=probe_id).exclude(state=ProbeFile.State.ERASED).first()
    if one is None:
        raise Http404
    return one

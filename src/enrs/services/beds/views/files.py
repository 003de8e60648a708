"""Files of figures: sent by hand, and the lines that were refused."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.ui.bodies import takes_files
from enrs.services.beds import commands, lines, words
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.forms import FileForm
from enrs.services.beds.queries import cell as reading
from enrs.services.beds.views.shared import READERS, known, page


@permission(READERS)
@takes_files(lines.MOST_BYTES)
def files(request: HttpRequest) -> HttpResponse:
    """Send a file; the last ones, and what waits to be tried again."""
    is_operator = current_actor().role == "operator"
    form = FileForm(request.POST or None, request.FILES or None, with_neighbours=is_operator)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        if given.size > lines.MOST_BYTES:
            form.add_error("file", words.refusal("long"))
        else:
            try:
                done = commands.receive_file(
                    name=given.name,
                    content=given.read(),
                    is_neighbour=form.cleaned_data.get("is_neighbour", False),
                )
            except BedsRefusedError as error:
                form.add_error("file", words.refusal(error.reason))
            else:
                messages.success(
                    request,
                    f"Fichier lu : {done.applied_count} chiffres repris, {done.late_count} plus anciens"
                    f" que les nôtres, {done.refused_count} refusés.",
                )
                return redirect("beds:files")
    context = {
        "form": form,
        "files": reading.files(),
        "refused": [(one, words.refusal(one.reason)) for one in reading.refused()],
    }
    return page(request, "files", "files", context, 422 if form.errors else 200)


@permission(READERS)
@require_POST
def replay(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Try a refused line again."""
    line = known(reading.refused_line(line_id))
    try:
        commands.replay_line(line=line)
    except BedsRefusedError as error:
        messages.error(request, words.refusal(error.reason))
    else:
        messages.success(request, "Ligne reprise.")
    return redirect("beds:files")

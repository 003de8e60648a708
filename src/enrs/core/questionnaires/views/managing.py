"""Managing forms: upload, preview, trial, publication, retirement, by a region's own team."""

from typing import Any
from uuid import UUID

import orjson
from django.apps import apps
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.access.rules import ROLES
from enrs.core.fhir.rules.requests import search_text
from enrs.core.questionnaires import commands, queries
from enrs.core.questionnaires.commands.forms import MANAGERS
from enrs.core.questionnaires.models import Form
from enrs.core.questionnaires.rules import evaluation, sheets
from enrs.core.questionnaires.rules.reading import MAX_BYTES
from enrs.core.questionnaires.rules.shapes import DefinitionError, Fault
from enrs.core.questionnaires.words import ROLES as ROLE_WORDS
from enrs.core.ui.bodies import takes_files

MANAGE = role_permission(*MANAGERS)
MOVES = {
    "essayer": (commands.try_form, "Le formulaire est ouvert aux essais."),
    "publier": (commands.publish_form, "Formulaire publié : il peut être rempli."),
    "retirer": (commands.retire_form, "Formulaire retiré : il n’est plus proposé."),
}


@permission(MANAGE)
def listing(request: HttpRequest) -> HttpResponse:
    """Every form in its versions, and trials to resume."""
    shown = sorted(queries.forms(), key=lambda one: search_text(one.title))
    context = {
        "forms": [(one, _origin(one.owner)) for one in shown],
        "trials": queries.my_open_answers(),
    }
    return render(request, "questionnaires/forms.html", context)


def _origin(owner: str) -> str:
    """The service that owns a form, as people know it."""
    try:
        return str(apps.get_app_config(owner).verbose_name)
    except LookupError:
        return owner


@permission(MANAGE)
@takes_files(MAX_BYTES)
def upload(request: HttpRequest) -> HttpResponse:
    """A Questionnaire's JSON becomes a draft, or each reason why not is said."""
    faults: list[Fault] = []
    if request.method == "POST":
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            faults = [Fault("not_json", detail="aucun fichier")]
        else:
            # One byte more than the limit is enough to refuse: the rest is never read.
            content = file.read(MAX_BYTES + 1)
            try:
                form = commands.upload_form(content=content)
            except commands.FormRefusedError as error:
                faults = error.faults
            else:
                messages.success(request, "Brouillon enregistré : regardez-le, puis essayez-le.")
                return redirect("questionnaires:form", form.pk)
    status = 422 if faults else 200
    return render(request, "questionnaires/upload.html", {"faults": faults}, status=status)


@permission(MANAGE)
def preview(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """A form as it will look to a role; nothing is kept."""
    form = get_object_or_404(Form.objects.defer("body"), pk=form_id)
    role = request.GET.get("role", "physician")
    role = role if role in ROLES else "physician"
    try:
        definition = queries.definition_of(form)
    except DefinitionError as error:
        context: dict[str, Any] = {"form": form, "faults": error.faults}
        return render(request, "questionnaires/upload.html", context, status=422)
    values = evaluation.prefilled(definition, {})
    scores, _ = evaluation.calculate(definition, values)
    context = {
        "form": form,
        "definition": definition,
        "nodes": sheets.sheet(definition, values, scores, role),
        "role": role,
        "role_choices": sorted(ROLE_WORDS.items(), key=lambda one: one[1]),
        "count": sum(1 for one in definition.walk() if one.holds_value),
        "oob": False,
    }
    return render(request, "questionnaires/form.html", context)


@permission(MANAGE)
def source(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """The Questionnaire's JSON, to keep or to work on."""
    form = get_object_or_404(Form, pk=form_id)
    content = orjson.dumps(form.body, option=orjson.OPT_INDENT_2)
    response = HttpResponse(content, content_type="application/fhir+json")
    response["Content-Disposition"] = 'attachment; filename="questionnaire.json"'
    return response


@permission(MANAGE)
@require_POST
def trial(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Begin a trial answer, about nobody."""
    form = get_object_or_404(Form.objects.defer("body"), pk=form_id)
    try:
        answer = commands.start_trial(form=form)
    except commands.FormRefusedError:
        messages.error(request, "Seuls un brouillon ou un formulaire à l’essai s’essaient.")
        return redirect("questionnaires:form", form_id)
    return redirect("questionnaires:fill", answer.pk)


@permission(MANAGE)
@require_POST
def move(request: HttpRequest, form_id: UUID, what: str) -> HttpResponse:
    """Try, publish or retire a form."""
    form = get_object_or_404(Form.objects.defer("body"), pk=form_id)
    if what not in MOVES:
        raise Http404
    command, said = MOVES[what]
    try:
        command(form=form)
    except commands.FormRefusedError:
        messages.error(request, "L’état du formulaire a changé : regardez-le avant de recommencer.")
    else:
        messages.success(request, said)
    return redirect("questionnaires:form", form_id)

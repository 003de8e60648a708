"""The questions of campaigns, written on a screen by the region's team."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from enrs.core.access.gate import permission
from enrs.core.questionnaires.models import Form as Questionnaire
from enrs.core.questionnaires.queries import published_form
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.vaccination import commands
from enrs.services.vaccination.question_forms import QuestionsForm
from enrs.services.vaccination.rules.questions import AGREEMENT, FAMILY
from enrs.services.vaccination.views.campaigns import TEAM, sentence


@permission(TEAM)
def add(request: HttpRequest) -> HttpResponse:
    """Questions that no campaign has yet."""
    return _questions(request, None)


@permission(TEAM)
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Questions that were written here, to replace by their next version."""
    found = published_form(name) if name.startswith(FAMILY) else None
    if found is None:
        raise Http404
    return _questions(request, found)


def _questions(request: HttpRequest, found: Questionnaire | None) -> HttpResponse:
    form = QuestionsForm(
        request.POST or None, initial=QuestionsForm.initial_of(found) if found else {}
    )
    if request.method == "POST" and form.is_valid():
        try:
            commands.write_questions(
                title=form.cleaned_data["title"], questions=form.questions,
                name=found.name if found else "",
                expected_version=form.cleaned_data["version"] or 0,
            )  # fmt: skip
        except (commands.VaccinationRefusedError, StaleSaveError) as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(
                request, "Les questions sont publiées : choisissez-les dans une campagne."
            )
            return redirect("vaccination:campaigns")
    context = {"questions": found, "form": form, "agreement": AGREEMENT}
    status = 422 if form.errors else 200
    return render(request, "vaccination/questions.html", context, status=status)

"""Campaigns and vaccines, described by the region's team."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import role_permission
from enrs.core.access.words import ROLES as ROLE_WORDS
from enrs.core.questionnaires import queries as questionnaires
from enrs.core.questionnaires.models import Form as Questionnaire
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.vaccination import commands, queries, words
from enrs.services.vaccination.campaign_forms import KINDS, CampaignForm, VaccineForm
from enrs.services.vaccination.models import Campaign, Vaccine
from enrs.services.vaccination.rules.eligibility import ROLES
from enrs.services.vaccination.rules.questions import FAMILY

TEAM = role_permission("operator")
LISTED = role_permission("operator", reads_at_rest=True)
OWNER = "vaccination"
NONE = dict.fromkeys(("acts", "places", "this_week", "events", "serious"), 0)


@permission(LISTED)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every campaign with what was done in it, every vaccine, and the questions that were written here."""
    counted = queries.counts()
    context = {
        "campaigns": [(one, counted.get(one.pk, NONE)) for one in queries.campaigns()],
        "vaccines": queries.vaccines(),
        "questions": [
            one for one in questionnaires.published_forms() if one.name.startswith(FAMILY)
        ],
        "may_write": current_actor().role == "operator",
    }
    return render(request, "vaccination/campaigns.html", context)


@permission(TEAM)
def add_campaign(request: HttpRequest) -> HttpResponse:
    """One more campaign."""
    return _campaign(request, None)


@permission(TEAM)
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One of them, to change."""
    found = queries.campaign(campaign_id)
    if found is None:
        raise Http404
    return _campaign(request, found)


def _campaign(request: HttpRequest, found: Campaign | None) -> HttpResponse:
    initial = CampaignForm.initial_of(found) if found else {}
    form = CampaignForm(
        request.POST or None,
        initial=initial,
        vaccines=queries.vaccines(),
        questionnaires=_offered(found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                commands.create_campaign(content=form.content)
            else:
                commands.amend_campaign(
                    campaign=found, content=form.content,
                    expected_version=form.cleaned_data["version"] or 0,
                )  # fmt: skip
        except (commands.VaccinationRefusedError, StaleSaveError) as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, "La campagne est enregistrée.")
            return redirect("vaccination:campaigns")
    people = [(ROLE_WORDS[role], [form[f"{kind}_{role}"] for kind, _ in KINDS]) for role in ROLES]
    context: dict[str, Any] = {"campaign": found, "form": form, "people": people}
    status = 422 if form.errors else 200
    return render(request, "vaccination/campaign.html", context, status=status)


def _offered(found: Campaign | None) -> list[Questionnaire]:
    """The published questionnaires of ours and of the region, and the one that the campaign has."""
    owners = {OWNER, "region"}
    held = found.form_name if found else ""
    return [
        one for one in questionnaires.published_forms() if one.owner in owners or one.name == held
    ]


@permission(TEAM)
def add_vaccine(request: HttpRequest) -> HttpResponse:
    """One more vaccine."""
    return _vaccine(request, None)


@permission(TEAM)
def vaccine(request: HttpRequest, vaccine_id: UUID) -> HttpResponse:
    """One of them, to change."""
    found = queries.vaccine(vaccine_id)
    if found is None:
        raise Http404
    return _vaccine(request, found)


def _vaccine(request: HttpRequest, found: Vaccine | None) -> HttpResponse:
    form = VaccineForm(request.POST or None, initial=VaccineForm.initial_of(found) if found else {})
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                commands.create_vaccine(content=form.content)
            else:
                commands.amend_vaccine(
                    vaccine=found, content=form.content,
                    expected_version=form.cleaned_data["version"] or 0,
                )  # fmt: skip
        except (commands.VaccinationRefusedError, StaleSaveError) as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, "Le vaccin est enregistré.")
            return redirect("vaccination:campaigns")
    context = {"vaccine": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "vaccination/vaccine.html", context, status=status)


def sentence(error: Exception) -> str:
    if isinstance(error, commands.VaccinationRefusedError):
        return words.of(error.reason)
    return words.STALE

"""« Acte au secret »: what a minor asked to keep from those who hold parental authority."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import patient_permission
from enrs.core.access.readings import opening_of
from enrs.core.ui import filters
from enrs.services.record import commands
from enrs.services.record.queries import secrets as queries
from enrs.services.record.rules import secrets as rules
from enrs.services.record.views.frame import record_page


class SecretForm(forms.Form):
    """What the professional records."""

    ground = forms.ChoiceField(label="Nature de l’acte", widget=forms.RadioSelect)
    what = forms.CharField(
        label="De quel acte s’agit-il ?",
        max_length=200,
        help_text="Lu par l’équipe de soins et par la personne, jamais par ses représentants.",
    )
    items = forms.MultipleChoiceField(
        label="À garder secret",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un document ou un résultat."},
    )
    is_asked = forms.BooleanField(
        label="La personne mineure demande que ses parents n’en soient pas informés",
        required=False,
    )
    is_consent_tried = forms.BooleanField(
        label="J’ai cherché à obtenir son accord pour consulter ses parents, elle maintient son refus",
        required=False,
    )
    companion_name = forms.CharField(
        label="Adulte choisi qui l’accompagne",
        required=False,
        max_length=200,
        help_text="Nom et prénom. Exigé, sauf pour la contraception.",
    )
    companion_link = forms.CharField(
        label="Lien avec elle",
        required=False,
        max_length=100,
        help_text="Par exemple : tante, éducatrice, ami majeur.",
    )

    def __init__(self, *args: Any, role: str, offered: list[queries.Item], **more: Any) -> None:
        super().__init__(*args, **more)
        grounds = rules.grounds_of(role).items()
        self.fields["ground"].choices = [  # type: ignore[attr-defined]
            (key, f"{one.label} ({one.source})") for key, one in grounds
        ]
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (str(one.id), f"{one.title}, {filters.date_fr(one.at)}") for one in offered
        ]


@permission(patient_permission("documents"))
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """What stands, and the form for the professions that may record one more; no proxy finds this page."""
    role = opening_of(request).decision.role
    if role == "proxy":
        raise Http404
    is_adult = queries.is_adult_now(patient_id)
    may_keep = role in rules.ROLES and not is_adult
    if request.method == "POST" and not may_keep:
        raise Http404
    chosen = _asked(request, patient_id, role) if may_keep else []
    offered = queries.offered(patient_id, role=role) if may_keep else []
    offered = [*chosen, *(one for one in offered if one not in chosen)]
    form = SecretForm(
        request.POST or None,
        role=role,
        offered=offered,
        initial={"items": [str(one.id) for one in chosen]},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"items": [UUID(one) for one in form.cleaned_data["items"]]}
        try:
            commands.keep_secret(patient_id=patient_id, **given)
        except commands.SecretRefusedError as error:
            form.add_error(None, str(error))
        else:
            toasts.success(request, "C’est gardé secret pour les représentants.")
            return redirect("record:secrets", patient_id)
    stand = queries.secrets(patient_id)
    held = queries.items_of(stand, role=role)
    context = {
        "rows": [
            {"secret": one, "ground": rules.GROUNDS[one.ground], "items": held[one.id]}
            for one in stand
        ],
        "form": form,
        "offered": offered,
        "may_keep": may_keep,
        "is_adult": is_adult,
        "is_professional": role in rules.ROLES,
        "me": current_actor().user_id,
    }
    response = record_page(
        request, "documents", context, template="record/secrets.html", reading="secrets"
    )
    response.status_code = 422 if form.errors else 200
    return response


def _asked(request: HttpRequest, patient_id: UUID, role: str) -> list[queries.Item]:
    """The document from whose page one comes, which the list leaves out when it is old."""
    try:
        key = UUID(request.GET.get("document", ""))
    except ValueError:
        return []
    return queries.offered(patient_id, role=role, among=[key])


@permission(patient_permission("documents"))
@require_POST
def lift(request: HttpRequest, patient_id: UUID, secret_id: UUID) -> HttpResponse:
    """Lift one's own, on the demand of the person."""
    kept = queries.secret(patient_id, secret_id)
    if kept is None or opening_of(request).decision.role == "proxy":
        raise Http404
    try:
        commands.lift_secret(kept=kept, is_asked=request.POST.get("demande") == "1")
    except commands.SecretRefusedError as error:
        toasts.warning(request, str(error))
    else:
        toasts.success(request, "Le secret est levé.")
    return redirect("record:secrets", patient_id)

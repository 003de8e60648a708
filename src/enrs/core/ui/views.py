"""The gallery: every component with realistic, long and empty data, for those who write pages."""

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.ui import gallery as samples


class SampleForm(forms.Form):
    """A form that shows each kind of field."""

    birth_name = forms.CharField(label="Nom de naissance", help_text="Tel qu’à l’état civil.")
    first_name = forms.CharField(label="Premier prénom")
    born_on = forms.DateField(
        label="Date de naissance",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Cette date n’existe pas : écrivez jour, mois, année."},
    )
    sex = forms.ChoiceField(
        label="Sexe", choices=[("F", "Femme"), ("M", "Homme")], widget=forms.RadioSelect
    )
    place = forms.ChoiceField(
        label="Service", choices=[("med", "Médecine polyvalente"), ("urg", "Urgences")]
    )
    phone = forms.CharField(label="Téléphone", required=False)
    note = forms.CharField(
        label="Transmission",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Lisible par le cercle de soins du patient.",
    )
    agreed = forms.BooleanField(label="Le patient a été informé")


def _only_outside_production() -> None:
    if not (settings.DEBUG or settings.MODE in {"demo", "test"}):
        raise Http404


@permission(PUBLIC)
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page."""
    _only_outside_production()
    refused = SampleForm({"birth_name": "", "first_name": "Marie", "born_on": "31/02/1948"})
    return render(
        request,
        "ui/gallery.html",
        {**samples.context(), "form": SampleForm(), "refused": refused},
    )


@permission(PUBLIC)
@require_safe
def gallery_rows(request: HttpRequest) -> HttpResponse:
    """The next page of the sample list."""
    _only_outside_production()
    return render(request, "ui/gallery_rows.html", {"rows": samples.rows(6), "next_url": ""})


@permission(PUBLIC)
@require_safe
def gallery_public(request: HttpRequest) -> HttpResponse:
    """What a signed-out page looks like."""
    _only_outside_production()
    return render(request, "ui/gallery_public.html", {"form": SampleForm()})

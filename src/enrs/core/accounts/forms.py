"""The form of a third-party application."""

from typing import Any

from django import forms
from django.conf import settings

from enrs.core.access.audiences import AUDIENCES
from enrs.core.accounts.commands.applications import Sheet
from enrs.core.accounts.models import Application

TYPES = [
    ("confidential", "Sur un serveur : elle garde un secret"),
    ("public", "Sur l’appareil de la personne : elle ne peut garder aucun secret"),
]


class Lines(forms.CharField):
    """One value per line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def clean(self, value: Any) -> tuple[str, ...]:
        text = str(super().clean(value) or "")
        return tuple(dict.fromkeys(one.strip() for one in text.splitlines() if one.strip()))


class Several(forms.MultipleChoiceField):
    """Some of several choices, as a tuple."""

    def clean(self, value: Any) -> tuple[str, ...]:
        return tuple(super().clean(value))


class ApplicationForm(forms.Form):
    """What the exploitation writes of an application."""

    name = forms.CharField(label="Nom", max_length=100)
    description = forms.CharField(
        label="À quoi elle sert",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Les personnes le lisent avant d’accepter.",
    )
    organisation_name = forms.CharField(label="Structure responsable", max_length=200)
    contact = forms.EmailField(label="Contact technique", max_length=254)
    type = forms.ChoiceField(
        label="Où elle fonctionne", choices=TYPES, initial="confidential", widget=forms.RadioSelect
    )
    redirect_uris = Lines(
        label="Adresses de retour",
        max_length=2000,
        help_text="Une par ligne, entières : la connexion ne revient nulle part ailleurs.",
    )
    post_logout_uris = Lines(
        label="Adresses après la déconnexion",
        max_length=2000,
        required=False,
        help_text="Une par ligne.",
    )
    backchannel_logout_uri = forms.CharField(
        label="Adresse à prévenir d’une déconnexion",
        max_length=300,
        required=False,
        help_text="Appelée par nos serveurs quand la session d’une personne se ferme.",
    )
    home_url = forms.CharField(
        label="Adresse d’entrée",
        max_length=300,
        required=False,
        help_text="En https, celle qui commence la connexion. L’application paraît alors parmi les services des "
        "personnes ; sans elle, non.",
    )
    roles = Several(
        label="Montrée à",
        choices=list(AUDIENCES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : montrée à tous les professionnels, patients et proches.",
    )
    departments = Several(
        label="Montrée dans les départements",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Celui où la personne travaille. Aucune case cochée : dans toute la région.",
    )
    scopes = Lines(
        label="Portées",
        max_length=2000,
        initial="openid\nprofile",
        help_text="Une par ligne : openid, profile, professional, email, fhirUser, offline_access, "
        "user/Observation.rs, patient/*.rs…",
    )
    is_first_party = forms.BooleanField(
        label="Application de la région : elle ne demande pas l’accord des personnes",
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].choices = [(one, one) for one in settings.REGION.departments]  # type: ignore[attr-defined]

    def sheet(self) -> Sheet:
        """What was written, as commands take it."""
        given = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("type", "version")
        }
        return Sheet(**given, is_public=self.cleaned_data["type"] == "public")


def initial_of(application: Application) -> dict[str, Any]:
    """An application as its form shows it."""
    lines = {
        "redirect_uris": application.get_redirect_uris(),
        "post_logout_uris": application.get_post_logout_redirect_uris(),
        "scopes": application.get_scopes(),
    }
    plain = (
        "name", "description", "organisation_name", "contact", "type", "backchannel_logout_uri",
        "home_url", "roles", "departments", "version",
    )  # fmt: skip
    return (
        {name: "\n".join(values) for name, values in lines.items()}
        | {name: getattr(application, name) for name in plain}
        | {"is_first_party": application.skip_consent}
    )

"""Forms of the exploitation: an announcement, a structure's referent."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from enrs.core.access.audiences import AUDIENCES
from enrs.services.portal.commands import Words
from enrs.services.portal.models import Announcement

MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


class AnnouncementForm(forms.Form):
    """What is announced, from when to when, how grave it is, and to whom."""

    title = forms.CharField(label="Titre", max_length=120)
    text = forms.CharField(
        label="Texte",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ce qui ne marchera pas, et ce que les personnes peuvent faire en attendant.",
    )
    starts_at = _moment("Du")
    ends_at = _moment("Au")
    tone = forms.ChoiceField(
        label="Gravité",
        choices=Announcement.Tone.choices,
        initial=Announcement.Tone.INFORMATION,
        widget=forms.RadioSelect,
    )
    roles = forms.MultipleChoiceField(
        label="Pour qui",
        choices=list(AUDIENCES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : tout le monde la voit.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def words(self) -> Words:
        """What was written, as commands take it."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return Words(**given | {"roles": tuple(given["roles"])})


def initial_of(announcement: Announcement) -> dict[str, Any]:
    """An announcement as its form shows it."""
    names = ("title", "text", "tone", "roles", "version")
    return {name: getattr(announcement, name) for name in names} | {
        "starts_at": timezone.localtime(announcement.starts_at),
        "ends_at": timezone.localtime(announcement.ends_at),
    }


class OpeningForm(forms.Form):
    """To whom a service is shown."""

    roles = forms.MultipleChoiceField(
        label="Métiers", choices=list(AUDIENCES.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : tous les métiers que leurs droits y mènent. Cocher ne donne aucun droit.",
    )  # fmt: skip
    departments = forms.MultipleChoiceField(
        label="Départements", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Où la personne travaille. Aucune case cochée : toute la région.",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one, one) for one in settings.REGION.departments]
        self.fields["departments"].choices = choices  # type: ignore[attr-defined]


class ReferentForm(forms.Form):
    """Who is to answer for a structure, and why."""

    user = forms.UUIDField(
        label="Personne", error_messages={"required": "Choisissez une personne."}
    )
    reason = forms.CharField(
        label="Motif",
        max_length=400,
        help_text="Qui l’a demandé, et comment vous l’avez vérifié. Le journal le garde.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

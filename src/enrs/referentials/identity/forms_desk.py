"""Forms of the identity unit's desk."""

from collections.abc import Sequence
from typing import Any

from django import forms

from enrs.referentials.identity.models import IdentityQuestion

REASON_HELP = "Il reste dans l’historique : pièce vue, appel passé, réponse de l’établissement."


def _reason(label: str, help_text: str = REASON_HELP) -> forms.CharField:
    return forms.CharField(
        label=label,
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Écrivez quelques mots.",
            "min_length": "Écrivez quelques mots.",
        },
        help_text=help_text,
    )


class ReasonForm(forms.Form):
    """Why something is done: undone, parted, confirmed, refused."""

    reason = _reason("Motif")


class NoteForm(forms.Form):
    """What the next reader of an item should know."""

    text = _reason("Note", "Lue par vos collègues de la cellule, jamais par l’établissement.")


class AskForm(forms.Form):
    """A question to the identity team of one of an item's sources."""

    system = forms.ChoiceField(label="À qui")
    text = _reason(
        "Question",
        "L’équipe verra ses propres numéros et leurs traits, jamais ceux des autres établissements.",
    )

    def __init__(self, *args: Any, sources: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = list(sources)  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The answer of a source's team, or of the unit on its behalf."""

    answer = forms.ChoiceField(
        label="Réponse", choices=IdentityQuestion.Answer.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label="Précisions",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Pièce vue, dossier vérifié, personne appelée.",
    )


class ContactForm(forms.Form):
    """Somebody of a source's identity team."""

    name = forms.CharField(label="Nom", max_length=200)
    duty = forms.CharField(
        label="Fonction",
        max_length=200,
        required=False,
        help_text="Référente en identitovigilance…",
    )
    phone = forms.CharField(label="Téléphone", max_length=40, required=False)
    email = forms.EmailField(label="Adresse électronique", max_length=200, required=False)
    login = forms.CharField(
        label="Identifiant dans l’espace régional", max_length=150, required=False,
        help_text="Avec lui, cette personne répond aux questions et suit la liste de sa structure.",
    )  # fmt: skip

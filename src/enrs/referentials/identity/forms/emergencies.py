"""Forms of people who have no name yet."""

from django import forms

from enrs.referentials.identity.commands.emergency import MOST
from enrs.referentials.identity.forms.people import ProbedPatientForm
from enrs.referentials.identity.rules.emergencies import OLDEST


class EmergencyForm(forms.Form):
    """What is seen of somebody whom nobody can name, and how many they are."""

    sex = forms.ChoiceField(
        label="Sexe apparent", choices=[("U", "Inconnu"), ("F", "Femme"), ("M", "Homme")]
    )
    age = forms.IntegerField(
        label="Âge apparent", required=False, min_value=0, max_value=OLDEST, help_text="En années, environ."
    )  # fmt: skip
    circumstance = forms.CharField(
        label="Circonstances",
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Écrivez où et comment la personne a été trouvée.",
            "min_length": "Écrivez où et comment la personne a été trouvée.",
        },
        help_text="Lieu, heure, vêtements, signes particuliers, qui l’a amenée : ce qui aidera à la reconnaître.",
    )
    count = forms.IntegerField(
        label="Nombre de personnes",
        min_value=1,
        max_value=MOST,
        initial=1,
        help_text=f"Plusieurs arrivent ensemble : chacune a son nom, {MOST} au plus à la fois.",
    )
    form = forms.UUIDField(required=False, widget=forms.HiddenInput)


class FillForm(ProbedPatientForm):
    """The traits of somebody who had none, after the region was probed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class MistakeForm(forms.Form):
    """Why somebody should not have been written."""

    reason = forms.CharField(
        label="Motif",
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Écrivez quelques mots.", "min_length": "Écrivez quelques mots."},
        help_text="Saisie en double, personne nommée à l’accueil avant son admission…",
    )  # fmt: skip


class RecogniseForm(forms.Form):
    """Which known patient somebody is, and how it is known."""

    patient = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": "Choisissez une personne.", "invalid": "Choisissez une personne."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Comment le savez-vous ?",
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Écrivez quelques mots.", "min_length": "Écrivez quelques mots."},
        help_text="Pièce trouvée, proche venu, personne réveillée : la cellule d’identité le lira avant de décider.",
    )  # fmt: skip

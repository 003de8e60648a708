"""Forms of the desk of rights."""

from django import forms

from enrs.services.rights.rules import glasses as rules

ANSWERS = [
    ("justified", "Justifié"),
    ("unjustified", "Non justifié"),
    ("asked", "Demander une explication"),
]


class ReviewForm(forms.Form):
    """What the reviewer answers."""

    answer = forms.ChoiceField(label="Votre réponse", choices=ANSWERS, widget=forms.RadioSelect)
    text = forms.CharField(
        label="Commentaire",
        min_length=rules.TEXT_LENGTH,
        max_length=2000,
        help_text="Au moins dix caractères. Le professionnel le lira ; la personne concernée aussi, si l’accès "
        "est jugé non justifié. N’écrivez rien sur la santé de la personne.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExplanationForm(forms.Form):
    """What the opener answers."""

    text = forms.CharField(
        label="Votre explication",
        min_length=rules.TEXT_LENGTH,
        max_length=2000,
        help_text="Ce qui rendait l’accès nécessaire à ce moment. N’écrivez rien de plus que nécessaire sur la "
        "santé de la personne.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

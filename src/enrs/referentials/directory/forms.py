"""What one fills in about the directory."""

from django import forms

from enrs.referentials.directory.models import Mistake


class MistakeForm(forms.Form):
    """What is wrong on a card."""

    about = forms.ChoiceField(
        label="Ce qui est faux", choices=[("", "Choisir…"), *Mistake.About.choices]
    )
    words = forms.CharField(
        label="Ce qu’il faudrait lire",
        help_text="Par exemple : « a quitté le cabinet en septembre », ou la bonne adresse.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1_000,
        min_length=5,
    )

"""The form of a theme or of the words of a need; codes are ticked table by table."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from enrs.referentials.offer.forms import several, with_retired
from enrs.referentials.offer.rules import vocabulary as rules
from enrs.referentials.offer.tables import label

TITLES = {
    "activity": "Activités", "field": "Champs d’activité", "mode": "Prises en charge", "reception": "Accueils",
    "speciality": "Spécialités", "act": "Actes", "public": "Publics", "equipment": "Équipements",
}  # fmt: skip
ICONS = {
    "heart-pulse": "Cœur", "droplet-half": "Goutte", "person-walking": "Personne", "balloon-heart": "Naissance",
    "arrows-angle-expand": "Taille", "heart": "Soin", "house-heart": "Domicile", "hospital": "Hôpital",
    "capsule": "Médicament", "bandaid": "Pansement", "telephone": "Appel", "people": "Famille", "tag": "Étiquette",
}  # fmt: skip


class CodesForm(forms.Form):
    """Codes of the tables of the offer, any of which answers."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in rules.TABLES:
            field = several(name, TITLES[name])
            # What is ticked comes first: a long table scrolls.
            ticked = list(self.initial.get(f"codes_{name}", ()))
            listed = with_retired(name, ticked)
            field.choices = [
                *(one for one in listed if one[0] in ticked),
                *(one for one in listed if one[0] not in ticked),
            ]
            self.fields[f"codes_{name}"] = field

    @property
    def tables(self) -> list[tuple[forms.BoundField, int]]:
        """The fields of the tables, with how many codes of each are ticked."""
        bound = [self[f"codes_{name}"] for name in rules.TABLES]
        return [(one, len(one.value() or ())) for one in bound]

    def tokens(self) -> list[str]:
        """What is ticked, as tokens."""
        return [
            f"{name}:{code}" for name in rules.TABLES for code in self.cleaned_data[f"codes_{name}"]
        ]


class ThemeForm(CodesForm):
    """A thematic search."""

    label = forms.CharField(label="Nom du thème", max_length=40)
    summary = forms.CharField(label="En une phrase", max_length=200, required=False)
    icon = forms.ChoiceField(label="Dessin")
    equipment = several("equipment", "Équipements dont la limite de poids est montrée")
    field_order = ("version", "label", "summary", "icon")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["icon"].choices = list(ICONS.items())  # type: ignore[attr-defined]
        shown = self.initial.get("equipment", ())
        self.fields["equipment"].choices = with_retired("equipment", shown)  # type: ignore[attr-defined]

    def content(self) -> dict[str, Any]:
        """As the row holds it."""
        given = self.cleaned_data
        return {
            "label": given["label"].strip(), "icon": given["icon"], "summary": given["summary"].strip(),
            "tokens": self.tokens(), "equipment": given["equipment"],
        }  # fmt: skip


class NeedForm(CodesForm):
    """The words of a need."""

    words = forms.CharField(
        label="Façons de le dire", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Séparées par des virgules ou des retours à la ligne. Les accents et les majuscules ne comptent pas.",
    )  # fmt: skip
    field_order = ("version", "words")

    def content(self) -> dict[str, Any]:
        """As the row holds it."""
        words = (one.strip() for one in re.split(r"[,\n]", self.cleaned_data["words"]))
        return {"words": list(dict.fromkeys(filter(None, words))), "tokens": self.tokens()}


FORMS = {rules.THEME: ThemeForm, rules.NEED: NeedForm}


def initial_of(content: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The form of an entry as it stands."""
    found: dict[str, Any] = {"version": version}
    for token in content["tokens"]:
        name, _, code = token.partition(":")
        found.setdefault(f"codes_{name}", []).append(code)
    if "words" in content:
        return found | {"words": ", ".join(content["words"])}
    return found | {name: content[name] for name in ("label", "summary", "icon", "equipment")}


def said(tokens: list[str]) -> list[str]:
    """Tokens in the words of their tables."""
    parts = [one.partition(":") for one in tokens]
    return [
        label(name, code)
        if name in rules.TABLES and label(name, code) != code
        else f"{name}:{code}"
        for name, _, code in parts
    ]

"""The forms of a template of plan: its title and for whom, then one row at a time."""

from collections.abc import Mapping
from typing import Any

from django import forms

from enrs.core.plans import kinds
from enrs.core.plans.rules import templates as rules
from enrs.core.plans.rules import words

SENTENCES = {
    "long": "Ce texte est trop long.",
    "many": "Un modèle compte 60 lignes au plus.",
    "empty": "Ce champ est nécessaire.",
    "choice": "Choisissez une des réponses proposées.",
    "days": "Un délai va de 0 à 3650 jours.",
    "above": "La ligne au-dessus n’est plus dans ce modèle : rechargez la page.",
    "code": "Le nom court : des minuscules, des chiffres et des traits d’union, 40 signes au plus.",
    "title": "Donnez un titre de 120 signes au plus.",
    "draft": "Un brouillon de ce modèle existe déjà : modifiez celui-là.",
    "published": "Ce numéro est en service : préparez le suivant.",
    "retired": "Ce modèle est déjà retiré.",
    "no_rows": "Ce modèle est vide : ajoutez au moins une ligne avant de le mettre en service.",
}
WORDS = {"problem": "Problème", "goal": "Objectif", "action": "Action"}


class TemplateForm(forms.Form):
    """A new template."""

    title = forms.CharField(label="Titre", max_length=rules.MAX_TITLE)
    code = forms.CharField(
        label="Nom court",
        max_length=40,
        help_text="Minuscules, chiffres et traits d’union : « chutes-domicile ».",
    )
    kind = forms.ChoiceField(label="Pour quel plan")
    lead = forms.CharField(
        label="Pour qui", required=False, max_length=rules.LENGTHS["lead"],
        widget=forms.Textarea(attrs={"rows": 2}), help_text="Dans quelles situations on le choisit.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.key, one.label) for one in kinds.declared_kinds()]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]


class TextsForm(forms.Form):
    """The title of a draft, and for whom it is meant."""

    title = forms.CharField(label="Titre", max_length=rules.MAX_TITLE)
    lead = forms.CharField(
        label="Pour qui", required=False, max_length=rules.LENGTHS["lead"],
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class ProblemRow(forms.Form):
    """A problem of a template."""

    code = forms.ChoiceField(label="Problème", required=False)
    label = forms.CharField(label="Avec d’autres mots", required=False, max_length=300)
    detail = forms.CharField(
        label="Précisions",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared = kinds.declared(kind)
        if declared is None or not declared.problems:
            self.fields.pop("code")
            self.fields["label"].label, self.fields["label"].required = "Problème", True
            return
        choices = [("", "Choisir"), *declared.problems.items()]
        self.fields["code"].choices = choices  # type: ignore[attr-defined]
        self.fields["code"].required = True


class GoalRow(forms.Form):
    """A goal of a template."""

    text = forms.CharField(
        label="Objectif", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    criteria = forms.CharField(
        label="On saura qu’il est atteint quand", required=False, max_length=500
    )
    days = forms.IntegerField(
        label="À atteindre en, jours", required=False, min_value=0, max_value=rules.MAX_DAYS
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        del kind  # The same for every kind of plan.
        super().__init__(*args, **kwargs)


class ActionRow(forms.Form):
    """An action of a template, and the role proposed for it."""

    text = forms.CharField(label="Action", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    type = forms.ChoiceField(label="Type", choices=words.ACTION_KINDS, initial="prevention")
    role = forms.ChoiceField(
        label="Qui, en général", choices=[(code, label) for code, label, _ in rules.ROLES],
        help_text="Appliqué à un plan, le modèle la confie à celui du cercle qui a cette fonction.",
    )  # fmt: skip
    days = forms.IntegerField(
        label="À faire en, jours", required=False, min_value=0, max_value=rules.MAX_DAYS
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        del kind  # The same for every kind of plan.
        super().__init__(*args, **kwargs)


ROW_FORMS: dict[str, type[Any]] = {"problem": ProblemRow, "goal": GoalRow, "action": ActionRow}


def row_of(name: str, form: forms.Form, above: int) -> dict[str, Any]:
    """The row of a valid form."""
    return {"kind": name, "of": above, **form.cleaned_data}


def named(content: Mapping[str, Any], key: int) -> Mapping[str, Any] | None:
    """The row of this key."""
    return next((one for one in rules.rows_of(content) if one["key"] == key), None)

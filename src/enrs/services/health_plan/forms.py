"""The form that opens a plan."""

from collections.abc import Sequence
from typing import Any

from django import forms

from enrs.core.plans.models import PlanTemplate


class OpenForm(forms.Form):
    """From which template, what the person wishes, and why when they are younger than the plan is meant for."""

    wishes = forms.CharField(
        label="Ce que la personne souhaite", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Avec ses mots. Vous pourrez compléter.",
    )  # fmt: skip
    template = forms.ChoiceField(
        label="Partir d’un modèle", required=False, widget=forms.RadioSelect
    )
    exception = forms.CharField(
        label="Pourquoi par exception", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Cette personne a moins de 75 ans : votre raison restera écrite sur le plan.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, templates: Sequence[PlanTemplate], asks_why: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.templates = {str(one.id): one for one in templates}
        choices = [("", "Sans modèle"), *((key, one.title) for key, one in self.templates.items())]
        self.fields["template"].choices = choices  # type: ignore[attr-defined]
        if not asks_why:
            self.fields.pop("exception")

    @property
    def values(self) -> dict[str, Any]:
        """What the command takes."""
        values = dict(self.cleaned_data)
        return values | {"template": self.templates.get(values["template"])}

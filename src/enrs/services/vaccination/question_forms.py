"""What the region's team types to write the questions of a campaign."""

from typing import Any

from django import forms

from enrs.core.questionnaires.models import Form as Questionnaire
from enrs.services.vaccination.rules.questions import EFFECTS, LONGEST, MOST, Question, questions_of

SHOWN = 5
"""Questions that the page shows at once; most campaigns ask no more."""


class QuestionsForm(forms.Form):
    """A title, and up to twelve questions answered by yes or no."""

    title = forms.CharField(
        label="Titre", max_length=200, help_text="Par exemple : Avant un vaccin contre le zona."
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in range(1, MOST + 1):
            self.fields[f"text_{rank}"] = forms.CharField(
                label=f"Question {rank}", required=rank == 1, min_length=3, max_length=LONGEST
            )
            self.fields[f"effect_{rank}"] = forms.ChoiceField(
                label=f"Effet de la question {rank}", choices=EFFECTS, initial="stop"
            )

    def _rows(self, first: int, last: int) -> list[tuple[Any, Any]]:
        return [(self[f"text_{rank}"], self[f"effect_{rank}"]) for rank in range(first, last + 1)]

    @property
    def first_rows(self) -> list[tuple[Any, Any]]:
        """The fields of the first questions, always shown: their words, their effect."""
        return self._rows(1, SHOWN)

    @property
    def more_rows(self) -> list[tuple[Any, Any]]:
        """Those of the others."""
        return self._rows(SHOWN + 1, MOST)

    @property
    def has_more(self) -> bool:
        """Whether something stands in the others."""
        return any(text.value() or text.errors for text, _ in self.more_rows)

    @property
    def questions(self) -> list[Question]:
        """Those that have words, in their order."""
        values = self.cleaned_data
        return [
            Question(values[f"effect_{rank}"], values[f"text_{rank}"])
            for rank in range(1, MOST + 1)
            if values[f"text_{rank}"]
        ]

    @staticmethod
    def initial_of(form: Questionnaire) -> dict[str, Any]:
        """Questions that were written here, as the values of the form."""
        found: dict[str, Any] = {"title": form.title, "version": form.version}
        for rank, one in enumerate(questions_of(form.body)[:MOST], 1):
            found |= {f"text_{rank}": one.text, f"effect_{rank}": one.effect}
        return found

"""Forms of the beds: a kind to follow, a bed to ask, a file."""

from typing import Any

from django import forms

from enrs.core.ui.french import phone_words
from enrs.services.beds import tables
from enrs.services.beds.models import Capacity
from enrs.services.beds.rules import MOST


class KindForm(forms.Form):
    """One more kind of bed of a unit."""

    type = forms.ChoiceField(label="Lit ou place", choices=Capacity.Type.choices)
    age = forms.ChoiceField(label="Âge", choices=Capacity.Age.choices)
    sex = forms.ChoiceField(label="Sexe", choices=Capacity.Sex.choices)
    assignment = forms.ChoiceField(
        label="Affectation temporaire", choices=Capacity.Assignment.choices, required=False
    )
    crisis = forms.ChoiceField(label="Ouvert pour une crise", required=False)
    installed = forms.IntegerField(label="Combien sont installés", min_value=0, max_value=MOST)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [(one.code, one.label) for one in tables.crisis_kinds().values()]
        self.fields["crisis"].choices = [("", "Non"), *kinds]  # type: ignore[attr-defined]


class AskForm(forms.Form):
    """A critical-care bed that is asked of the cell; nothing of it names the patient."""

    kind = forms.ChoiceField(label="Quel lit", widget=forms.RadioSelect)
    age = forms.ChoiceField(label="Âge", choices=Capacity.Age.choices, initial="adult")
    sex = forms.ChoiceField(label="Sexe", choices=Capacity.Sex.choices, initial="any")
    needs = forms.MultipleChoiceField(
        label="Il faut", required=False, widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label="En quelques mots",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ni nom, ni date de naissance : l’état, la gravité, le délai.",
    )
    phone = forms.CharField(label="Vous rappeler au", required=False, max_length=30)
    department = forms.CharField(
        label="Département de départ", required=False, max_length=3, help_text="77, 2A, 974…"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = tables.unit_kinds()
        listed = [(code, kinds[code].label) for code in tables.critical_kinds()]
        self.fields["kind"].choices = listed  # type: ignore[attr-defined]
        self.fields["needs"].choices = list(tables.needs().items())  # type: ignore[attr-defined]

    def clean_department(self) -> str:
        return str(self.cleaned_data["department"]).strip().upper()

    def clean_phone(self) -> str:
        return phone_words(str(self.cleaned_data["phone"]).strip())


class FileForm(forms.Form):
    """A file of figures."""

    file = forms.FileField(label="Fichier CSV", help_text="Jusqu’à 5 000 lignes.")
    is_neighbour = forms.BooleanField(label="Lits d’une région voisine", required=False)

    def __init__(self, *args: Any, with_neighbours: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_neighbours:
            del self.fields["is_neighbour"]

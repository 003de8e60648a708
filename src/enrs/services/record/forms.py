"""Forms of the record: entries of the summary, in the words of a ward."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from enrs.core.moments import check_partial_date
from enrs.services.record.models import Entry
from enrs.services.record.queries.entries import WORDS
from enrs.services.record.rules import entries as rules

REFUSALS = {
    "missing": "À remplir.",
    "length": "Texte trop long.",
    "choice": "Ce choix n’existe pas.",
    "date": "Date attendue : année, année-mois ou année-mois-jour.",
    "future": "Cette date est dans l’avenir : vérifiez l’année.",
    "order": "La fin précède le début.",
    "range": "Cette valeur n’est pas possible : vérifiez l’unité.",
    "number": "Un nombre est attendu, par exemple 72,5.",
    "second": "Cette mesure n’a qu’une valeur.",
    "nul": "Ce texte contient un caractère interdit.",
}
PARTIAL = "Année-mois-jour ; l’année seule si l’on n’en sait pas plus."


def _partial(label: str, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=10, validators=[check_partial_date], help_text=PARTIAL
    )  # fmt: skip


def _text(
    label: str, limit: int, *, required: bool = False, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=limit, help_text=help_text)


class EntryForm(forms.Form):
    """What every entry has; the rules of the kind are asked by the command, its refusals shown here."""

    kind_key = ""

    def __init__(self, *args: Any, entry: Entry | None = None, **kwargs: Any) -> None:
        if entry is not None:
            kwargs["initial"] = {name: _shown(entry, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)

    def refuse(self, error: rules.EntryRefusedError) -> None:
        """Show what the command refused beside its field."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, REFUSALS.get(error.code, "Cette valeur n’est pas possible."))


def _shown(entry: Entry, name: str) -> Any:
    value = getattr(entry, name)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return f"{value.normalize():f}" if name in ("value", "second") and value is not None else value


def _comment() -> forms.CharField:
    return forms.CharField(
        label="Précisions",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ProblemForm(EntryForm):
    """A disease, an operation, a risk."""

    display = _text("Problème, antécédent", 200, required=True)
    status = forms.ChoiceField(
        label="État", choices=[("active", "En cours"), ("resolved", "Passé")]
    )
    began_on = _partial("Depuis")
    ended_on = _partial("Jusqu’à")
    comment = _comment()


class AllergyForm(EntryForm):
    """An allergy or intolerance."""

    display = _text(
        "Allergie à", 200, required=True, help_text="La substance : pénicilline, arachide…"
    )
    kind = forms.ChoiceField(
        label="Sorte",
        choices=[
            ("medication", "Médicament"),
            ("food", "Aliment"),
            ("environment", "Environnement"),
            ("biologic", "Produit biologique"),
        ],
    )
    criticality = forms.ChoiceField(
        label="Gravité possible",
        choices=[
            ("unable-to-assess", "Non évaluée"),
            ("low", "Faible"),
            ("high", "Élevée : risque vital"),
        ],
    )
    reaction = _text("Réaction observée", 200)
    status = forms.ChoiceField(
        label="État", choices=[("active", "Présente"), ("resolved", "Résolue")]
    )
    began_on = _partial("Depuis")
    comment = _comment()


class TreatmentForm(EntryForm):
    """A medicine taken."""

    display = _text("Médicament", 200, required=True)
    dosage = _text("Posologie", 200, help_text="Par exemple : 1 comprimé matin et soir.")
    status = forms.ChoiceField(
        label="État", choices=[("active", "En cours"), ("stopped", "Arrêté")]
    )
    began_on = _partial("Depuis")
    ended_on = _partial("Jusqu’à")
    prescriber = _text("Prescripteur", 200)
    comment = _comment()


class VaccinationForm(EntryForm):
    """A vaccine received."""

    display = _text("Vaccin", 200, required=True)
    given_on = _partial("Reçu le", required=True)
    dose = _text("Dose", 40, help_text="Par exemple : 2e dose, rappel.")
    lot = _text("Numéro de lot", 40)
    comment = _comment()


class MeasureForm(EntryForm):
    """A measure; the second value is the diastolic pressure."""

    kind = forms.ChoiceField(
        label="Mesure", choices=[(key, f"{name} ({unit})") for key, (name, unit) in WORDS.items()]
    )
    value = _text("Valeur", 12, required=True)
    second = _text("Seconde valeur", 12, help_text="Pour la pression artérielle : la diastolique.")
    measured_at = forms.DateTimeField(
        label="Mesuré le",
        initial=lambda: timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    comment = _comment()


FORMS: dict[str, type[EntryForm]] = {
    "problem": ProblemForm,
    "allergy": AllergyForm,
    "treatment": TreatmentForm,
    "vaccination": VaccinationForm,
    "measure": MeasureForm,
}

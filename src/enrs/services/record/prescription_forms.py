"""The forms of a prescription, in the words of who writes one."""

from typing import Any, Final

from django import forms

from enrs.services.record.models import PrescriptionLine
from enrs.services.record.rules import prescribing as rules

REFUSALS: Final = {
    "missing": "À remplir.",
    "length": "Ce texte est trop long.",
    "choice": "Ce choix n’existe pas.",
    "number": "Écrivez un nombre, par exemple 1 ou 0,5.",
    "range": "Cette valeur n’est pas possible : vérifiez-la.",
    "nul": "Ce texte contient un caractère interdit.",
    "months": "Une ordonnance vaut douze mois au plus, renouvellements compris (CSP, R5132-21).",
}
HOW: Final = {
    "times": "Dites comment le médicament se prend : combien de fois, à quels moments, ou une précision.",
    "lasts": "Dites pour combien de temps, ou combien de boîtes.",
}
"""What `how` asks for, by field."""
ATC: Final = "Ce code ATC n’a pas la bonne forme : une lettre, deux chiffres, par exemple C08CA01."


def _text(
    label: str, limit: int, *, required: bool = False, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=limit, help_text=help_text)


def _number(label: str, *, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=8, help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices)


class LineForm(forms.Form):
    """One medicine; the rules of a line are asked by the command, its refusals shown here."""

    display = _text(
        "Médicament", 200, required=True,
        help_text="Dénomination commune, dosage et forme : amlodipine 5 mg, gélule.",
    )  # fmt: skip
    code = _text("Code", 40, help_text="Code ATC, si vous le connaissez.")
    code_system = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    dose = _number("Dose par prise")
    dose_unit = _choice("Unité", [("", "—"), *((one, one) for one in rules.UNITS)])
    times = _number("Prises")
    period = _choice("Rythme", list(rules.PERIODS.items()))
    moments = _text("Moments", 120, help_text="Par exemple : matin et soir, au coucher.")
    is_as_needed = forms.BooleanField(label="Si besoin", required=False)
    route = _choice("Voie", [("", "—"), *rules.ROUTES.items()])
    lasts = _number("Durée")
    lasts_unit = _choice("Durée en", [(key, one[1]) for key, one in rules.SPANS.items()])
    quantity = _number("Nombre de boîtes")
    refills = _number("Renouvellements", help_text="Délivrances après la première, 0 si aucune.")
    no_substitution = _choice(
        "Substitution",
        [
            ("", "Permise"),
            *((key, f"Non : {words}") for key, words in rules.NO_SUBSTITUTION.items()),
        ],
    )
    is_long_term = forms.BooleanField(
        label="En rapport avec une affection de longue durée (ALD)", required=False
    )
    comment = _text("Précisions pour la personne", 500)
    to_pharmacist = _text("Précisions pour le pharmacien", 300)

    def __init__(self, *args: Any, line: PrescriptionLine | None = None, **kwargs: Any) -> None:
        if line is not None:
            kwargs["initial"] = {name: _shown(line, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)

    def refuse(self, error: rules.LineRefusedError, role: str) -> None:
        """Show what the command refused beside its field."""
        words = REFUSALS.get(error.code, "Cette valeur n’est pas possible.")
        if error.code == "how":
            words = HOW[error.field]
        elif error.code == "scope":
            words = rules.SCOPES[role].words
        elif (error.field, error.code) == ("code", "choice"):
            words = ATC
        self.add_error(error.field if error.field in self.fields else None, words)


def _shown(line: PrescriptionLine, name: str) -> Any:
    value = getattr(line, name)
    if name == "dose" and value is not None:
        return f"{value.normalize():f}".replace(".", ",")
    return "" if value is None else value


class SignForm(forms.Form):
    """What is asked before signing."""

    remarks = forms.CharField(
        label="Autres mentions", required=False, max_length=rules.REMARKS,
        help_text="Ce qui vaut pour toute l’ordonnance : surveillance, conditions de prise, prochain rendez-vous.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    is_alert_read = forms.BooleanField(
        label="J’ai lu ces alertes et je maintiens la prescription", required=False
    )
    alerts = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    @property
    def alerts_read(self) -> str:
        """Which alerts the author says they read; empty when they say nothing."""
        return str(self.cleaned_data["alerts"]) if self.cleaned_data["is_alert_read"] else ""

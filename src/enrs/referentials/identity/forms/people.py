"""Forms of the search for a person and of the identity unit's decisions."""

from typing import Any

from django import forms

from enrs.core.moments import check_partial_date
from enrs.formats.ins import check_ins
from enrs.referentials.identity.models import WorkItem

SEXES = [("", "Choisir"), ("F", "Femme"), ("M", "Homme")]


class ExactForm(forms.Form):
    """An INS, or a birth name with the first given name, the birth date and the sex."""

    ins = forms.CharField(
        label="Matricule INS", required=False, max_length=30, help_text="15 chiffres."
    )
    birth_name = forms.CharField(label="Nom de naissance", required=False, max_length=100)
    first_given_name = forms.CharField(label="Premier prénom", required=False, max_length=100)
    birth_date = forms.DateField(
        label="Date de naissance",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(label="Sexe", required=False, choices=SEXES)

    def clean_ins(self) -> str:
        """Fifteen characters with the right key."""
        value = str(self.cleaned_data["ins"]).replace(" ", "").upper()
        if value and check_ins(value, "1.2.250.1.213.1.4.8"):
            raise forms.ValidationError(
                "Ce matricule n’existe pas : vérifiez les 15 chiffres et la clé."
            )
        return value

    def clean(self) -> dict[str, Any]:
        """All that an exact search wants."""
        values = super().clean() or {}
        names = ("birth_name", "first_given_name", "birth_date", "sex")
        if not values.get("ins") and "ins" not in self.errors:
            for name in names:
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, "À remplir, à défaut de matricule INS.")
        return values

    @property
    def asked(self) -> dict[str, str]:
        """The arguments of `queries.exact_search`."""
        values = dict(self.cleaned_data)
        day = values.pop("birth_date")
        return {**values, "birth_date": day.isoformat() if day else ""}


class DecisionForm(forms.Form):
    """What the identity unit decides of an item, and why."""

    OUTCOMES = (
        (WorkItem.Outcome.LINKED.value, "Rattacher"),
        (WorkItem.Outcome.KEPT_APART.value, "Laisser séparées"),
        (WorkItem.Outcome.NAMESAKE.value, "C’est un homonyme"),
    )

    outcome = forms.ChoiceField(label="Décision", choices=OUTCOMES)
    reason = forms.CharField(
        label="Motif",
        min_length=5,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Dites en quelques mots sur quoi repose votre décision."},
        help_text="Il reste dans le journal : pièce vue, appel passé, réponse de l’établissement.",
    )


class NewPatientForm(forms.Form):
    """A patient made by hand: strict traits, no INS (only the national service gives one)."""

    birth_name = forms.CharField(label="Nom de naissance", max_length=100)
    first_given_name = forms.CharField(label="Premier prénom", max_length=100)
    given_names = forms.CharField(
        label="Tous les prénoms",
        required=False,
        max_length=200,
        help_text="Dans l’ordre de l’état civil.",
    )
    used_name = forms.CharField(label="Nom utilisé", required=False, max_length=100)
    birth_date = forms.CharField(
        label="Date de naissance",
        max_length=10,
        validators=[check_partial_date],
        help_text="Année-mois-jour ; l’année seule si l’on n’en sait pas plus.",
    )
    sex = forms.ChoiceField(
        label="Sexe", choices=[("F", "Femme"), ("M", "Homme"), ("U", "Inconnu")]
    )
    birth_place_code = forms.CharField(
        label="Code de la commune de naissance", required=False, max_length=5,
        help_text="Code officiel géographique, 5 caractères (99… pour l’étranger).",
    )  # fmt: skip
    is_checked = forms.BooleanField(
        label="J’ai vu une pièce d’identité à haut niveau de confiance", required=False
    )
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
    collected_by = forms.ChoiceField(
        required=False, widget=forms.HiddenInput, choices=[("SM", ""), ("CB", "")]
    )

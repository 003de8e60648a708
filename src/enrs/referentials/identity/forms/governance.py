"""Forms of the governance of identity and of adverse events."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.referentials.identity.models import IdentityIncident
from enrs.referentials.identity.queries.incidents import MOST_NUMBERS
from enrs.referentials.identity.rules.governance import INDICATORS

FEW_WORDS = {"required": "Écrivez quelques mots.", "min_length": "Écrivez quelques mots."}
NO_NAMES = "Sans nom de patient : l’équipe de la source le lit."


def _text(
    label: str, help_text: str = "", *, required: bool = True, rows: int = 3, most: int = 2000
) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=most,
        min_length=5 if required else None, widget=forms.Textarea(attrs={"rows": rows}),
        error_messages=FEW_WORDS,
    )  # fmt: skip


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _not_later(form: forms.Form, name: str) -> Any:
    day = form.cleaned_data[name]
    if day > legal_day(timezone.now()):
        raise forms.ValidationError("Cette date est à venir : donnez celle du fait.")
    return day


class CharterForm(forms.Form):
    """A version of the charter."""

    version = forms.CharField(label="Version", max_length=40, help_text="Par exemple « 2026-1 ».")
    text = _text("Texte de la charte", rows=12, most=60_000)


class SigningForm(forms.Form):
    """A source signed a version."""

    charter_id = forms.ChoiceField(label="Version")
    signed_on = _day("Signée le")
    signed_by = forms.CharField(
        label="Par", max_length=200, help_text="Nom et fonction de qui a engagé la structure."
    )
    reference = forms.CharField(
        label="Document signé",
        max_length=200,
        required=False,
        help_text="Où se trouve l’original : référence, classement.",
    )

    def __init__(self, *args: Any, versions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["charter_id"].choices = list(versions)  # type: ignore[attr-defined]

    def clean_charter_id(self) -> UUID:
        """One of the choices."""
        return UUID(self.cleaned_data["charter_id"])

    def clean_signed_on(self) -> Any:
        """Not a day to come."""
        return _not_later(self, "signed_on")


class AuditForm(forms.Form):
    """An audit: a day, who, what was found of each indicator, the conclusions."""

    held_on = _day("Date de l’audit")
    auditors = forms.CharField(label="Menée par", max_length=300)
    conclusions = _text("Conclusions", NO_NAMES, rows=4, most=10_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, (label, _) in INDICATORS.items():
            self.fields[f"of_{code}"] = forms.CharField(label=label, required=False, max_length=500)

    @property
    def findings(self) -> dict[str, str]:
        """What was found, by indicator."""
        return {code: self.cleaned_data[f"of_{code}"] for code in INDICATORS}

    @property
    def finding_names(self) -> str:
        """The fields of the indicators, for a section of their own."""
        return " ".join(f"of_{code}" for code in INDICATORS)

    def clean_held_on(self) -> Any:
        """Not a day to come."""
        return _not_later(self, "held_on")


class ActionForm(forms.Form):
    """An action of a source's plan."""

    title = forms.CharField(
        label="Action", max_length=300, min_length=5, help_text=NO_NAMES, error_messages=FEW_WORDS
    )
    owner_id = forms.ChoiceField(label="Responsable")
    due_on = _day("Échéance")
    indicator = forms.ChoiceField(
        label="Indicateur visé",
        required=False,
        choices=[("", "Aucun"), *((code, label) for code, (label, _) in INDICATORS.items())],
    )

    def __init__(self, *args: Any, owners: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_id"].choices = list(owners)  # type: ignore[attr-defined]
        if not self.is_bound:
            month = legal_day(timezone.now()) + timedelta(days=30)
            self.initial.setdefault("due_on", month)

    def clean_owner_id(self) -> UUID:
        """One of the choices."""
        return UUID(self.cleaned_data["owner_id"])


class ProofForm(forms.Form):
    """What shows that an action is done, or why it is dropped."""

    proof = _text("Preuve", f"Ce qui a été fait et comment on le sait. {NO_NAMES}", rows=2)


class IncidentForm(forms.Form):
    """The form of an adverse event of identity."""

    kind = forms.ChoiceField(
        label="Ce qui s’est passé",
        choices=[one for one in IdentityIncident.Kind.choices if one[0] != "not_identity"],
    )
    happened = _text("Récit", "Les faits, dans l’ordre : où, quand, quels numéros ou dossiers.", rows=4)  # fmt: skip
    discovered_on = _day("Découvert le")
    gravity = forms.ChoiceField(
        label="Gravité", choices=IdentityIncident.Gravity.choices, widget=forms.RadioSelect
    )
    consequences = _text("Conséquences pour les soins", required=False, rows=2)
    measures = _text("Mesures immédiates", "Ce qui a déjà été fait.", required=False, rows=2)
    person_told = forms.ChoiceField(
        label="La personne a été informée",
        choices=IdentityIncident.Told.choices,
        widget=forms.RadioSelect,
        help_text="Un dommage lié aux soins se dit à la personne dans les quinze jours (article L1142-4).",
    )

    def clean_discovered_on(self) -> Any:
        """Not a day to come."""
        return _not_later(self, "discovered_on")


class QualifyForm(forms.Form):
    """What the unit makes of an event, and what it links it to."""

    kind = forms.ChoiceField(label="Nature", choices=IdentityIncident.Kind.choices)
    gravity = forms.ChoiceField(label="Gravité", choices=IdentityIncident.Gravity.choices)
    source_id = forms.ChoiceField(label="Source en cause", required=False)
    item_id = forms.ChoiceField(label="Ligne de la cellule", required=False)
    numbers = forms.CharField(
        label="Identités concernées", required=False, max_length=400,
        help_text=f"Matricules INS ou numéros locaux exacts, séparés par des virgules ({MOST_NUMBERS} au plus).",
    )  # fmt: skip
    text = _text("Note", required=False, rows=2)

    def __init__(
        self,
        *args: Any,
        sources: Sequence[tuple[str, str]],
        items: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source_id"].choices = [("", "Pas encore connue"), *sources]  # type: ignore[attr-defined]
        self.fields["item_id"].choices = [("", "Aucune"), *items]  # type: ignore[attr-defined]

    def clean_source_id(self) -> UUID | None:
        """A source, or none."""
        return UUID(self.cleaned_data["source_id"]) if self.cleaned_data["source_id"] else None

    def clean_item_id(self) -> UUID | None:
        """A work item, or none."""
        return UUID(self.cleaned_data["item_id"]) if self.cleaned_data["item_id"] else None

    def clean_numbers(self) -> list[str]:
        """The numbers, without the commas."""
        text = str(self.cleaned_data["numbers"]).replace("\x00", "")
        found = [one.strip() for one in text.split(",") if one.strip()]
        if len(found) > MOST_NUMBERS:
            raise forms.ValidationError(f"{MOST_NUMBERS} numéros au plus.")
        return found


class CloseForm(forms.Form):
    """The causes of an event and what was decided."""

    causes = _text(
        "Causes",
        "Ce qui a rendu l’erreur possible : organisation, logiciel, homonymie…",
        most=5000,
    )
    actions = _text(
        "Suites",
        "Ce qui a été décidé ; les actions suivies s’ouvrent à part.",
        required=False,
        most=5000,
    )

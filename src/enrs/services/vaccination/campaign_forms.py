"""What the region's team types to describe a vaccine or a campaign."""

from typing import Any
from uuid import UUID

from django import forms

from enrs.core.questionnaires.models import Form as Questionnaire
from enrs.formats.datamatrix_box import gtin_of
from enrs.services.vaccination.commands import CampaignContent, VaccineContent
from enrs.services.vaccination.forms import _area, _day
from enrs.services.vaccination.models import ROUTES, Campaign, Vaccine
from enrs.services.vaccination.rules.eligibility import ROLES


class VaccineForm(forms.Form):
    """A vaccine, as the region's team describes it."""

    name = forms.CharField(label="Nom", max_length=200)
    disease = forms.CharField(label="Maladie", max_length=120)
    code = forms.RegexField(
        r"\A[A-Z0-9]{1,7}\Z", label="Code ATC", required=False, help_text="Par exemple J07BB02."
    )
    disease_code = forms.RegexField(
        r"\A[0-9]{6,18}\Z", label="Code SNOMED CT de la maladie", required=False
    )
    route = forms.ChoiceField(label="Voie", choices=ROUTES)
    min_months = forms.IntegerField(
        label="À partir de, en mois", min_value=0, max_value=1800, initial=0
    )
    max_months = forms.IntegerField(
        label="Jusqu’à, en mois", required=False, min_value=0, max_value=1800,
        help_text="215 pour : avant dix-huit ans.",
    )  # fmt: skip
    boxes = forms.CharField(
        label="Numéros des boîtes", required=False, max_length=2000, widget=_area(3),
        help_text="CIP13 ou GTIN, un par ligne : la lecture de l’un d’eux choisit ce vaccin.",
    )  # fmt: skip
    is_retired = forms.BooleanField(label="N’est plus utilisé", required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_boxes(self) -> list[str]:
        """Numbers of 14 digits."""
        typed = [one for one in self.cleaned_data["boxes"].splitlines() if one.strip()]
        found = [gtin_of(one) for one in typed]
        if wrong := [one.strip() for one, gtin in zip(typed, found, strict=True) if not gtin]:
            raise forms.ValidationError(
                f"Vérifiez ces numéros et leur clé : {', '.join(wrong)[:300]}."
            )
        return list(dict.fromkeys(found))

    @property
    def content(self) -> VaccineContent:
        """What it says, for the command."""
        values = {name: one for name, one in self.cleaned_data.items() if name != "version"}
        return VaccineContent(gtins=values.pop("boxes"), **values)

    @staticmethod
    def initial_of(vaccine: Vaccine) -> dict[str, Any]:
        """A vaccine as the values of the form."""
        names = (
            "name", "disease", "code", "disease_code", "route", "min_months", "max_months", "is_retired", "version",
        )  # fmt: skip
        return {name: getattr(vaccine, name) for name in names} | {
            "boxes": "\n".join(vaccine.gtins)
        }


class CampaignForm(forms.Form):
    """A campaign, as the region's team describes it."""

    name = forms.CharField(label="Nom", max_length=120)
    summary = forms.CharField(
        label="Ce qu’il faut savoir", required=False, max_length=2000, widget=_area(2)
    )
    status = forms.ChoiceField(label="État", choices=Campaign.Status.choices)
    starts_on = forms.DateField(label="Du", widget=_day())
    ends_on = forms.DateField(label="Au", required=False, widget=_day())
    vaccines = forms.MultipleChoiceField(label="Vaccins", widget=forms.CheckboxSelectMultiple)
    min_months = forms.IntegerField(
        label="Âge minimal, en mois", min_value=0, max_value=1800, initial=0,
        help_text="6 pour six mois, 216 pour dix-huit ans.",
    )  # fmt: skip
    max_age = forms.IntegerField(
        label="Âge maximal, en années", min_value=0, max_value=150, required=False
    )
    target_age = forms.IntegerField(
        label="Recommandée à tous à partir de", min_value=0, max_value=150, required=False,
        help_text="En années. En dessous, une des conditions suivantes est demandée.",
    )  # fmt: skip
    conditions = forms.CharField(
        label="Conditions",
        required=False,
        max_length=6000,
        widget=_area(5),
        help_text="Une par ligne.",
    )
    is_target_only = forms.BooleanField(
        label="Réservée à ceux à qui elle est recommandée", required=False
    )
    dose_count = forms.IntegerField(label="Doses", min_value=1, max_value=10, initial=1)
    interval_days = forms.IntegerField(
        label="Délai depuis la dernière dose",
        min_value=0,
        max_value=3650,
        initial=0,
        help_text="En jours.",
    )
    form_name = forms.ChoiceField(label="Questionnaire", required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        vaccines: list[Vaccine],
        questionnaires: list[Questionnaire],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.initial.get("vaccines", [])
        offered = [one for one in vaccines if not one.is_retired or str(one.pk) in chosen]
        self.fields["vaccines"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.name} ({one.disease})") for one in offered
        ]
        self.fields["form_name"].choices = [  # type: ignore[attr-defined]
            ("", "Aucun"),
            *((one.name, one.title) for one in questionnaires),
        ]
        for role in ROLES:
            for kind, verb in KINDS:
                self.fields[f"{kind}_{role}"] = forms.IntegerField(
                    label=f"{verb} à partir de",
                    min_value=0,
                    max_value=150,
                    required=False,
                )

    def clean_conditions(self) -> list[str]:
        """One condition a line."""
        found = [one.strip() for one in self.cleaned_data["conditions"].splitlines() if one.strip()]
        if any(len(one) > 200 for one in found) or len(found) > 30:
            raise forms.ValidationError("Trente conditions au plus, de 200 caractères au plus.")
        return list(dict.fromkeys(found))

    @property
    def content(self) -> CampaignContent:
        """What it says, for the command."""
        values = dict(self.cleaned_data)
        names = (
            "name", "summary", "status", "starts_on", "ends_on", "min_months", "max_age", "target_age",
            "conditions", "is_target_only", "dose_count", "interval_days", "form_name",
        )  # fmt: skip
        ages: dict[str, Any] = {
            name: {
                role: values[f"{kind}_{role}"]
                for role in ROLES
                if values.get(f"{kind}_{role}") is not None
            }
            for kind, name in (("prescribes", "prescribers"), ("vaccinates", "vaccinators"))
        }
        return CampaignContent(
            vaccine_ids=[UUID(one) for one in values["vaccines"]],
            **{name: values[name] for name in names}, **ages,
        )  # fmt: skip

    @staticmethod
    def initial_of(campaign: Campaign) -> dict[str, Any]:
        """A campaign as the values of the form."""
        names = (
            "name", "summary", "status", "starts_on", "ends_on", "min_months", "max_age", "target_age",
            "is_target_only", "dose_count", "interval_days", "form_name", "version",
        )  # fmt: skip
        ages = {f"prescribes_{role}": least for role, least in campaign.prescribers.items()}
        ages |= {f"vaccinates_{role}": least for role, least in campaign.vaccinators.items()}
        return (
            {name: getattr(campaign, name) for name in names}
            | ages
            | {
                "vaccines": [str(one) for one in campaign.vaccine_ids],
                "conditions": "\n".join(campaign.conditions),
            }
        )


KINDS = (("prescribes", "Prescrit"), ("vaccinates", "Vaccine"))

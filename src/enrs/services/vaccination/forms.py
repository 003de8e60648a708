"""What is typed on the pages of vaccination."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from enrs.core.questionnaires.models import Form as Questionnaire
from enrs.formats.datamatrix_box import BoxCode, BoxCodeError, gtin_of, read
from enrs.referentials.identity.forms.people import ProbedPatientForm
from enrs.services.vaccination import words
from enrs.services.vaccination.commands import CampaignContent, NewEvent, VaccineContent
from enrs.services.vaccination.models import (
    ROUTES,
    SITES,
    Act,
    AdverseEvent,
    Campaign,
    Vaccine,
)
from enrs.services.vaccination.rules.acts import Given
from enrs.services.vaccination.rules.eligibility import ROLES


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class LookForm(forms.Form):
    """Who stands at the counter, before anybody is created."""

    birth_name = forms.CharField(label="Nom de naissance", max_length=100)
    first_given_name = forms.CharField(label="Premier prénom", max_length=100)
    birth_date = forms.DateField(label="Date de naissance", widget=_day())
    sex = forms.ChoiceField(
        label="Sexe", choices=[("F", "Femme"), ("M", "Homme"), ("U", "Inconnu")]
    )


class NewFileForm(ProbedPatientForm):
    """The strict traits of somebody who has no record yet."""

    is_informed = forms.BooleanField(
        label="La personne est informée de ce dossier partagé et ne s’y oppose pas",
        error_messages={"required": "La personne doit être informée avant l’ouverture du dossier."},
    )


class GroundForm(forms.Form):
    """Why this person is vaccinated."""

    ground = forms.ChoiceField(label="À quel titre", widget=forms.RadioSelect)

    def __init__(self, *args: Any, grounds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [(one, one) for one in grounds]  # type: ignore[attr-defined]
        if len(grounds) == 1:
            self.fields["ground"].initial = grounds[0]


class DoseForm(forms.Form):
    """A dose: the box, read or typed, then where and how."""

    code = forms.CharField(
        label="Code de la boîte", required=False, max_length=200, strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text="Placez le curseur ici, puis lisez le code carré de la boîte : la fiche se remplit.",
    )  # fmt: skip
    vaccine = forms.ChoiceField(label="Vaccin")
    lot = forms.CharField(label="Lot", max_length=20)
    expires_on = forms.DateField(label="Péremption", widget=_day())
    site = forms.ChoiceField(label="Site", choices=[("", "Choisir"), *SITES])
    route = forms.ChoiceField(label="Voie", choices=ROUTES)
    dose_rank = forms.IntegerField(label="Rang de la dose", min_value=1, max_value=20)
    given_at = forms.DateTimeField(
        label="Faite le",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=timezone.now,
    )
    comment = forms.CharField(label="Remarque", required=False, max_length=2000, widget=_area(2))
    gtin = forms.CharField(
        label="Numéro de boîte",
        required=False,
        max_length=20,
        help_text="CIP13 ou GTIN, s’il est connu.",
    )
    serial = forms.CharField(label="Numéro de série", required=False, max_length=20)

    def __init__(self, *args: Any, vaccines: list[Vaccine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vaccines = {str(one.pk): one for one in vaccines}
        choices = [("", "Choisir"), *((key, one.name) for key, one in self.vaccines.items())]
        self.fields["vaccine"].choices = choices  # type: ignore[attr-defined]

    def clean_gtin(self) -> str:
        """Fourteen digits, or nothing."""
        typed = self.cleaned_data["gtin"].strip()
        found = gtin_of(typed) if typed else ""
        if typed and not found:
            raise forms.ValidationError(
                "Ce numéro n’existe pas : vérifiez ses 13 chiffres, ou laissez vide."
            )
        return found

    @property
    def chosen(self) -> Vaccine:
        """The vaccine chosen."""
        return self.vaccines[self.cleaned_data["vaccine"]]

    @property
    def given(self) -> Given:
        """The dose, for the commands."""
        names = (
            "given_at",
            "lot",
            "expires_on",
            "site",
            "route",
            "dose_rank",
            "gtin",
            "serial",
            "comment",
        )
        return Given(**{name: self.cleaned_data[name] for name in names})


class DeclareForm(DoseForm, GroundForm):
    """A dose that is declared: why, and on whose prescription when it is on paper."""

    prescriber_name = forms.CharField(
        label="Prescripteur", required=False, max_length=200,
        help_text="D’une ordonnance sur papier. Laissez vide si vous prescrivez, ou si la prescription est ici.",
    )  # fmt: skip
    prescribed_on = forms.DateField(label="Date de l’ordonnance", required=False, widget=_day())

    def clean(self) -> dict[str, Any]:
        """A prescription on paper has a name and a day."""
        values = super().clean() or {}
        if bool(values.get("prescriber_name")) != bool(values.get("prescribed_on")):
            self.add_error("prescribed_on", "Donnez le prescripteur et la date de son ordonnance.")
        return values


class AmendForm(DoseForm):
    """A correction, with its reason."""

    reason = forms.CharField(
        label="Ce que vous corrigez, et pourquoi", min_length=5, max_length=200
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def scanned(text: str) -> tuple[BoxCode | None, str]:
    """What a reader typed, and else the sentence that says what is wrong with it."""
    try:
        return read(text), ""
    except BoxCodeError as error:
        return None, words.BOXES[error.code]


def dose_of(act: Act) -> dict[str, Any]:
    """An act as the values of its form."""
    names = ("lot", "expires_on", "site", "route", "dose_rank", "gtin", "serial", "comment")
    return {name: getattr(act, name) for name in names} | {
        "vaccine": str(act.vaccine_id),
        "given_at": timezone.localtime(act.given_at),
        "version": act.version,
    }


class ReasonForm(forms.Form):
    """A rare act, with its reason and the version that was seen."""

    reason = forms.CharField(min_length=5, max_length=200)
    version = forms.IntegerField(required=False)


class EventForm(forms.Form):
    """An adverse event."""

    began_on = forms.DateField(label="Début", widget=_day(), initial=timezone.localdate)
    seriousness = forms.ChoiceField(
        label="Gravité", choices=AdverseEvent.Seriousness.choices, widget=forms.RadioSelect,
        help_text="Grave : décès, danger pour la vie, hospitalisation, séquelles, malformation.",
    )  # fmt: skip
    outcome = forms.ChoiceField(label="Évolution", choices=AdverseEvent.Outcome.choices)
    description = forms.CharField(
        label="Ce qui s’est passé", widget=_area(4), min_length=5, max_length=4000
    )
    is_reported = forms.BooleanField(
        label="Je l’ai déclaré sur le portail de signalement des événements sanitaires indésirables",
        required=False,
    )

    @property
    def event(self) -> NewEvent:
        """The event, for the command."""
        return NewEvent(**self.cleaned_data)


class CheckForm(forms.Form):
    """What stands on the paper that somebody holds."""

    birth_name = forms.CharField(label="Nom de naissance", max_length=100)
    birth_date = forms.CharField(
        label="Date de naissance",
        max_length=10,
        help_text="En chiffres, par exemple 31/12/1950.",
    )
    given_on = forms.CharField(
        label="Date du vaccin", max_length=10, help_text="En chiffres, par exemple 24/11/2026."
    )

    def clean_birth_date(self) -> str:
        """As partial ISO text."""
        return _typed_day(self.cleaned_data["birth_date"])

    def clean_given_on(self) -> date:
        """A whole day."""
        try:
            return date.fromisoformat(_typed_day(self.cleaned_data["given_on"]))
        except ValueError as error:
            raise forms.ValidationError(
                "Écrivez la date en entier, par exemple 24/11/2026."
            ) from error


_DAY_FIRST = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})[/. -]([0-9]{4})")
_ISO = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def _typed_day(text: str) -> str:
    if found := _DAY_FIRST.fullmatch(text.strip()):
        day, month, year = found.groups()
        return f"{year}-{int(month):02d}-{int(day):02d}"
    if found := _MONTH_FIRST.fullmatch(text.strip()):
        return f"{found[2]}-{int(found[1]):02d}"
    if _ISO.fullmatch(text.strip()):
        return text.strip()
    raise forms.ValidationError("Écrivez la date ainsi : 31/12/1950.")


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

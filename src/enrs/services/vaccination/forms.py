"""What is typed on the pages of vaccination."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from enrs.formats.datamatrix_box import BoxCode, BoxCodeError, gtin_of, read
from enrs.referentials.identity.forms.people import ProbedPatientForm
from enrs.services.vaccination import words
from enrs.services.vaccination.commands import NewEvent
from enrs.services.vaccination.models import (
    ROUTES,
    SITES,
    Act,
    AdverseEvent,
    Vaccine,
)
from enrs.services.vaccination.rules.acts import Given


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


class ExceptionForm(GroundForm):
    """A dose prescribed past a rule of number or delay, and why."""

    reason = forms.CharField(
        label="Pourquoi cette exception", min_length=5, max_length=200, widget=_area(2),
        help_text="Par exemple : immunodépression, dose supplémentaire recommandée.",
    )  # fmt: skip


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


class DoctorForm(forms.Form):
    """To which doctor of the circle a dose is sent."""

    medecin = forms.UUIDField(required=False)


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

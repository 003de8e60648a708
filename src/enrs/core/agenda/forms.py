"""Forms of the agenda: hours are those of the region's wall clock."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from enrs.core.agenda import rules
from enrs.core.agenda.models import AgendaShare
from enrs.core.agenda.queries import HeldAgenda
from enrs.core.agenda.rules.recurrence import NEWEST, OLDEST, on_the_clock
from enrs.core.moments import region_zone_name

REFUSALS = {
    "taken": "Ce créneau est déjà pris : choisissez une autre heure.",
    "busy": "Un autre calendrier dit cette heure occupée : cochez la case pour réserver quand même.",
    "order": "La fin doit venir après le début.",
    "length": "Un rendez-vous dure sept jours au plus.",
    "naive": "Heure attendue : une date et une heure.",
    "years": "Cette date est trop lointaine.",
    "kind": "Choisissez un type de la liste.",
    "long": "Ce texte est trop long.",
    "status": "Ce rendez-vous a changé d’état : rechargez la page.",
    "slot": "Ce créneau n’est plus ouvert.",
    "reason": "Dites pourquoi, en quelques mots.",
    "scope": "Dites ce qui est annulé : ce rendez-vous, les suivants, ou tous ceux à venir.",
    "rule": "Cette répétition n’est pas possible.",
    "nobody": "Choisissez un agenda.",
    "participants": "Vingt participants au plus.",
    "dates": "Vérifiez les dates, les heures et la durée : trois mois et 500 créneaux au plus.",
    "feeds": "Cinq adresses au plus : fermez-en une d’abord.",
    "level": "Choisissez une personne et ce qu’elle peut faire.",
    "answer": "Cette réponse n’est pas possible.",
    "calendar.size": "Ce calendrier est trop gros : 1 Mo au plus.",
    "calendar.shape": "Ce n’est pas un calendrier (.ics) lisible.",
    "calendar.events": "Ce calendrier contient trop d’événements.",
    "calendar.date": "Ce calendrier contient une date impossible.",
    "calendar.rule": "Ce calendrier contient une répétition qui n’est pas lue ici.",
    "calendar.address": "Donnez une adresse complète, en https:// ou webcal://.",
    "calendar.private": "Cette adresse mène dans un réseau privé : elle ne peut pas être suivie.",
    "calendar.gone": "Ce calendrier n’est plus à cette adresse, ou n’y est plus ouvert.",
    "calendar.answer": "Cette adresse ne donne pas de calendrier.",
    "calendar.silent": "Cette adresse ne répond pas.",
    "calendar.name": "Un calendrier de ce nom est déjà suivi : choisissez un autre nom.",
    "calendar.many": "Cinq calendriers suivis au plus : cessez d’en suivre un d’abord.",
}
REPEATS = {
    "": "Une seule fois",
    "FREQ=DAILY": "Chaque jour",
    "FREQ=WEEKLY": "Chaque semaine",
    "FREQ=WEEKLY;INTERVAL=2": "Toutes les deux semaines",
    "FREQ=MONTHLY": "Chaque mois, à la même date",
}
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DAYS = (
    MinValueValidator(date(OLDEST, 1, 1), REFUSALS["years"]),
    MaxValueValidator(date(NEWEST, 12, 31), REFUSALS["years"]),
)
WHEN = ("day", "at", "minutes")
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class AppointmentForm(forms.Form):
    """When, where, what, and how often."""

    agenda = forms.ChoiceField(label="Agenda", required=False)
    day = forms.DateField(label="Jour", widget=DATE, validators=DAYS)
    at = forms.TimeField(label="Heure", widget=TIME)
    minutes = forms.IntegerField(label="Durée en minutes", min_value=5, max_value=7 * 24 * 60)
    kind = forms.ChoiceField(
        label="Type",
        choices=[(key, word) for key, (word, _) in rules.KINDS.items() if key != "busy"],
    )
    title = forms.CharField(label="Objet", max_length=200, required=False)
    place = forms.CharField(label="Lieu", max_length=200, required=False)
    comment = forms.CharField(
        label="Remarque", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    repeats = forms.ChoiceField(label="Répétition", choices=list(REPEATS.items()), required=False)
    times = forms.IntegerField(label="Nombre de fois", min_value=2, max_value=100, required=False)
    participants = forms.MultipleChoiceField(
        label="Participants", required=False, widget=forms.CheckboxSelectMultiple
    )
    over_busy = forms.BooleanField(label="Réserver même si l’heure est occupée", required=False)

    def __init__(
        self,
        *args: Any,
        agendas: Sequence[HeldAgenda] = (),
        people: Sequence[rules.Person] = (),
        may_be_without: bool = False,
        is_change: bool = False,
        may_move: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.agendas = {str(one.agenda.id): one.agenda for one in agendas if one.may_write}
        self.people = {str(one.id): one for one in people}
        choices = [(key, one.label) for key, one in self.agendas.items()]
        none = [("", "Aucun : seulement dans le dossier")] if may_be_without else []
        self.fields["agenda"].choices = [*choices, *none]  # type: ignore[attr-defined]
        self.fields["agenda"].required = not may_be_without
        people_choices = [(key, one.display) for key, one in self.people.items()]
        self.fields["participants"].choices = people_choices  # type: ignore[attr-defined]
        if is_change:
            fixed = () if may_move else (*WHEN, "over_busy")
            for name in ("agenda", "repeats", "times", "participants", *fixed):
                del self.fields[name]

    @property
    def is_moved(self) -> bool:
        """Whether the hours given are others than those that were shown."""
        return not set(WHEN).isdisjoint(self.changed_data)

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Start and end, in UTC."""
        wall = datetime.combine(self.cleaned_data["day"], self.cleaned_data["at"])
        start = on_the_clock(wall, ZoneInfo(region_zone_name()))
        return start, start + timedelta(minutes=self.cleaned_data["minutes"])

    @property
    def words(self) -> dict[str, str]:
        """The words of the appointment."""
        return {name: self.cleaned_data[name] for name in ("kind", "title", "place", "comment")}

    @property
    def rule(self) -> str:
        """The repetition as an RRULE, or nothing."""
        repeats = self.cleaned_data["repeats"]
        return f"{repeats};COUNT={self.cleaned_data['times'] or 2}" if repeats else ""

    @property
    def invited(self) -> list[rules.Person]:
        """The participants chosen among those who were offered."""
        return [self.people[key] for key in self.cleaned_data["participants"]]


class SlotsForm(forms.Form):
    """Which hours may be booked."""

    first_on = forms.DateField(label="Du", widget=DATE, validators=DAYS)
    last_on = forms.DateField(label="Au", widget=DATE, validators=DAYS)
    weekdays = forms.TypedMultipleChoiceField(
        label="Jours",
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
    )
    opens_at = forms.TimeField(label="De", widget=TIME)
    closes_at = forms.TimeField(label="À", widget=TIME)
    minutes = forms.IntegerField(label="Durée d’un créneau, en minutes", min_value=5, max_value=480)
    on_holidays = forms.BooleanField(label="Aussi les jours fériés", required=False)


class ShareForm(forms.Form):
    """To whom an agenda is opened."""

    grantee = forms.ChoiceField(label="À qui")
    level = forms.TypedChoiceField(
        label="Pour", coerce=int, choices=AgendaShare.Level.choices, initial=2
    )

    def __init__(self, *args: Any, people: Sequence[rules.Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.id): one for one in people}
        choices = [(key, one.display) for key, one in self.people.items()]
        self.fields["grantee"].choices = choices  # type: ignore[attr-defined]


class FeedForm(forms.Form):
    """A new address for a calendar outside."""

    label = forms.CharField(label="Pour quel appareil", max_length=100)
    shows_initials = forms.BooleanField(
        label="Montrer les initiales des personnes", required=False, initial=True
    )


class ImportForm(forms.Form):
    """A calendar of outside."""

    source = forms.CharField(label="Nom de ce calendrier", max_length=100)
    file = forms.FileField(label="Fichier .ics")


class FollowForm(forms.Form):
    """A calendar of outside, at its address."""

    source = forms.CharField(label="Nom de ce calendrier", max_length=100)
    address = forms.CharField(
        label="Adresse du calendrier",
        max_length=1000,
        help_text="Celle que votre autre agenda donne pour s’abonner\u00a0: https://… ou webcal://…",
    )

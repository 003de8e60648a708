"""Forms of the rosters: hours are those of the region's wall clock."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django import forms

from enrs.core.moments import region_zone_name
from enrs.core.rosters import rules
from enrs.core.rosters.models import Roster

REFUSALS = {
    "taken": "Quelqu’un tient déjà ce rang à ces heures : choisissez un autre rang ou d’autres heures.",
    "order": "La fin doit venir après le début.",
    "length": "C’est trop long : quinze jours au plus.",
    "hours": "Le remplacement doit tenir dans les heures de l’astreinte, et le jour finir avant la nuit.",
    "ended": "Cette astreinte a été remplacée ou retirée entre-temps : rechargez la page.",
    "rank": "Ce rang n’existe pas sur ce tableau.",
    "person": "Choisissez une personne, ou écrivez son nom.",
    "reason": "Dites pourquoi, en quelques mots.",
    "label": "Donnez un nom à ce tableau.",
    "coverage": "Choisissez les heures couvertes, et de 1 à 9 rangs.",
}
OUTSIDE = UUID("018f0000-0000-7000-8000-000000000001")
"""Namespace of the people without account: the same name in a place is the same person."""
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def moment(day: date, at: time) -> datetime:
    """The moment of a wall-clock hour in the region."""
    return rules.on_the_clock(day, at, ZoneInfo(region_zone_name()))


class RosterForm(forms.ModelForm):
    """What a line of duty promises."""

    class Meta:
        model = Roster
        fields = ["label", "coverage", "day_starts", "night_starts", "ranks", "note"]
        widgets = {"day_starts": TIME, "night_starts": TIME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day_starts"].initial = time(8)
        self.fields["night_starts"].initial = time(19)


class PeriodForm(forms.Form):
    """Who, and from when to when."""

    person = forms.ChoiceField(label="Personne", required=False)
    name = forms.CharField(label="Ou son nom, sans compte ici", max_length=200, required=False)
    phone = forms.CharField(label="Téléphone", max_length=30, required=False)
    from_day = forms.DateField(label="Du", widget=DATE)
    from_time = forms.TimeField(label="à", widget=TIME)
    to_day = forms.DateField(label="Au", widget=DATE)
    to_time = forms.TimeField(label="à", widget=TIME)

    def __init__(
        self, *args: Any, people: Sequence[rules.Person], place: UUID, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        self.people = {str(one.id): one for one in people}
        choices = [(key, one.display) for key, one in self.people.items()]
        self.fields["person"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One person, chosen or named."""
        given = super().clean() or {}
        if not given.get("person") and not given.get("name", "").strip():
            self.add_error("person", REFUSALS["person"])
        return given

    @property
    def chosen(self) -> rules.Person:
        """The person, with the number to call."""
        given = self.cleaned_data
        phone = given.get("phone", "")
        if given["person"]:
            known = self.people[given["person"]]
            return rules.Person(known.id, known.display, phone)
        name = given["name"].strip()
        return rules.Person(uuid5(OUTSIDE, f"{self.place}/{name.casefold()}"), name, phone)

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Start and end, in UTC."""
        given = self.cleaned_data
        return (
            moment(given["from_day"], given["from_time"]),
            moment(given["to_day"], given["to_time"]),
        )


class ShiftForm(PeriodForm):
    """A shift, repeated for some weeks when asked."""

    rank = forms.IntegerField(label="Rang d’appel", min_value=1, max_value=9, initial=1)
    weeks = forms.IntegerField(
        label="Pendant combien de semaines", min_value=1, max_value=rules.MOST_WEEKS, initial=1
    )


class ReplacementForm(PeriodForm):
    """Who stands in, and why."""

    reason = forms.CharField(label="Motif", max_length=200, required=False)


class AbsenceForm(PeriodForm):
    """Who is away."""

    reason = forms.CharField(label="Motif", max_length=200, required=False)

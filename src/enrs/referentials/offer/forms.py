"""The form of a unit's description; hours are written as people write them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils import timezone

from enrs.referentials.geography.queries import communes_within
from enrs.referentials.offer.rules import contacts, equipment, hours, openings
from enrs.referentials.offer.rules.zones import MOST_COMMUNES
from enrs.referentials.offer.tables import find, label, table
from enrs.referentials.offer.words import REFUSALS

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
SPARE_LINES = 2
CODED = {
    "activity": ("activity_code", "À choisir"), "maternity": ("maternity_level", "Sans objet"),
    "mode": ("mode_codes", ""), "reception": ("reception_codes", ""), "public": ("public_codes", ""),
    "speciality": ("speciality_codes", ""), "act": ("act_codes", ""),
}  # fmt: skip
"""The fields of codes of a unit by their tables, and their words for none."""


def choices(name: str, none: str = "") -> list[tuple[str, str]]:
    """A table as choices, with a first one that says nothing."""
    found = [(one.code, one.label) for one in table(name).values()]
    return [("", none), *found] if none else found


def with_retired(name: str, held: Iterable[str], none: str = "") -> list[tuple[str, str]]:
    """A table as choices, then the codes that are held and that a loaded version left: they stay until a person
    takes them away."""
    found = choices(name, none)
    known = {code for code, _ in found}
    left = [code for code in dict.fromkeys(held) if code and code not in known]
    return found + [(code, f"{label(name, code)} (code retiré)") for code in left]


def several(name: str, title: str) -> forms.MultipleChoiceField:
    """Any number of codes of a table."""
    return forms.MultipleChoiceField(
        label=title,
        choices=partial(choices, name),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class UnitForm(forms.Form):
    """What a referent says of a unit; ages are in years here, in months in the table."""

    name = forms.CharField(label="Nom de l’unité", max_length=300)
    description = forms.CharField(
        label="En quelques mots", required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    conditions = forms.CharField(
        label="Comment y accéder", required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Courrier, avis préalable, dossier à joindre, délai habituel.",
    )  # fmt: skip
    part = forms.ChoiceField(label="Pôle, service", required=False)
    building = forms.CharField(label="Bâtiment, étage", required=False, max_length=200)
    activity_code = forms.ChoiceField(label="Activité principale", required=False)
    place_count = forms.IntegerField(
        label="Nombre de places", required=False, min_value=0, max_value=5000
    )
    age_from = forms.IntegerField(
        label="À partir de (ans)", required=False, min_value=0, max_value=130
    )
    age_to = forms.IntegerField(label="Jusqu’à (ans)", required=False, min_value=0, max_value=130)
    maternity_level = forms.ChoiceField(label="Type de maternité", required=False)
    mode_codes = several("mode", "Prise en charge")
    reception_codes = several("reception", "Accueil")
    public_codes = several("public", "Publics")
    speciality_codes = several("speciality", "Spécialités")
    act_codes = several("act", "Actes")
    is_always_open = forms.BooleanField(label="Jour et nuit, tous les jours", required=False)
    is_open_on_holidays = forms.BooleanField(label="Ouvert les jours fériés", required=False)
    zone_codes = forms.CharField(
        label="Communes d’intervention", required=False, max_length=7000,
        help_text="Codes INSEE, séparés par des espaces. Un département (93) ou une intercommunalité "
        "(SIREN) devient ses communes. Vide : pas de limite.",
    )  # fmt: skip
    is_sensitive = forms.BooleanField(
        label="Unité sensible", required=False,
        help_text="Son adresse exacte demande de la discrétion (protection des personnes).",
    )  # fmt: skip

    def __init__(self, *args: Any, parts: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """`parts` are the internal organisations of the site: (identifier, words)."""
        super().__init__(*args, **kwargs)
        self.fields["part"].choices = [("", "Aucun"), *parts]  # type: ignore[attr-defined]
        for name, (column, none) in CODED.items():
            told = self.initial.get(column) or ()
            held = [told] if isinstance(told, str) else told
            self.fields[column].choices = with_retired(name, held, none)  # type: ignore[attr-defined]
        for rank, name in enumerate(hours.DAYS):
            self.fields[f"day_{rank}"] = forms.CharField(
                label=name.capitalize(), required=False, max_length=hours.LONGEST_LINE,
                widget=forms.TextInput(attrs={"placeholder": "fermé"}),
            )  # fmt: skip

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields of the seven days."""
        return [self[f"day_{rank}"] for rank in range(7)]

    def clean(self) -> dict[str, Any]:
        """Hours as [weekday, opening, closing]; the ages must be in order."""
        given = super().clean() or {}
        found: list[list[int]] = []
        for rank in range(7):
            try:
                found += [[rank, *span] for span in hours.read_day(given.get(f"day_{rank}", ""))]
            except ValueError:
                self.add_error(f"day_{rank}", "Écrivez par exemple « 9h-12h, 14h-18h30 ».")
        if fault := hours.fault_of(found):
            self.add_error(None, f"Ces horaires ne se lisent pas ({fault}).")
        low, high = given.get("age_from"), given.get("age_to")
        if low is not None and high is not None and low > high:
            self.add_error("age_to", "L’âge maximal doit dépasser l’âge minimal.")
        given["hours"] = found
        return given

    def values(self) -> dict[str, Any]:
        """The columns of the unit."""
        given = {
            name: value for name, value in self.cleaned_data.items() if not name.startswith("day_")
        }
        activity = find("activity", given["activity_code"])
        low, high = given["age_from"], given["age_to"]
        return given | {
            "field_code": activity.parent if activity else "",
            "age_from": None if low is None else low * 12,
            "age_to": None if high is None else high * 12 + 11,
            "zone_codes": _communes(given["zone_codes"])[:MOST_COMMUNES],
        }


def _communes(text: str) -> list[str]:
    """The codes of communes of a zone as it is typed; a department or an inter-communal body is its communes."""
    codes = {code.upper() for code in text.split()}
    wider = {code for code in codes if len(code) in (2, 3, 9)}
    return sorted({code[:5] for code in codes - wider} | communes_within(wider))


def initial_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a unit as it stands."""
    names = [
        name for name in UnitForm.base_fields if name not in ("age_from", "age_to", "zone_codes")
    ]
    low, high = values["age_from"], values["age_to"]
    days = {f"day_{rank}": hours.write_day(values["hours"], rank) for rank in range(7)}
    return {name: values[name] for name in names} | days | {
        "age_from": None if low is None else low // 12,
        "age_to": None if high is None else high // 12,
        "zone_codes": " ".join(values["zone_codes"]),
    }  # fmt: skip


class ContactForm(forms.Form):
    """One way to reach the unit."""

    nature = forms.ChoiceField(label="Qui", required=False)
    phone = forms.CharField(label="Téléphone", required=False, max_length=40)
    email = forms.EmailField(label="Courriel", required=False, max_length=200)
    level = forms.ChoiceField(label="Qui peut le lire", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nature"].choices = choices("contact", "Aucun")  # type: ignore[attr-defined]
        self.fields["level"].choices = choices("level")  # type: ignore[attr-defined]


class EquipmentForm(forms.Form):
    """One kind of equipment and what it holds."""

    code = forms.ChoiceField(label="Équipement", required=False)
    count = forms.IntegerField(
        label="Nombre", required=False, min_value=1, max_value=equipment.MOST_COUNT
    )
    max_weight = forms.IntegerField(
        label="Poids maximal (kg)", required=False, min_value=equipment.LIGHTEST,
        max_value=equipment.HEAVIEST,
    )  # fmt: skip

    def __init__(self, *args: Any, held: Sequence[str] = (), **kwargs: Any) -> None:
        """`held` are the codes of all the lines of the unit."""
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = with_retired("equipment", held, "Aucun")  # type: ignore[attr-defined]


class ClosingForm(forms.Form):
    """Days on which the unit is closed."""

    first = forms.DateField(label="Fermé du", required=False, widget=DATE)
    last = forms.DateField(label="au (inclus)", required=False, widget=DATE)
    words = forms.CharField(label="Pourquoi", required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Both days, in order."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", "La fermeture finit avant de commencer.")
        _check_far(self)
        return given


class OpeningForm(forms.Form):
    """Days on which the unit is open as on no other week."""

    first = forms.DateField(label="Ouvert le", required=False, widget=DATE)
    last = forms.DateField(label="jusqu’au (inclus)", required=False, widget=DATE)
    times = forms.CharField(
        label="Horaires", required=False, max_length=hours.LONGEST_LINE,
        widget=forms.TextInput(attrs={"placeholder": "9h-13h"}),
    )  # fmt: skip
    words = forms.CharField(label="Pourquoi", required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Both days in order, a month at most, and hours that are read."""
        given = super().clean() or {}
        first, last, times = given.get("first"), given.get("last"), given.get("times", "")
        if first is None:
            if times or last or given.get("words"):
                self.add_error("first", "Dites quel jour.")
            return given
        if last and last < first:
            self.add_error("last", "L’ouverture finit avant de commencer.")
        elif last and (last - first).days >= openings.LONGEST_DAYS:
            self.add_error(
                "last", "31 jours au plus : au-delà, changez les horaires de la semaine."
            )
        try:
            given["hours"] = [list(span) for span in hours.read_day(times)]
        except ValueError:
            given["hours"] = []
        if not given["hours"] or hours.fault_of([[0, *span] for span in given["hours"]]):
            self.add_error("times", "Écrivez par exemple « 9h-13h ».")
        _check_far(self)
        return given


def _check_far(form: forms.Form) -> None:
    """Neither day is years ahead."""
    for name in ("first", "last"):
        day = form.cleaned_data.get(name)
        if day and hours.is_far(day, timezone.localdate()):
            form.add_error(name, REFUSALS["far"])


ContactSet = formset_factory(
    ContactForm, extra=SPARE_LINES, max_num=contacts.MOST, absolute_max=contacts.MOST
)
EquipmentSet = formset_factory(
    EquipmentForm,
    extra=SPARE_LINES,
    max_num=equipment.MOST_LINES,
    absolute_max=equipment.MOST_LINES,
)
ClosingSet = formset_factory(
    ClosingForm, extra=1, max_num=hours.MOST_CLOSINGS, absolute_max=hours.MOST_CLOSINGS
)

OpeningSet = formset_factory(
    OpeningForm, extra=1, max_num=openings.MOST, absolute_max=openings.MOST
)


def lines_of(data: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The lists of lines below the form."""
    closings = [
        {"first": one["from"], "last": one["to"], "words": one["words"]}
        for one in values["exceptions"]
    ]
    opened = [
        {
            "first": one["from"], "last": one["to"], "words": one["words"],
            "times": openings.write_hours(one["hours"]),
        }
        for one in values["special_openings"]
    ]  # fmt: skip
    return {
        "contacts": ContactSet(data, prefix="contact", initial=values["contacts"]),
        "equipment": EquipmentSet(
            data, prefix="equipement", initial=values["equipment"],
            form_kwargs={"held": [one["code"] for one in values["equipment"]]},
        ),
        "closings": ClosingSet(data, prefix="fermeture", initial=closings),
        "openings": OpeningSet(data, prefix="ouverture", initial=opened),
    }  # fmt: skip


def values_of_lines(lines: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the lines give; an empty line is none."""
    labels = dict(choices("contact"))
    return {
        "contacts": [
            {
                "nature": one["nature"], "label": labels[one["nature"]], "phone": one["phone"],
                "email": one["email"], "level": one["level"] or "1",
            }
            for one in _filled(lines["contacts"], "nature")
            if one["phone"] or one["email"]
        ],
        "equipment": [
            {"code": one["code"], "count": one["count"] or 1, "max_weight": one["max_weight"], "note": ""}
            for one in _filled(lines["equipment"], "code")
        ],
        "exceptions": [
            {
                "from": one["first"].isoformat(), "to": (one["last"] or one["first"]).isoformat(),
                "words": one["words"],
            }
            for one in _filled(lines["closings"], "first")
        ],
        "special_openings": [
            {
                "from": one["first"].isoformat(), "to": (one["last"] or one["first"]).isoformat(),
                "hours": one["hours"], "words": one["words"],
            }
            for one in _filled(lines["openings"], "first")
        ],
    }  # fmt: skip


def _filled(lines: Any, name: str) -> Sequence[dict[str, Any]]:
    return [form.cleaned_data for form in lines if form.cleaned_data.get(name)]

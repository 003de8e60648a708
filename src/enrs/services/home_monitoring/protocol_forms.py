"""The form by which the region's team writes a protocol, and what its rules refuse, in words."""

from collections.abc import Mapping
from typing import Any

from django import forms

from enrs.core.subjects.measures import known_measures
from enrs.services.home_monitoring.forms import area
from enrs.services.home_monitoring.rules.protocols import ALERTS, ProtocolError

BOUNDS = ("red_low", "amber_low", "amber_high", "red_high", "rise")
QUESTIONS, STEPS = 10, 5
WHO = (
    ("", "Aucun autre"),
    ("watcher", "Qui veille"),
    ("on_call", "L’astreinte de qui veille"),
    ("starter", "Qui a commencé la surveillance"),
    ("cell", "La cellule régionale de soutien"),
    ("person", "La personne et ses représentants"),
)
LEVEL_CHOICES = (("amber", "À surveiller"), ("red", "Alerte"))
COLUMNS = {
    "red_low": "Alerte sous", "amber_low": "Attention sous", "amber_high": "Attention au-dessus de",
    "red_high": "Alerte au-dessus de", "rise": "Attention si hausse de",
}  # fmt: skip
FIELDS = {
    "title": "Le titre", "lead": "Le résumé", "source": "La source", "days": "La durée",
    "every_days": "Le rythme", "times": "Les heures", "grace_minutes": "La tolérance",
    "measures": "Les mesures", "questions": "Les questions", "steps_red": "Qui est prévenu d’une alerte",
    "steps_amber": "Qui est prévenu d’une attention", "steps_silent": "Qui est prévenu d’un silence",
    "night_who": "La nuit, qui veille", "night_starts": "La nuit, le début", "night_ends": "La nuit, la fin",
    "night_text": "La nuit, ce que lit la personne", "leaflet": "La notice",
    "green": "Le conseil « stable »", "amber": "Le conseil « à surveiller »", "red": "Le conseil « alerte »",
}  # fmt: skip
FAULTS = {
    "missing": "manque.", "number": "n’est pas un nombre ou une heure possible.",
    "order": "n’est pas dans l’ordre : alerte basse, attention basse, attention haute, alerte haute ;"
    " chaque délai plus long que le précédent.",
    "choice": "contient un choix inconnu.", "many": "contient trop d’éléments, ou deux fois le même.",
    "length": "est trop long.", "gap": "doit être plus courte que le temps entre deux relevés.",
}  # fmt: skip
TEXT = {"class": "form-control"}


def fault_sentence(error: ProtocolError) -> str:
    """What is wrong with a protocol, and where."""
    words = FIELDS.get(error.field, "")
    for key, one in known_measures().items():
        if error.field.startswith(f"{key}_"):
            column = COLUMNS.get(error.field.removeprefix(f"{key}_"), "")
            words = f"{one.label}, « {column} »"
    return f"{words or 'Le protocole'} {FAULTS.get(error.code, 'est à revoir.')}"


def _number(label: str, initial: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=initial, min_value=0, help_text=help_text)


class ProtocolForm(forms.Form):
    """A whole protocol, line by line; `content` is its data."""

    title = forms.CharField(label="Titre", max_length=120)
    code = forms.SlugField(
        label="Nom court", max_length=39,
        help_text="En minuscules, avec des tirets : il ne change plus ensuite.",
    )  # fmt: skip
    lead = forms.CharField(label="En une phrase", max_length=400, required=False)
    source = forms.CharField(
        label="Source des seuils", max_length=400, required=False,
        help_text="Recommandation, société savante, médecins qui l’ont validé.",
    )  # fmt: skip
    days = _number("Durée en jours", 14)
    every_days = _number("Un jour sur", 1, "1 pour tous les jours.")
    times = forms.CharField(
        label="Heures des relevés", initial="09:00", help_text="Par exemple : 09:00, 18:00."
    )
    grace_minutes = _number(
        "Tolérance en minutes", 180, "Au-delà, l’absence de relevé est signalée."
    )
    night_who = forms.ChoiceField(
        label="La nuit, à la place de qui veille",
        choices=(("", "Comme le jour"), *WHO[1:]),
        required=False,
    )
    night_starts = forms.CharField(label="De", initial="20:00", required=False)
    night_ends = forms.CharField(label="À", initial="08:00", required=False)
    night_weekends = forms.BooleanField(
        label="La fin de semaine et les jours fériés aussi", required=False
    )
    night_text = forms.CharField(
        label="Ce que la personne lit de la nuit", widget=area(2), max_length=400, required=False
    )
    advice_green = forms.CharField(
        label="Conseil, stable", widget=area(2), max_length=600, required=False
    )
    advice_amber = forms.CharField(
        label="Conseil, à surveiller", widget=area(2), max_length=600, required=False
    )
    advice_red = forms.CharField(
        label="Conseil, alerte", widget=area(2), max_length=600, required=False
    )
    leaflet = forms.CharField(
        label="Notice remise à la personne", widget=area(8), max_length=6000, required=False
    )

    def __init__(self, *args: Any, has_code: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_code:
            del self.fields["code"]
        for one in known_measures().values():
            self.fields[f"{one.key}_ask"] = forms.ChoiceField(
                label=f"{one.label} ({one.unit})", required=False,
                choices=[("", "Non"), ("required", "Demandée"), ("optional", "Facultative")],
            )  # fmt: skip
            for name, words in COLUMNS.items():
                self.fields[f"{one.key}_{name}"] = forms.CharField(
                    label=f"{one.label}, {words.lower()}", required=False, max_length=10,
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "size": "5"}),
                )  # fmt: skip
            self.fields[f"{one.key}_rise_days"] = forms.IntegerField(
                label=f"{one.label}, en combien de jours", required=False, min_value=0, max_value=90
            )
        for rank in range(1, QUESTIONS + 1):
            self.fields[f"q{rank}_code"] = forms.CharField(
                widget=forms.HiddenInput, required=False, max_length=39
            )
            self.fields[f"q{rank}_text"] = forms.CharField(
                label=f"Question {rank}", required=False, max_length=300
            )
            self.fields[f"q{rank}_level"] = forms.ChoiceField(
                label=f"Question {rank}, un oui est", choices=LEVEL_CHOICES, required=False
            )
        for kind in ALERTS:
            for rank in range(1, STEPS + 1):
                self.fields[f"{kind}{rank}_who"] = forms.ChoiceField(
                    label=f"{rank}. Prévenir", choices=WHO, required=False,
                    initial="" if has_code or rank > 1 else "watcher",
                )  # fmt: skip
                self.fields[f"{kind}{rank}_after"] = forms.IntegerField(
                    label=f"{rank}. Après, en minutes", required=False, min_value=0, max_value=2880
                )
        for field in self.fields.values():
            if not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs.setdefault("aria-label", str(field.label))

    @property
    def measure_rows(self) -> list[dict[str, Any]]:
        """A line of the table of measures for each that the record keeps."""
        return [
            {
                "label": f"{one.label} ({one.unit})",
                "fields": [self[f"{one.key}_{name}"] for name in ("ask", *BOUNDS, "rise_days")],
            }
            for one in known_measures().values()
        ]

    @property
    def question_rows(self) -> list[Any]:
        """A line of the table of questions."""
        names = ("code", "text", "level")
        return [[self[f"q{rank}_{name}"] for name in names] for rank in range(1, QUESTIONS + 1)]

    @property
    def step_tables(self) -> list[tuple[str, list[Any]]]:
        """Who is called, for each kind of alert."""
        return [
            (
                FIELDS[f"steps_{kind}"],
                [
                    [self[f"{kind}{rank}_{name}"] for name in ("who", "after")]
                    for rank in range(1, STEPS + 1)
                ],
            )
            for kind in ALERTS
        ]

    @property
    def content(self) -> dict[str, Any]:
        """The protocol's data, as the rules read it."""
        data = self.cleaned_data
        night = None
        if data["night_who"]:
            night = {
                "who": data["night_who"], "starts": data["night_starts"], "ends": data["night_ends"],
                "weekends": data["night_weekends"], "text": data["night_text"],
            }  # fmt: skip
        names = ("title", "lead", "source", "days", "every_days", "grace_minutes", "leaflet")
        return {name: data[name] for name in names} | {
            "times": [one.strip() for one in data["times"].split(",") if one.strip()],
            "measures": self._measures(),
            "questions": [
                {
                    "code": data[f"q{rank}_code"] or self._free_code(rank),
                    "text": data[f"q{rank}_text"],
                    "level": data[f"q{rank}_level"],
                }
                for rank in range(1, QUESTIONS + 1)
                if data[f"q{rank}_text"]
            ],
            "steps": {kind: self._steps(kind) for kind in ALERTS},
            "night": night,
            "advice": {level: data[f"advice_{level}"] for level in ("green", "amber", "red")},
        }

    def _free_code(self, rank: int) -> str:
        """A code that no other question has: one may have moved to another line."""
        taken = {self.cleaned_data[f"q{other}_code"] for other in range(1, QUESTIONS + 1)}
        while f"q-{rank}" in taken:
            rank += QUESTIONS
        return f"q-{rank}"

    def _measures(self) -> list[dict[str, Any]]:
        data, rows = self.cleaned_data, []
        for key in known_measures():
            if data[f"{key}_ask"]:
                row: dict[str, Any] = {"kind": key, "is_required": data[f"{key}_ask"] == "required"}
                row |= {name: data[f"{key}_{name}"] for name in BOUNDS if data[f"{key}_{name}"]}
                if data[f"{key}_rise_days"]:
                    row["rise_days"] = data[f"{key}_rise_days"]
                rows.append(row)
        return rows

    def _steps(self, kind: str) -> list[dict[str, Any]]:
        data = self.cleaned_data
        return [
            {"who": data[f"{kind}{rank}_who"], "after": data[f"{kind}{rank}_after"] or 0}
            for rank in range(1, STEPS + 1)
            if data[f"{kind}{rank}_who"]
        ]


def initial_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values from a protocol's data."""
    names = ("title", "lead", "source", "days", "every_days", "grace_minutes", "leaflet")
    values: dict[str, Any] = {name: content.get(name, "") for name in names}
    values["times"] = ", ".join(content.get("times", []))
    for row in content.get("measures", []):
        key = row["kind"]
        values[f"{key}_ask"] = "required" if row.get("is_required", True) else "optional"
        values |= {f"{key}_{name}": row.get(name, "") for name in (*BOUNDS, "rise_days")}
    for rank, row in enumerate(content.get("questions", [])[:QUESTIONS], 1):
        values |= {f"q{rank}_{name}": row.get(name, "") for name in ("code", "text", "level")}
    for kind in ALERTS:
        for rank, row in enumerate((content.get("steps") or {}).get(kind, [])[:STEPS], 1):
            values |= {f"{kind}{rank}_who": row["who"], f"{kind}{rank}_after": row["after"]}
    night = content.get("night") or {}
    values |= {
        f"night_{name}": night.get(name, "")
        for name in ("who", "starts", "ends", "weekends", "text")
    }
    advice = content.get("advice") or {}
    return values | {
        f"advice_{level}": advice.get(level, "") for level in ("green", "amber", "red")
    }

"""A template of plan: problems, goals, actions and the roles proposed for them (pure).

`content` is plain JSON: `lead` (for whom it is meant) and `rows`, each with its `kind`, a `key` of its own and the
key `of` the row above it (a goal's problem, an action's goal; 0 for none).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from enrs.core.plans.rules import words

MAX_ROWS = 60
"""Rows of a template: past that nobody reads the plan that comes of it."""
MAX_DAYS = 3650
MAX_TITLE = 120

ROLES = (
    ("physician", "Médecin traitant", ("médecin", "généraliste", "gériatre")),
    ("nurse", "Infirmier", ("infirmi",)),
    ("pharmacist", "Pharmacien", ("pharmaci",)),
    ("allied", "Kinésithérapeute ou autre rééducateur", ("kinési", "ergothé", "orthoph", "diétét")),
    ("coordinator", "Coordinateur", ("coordin",)),
    ("social_worker", "Travailleur social", ("social",)),
    (
        "home_help",
        "Aide à domicile",
        ("aide à domicile", "aide à la personne", "auxiliaire de vie"),
    ),
    ("person", "La personne ou un proche", ()),
)
"""The roles that a template may propose, their words, and the beginnings of words by which a function of the
circle is known to be one."""
ROLE_WORDS = {code: label for code, label, _ in ROLES}

KINDS = ("problem", "goal", "action")
ABOVE = {"problem": "", "goal": "problem", "action": "goal"}
FIELDS = {
    "problem": ("label", "code", "detail"),
    "goal": ("text", "criteria", "days"),
    "action": ("text", "kind", "role", "days"),
}
LENGTHS = {"label": 300, "detail": 2000, "criteria": 500, "text": 500, "lead": 500}


class TemplateError(Exception):
    """What a template says cannot be: `reason` is the code, `field` what it is about."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, name


@dataclass(frozen=True, slots=True)
class Branch:
    """A row with those under it."""

    row: Mapping[str, Any]
    under: list["Branch"] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What the row says."""
        return str(self.row.get("label") or self.row.get("text", ""))


def rows_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows, in their order."""
    return list(content.get("rows", ()))


def tree(content: Mapping[str, Any]) -> list[Branch]:
    """The rows as they hang together: problems with goals with actions, then what hangs on nothing."""
    branches = {one["key"]: Branch(one) for one in rows_of(content)}
    tops: list[Branch] = []
    for one in rows_of(content):
        above = branches.get(one.get("of", 0))
        (above.under if above else tops).append(branches[one["key"]])
    return tops


def checked(content: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, Any]:
    """The content, cleaned; `codes` is the dictionary of problems of its kind, empty when they are free.

    Raises:
        TemplateError: `long`, `many`, `empty`, `choice`, `days`, `above` (hangs on what is not there).
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("rows", []), list):
        raise TemplateError("choice")
    lead = _text(content, "lead")
    found: list[dict[str, Any]] = []
    kinds: dict[int, str] = {}
    if len(content.get("rows", ())) > MAX_ROWS:
        raise TemplateError("many")
    for given in content.get("rows", ()):
        row = _row(given, codes)
        above = kinds.get(row["of"], "")
        if row["key"] in kinds or (row["of"] and above != ABOVE[row["kind"]]):
            raise TemplateError("above")
        kinds[row["key"]] = row["kind"]
        found.append(row)
    return {"lead": lead, "rows": found}


def _row(given: Any, codes: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(given, Mapping) or given.get("kind") not in KINDS:
        raise TemplateError("choice", "kind")
    kind = given["kind"]
    key, of = given.get("key"), given.get("of") or 0
    if not isinstance(key, int) or not isinstance(of, int) or key < 1:
        raise TemplateError("above")
    values = {name: _value(kind, name, given) for name in FIELDS[kind]}
    if kind == "problem":
        _check_problem(values, codes)
    elif not values["text"]:
        raise TemplateError("empty", "text")
    return {"kind": given["kind"], "key": key, "of": of, **_renamed(kind, values)}


def _renamed(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """`kind` is the row's; an action's own is kept as `type`."""
    if kind == "action":
        values["type"] = values.pop("kind")
    return values


def _value(kind: str, name: str, given: Mapping[str, Any]) -> Any:
    if name == "days":
        return _days(given)
    if kind == "action" and name == "kind":
        chosen = given.get("type", "prevention")
        if chosen not in dict(words.ACTION_KINDS):
            raise TemplateError("choice", "type")
        return chosen
    if name == "role":
        chosen = given.get("role", "")
        if chosen not in ROLE_WORDS:
            raise TemplateError("choice", "role")
        return chosen
    return _text(given, name)


def _days(given: Mapping[str, Any]) -> int | None:
    days = given.get("days")
    if days in (None, ""):
        return None
    if not isinstance(days, int) or not 0 <= days <= MAX_DAYS:
        raise TemplateError("days", "days")
    return days


def _text(given: Mapping[str, Any], name: str) -> str:
    text = given.get(name, "")
    if not isinstance(text, str):
        raise TemplateError("choice", name)
    clean = text.replace("\x00", "").strip()
    if len(clean) > LENGTHS.get(name, 40):
        raise TemplateError("long", name)
    return clean


def _check_problem(values: dict[str, Any], codes: Mapping[str, str]) -> None:
    if codes and values["code"] not in codes:
        raise TemplateError("choice", "code")
    values["label"] = values["label"] or codes.get(values["code"], "")
    if not values["label"]:
        raise TemplateError("empty", "label")


def with_row(content: Mapping[str, Any], row: Mapping[str, Any], key: int = 0) -> dict[str, Any]:
    """The content with one row more, or with the row of this key replaced."""
    rows = rows_of(content)
    if key:
        rows = [{**row, "key": key} if one["key"] == key else one for one in rows]
    else:
        rows = [*rows, {**row, "key": max((one["key"] for one in rows), default=0) + 1}]
    return {**content, "rows": rows}


def without_row(content: Mapping[str, Any], key: int) -> dict[str, Any]:
    """The content without a row and what hangs on it."""
    gone = {key}
    for one in rows_of(content):  # What hangs on a row comes after it: one pass finds them all.
        if one.get("of") in gone:
            gone.add(one["key"])
    return {**content, "rows": [one for one in rows_of(content) if one["key"] not in gone]}


def who_for(role: str, team: Sequence[Any]) -> Any:
    """The one of the circle whose function is this role; None for nobody, or when there are several.

    `team` holds teammates with `role`, the words of their function. Several are for a person to choose among.
    """
    stems = next((found for code, _, found in ROLES if code == role), ())
    fitting = [one for one in team if _is_one(one.role.lower(), stems)]
    own = [one for one in fitting if "traitant" in one.role.lower()] or fitting
    return own[0] if len(own) == 1 else None


def _is_one(function: str, stems: Iterable[str]) -> bool:
    return any(stem in function for stem in stems)

"""The words and the rules of a plan (pure): states, kinds of action, what a row must say.

Sources: HAS, *Plan personnalisé de coordination en santé*, July 2019 (four parts; prevention first; shared
goals that were stated and not reached); FHIR R4 CarePlan and Goal for the codes that leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PLAN_STATUSES = (
    ("draft", "En préparation"),
    ("active", "En cours"),
    ("completed", "Terminé"),
    ("revoked", "Arrêté"),
)
GOAL_STATUSES = (
    ("active", "En cours"),
    ("reached", "Atteint"),
    ("not_reached", "Non atteint"),
    ("abandoned", "Abandonné"),
)
ACTION_KINDS = (
    ("prevention", "Prévention"),
    ("compensation", "Compensation"),
    ("rehabilitation", "Réadaptation"),
    ("care", "Soin"),
    ("social", "Accompagnement social"),
    ("other", "Autre"),
)
ACTION_STATUSES = (
    ("planned", "Prévue"),
    ("in_progress", "En cours"),
    ("done", "Réalisée"),
    ("cancelled", "Non réalisée"),
)
LIVE_ACTIONS = ("planned", "in_progress")
"""States of an action that somebody still has to do."""
WHO_KINDS = (
    ("member", "Membre du cercle"),
    ("organisation", "Structure"),
    ("person", "La personne ou un proche"),
    ("free", "Autre"),
)
PARTIES = (("person", "La personne"), ("proxy", "Son représentant"), ("actor", "Un intervenant"))
ANSWERS = (
    ("agreed", "D’accord"),
    ("reserved", "D’accord avec réserves"),
    ("proposed", "Propose un changement"),
    ("refused", "Refus"),
)
PARTY_ANSWERS = {
    "person": ("agreed", "reserved", "refused"),
    "proxy": ("agreed", "reserved", "refused"),
}
"""What the person and who represents them may answer; an actor may also propose a change of their part."""
AGREEING = ("agreed", "reserved")
"""Answers by which somebody takes their part on."""
MEANS = (
    ("oral", "De vive voix"),
    ("signed", "Signature sur papier"),
    ("screen", "Signature à l’écran"),
    ("online", "En ligne"),
)
SIGNING = ("screen", "signed", "oral")
"""How a professional collects what the person answers to the plan that they were read."""

TONES = {
    "draft": "attention",
    "active": "information",
    "completed": "sûr",
    "revoked": "neutre",
    "reached": "sûr",
    "not_reached": "alerte",
    "abandoned": "neutre",
    "planned": "neutre",
    "in_progress": "information",
    "done": "sûr",
    "cancelled": "neutre",
    "agreed": "sûr",
    "reserved": "attention",
    "proposed": "attention",
    "refused": "alerte",
}
"""The tone of each state, for its mark."""

FHIR_PLAN = {"draft": "draft", "active": "active", "completed": "completed", "revoked": "revoked"}
FHIR_GOAL = {
    "active": "active",
    "reached": "completed",
    "not_reached": "completed",
    "abandoned": "cancelled",
}
FHIR_ACHIEVED = {"active": "in-progress", "reached": "achieved", "not_reached": "not-achieved"}
FHIR_ACTION = {
    "planned": "scheduled",
    "in_progress": "in-progress",
    "done": "completed",
    "cancelled": "cancelled",
}

MAX_TEXT = 10_000
MAX_ROWS = 200
"""Rows of one kind in a plan: past that nobody reads it."""

UNSETTLED = ("not_reached", "abandoned")
"""States of a goal that want a why: the last part of the plan lists them."""


@dataclass(frozen=True, slots=True)
class RowShape:
    """What one kind of row holds: the fields a person fills, those it cannot do without, its choices."""

    fields: tuple[str, ...]
    required: tuple[str, ...]
    choices: Mapping[str, tuple[tuple[str, str], ...]]
    lengths: Mapping[str, int]


PROBLEM = RowShape(
    fields=("label", "detail", "priority", "code", "code_system", "is_resolved"),
    required=("label",),
    choices={},
    lengths={"label": 300, "detail": MAX_TEXT, "code": 40, "code_system": 100},
)
GOAL = RowShape(
    fields=(
        "text", "criteria", "stated_by", "is_shared", "due_on", "problem_id", "status", "settled_on", "why",
    ),
    required=("text",),
    choices={"status": GOAL_STATUSES},
    lengths={"text": 500, "criteria": 500, "stated_by": 200, "why": MAX_TEXT},
)  # fmt: skip
ACTION = RowShape(
    fields=(
        "text", "kind", "who_kind", "who_id", "who_label", "due_on", "goal_id", "status", "evaluation",
        "evaluated_on",
    ),
    required=("text", "who_label"),
    choices={"kind": ACTION_KINDS, "who_kind": WHO_KINDS, "status": ACTION_STATUSES},
    lengths={"text": 500, "who_label": 200, "evaluation": MAX_TEXT},
)  # fmt: skip
HEADER = RowShape(
    fields=(
        "title", "situation", "wishes", "synthesis", "referent_id", "referent_name", "referent_label",
        "revise_on",
    ),
    required=("title",),
    choices={},
    lengths={
        "title": 200, "situation": MAX_TEXT, "wishes": MAX_TEXT, "synthesis": MAX_TEXT,
        "referent_name": 200, "referent_label": 200,
    },
)  # fmt: skip
SHAPES = {"problem": PROBLEM, "goal": GOAL, "action": ACTION}


def refusal(shape: RowShape, values: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with the values of a row: (field, code), both empty when nothing is.

    Codes: `unknown` (a field that is not a person's to fill), `empty`, `long`, `choice`, `why`, `priority`.
    """
    for name, value in values.items():
        if wrong := _wrong_value(shape, name, value):
            return name, wrong
    for name in shape.required:
        if name in values and not str(values[name] or "").strip():
            return name, "empty"
    if values.get("status") in UNSETTLED and not str(values.get("why") or "").strip():
        return "why", "why"
    return "", ""


def _wrong_value(shape: RowShape, name: str, value: Any) -> str:
    if name not in shape.fields:
        return "unknown"
    if isinstance(value, str) and len(value) > shape.lengths.get(name, MAX_TEXT):
        return "long"
    if name in shape.choices and value not in dict(shape.choices[name]):
        return "choice"
    if name == "priority" and not 1 <= int(value or 0) <= 99:
        return "priority"
    return ""


MOVES = {"draft": ("active", "revoked"), "active": ("completed", "revoked")}


def may_move(status: str, target: str) -> bool:
    """Whether a plan may pass from one state to another; what is over stays over."""
    return target in MOVES.get(status, ())


def is_late(due: Any, status: str, today: Any) -> bool:
    """Whether something still expected passed its date."""
    return bool(due and due < today and status in ("active", "draft", "planned", "in_progress"))

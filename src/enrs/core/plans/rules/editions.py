"""What somebody answered to: the content of a plan, and the part that it asks of one actor (pure).

An *edition* is a state of what people agree to. Following the plan (an action done, a goal reached, its date of
revision moved) makes no new edition: a signature would otherwise be lost at the first act of what it consents to.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from enrs.core.plans.rules import words

AGREED = {
    "plan": ("situation", "wishes", "synthesis", "referent_id", "referent_name"),
    "problem": ("label", "detail", "code"),
    "goal": ("text", "criteria", "stated_by", "due_on", "problem_id", "is_dropped"),
    "action": (
        "text",
        "kind",
        "who_kind",
        "who_id",
        "who_label",
        "due_on",
        "goal_id",
        "is_dropped",
    ),
}
"""Fields of each object that people agree to; a change of another one leaves their answers as they are.

Help that the person agreed to and that is dropped is a change of it; help that was given is not.
"""
DROPPED = {"goal": "abandoned", "action": "cancelled"}
"""The state in which a goal is sought no more, or an action not to be done."""


def is_agreed_change(kind: str, former: Mapping[str, Any], row: Any = None) -> bool:
    """Whether a change from these former values makes a new edition; `row` as it is after it."""
    was_dropped = former.get("status") == DROPPED.get(kind, "")
    is_dropped = "status" in former and row is not None and row.is_dropped
    return bool(set(former) & set(AGREED[kind])) or was_dropped != is_dropped


def key_of(who_kind: str, who_id: UUID | None, label: str) -> str:
    """Who is named, as one word: two actions of the same actor have the same."""
    if who_id:
        return f"{who_kind}:{who_id}"
    return f"{who_kind}:{' '.join(label.lower().split())}"


def is_named(key: str) -> bool:
    """Whether an actor of this key may be sent their part: one of the circle."""
    return key.startswith(("member:", "organisation:"))


def parts_of(actions: Iterable[Any]) -> dict[str, list[Any]]:
    """The actions of each actor, in the order in which they are named; those of the person are nobody's part."""
    found: dict[str, list[Any]] = {}
    for one in sorted(actions, key=lambda one: one.id):
        if one.who_kind != "person":
            found.setdefault(key_of(one.who_kind, one.who_id, one.who_label), []).append(one)
    return found


def part_print(actions: Iterable[Any]) -> str:
    """The print of what is asked of one actor: their actions, with the goals that these serve.

    `actions` carry `goal`, already read.
    """
    return _print([
        [one.text, one.kind, str(one.due_on or ""), one.goal.text if one.goal_id and one.goal else ""]
        for one in sorted(actions, key=lambda one: one.id)
    ])  # fmt: skip


def content_of(whole: Any) -> dict[str, Any]:
    """A plan's edition as plain JSON: what is shown to whoever signs it, hashed, and kept with the signature.

    `whole` holds `plan`, `problems`, `goals` and `actions`, as `queries.whole` gives them.
    """
    plan = whole.plan
    rows = {"problem": whole.problems, "goal": whole.goals, "action": whole.actions}
    return {
        "plan": {"id": str(plan.id), "plan_kind": plan.kind} | _values("plan", plan),
        **{
            kind: [{"id": str(one.id)} | _values(kind, one) for one in sorted(found, key=lambda one: one.id)]
            for kind, found in rows.items()
        },
    }  # fmt: skip


def content_print(whole: Any) -> str:
    """The print of a plan's edition (SHA-256 in hexadecimal): what its signature is tied to."""
    return print_of(content_of(whole))


def print_of(content: Mapping[str, Any]) -> str:
    """The print of an edition that was kept."""
    return _print(content)


def readable(content: Mapping[str, Any], states: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An edition in the words of a page: every field that is hashed; `states` are those of rows, by their id."""
    problems = {one["id"]: one["label"] for one in content["problem"]}
    goals = {one["id"]: one["text"] for one in content["goal"]}
    kinds, known = dict(words.ACTION_KINDS), states or {}
    return {
        "plan": content["plan"],
        "problems": [one | {"state": known.get(one["id"], "")} for one in content["problem"]],
        "goals": [_told("goal", one, problems.get(one["problem_id"], ""), known) for one in content["goal"]],
        "actions": [
            _told("action", one, goals.get(one["goal_id"], ""), known) | {"kind": kinds.get(one["kind"], one["kind"])}
            for one in content["action"]
        ],
    }  # fmt: skip


def _told(
    kind: str, row: Mapping[str, Any], above: str, known: Mapping[str, str]
) -> dict[str, Any]:
    """A row with its date, what it is for, and its state; one that is dropped says so whatever is known since."""
    statuses = dict(words.GOAL_STATUSES if kind == "goal" else words.ACTION_STATUSES)
    state = statuses[DROPPED[kind]] if row["is_dropped"] else known.get(row["id"], "")
    due = date.fromisoformat(row["due_on"]) if row["due_on"] else None
    return {**row, "due_on": due, "above": above, "state": state}


def _values(kind: str, row: Any) -> dict[str, str]:
    return {name: str(getattr(row, name) or "") for name in AGREED[kind]}


def _print(said: Any) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

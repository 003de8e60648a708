"""What somebody answered to: the content of a plan, and the part that it asks of one actor (pure).

An *edition* is a state of what people agree to. Following the plan (an action done, a goal reached, its date of
revision moved) makes no new edition: a signature would otherwise be lost at the first act of what it consents to.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

AGREED = {
    "plan": ("situation", "wishes", "synthesis", "referent_id", "referent_name"),
    "problem": ("label", "detail", "code"),
    "goal": ("text", "criteria", "stated_by", "due_on", "problem_id"),
    "action": ("text", "kind", "who_kind", "who_id", "who_label", "due_on", "goal_id"),
}
"""Fields of each object that people agree to; a change of another one leaves their answers as they are."""


def is_agreed_change(kind: str, fields: Collection[str]) -> bool:
    """Whether a change of these fields makes a new edition."""
    return bool(set(fields) & set(AGREED[kind]))


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


def content_print(whole: Any) -> str:
    """The print of a plan's edition (SHA-256 in hexadecimal): what its signature is tied to.

    `whole` holds `plan`, `problems`, `goals` and `actions`, as `queries.whole` gives them.
    """
    plan = whole.plan
    rows = {"problem": whole.problems, "goal": whole.goals, "action": whole.actions}
    return _print({
        "plan": [str(plan.id), plan.kind, *_values("plan", plan)],
        **{
            kind: [[str(one.id), *_values(kind, one)] for one in sorted(found, key=lambda one: one.id)]
            for kind, found in rows.items()
        },
    })  # fmt: skip


def _values(kind: str, row: Any) -> list[str]:
    return [str(getattr(row, name) or "") for name in AGREED[kind]]


def _print(said: Any) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

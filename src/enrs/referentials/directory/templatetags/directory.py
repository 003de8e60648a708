"""What the pages of the directory say of a change."""

from collections.abc import Mapping
from uuid import UUID

from django import template

from enrs.referentials.directory.models import Change
from enrs.referentials.directory.rules import FIELD_WORDS

register = template.Library()


@register.filter
def told_fields(change: Change) -> list[dict[str, str]]:
    """The fields that a person reads (codes and keys follow them), before and after."""
    return [
        {
            "label": FIELD_WORDS[name],
            "before": _words(name, change.before.get(name)),
            "after": _words(name, change.after.get(name)),
        }
        for name in sorted(change.after.keys() | change.before.keys())
        if name in FIELD_WORDS
    ]


@register.filter
def subject_in(change: Change, subjects: Mapping[UUID, str]) -> str:
    """What a change is of, when a history tells of several things."""
    return subjects.get(change.object_id, "")


STATES = {"A": "actif", "F": "fermé", "C": "cessé"}
"""States as SIRENE codes them."""


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = "" if value is None else str(value)
    return STATES.get(text, text) if name == "state" else text

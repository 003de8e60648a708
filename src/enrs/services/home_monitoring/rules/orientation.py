"""Severity of a filled orientation form by its stated rules, which are data (`orientation/*.json`) (pure).

A rule names a `question`, one condition (`below`, `above` a number; `is` true or false; `any` when something is
chosen), the `level` that it gives and its words. A question that was not answered says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from enrs.services.home_monitoring.rules.protocols import LEVELS
from enrs.services.home_monitoring.rules.thresholds import worst


@dataclass(frozen=True, slots=True)
class Orientation:
    """The level of an answer, and the words of the rules that gave it and the lesser ones, the gravest first."""

    level: str
    reasons: list[tuple[str, str]]
    missing: list[str]

    @property
    def outcome(self) -> str:
        """What it leads to: no red may be ruled out while a needed sign was not taken (`incomplete`)."""
        return "incomplete" if self.missing and self.level != "red" else self.level


def orient(
    values: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], needed: Mapping[str, str]
) -> Orientation:
    """The gravest level that a rule gives, `green` when none holds; the words of what is `needed` and missing."""
    held = [one for one in rules if _holds(one, values.get(one["question"]))]
    reasons = [(one["level"], one["text"]) for one in held]
    reasons.sort(key=lambda one: -LEVELS.index(one[0]))
    missing = [words for question, words in needed.items() if values.get(question) in (None, "")]
    return Orientation(worst([level for level, _ in reasons]), reasons, missing)


def _holds(rule: Mapping[str, Any], value: Any) -> bool:
    if value is None or value == "":
        return False
    if "below" in rule:
        return Decimal(str(value)) < Decimal(rule["below"])
    if "above" in rule:
        return Decimal(str(value)) > Decimal(rule["above"])
    if "is" in rule:
        return bool(value) is bool(rule["is"])
    return bool(value)

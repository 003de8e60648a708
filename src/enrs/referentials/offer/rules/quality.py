"""Quality of a description, by the families of the ROR's indicators.

Families after the published indicators (ansforge/ROR-indicateurs-BI-SQL): CO coherence (with FINESS and
within the unit), CP completeness, EX exhaustiveness, RE recency, ST standard. The weights are ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

FRESH_DAYS = 90
"""Past it a unit asks its referent « toujours exact ? »."""
OLD_DAYS = 365
ASK_AGAIN_DAYS = 30
"""Its referents are not asked again about a unit before."""

FAMILIES = {
    "CP": "Complétude",
    "CO": "Cohérence",
    "EX": "Exhaustivité",
    "RE": "Fraîcheur",
    "ST": "Standard",
}
BED_MODES = ("28", "30", "34")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is asked: its family and code, how much it weighs, and whether it stops publication."""

    code: str
    weight: int
    blocks: bool = False

    @property
    def family(self) -> str:
        return self.code[:2]


RULES = {
    rule.code: rule
    for rule in (
        Rule("CP01", 8, blocks=True), Rule("CP02", 8, blocks=True), Rule("CP03", 8),
        Rule("CP04", 8), Rule("CP05", 6), Rule("CP06", 6), Rule("CP07", 4),
        Rule("CO01", 8, blocks=True), Rule("CO02", 5), Rule("CO03", 5, blocks=True), Rule("CO04", 4),
        Rule("EX01", 6), Rule("EX02", 4), Rule("RE01", 10), Rule("RE02", 6), Rule("ST01", 4, blocks=True),
    )
}  # fmt: skip
"""Sentences are in the templates: see `words.py`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need besides the unit's own values."""

    now: datetime
    known: Mapping[str, frozenset[str]]
    """The codes of each table."""
    site_department: str = ""
    site_is_closed: bool = False
    verified_at: datetime | None = None
    kind: str = "unit"
    held: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The codes of each table that the unit has already."""


def faults(values: Mapping[str, Any], facts: Facts) -> list[str]:
    """The codes of the rules that a description does not keep, in their order."""
    checks = {
        "CP01": not values["name"].strip(),
        "CP02": not values["activity_code"],
        "CP03": not values["mode_codes"],
        "CP04": not values["contacts"],
        "CP05": not (values["is_always_open"] or values["hours"]),
        "CP06": not values["public_codes"],
        "CP07": not values["description"].strip(),
        "CO01": facts.site_is_closed,
        "CO02": bool(
            values["department"]
            and facts.site_department
            and values["department"] != facts.site_department
        ),
        "CO03": _is_upside_down(values["age_from"], values["age_to"]),
        "CO04": bool(set(values["mode_codes"]) & set(BED_MODES)) and not values["place_count"],
        "EX01": values["latitude"] is None,
        "EX02": not values["conditions"].strip(),
        "RE01": _is_older(facts, FRESH_DAYS),
        "RE02": _is_older(facts, OLD_DAYS),
        "ST01": bool(unknown_codes(values, facts.known)),
    }
    return [code for code, is_broken in checks.items() if is_broken]


def score(broken: Sequence[str]) -> int:
    """0 to 100: the share of the weights that is kept."""
    total = sum(rule.weight for rule in RULES.values())
    lost = sum(RULES[code].weight for code in broken)
    return round(100 * (total - lost) / total)


def blocking(broken: Sequence[str], values: Mapping[str, Any], facts: Facts) -> list[str]:
    """Those that stop a publication. A code that left its table does not when the unit had it already: another
    change must not wait for it."""
    known = {name: codes | facts.held.get(name, frozenset()) for name, codes in facts.known.items()}
    return [
        code
        for code in broken
        if RULES[code].blocks and (code != "ST01" or unknown_codes(values, known))
    ]


def unknown_codes(values: Mapping[str, Any], known: Mapping[str, frozenset[str]]) -> list[str]:
    """Codes that no table has."""
    given = {
        "activity": [values["activity_code"]],
        "field": [values["field_code"]],
        "mode": values["mode_codes"],
        "reception": values["reception_codes"],
        "speciality": values["speciality_codes"],
        "act": values["act_codes"],
        "public": values["public_codes"],
        "equipment": [one["code"] for one in values["equipment"]],
        "level": [one["level"] for one in values["contacts"]],
    }
    return [
        code for name, codes in given.items() for code in codes if code and code not in known[name]
    ]


def _is_upside_down(low: int | None, high: int | None) -> bool:
    return low is not None and high is not None and low > high


def _is_older(facts: Facts, days: int) -> bool:
    return facts.verified_at is None or facts.now - facts.verified_at > timedelta(days=days)

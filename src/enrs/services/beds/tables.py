"""The tables of `data/`: kinds of units with their thresholds, kinds of crisis, needs."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A kind of unit; `stale_hours` is the age after which its figures are shown as old."""

    code: str
    label: str
    short: str
    is_critical: bool
    stale_hours: int


@dataclass(frozen=True, slots=True)
class CrisisKind:
    """A kind of crisis and the figures that it asks of each unit: (code, label)."""

    code: str
    label: str
    icon: str
    questions: tuple[tuple[str, str], ...]


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@cache
def unit_kinds() -> dict[str, UnitKind]:
    """Kinds of units by code, in the order of the page."""
    return {
        row["code"]: UnitKind(
            row["code"], row["label"], row["short"], row["is_critical"] == "1", int(row["stale_hours"])
        )
        for row in _read("unit_kinds.csv")
    }  # fmt: skip


@cache
def followed() -> tuple[dict[str, str], dict[str, str]]:
    """Activities, then fields, to the kind of unit of the offers that are followed."""
    rows = _read("unit_kinds.csv")
    activities = {code: row["code"] for row in rows for code in row["activities"].split()}
    return activities, {code: row["code"] for row in rows for code in row["fields"].split()}


def kind_of(activity_code: str, field_code: str) -> str:
    """The kind of unit of an operational offer; empty when it holds no beds that are followed."""
    activities, fields = followed()
    return activities.get(activity_code) or fields.get(field_code, "")


@cache
def critical_kinds() -> tuple[str, ...]:
    """Kinds of units whose beds the crisis cell gives."""
    return tuple(one.code for one in unit_kinds().values() if one.is_critical)


@cache
def crisis_kinds() -> dict[str, CrisisKind]:
    """Kinds of crisis by code."""
    asked = _read("crisis_questions.csv")
    return {
        row["code"]: CrisisKind(
            row["code"], row["label"], row["icon"],
            tuple((one["code"], one["label"]) for one in asked if one["crisis"] == row["code"]),
        )
        for row in _read("crises.csv")
    }  # fmt: skip


@cache
def needs() -> dict[str, str]:
    """What a request for a bed may need, by code."""
    return {row["code"]: row["label"] for row in _read("needs.csv")}

"""What is known of the cast: problems, allergies, treatments, vaccines. The words are in `data/summaries.toml`."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from enrs.config.demo.days.stage import Stage
from enrs.services.record import demo as record

FILE: Final = Path(__file__).resolve().parents[1] / "data" / "summaries.toml"
TOLD: Final = ("by", "days", "years", "months", "autumn")
"""What a line of the file says besides the fields of its entry."""


def play(stage: Stage) -> None:
    """Write the summary of each, then the weight and height of the children at their last visit."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for life, kinds in told.items():
        for kind, lines in kinds.items():
            for line in lines:
                _line(stage, life, kind, line)
    for life, weight, height in (
        ("benslimane_ines", "29.4", "134"),
        ("benslimane_adam", "16.8", "103"),
    ):
        for kind, value in (("weight", weight), ("height", height)):
            record.measure(
                stage.rows, patient=stage.lives[life], by=stage.people["moreau"], kind=kind, value=value,
                at=stage.at(-75, 17, 20),
            )  # fmt: skip


def _line(stage: Stage, life: str, kind: str, line: Mapping[str, Any]) -> None:
    values = {name: value for name, value in line.items() if name not in TOLD}
    when = _when(stage, life, line)
    if when:
        values["given_on" if kind == "vaccination" else "began_on"] = when
    record.write_entry(
        stage.rows, kind, patient=stage.lives[life], by=stage.people[line["by"]],
        at=stage.at(-line["days"], 11) - timedelta(minutes=len(line["display"])), **values,
    )  # fmt: skip


def _when(stage: Stage, life: str, line: Mapping[str, Any]) -> str:
    """A year, or the month at which a child was so old."""
    if "autumn" in line:
        return f"{stage.today.year - (stage.today.month < 11)}-10"
    if "months" in line:
        born = stage.region.lives[life].birth_date
        count = born.year * 12 + born.month - 1 + line["months"]
        return f"{count // 12}-{count % 12 + 1:02d}"
    return str(stage.today.year - line["years"]) if "years" in line else ""

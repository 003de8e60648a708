"""The report that goes with a model file: what each level is worth, how often it holds, what errors to expect."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from enrs.referentials.identity.matching.comparisons import COMPARISONS
from enrs.referentials.identity.matching.model import Model

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Rate:
    """At a threshold in bits: links without a barrier, errors among them by the model, and by a truth if known."""

    threshold: float
    links: int
    expected: float
    wrong: int | None = None
    recall: float | None = None


def expected_errors(engine: "DuckDBPyConnection") -> list[Rate]:
    """By threshold, from the probabilities of the table `edge`."""
    rows = engine.execute(
        """
        select t, count(*), sum(1 / (1 + pow(2, least(weight, 60))))
        from edge, (select unnest(range(0, 31, 2)) as t) where weight >= t and barrier = '' group by t order by t
        """
    ).fetchall()
    return [Rate(float(t), int(links), float(expected)) for t, links, expected in rows]


def write_report(path: Path, model: Model, rates: Sequence[Rate]) -> None:
    """Write the report of a model as Markdown."""
    lines = [
        f"# Matching model {model.version}\n",
        f"Trained on {model.body.get('trained_on', '')}. Two records drawn at random are of one person with odds of "
        f"2^{model.prior_bits:.1f}. Links by rule from {model.automatic:g} bits, shown to the unit from "
        f"{model.work:g}.\n",
        "## What each level is worth\n",
        "Bits for (right) or against (left); m: how often among records of one person; u: among those of two. "
        "« × » marks a level whose bits grow with the rarity of the value: the figure is that of a value of no list.\n",
    ]
    for index, one in enumerate(COMPARISONS):
        lines += [f"### {one.label}\n", "| Level | m | u | Bits | |", "|---|---:|---:|---:|---|"]
        for rank, level in enumerate(one.levels, 1):
            m, u = model.body["weights"][one.name][rank - 1]
            bits = model.bits[index][rank]
            if level.by_term:
                bits = model.agreement_bits[index][rank] + model.rare[level.by_term]
            mark = " ×" if level.by_term else ""
            lines.append(
                f"| {level.words}{mark} | {m:.5f} | {u:.2g} | {bits:+.1f} | {_bar(bits)} |"
            )
        lines.append("")
    lines += ["## Thresholds\n", *_table(rates), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _bar(bits: float) -> str:
    return ("▮" if bits > 0 else "▯") * min(30, round(abs(bits)))


def _table(rates: Sequence[Rate]) -> list[str]:
    lines = [
        "| From (bits) | Links | Errors expected | Errors counted | Recall |",
        "|---:|---:|---:|---:|---:|",
    ]
    for one in rates:
        wrong = "" if one.wrong is None else str(one.wrong)
        recall = "" if one.recall is None else f"{one.recall:.4f}"
        lines.append(
            f"| {one.threshold:g} | {one.links} | {one.expected:.1f} | {wrong} | {recall} |"
        )
    return lines

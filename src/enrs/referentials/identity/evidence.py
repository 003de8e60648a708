"""The evidence of a possible duplicate as a waterfall: what each comparison adds or takes away, in bits."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrs.referentials.identity.models import WorkItem

SLACK = 0.05
"""Bits under which the weight of a pair and the sum of its comparisons are the same figure."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its words, its bits, and where it stands on a scale of 0 to 100."""

    label: str
    verdict: str
    bits: float
    left: float
    width: float

    @property
    def is_against(self) -> bool:
        return self.bits < 0

    @property
    def x(self) -> str:
        """Where the bar begins, for a drawing: a point in any language."""
        return f"{self.left:.1f}"

    @property
    def breadth(self) -> str:
        """How wide the bar is, for a drawing."""
        return f"{self.width:.1f}"

    @property
    def words(self) -> str:
        """The bits with their sign, as a reader says them."""
        return f"{self.bits:+.1f}".replace(".", ",").replace("-", "−")


def explained(levels: str) -> Sequence[tuple[str, str, float]]:
    """(comparison, verdict, bits) of each comparison of a pair; nothing without a model to tell it."""
    return []


def waterfall(item: WorkItem) -> list[Bar]:
    """The bars of an item that carries its comparisons; none for the others."""
    parts = list(explained(str(item.evidence.get("levels", ""))))
    if not parts:
        return []
    total = sum(bits for _, _, bits in parts)
    weight = total if item.weight is None else item.weight
    if abs(weight - total) > SLACK:
        before = ("Avant toute comparaison", "deux inconnus pris au hasard", weight - total)
        parts.insert(0, before)
    return bars([*parts, ("Ensemble", "poids de la ressemblance", weight)])


def bars(parts: Sequence[tuple[str, str, float]]) -> list[Bar]:
    """Parts as bars, each beginning where the last one ended; the last part is the whole, from zero."""
    spans, at = [], 0.0
    for _, _, bits in parts[:-1]:
        spans.append((min(at, at + bits), max(at, at + bits)))
        at += bits
    spans.append((min(0.0, parts[-1][2]), max(0.0, parts[-1][2])))
    low, high = min(0.0, *(one for one, _ in spans)), max(0.0, *(one for _, one in spans))
    scale = 100 / ((high - low) or 1.0)
    return [
        Bar(label, verdict, bits, round((start - low) * scale, 1), round(max(0.5, (end - start) * scale), 1))
        for (label, verdict, bits), (start, end) in zip(parts, spans, strict=True)
    ]  # fmt: skip

"""The evidence of a possible duplicate as a waterfall: what each comparison adds or takes away, in bits."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.model import current
from enrs.referentials.identity.matching.scorer import explain
from enrs.referentials.identity.models import SourceIdentity, WorkItem


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


def waterfall(item: WorkItem, identities: Sequence[SourceIdentity]) -> list[Bar]:
    """The bars of an item that weighs two identities, as they are now; none for the others."""
    if item.weight is None or len(identities) != 2:
        return []
    one, two = (
        online.prepared(each.traits, attribute=each.standing, system=each.system)[0]
        for each in identities
    )
    parts = [(part.label, part.words, part.bits) for part in explain(one, two, current())]
    total = sum(bits for *_, bits in parts)
    return bars([*parts, ("Ensemble", "poids de la ressemblance", total)])


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

"""The evidence of a possible duplicate as a waterfall: what each comparison adds or takes away, in bits."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrs.referentials.identity import rules
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.comparisons import levels
from enrs.referentials.identity.matching.model import current
from enrs.referentials.identity.matching.scorer import BARRIERS, barriers, explain
from enrs.referentials.identity.models import IdentityPair, SourceIdentity, WorkItem
from enrs.referentials.identity.words import trait_words


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


def bars_of_link(item: WorkItem, identities: Sequence[SourceIdentity]) -> list[str]:
    """What keeps a rule from linking the two identities of an item, in words, as they are now.

    A likeness is barred by the rules of matching, whatever its weight; one INS with discordant traits by these.
    """
    if item.closed_at is not None or len(identities) != 2:
        return []
    if item.kind == WorkItem.Kind.POSSIBLE_DUPLICATE:
        one, two = (
            online.prepared(each.traits, attribute=each.standing, system=each.system)[0]
            for each in identities
        )
        found = [BARRIERS[code] for code in barriers(one, two, levels(one, two), current())]
    elif item.kind in (WorkItem.Kind.DISCORDANT_TRAITS, WorkItem.Kind.INS_ON_TWO_PATIENTS):
        compared = rules.compare(identities[1].traits, identities[0].traits)
        fields = [] if compared.may_link else list(compared.fields)
        found = [f"traits stricts qui diffèrent : {trait_words(fields)}"] if fields else []
    else:
        return []
    return found + _said_different(identities)


def _said_different(identities: Sequence[SourceIdentity]) -> list[str]:
    """That a person told two identities apart before, and why; pairs are the unit's to read."""
    first, second = sorted(one.id for one in identities)
    apart = (IdentityPair.Decision.DIFFERENT, IdentityPair.Decision.NAMESAKE)
    pairs = IdentityPair.objects.filter(first=first, second=second, decision__in=apart)
    return [f"{one.decided_by} les a séparées : {one.reason}" for one in pairs]


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

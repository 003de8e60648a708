"""Which number lives, of those that a source merged into one another, whatever the order of its messages."""

from collections.abc import Mapping

from enrs.referentials.identity.rules.clusters import Key
from enrs.referentials.identity.rules.folding import Told


def effective_merges(told: Mapping[Key, tuple[Key, Told]]) -> dict[Key, Key]:
    """The merges that count: the newest first, each left out that would close a circle.

    `told` gives, for each number said to be merged, into which and when. A into B, then later B into A: the
    second stands, and A lives.
    """
    found: dict[Key, Key] = {}
    newest_first = sorted(told.items(), key=lambda one: (one[1][1], one[0]), reverse=True)
    for absorbed, (kept, _) in newest_first:
        end = kept
        while end in found:
            end = found[end]
        if end != absorbed:
            found[absorbed] = kept
    return found

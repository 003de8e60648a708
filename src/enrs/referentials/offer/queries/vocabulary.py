"""The themes and the words of needs as the region has them, kept by each process: every search asks for them."""

from dataclasses import dataclass
from time import monotonic

from django.db import connection

from enrs.referentials.offer.models import VocabularyChange, VocabularyEntry
from enrs.referentials.offer.rules import vocabulary as rules
from enrs.referentials.offer.tables import Need, Theme, packaged_needs, packaged_themes

KEPT_FOR = 15.0
"""Seconds for which a process answers by what it read: another one's writing shows within that time."""
MOST_COUNTED = 10_000
CHANGES = 30


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Themes in their order, needs, and each phrase with its tokens; what is hidden is in none."""

    themes: dict[str, Theme]
    needs: dict[str, Need]
    phrases: dict[str, tuple[str, ...]]


def _merged(rows: list[VocabularyEntry]) -> Vocabulary:
    told = {
        kind: [(one.key, one.content, one.is_hidden) for one in rows if one.kind == kind]
        for kind in (rules.THEME, rules.NEED)
    }
    needs = rules.merged_needs(packaged_needs(), told[rules.NEED])
    themes = rules.merged_themes(packaged_themes(), told[rules.THEME])
    return Vocabulary(themes, needs, rules.phrases_of(needs))


class _Kept:
    until = 0.0
    found = Vocabulary({}, {}, {})


def read() -> Vocabulary:
    """What the database says now."""
    return _merged(list(VocabularyEntry.objects.order_by("id")))


def keep(found: Vocabulary, seconds: float) -> None:
    """Answer by this for so long, without asking the database."""
    _Kept.found, _Kept.until = found, monotonic() + seconds


def forget() -> None:
    """Ask the database again at the next search."""
    _Kept.until = 0.0


def vocabulary() -> Vocabulary:
    """The region's, read once in fifteen seconds by a process."""
    if monotonic() >= _Kept.until:
        keep(read(), KEPT_FOR)
    return _Kept.found


def themes() -> dict[str, Theme]:
    """The thematic searches, in their order."""
    return vocabulary().themes


def packaged() -> Vocabulary:
    """What comes with the product, whatever the region says."""
    return _merged([])


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the exploitation sees it: what stands, or would, and where it comes from."""

    kind: str
    key: str
    content: dict[str, object]
    is_hidden: bool
    is_packaged: bool
    is_changed: bool
    version: int


def lines(kind: str) -> list[Line]:
    """Every entry of a kind, the packaged ones first, those that are hidden too."""
    rows = {one.key: one for one in VocabularyEntry.objects.filter(kind=kind).order_by("id")}
    known = packaged_themes() if kind == rules.THEME else packaged_needs()
    keys = [*known, *(key for key in rows if key not in known)]
    found = [line_of(kind, key, rows.get(key)) for key in keys]
    return [one for one in found if one is not None]


def line(kind: str, key: str) -> Line | None:
    """One of them; None when neither the product nor the region knows the key."""
    return line_of(kind, key, entry(kind, key))


def entry(kind: str, key: str) -> VocabularyEntry | None:
    """Its row, when the region said something of it."""
    return VocabularyEntry.objects.filter(kind=kind, key=key).first()


def line_of(kind: str, key: str, row: VocabularyEntry | None) -> Line | None:
    """What an entry says, from its row over the packaged one."""
    known = packaged_themes().get(key) if kind == rules.THEME else packaged_needs().get(key)
    content = row.content if row is not None else None
    if content is None and known is not None:
        content = rules.content_of(known)
    if content is None:
        return None
    return Line(
        kind, key, content, bool(row and row.is_hidden), known is not None,
        bool(row and row.content is not None), row.version if row else 0,
    )  # fmt: skip


def changes_of(kind: str, key: str) -> list[VocabularyChange]:
    """Its last writings, the newest first."""
    rows = VocabularyChange.objects.filter(entry__kind=kind, entry__key=key)
    return list(rows.order_by("-id")[:CHANGES])


ANSWERS = (
    "select count(*) from (select from offer_search where tokens && %s::text[] limit %s) found"
)
"""Through the index of the tokens; counted no further than a person reads."""


def count_of(tokens: list[str]) -> int:
    """How many offers bear one of these tokens, `MOST_COUNTED` + 1 at most."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, [tokens, MOST_COUNTED + 1])
        return int(cursor.fetchone()[0])

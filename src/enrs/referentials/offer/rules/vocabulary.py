"""What the region says of its themes and needs, over the packaged ones (pure)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from enrs.referentials.offer.rules.searching import LONGEST_PHRASE
from enrs.referentials.offer.tables import Need, Theme, key_of, phrase_of

THEME, NEED = "theme", "need"
MOST_ENTRIES = 200
"""Entries of one kind: themes are read at a glance, and every search goes through the words of needs."""
MOST_THEMES = 20
MOST_WORDS, LONGEST_WORDS = 30, 60
MOST_TOKENS = 60
TABLES = ("activity", "field", "mode", "reception", "speciality", "act", "public", "equipment")
"""Tables whose codes a theme or a need may ask for, as `TABLE:CODE`."""
KINDS = frozenset({"unit", "city", "social"})

Content = Mapping[str, Any]
Finds = Callable[[str, str], object | None]
"""`finds(table, code)`: what a code of a table means, of the loaded version or of ours; None of an unknown one."""


def is_token(text: str, finds: Finds) -> bool:
    """Whether an offer may bear this token; those that hold a code that a loaded version left still do."""
    name, _, code = text.partition(":")
    return code in KINDS if name == "kind" else name in TABLES and finds(name, code) is not None


def content_of(one: Theme | Need) -> dict[str, Any]:
    """A theme or a need as its row holds it."""
    if isinstance(one, Theme):
        return {
            "label": one.label, "icon": one.icon, "summary": one.summary, "tokens": list(one.tokens),
            "equipment": list(one.equipment),
        }  # fmt: skip
    return {"words": list(one.words), "tokens": list(one.tokens)}


def theme_of(key: str, content: Content) -> Theme:
    """The theme that a row says."""
    return Theme(
        key, content["label"], content["icon"], content["summary"], tuple(content["tokens"]),
        tuple(content["equipment"]),
    )  # fmt: skip


def need_of(key: str, content: Content) -> Need:
    """The need that a row says."""
    return Need(key, tuple(content["words"]), tuple(content["tokens"]))


def merged_themes(
    packaged: Mapping[str, Theme], rows: Iterable[tuple[str, Content | None, bool]]
) -> dict[str, Theme]:
    """The themes of the region: the packaged ones as (key, content, is hidden) change them, then those added."""
    found = dict(packaged)
    for key, content, is_hidden in rows:
        if is_hidden:
            found.pop(key, None)
        elif content is not None:
            found[key] = theme_of(key, content)
    return found


def merged_needs(
    packaged: Mapping[str, Need], rows: Iterable[tuple[str, Content | None, bool]]
) -> dict[str, Need]:
    """The needs of the region, in the same way."""
    found = dict(packaged)
    for key, content, is_hidden in rows:
        if is_hidden:
            found.pop(key, None)
        elif content is not None:
            found[key] = need_of(key, content)
    return found


def phrases_of(needs: Mapping[str, Need]) -> dict[str, tuple[str, ...]]:
    """Each phrase, as the search compares it, and its tokens."""
    return {phrase_of(words): one.tokens for one in needs.values() for words in one.words}


def fault_of(
    kind: str,
    key: str,
    content: Content,
    *,
    themes: Mapping[str, Theme],
    needs: Mapping[str, Need],
    finds: Finds,
) -> str:
    """Why a theme or a need cannot be kept (a key of the refusals) beside the others; empty when it can."""
    tokens = content["tokens"]
    if not 0 < len(tokens) <= MOST_TOKENS or not all(is_token(one, finds) for one in tokens):
        return "tokens"
    if kind == THEME:
        label = content["label"].strip()
        if not label or len(label) > 40 or len(content["summary"]) > 200:
            return "theme_words"
        if not all(finds("equipment", code) for code in content["equipment"]):
            return "tokens"
        return "themes" if key not in themes and len(themes) >= MOST_THEMES else ""
    return _fault_of_words(key, content["words"], needs)


def _fault_of_words(key: str, words: Sequence[str], needs: Mapping[str, Need]) -> str:
    phrases = [phrase_of(one) for one in words]
    if not 0 < len(words) <= MOST_WORDS or any(len(one) > LONGEST_WORDS for one in words):
        return "need_words"
    if not all(1 <= len(one.split()) <= LONGEST_PHRASE for one in phrases):
        return "need_words"
    others = phrases_of({name: one for name, one in needs.items() if name != key})
    if set(phrases) & others.keys():
        return "need_taken"
    return "needs" if key not in needs and len(needs) >= MOST_ENTRIES else ""


def new_key(kind: str, content: Content, taken: Iterable[str]) -> str:
    """The key of a new entry: that of its first words, with a number when it is taken."""
    base = key_of(content["label"] if kind == THEME else content["words"][0]) or kind
    known, rank, key = set(taken), 2, base
    while key in known:
        key, rank = f"{base[:74]}-{rank}", rank + 1
    return key

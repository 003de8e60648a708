"""Names as keys: without accents, case, hyphens or particles’ spaces."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"Œ": "OE", "Æ": "AE", "ß": "SS", "Ø": "O", "Ł": "L", "Đ": "D"})
_NEE = re.compile(r"\bn[ée]{1,2}e?\b\.?\s+", re.IGNORECASE)
PARTICLES = frozenset({"D", "DE", "DU", "DES", "LA", "LE", "LES", "L", "DA", "DI", "DEL", "VAN", "VON", "DER",
                        "DEN", "EL", "AL", "BEN", "MC", "MAC", "SAINT", "ST", "O", "N", "M"})  # fmt: skip


def plain(text: str) -> str:
    """Upper case without accents; anything but letters and digits becomes one space."""
    upper = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    letters = "".join(char for char in upper if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", letters).split())


@lru_cache(maxsize=200_000)
def name_key(text: str) -> str:
    """The search key of a family name: plain, its particles joined to what follows them.

    `N'Diaye` gives `NDIAYE`, `de La Rochefoucauld-Montbel` gives `DELAROCHEFOUCAULD MONTBEL`; what
    follows « née » belongs to another name and is left out. A key is its own key.
    """
    words, joined = plain(text).split(), ""
    out: list[str] = []
    for index, word in enumerate(words):
        joined += word
        is_last = index == len(words) - 1
        if word in PARTICLES and not is_last:
            continue
        if joined in {"NE", "NEE"} and out and not is_last:
            break
        out.append(joined)
        joined = ""
    return " ".join(out)


@lru_cache(maxsize=100_000)
def given_key(text: str) -> str:
    """The search key of a given name: `Jean-Pierre` and `Jean Pierre` give `JEAN PIERRE`."""
    return plain(text)


def split_birth_name(text: str) -> tuple[str, str]:
    """(used name, birth name) of « MARTIN née DURAND »; the used name is empty without « née »."""
    parts = _NEE.split(text, maxsplit=1)
    if len(parts) == 2 and parts[1].strip():
        return parts[0].strip(" ,("), parts[1].strip(" )")
    return "", text.strip()

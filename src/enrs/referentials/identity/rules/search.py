"""A line of free text read as the fields of a search."""

import re
from dataclasses import dataclass

from enrs.referentials.identity.rules.emergencies import is_made_up
from enrs.referentials.identity.rules.names import PARTICLES, given_key, name_key, plain


@dataclass(frozen=True, slots=True)
class SearchFields:
    """What a line of free text asks for; empty fields are not asked."""

    birth_name: str = ""
    given: str = ""
    birth_date: str = ""
    ins: str = ""
    local: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing that a search can start from (a name of one letter is nothing)."""
        return not (
            self.ins or self.local or len(self.birth_date) == 10 or len(self.birth_name) > 1
        )


_DATE = re.compile(r"\b(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\-](\d{4})\b")
_ISO_DATE = re.compile(r"\b(\d{4}-\d{2}(?:-\d{2})?)\b")
_YEAR = re.compile(r"\b((?:18|19|20)\d{2})\b")
_INS_TEXT = re.compile(r"\b(\d(?: ?\d){4} ?(?:\d ?\d|2 ?[AB])(?: ?\d){8})\b")
_LOCAL = re.compile(r"\b(?=[A-Z0-9-]*\d)[A-Z0-9-]{5,40}\b")


def parse_search(text: str) -> SearchFields:
    """Read « MARTIN Jean 12/03/1948 », an INS with or without spaces, or a local number.

    The first word (with its particles) is the family name, the others the given names. A made up name
    (`emergencies`) is searched as it is read on a wristband, whole or as far as it is typed.
    """
    upper = text.upper().strip()
    if is_made_up(upper):
        return SearchFields(birth_name=name_key(upper))
    match = _INS_TEXT.search(upper)
    if match:
        return SearchFields(ins=match.group(1).replace(" ", ""))
    birth, rest = _take_date(upper)
    number = _LOCAL.search(rest)
    if number and not birth:
        return SearchFields(local=number.group(0))
    words = rest.split()
    end = next((i for i, word in enumerate(words, 1) if plain(word) not in PARTICLES), len(words))
    family, given = " ".join(words[:end]), " ".join(words[end:])
    return SearchFields(birth_name=name_key(family), given=given_key(given), birth_date=birth)


def _take_date(text: str) -> tuple[str, str]:
    for pattern in (_ISO_DATE, _DATE, _YEAR):
        match = pattern.search(text)
        if match is None:
            continue
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        if pattern is not _DATE:
            return match.group(1), rest
        day, month, year = match.groups()
        return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else ""), rest
    return "", text

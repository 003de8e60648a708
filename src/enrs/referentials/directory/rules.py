"""Names as they are sorted and searched, and the keys that make identifiers stable between loads."""

import re
import unicodedata
from uuid import UUID, uuid5

NAMESPACE = UUID("3b0c2c5e-6a9b-5d5e-9d4a-7a1f5e0c9b10")
"""Fixed for ever: the identifiers of every directory object derive from it."""

LOADED_ROLE_FIELDS = (
    "profession_code", "category_code", "skill_code", "mode_code", "sector_code", "function_code",
    "activity_kind_code",
)  # fmt: skip
"""What tells two activities of one person in one structure apart."""

MAX_REFUSED_SHARE = 0.01
"""Past one refused row in a hundred the file is taken for damaged, and closes nothing."""

MAX_CLOSED_SHARE = 0.2
SMALL_DIRECTORY = 100
"""A nightly national file never loses a fifth of its rows: a cut file has no other mark."""


def name_key(text: str) -> str:
    """Upper case, without accents, one space between words: `N'Diaye-Légaré` → `N DIAYE LEGARE`."""
    bare = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    kept = "".join(char for char in bare if not unicodedata.combining(char))
    return " ".join(re.findall(r"[A-Z0-9]+", kept.upper()))


def search_words(text: str) -> list[str]:
    """The words of a search, at most six, as they are in a name key."""
    return name_key(text).split()[:6]


def organisation_uuid(kind: str, number: str) -> UUID:
    """The identifier of a structure; `kind` is `finess`, `siret` or `technical`."""
    return uuid5(NAMESPACE, f"organisation:{kind}:{number}")


def practitioner_uuid(idnat: str) -> UUID:
    """The identifier of the professional of a national number (IDNPS: type, then number)."""
    return uuid5(NAMESPACE, f"practitioner:{idnat}")


def role_uuid(idnat: str, organisation_id: UUID | None, codes: tuple[str, ...]) -> UUID:
    """The identifier of one activity; `codes` in the order of `LOADED_ROLE_FIELDS`."""
    return uuid5(NAMESPACE, "role:" + "|".join((idnat, str(organisation_id or ""), *codes)))


def position_uuid(user_id: UUID, key: tuple[str, ...]) -> UUID:
    """The identifier of a user's position, the same at each synchronisation."""
    return uuid5(NAMESPACE, "|".join(("position", str(user_id), *key)))


def may_close(*, read: int, refused: int, active: int, missing: int) -> bool:
    """Whether the rows that a complete file does not have may be closed.

    A damaged or cut file must not end the rights of thousands: see the constants above.
    """
    if read == 0 or refused > read * MAX_REFUSED_SHARE:
        return False
    return active <= SMALL_DIRECTORY or missing <= active * MAX_CLOSED_SHARE


def person_display(title: str, given: str, family: str) -> str:
    """« Dr Camille DURAND » as a line of a list says it."""
    short = {"docteur": "Dr", "professeur": "Pr"}.get(title.casefold(), "")
    return " ".join(part for part in (short, given, family.upper()) if part)

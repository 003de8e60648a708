"""Names as they are sorted and searched, and the keys that make identifiers stable between loads."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from typing import Any
from uuid import UUID

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


_WORDS = re.compile(r"[A-Z0-9]+")


@lru_cache(maxsize=65_536)
def name_key(text: str) -> str:
    """Upper case, without accents, one space between words: `N'Diaye-Légaré` → `N DIAYE LEGARE`."""
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
        text = "".join(char for char in bare if not unicodedata.combining(char))
    return " ".join(_WORDS.findall(text.upper()))


def search_words(text: str) -> list[str]:
    """The words of a search, at most six, as they are in a name key."""
    return name_key(text).split()[:6]


def spellings(word: str) -> list[str]:
    """The word, and the word without each of its letters: what a mistyped word shares with the one meant."""
    return list(dict.fromkeys([word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]))


def slips(typed: str, meant: str) -> int:
    """How many slips of the keyboard tell two words apart: a letter changed, missing, added, or two swapped.

    The optimal string alignment distance (Boytsov, 2011).
    """
    above: list[int] = []
    last: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        above, last, row = last, row, [i]
        for j, other in enumerate(meant, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def organisation_uuid(kind: str, number: str) -> UUID:
    """The identifier of a structure; `kind` is `finess`, `siret` or `technical`."""
    return _derived(f"organisation:{kind}:{number}")


def legal_uuid(finess: str) -> UUID:
    """The identifier of a legal entity."""
    return _derived(f"legal:{finess}")


def group_uuid(number: str, entity: str = "") -> UUID:
    """The identifier of a group of FINESS, or of the membership of an entity (its technical number)."""
    return _derived(f"group:{number}:{entity}")


def practitioner_uuid(idnat: str) -> UUID:
    """The identifier of the professional of a national number (IDNPS: type, then number)."""
    return _derived(f"practitioner:{idnat}")


def role_uuid(idnat: str, organisation_id: UUID | None, codes: tuple[str, ...]) -> UUID:
    """The identifier of one activity; `codes` in the order of `LOADED_ROLE_FIELDS`."""
    return _derived("role:" + "|".join((idnat, str(organisation_id or ""), *codes)))


def qualification_uuid(idnat: str, kind: str, type_code: str, code: str) -> UUID:
    """The identifier of a skill, a diploma or an authorisation of one person."""
    return _derived("|".join(("qualification", idnat, kind, type_code, code)))


def mailbox_uuid(address: str) -> UUID:
    """The identifier of an MSSanté mailbox."""
    return _derived(f"mailbox:{address.lower()}")


def activity_uuid(number: str) -> UUID:
    """The identifier of an authorised activity, from FINESS's own (`activiteAeId`)."""
    return _derived(f"activity:{number}")


def sirene_uuid(number: str) -> UUID:
    """The identifier of what SIRENE says of a SIRET or of a SIREN."""
    return _derived(f"sirene:{number}")


def structure_numbers(idnat: str) -> tuple[str, str]:
    """FINESS and SIRET of an IdNat_Struct (`1` + FINESS, `3` + SIRET) or of a bare number; one is empty."""
    number = idnat.strip()
    if len(number) == 10 and number[0] == "1":
        return number[1:], ""
    if len(number) == 15 and number[0] == "3":
        return "", number[1:]
    return (number, "") if len(number) == 9 else ("", number if len(number) == 14 else "")


def _derived(name: str) -> UUID:
    """What `uuid.uuid5` gives (RFC 9562, version 5), without its detours: a load asks millions."""
    digest = bytearray(sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def position_uuid(user_id: UUID, key: tuple[str, ...]) -> UUID:
    """The identifier of a user's position, the same at each synchronisation."""
    return _derived("|".join(("position", str(user_id), *key)))


GAPS = {
    "closed": ("Fermé dans SIRENE", "Fermés d’après SIRENE, ouverts dans FINESS."),
    "moved": (
        "Autre commune",
        "Ouverts des deux côtés, mais SIRENE les situe dans une autre commune, sous un autre code postal.",
    ),
    "unknown": (
        "SIRET inconnu",
        "Ouverts dans FINESS, sous un SIRET que le stock de SIRENE n’a pas.",
    ),
    "absent": (
        "Absent de FINESS",
        "Hôpitaux et hébergements actifs dans SIRENE, dont aucune structure ouverte de l’annuaire n’a le SIRET.",
    ),
}
"""What tells FINESS and SIRENE apart, establishment by establishment: in two words, and in a sentence."""

EXPECTED_IN_FINESS = ("86.10Z", "87.")
"""Activities of hospitals and of lodging with care: a FINESS number is due (CASF, L. 312-1; CSP, L. 6111-1)."""


def sirene_differences(
    *, is_closed: bool, communes: tuple[str, str], state: str, unit_state: str = ""
) -> list[str]:
    """How SIRENE differs from the directory on one structure; `communes` are its present code and SIRENE's.

    `closed` (there, not here), `opened` (there, closed here), `moved`, `ceased` (the legal unit).
    """
    found = []
    if state == "F" and not is_closed:
        found.append("closed")
    if state == "A" and is_closed:
        found.append("opened")
    if all(communes) and communes[0] != communes[1]:
        found.append("moved")
    if unit_state == "C" and not is_closed:
        found.append("ceased")
    return found


def may_close(*, read: int, refused: int, active: int, missing: int) -> bool:
    """Whether the rows that a complete file does not have may be closed.

    A damaged or cut file must not end the rights of thousands: see the constants above.
    """
    if read == 0 or refused > read * MAX_REFUSED_SHARE:
        return False
    return active <= SMALL_DIRECTORY or missing <= active * MAX_CLOSED_SHARE


def speciality_words(label: str) -> str:
    """« cardiologie » for « Cardiologie (SM) »: the national file ends a label by the kind of its code."""
    bare = re.sub(r" \([A-Z]{2,4}\)$", "", label.strip())
    words = " ".join(one.lower() if one.istitle() else one for one in bare.split())
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def siren_words(siren: str) -> str:
    """« 260 100 037 »: a SIREN as people write it."""
    return "\u00a0".join(siren[at : at + 3] for at in range(0, len(siren), 3))


def person_display(title: str, given: str, family: str) -> str:
    """« Dr Camille DURAND » as a line of a list says it."""
    short = {"docteur": "Dr", "professeur": "Pr"}.get(title.casefold(), "")
    return " ".join(part for part in (short, given, family.upper()) if part)


FIELD_WORDS = {
    "family": "Nom", "given": "Prénom", "title": "Civilité", "name": "Nom", "finess_ej": "Entité juridique",
    "siret": "SIRET", "category_label": "Catégorie", "address": "Adresse", "postal_code": "Code postal",
    "city": "Commune", "phone": "Téléphone", "email": "Adresse électronique", "profession_label": "Profession",
    "speciality_label": "Spécialité", "function_label": "Fonction", "mode_label": "Mode d’exercice",
    "sector_label": "Secteur d’activité", "source": "Source",
    "naf_code": "Activité principale", "state": "État dans SIRENE", "category": "Catégorie juridique",
    "siren": "SIREN", "status_label": "Statut juridique", "created_on": "Créée le", "closed_on": "Fermée le",
    "authorised_count": "Lits ou places autorisés", "installed_count": "Lits ou places installés",
    "started_on": "Autorisée depuis", "ends_on": "Autorisée jusqu’au", "is_running": "En fonctionnement",
    "authorisation": "N° d’autorisation",
    "rpps": "RPPS", "idnat": "Identifiant national",
}  # fmt: skip
"""What the history says of a field; those that are not here (codes, keys) follow another one that is."""

MEASURES = (
    ("people", "with_activity", "Professionnels avec une activité"),
    ("roles", "with_place", "Activités avec un lieu"),
    ("roles", "located", "Activités placées sur la carte"),
    ("roles", "with_phone", "Activités avec un téléphone"),
    ("roles", "with_email", "Activités avec une adresse électronique"),
    ("places", "located", "Établissements placés sur la carte"),
    ("places", "with_siret", "Établissements avec un SIRET"),
    ("places", "with_phone", "Établissements avec un téléphone"),
    ("sirene", "active", "Établissements actifs aussi dans SIRENE"),
)
"""What is followed over time: a subject and a count of `commands.quality`, and its words."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator: its last share (0 to 100), what is missing, and its shares load after load."""

    label: str
    share: float
    missing: int
    trend: tuple[float, ...]

    @property
    def note(self) -> str:
        """What is missing, in words."""
        return (
            f"il en manque {self.missing:,}".replace(",", "\u202f") if self.missing else "complet"
        )


def measures(reports: Sequence[Any]) -> list[Measure]:
    """The indicators of reports in the order of time; empty without a report."""
    if not reports:
        return []
    found = []
    for subject, name, label in MEASURES:
        counts = [
            (kept[subject][name], kept[subject]["total"])
            for kept in (one.details["quality"] for one in reports)
            if subject in kept
        ]
        if not counts:
            continue
        shares = tuple(round(100 * have / total, 1) if total else 0.0 for have, total in counts)
        have, total = counts[-1]
        found.append(Measure(label, shares[-1], total - have, shares))
    return found

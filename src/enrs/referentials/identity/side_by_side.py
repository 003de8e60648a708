"""The traits of several identities as rows of a table, with what differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enrs.core.ui.shapes import IDENTITY_STATUSES
from enrs.referentials.identity.rules import Traits

COMPARED: Final = (
    ("birth_name", "Nom de naissance"),
    ("first_given_name", "Premier prénom"),
    ("given_names", "Tous les prénoms"),
    ("birth_date", "Date de naissance"),
    ("sex", "Sexe"),
    ("birth_place_code", "Commune de naissance"),
    ("ins", "Matricule INS"),
    ("status", "Statut"),
    ("used_name", "Nom utilisé"),
    ("used_given_name", "Prénom utilisé"),
    ("address", "Adresse"),
    ("city", "Commune"),
    ("phone", "Téléphone"),
)
SEXES: Final = {"F": "Femme", "M": "Homme", "U": "Inconnu"}


@dataclass(frozen=True, slots=True)
class Row:
    """One trait: its label, one value for each identity, whether they differ."""

    name: str
    label: str
    values: tuple[str, ...]
    differs: bool


def side_by_side(people: Sequence[Traits]) -> list[Row]:
    """The traits that somebody has; a value that is missing on one side does not make a difference."""
    rows = []
    for name, label in COMPARED:
        values = tuple(_words(name, str(getattr(one, name) or "")) for one in people)
        if any(values):
            rows.append(Row(name, label, values, len({one for one in values if one}) > 1))
    return rows


def _words(name: str, value: str) -> str:
    if name == "sex":
        return SEXES.get(value, value)
    if name == "status" and value in IDENTITY_STATUSES:
        return IDENTITY_STATUSES[value][0].removeprefix("Identité ").capitalize()
    return value

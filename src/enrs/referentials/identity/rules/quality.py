"""What is counted of a source's identities, in words, and shares that say when they are unknown."""

MISSING_TRAITS = {
    "first_given_name": "Premier prénom",
    "birth_date": "Date de naissance complète",
    "sex": "Sexe",
    "birth_place_code": "Commune de naissance",
    "ins": "Matricule INS",
    "city": "Commune de résidence",
    "phone": "Téléphone",
}
"""Traits whose absence is counted, by column."""


def share(part: int, whole: int) -> float | None:
    """A percentage with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None

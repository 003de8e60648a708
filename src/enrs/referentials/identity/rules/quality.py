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


HOUR, DAY = 60, 24 * 60


def rounded(minutes: float | None) -> float | None:
    """Minutes with one decimal; None stays unknown."""
    return None if minutes is None else round(minutes, 1)


def delay_words(minutes: float | None) -> tuple[float | None, str]:
    """A delay in the unit in which one says it: minutes to two hours, hours to two days, days past them."""
    if minutes is None:
        return None, "min"
    if minutes < 2 * HOUR:
        return round(minutes, 1), "min"
    return (
        (round(minutes / HOUR, 1), "h") if minutes < 2 * DAY else (round(minutes / DAY, 1), "jours")
    )


def share(part: int, whole: int) -> float | None:
    """A percentage with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None

"""For whom a plan is opened, and by whom (pure).

Sources: Cahier des charges national PAERPA (DSS, 2013): people of 75 and over at risk of losing their autonomy, plan
made by the coordination clinique de proximité around the médecin traitant (nurse, pharmacist, kinésithérapeute…);
LFSS 2013, article 48. Under 75 an exception is possible from the age at which French law speaks of elderly people
(60: Code de l'action sociale et des familles L113-1, L232-1), with a written reason; under 60 the plan of a complex
situation is the PPCS.
"""

from datetime import date

AGE, EXCEPTION_AGE = 75, 60
LEAST_REASON = 10
"""Signs of a reason: less says nothing to who reads it in a year."""
OPENERS = (
    "physician", "nurse", "pharmacist", "allied", "coordinator", "social_worker", "midwife", "dentist",
)  # fmt: skip
"""Professions of the équipe de soins that open a plan (L1110-12)."""

REFUSALS = {
    "team": "Ce plan s’ouvre par un professionnel de l’équipe de soins de la personne : rejoignez d’abord son cercle.",
    "profession": "Votre métier lit ce plan, mais ne l’ouvre pas.",
    "birth": "La date de naissance manque : complétez l’identité, puis ouvrez le plan.",
    "deceased": "Cette personne est décédée.",
    "age": f"Ce plan est pour les personnes de {AGE} ans et plus. Entre {EXCEPTION_AGE} et {AGE - 1} ans, ouvrez-le par"
    " exception : dites pourquoi, en une phrase.",
    "young": f"Cette personne a moins de {EXCEPTION_AGE} ans : ce plan ne s’ouvre pas, même par exception. Pour une"
    " situation complexe, demandez un appui à la coordination.",
}


def age_on(birth: str, today: date) -> int | None:
    """The age in years from an ISO date; None when the year is unknown.

    A birth known to the year or the month alone is read in favour of the person: at its first day.
    """
    parts = [int(one) for one in birth.split("-")[:3] if one.isdecimal()]
    if not parts or not parts[0]:
        return None
    year, month, day = (*parts, 1, 1)[:3]
    return today.year - year - ((today.month, today.day) < (month or 1, day or 1))


def refusal(
    *, role: str, is_of_team: bool, birth: str, is_deceased: bool, exception: str, today: date
) -> str:
    """Why somebody may not open a plan for this person, as a code of `REFUSALS`; empty when they may."""
    age = age_on(birth, today)
    is_reasoned = len(exception.strip()) >= LEAST_REASON
    wrong = {
        "profession": role not in OPENERS,
        "team": not is_of_team,
        "deceased": is_deceased,
        "birth": age is None,
        "young": age is not None and age < EXCEPTION_AGE,
        "age": age is not None and age < AGE and not is_reasoned,
    }
    return next((code for code, is_so in wrong.items() if is_so), "")

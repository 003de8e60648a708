"""Who has a plan personnalisé de santé: the age, the exception, the professions (pure); its dictionary of problems."""

from enrs.services.health_plan.rules.dictionary import OTHER, PROBLEMS, SYSTEM
from enrs.services.health_plan.rules.opening import (
    AGE,
    EXCEPTION_AGE,
    OPENERS,
    REFUSALS,
    age_on,
    refusal,
)

__all__ = [
    "AGE",
    "EXCEPTION_AGE",
    "OPENERS",
    "OTHER",
    "PROBLEMS",
    "REFUSALS",
    "SYSTEM",
    "age_on",
    "refusal",
]

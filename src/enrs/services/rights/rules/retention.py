"""Until when a record is kept (pure).

Source: Code de la santé publique R1112-7. Twenty years from the last stay or the last consultation; until the
twenty-eighth birthday when that is later; ten years from the death of who died less than ten years after they
last came. An appeal (*recours gracieux ou contentieux*) suspends these terms. What is destroyed then is decided
by a person, after the opinion of the physician in charge of medical information and, in public establishments,
the visa of the archives.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

YEARS = 20
YEARS_AFTER_DEATH = 10
BIRTHDAY = 28
GRACE = timedelta(hours=48)
"""Between the approval and the erasure: the time to take an approval back. `rights_erase` says the same in SQL."""

RULES: dict[str, str] = {
    "twenty_years": "20 ans après le dernier passage",
    "birthday": "28e anniversaire",
    "birthday_unknown": "Date de naissance inconnue : 28 ans après le dernier passage",
    "death": "10 ans après le décès",
}  # fmt: skip

HOLDS: dict[str, str] = {
    "dispute": "Recours gracieux ou contentieux (le délai est suspendu)",
    "medical": "Intérêt médical",
    "archives": "À la demande des archives",
    "other": "Autre motif",
}
DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Term:
    """The last day on which a record is kept, and the rule that gives it."""

    rule: str
    kept_until: date

    def is_over(self, today: date) -> bool:
        """Whether the record may be destroyed, if a person approves."""
        return today > self.kept_until


def term(
    *,
    last_on: date,
    birth: date | None,
    death_on: date | None = None,
    suspensions: Sequence[tuple[date, date]] = (),
) -> Term:
    """The term of a record.

    `last_on`: the last day of care. `birth`: the last day that the birth date may mean, None when nothing is
    known of it. `suspensions`: appeals that ended, with their first and last days. No doubt shortens a term:
    who has no birth date was born on their last day of care at the latest; who was cared for after the day of
    death that is written keeps ten years from then.
    """
    if death_on is not None and death_on < years_later(last_on, YEARS_AFTER_DEATH):
        found = Term("death", years_later(max(death_on, last_on), YEARS_AFTER_DEATH))
    else:
        found = _of_the_living(last_on, birth)
    return Term(found.rule, _suspended(found.kept_until, last_on, suspensions))


def _of_the_living(last_on: date, birth: date | None) -> Term:
    usual = years_later(last_on, YEARS)
    if birth is None:
        return Term("birthday_unknown", years_later(last_on, BIRTHDAY))
    birthday = years_later(birth, BIRTHDAY)
    return Term("birthday", birthday) if birthday > usual else Term("twenty_years", usual)


def _suspended(until: date, start: date, suspensions: Sequence[tuple[date, date]]) -> date:
    """The term, later by the days during which it did not run; days of two appeals at once count once."""
    counted = start - timedelta(days=1)
    for first, last in sorted(suspensions):
        begins = max(first, counted + timedelta(days=1))
        if begins > until or last < begins:
            continue
        until += timedelta(days=(last - begins).days + 1)
        counted = last
    return until


def years_later(day: date, years: int) -> date:
    """The same day, years later; 29 February is 1 March in other years, so that no term is a day too short."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def pseudonym(key: bytes, patient_id: UUID) -> str:
    """What the elimination log calls a person: who has the key alone can say whether it is that of an identifier."""
    return hmac.digest(key, b"elimination " + patient_id.bytes, "sha256").hex()[:32]

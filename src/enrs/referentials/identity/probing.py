"""Looking for somebody without making anybody: candidates with a grade, and what their asker may be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

import orjson
from django.conf import settings
from django.db import connection

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.referentials.identity import matching, rules
from enrs.referentials.identity.queries import TooManySearchesError, _seal, _used_this_minute

CERTAIN, PROBABLE, POSSIBLE = "certain", "probable", "possible"
GRADES = (CERTAIN, PROBABLE, POSSIBLE, "certainly-not")
"""Codes of FHIR's match-grade, the surest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One candidate: a FHIR match-grade and a probability, never a trait."""

    patient_id: UUID
    grade: str
    probability: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the asker may be told of a candidate.

    `is_inside`: their record is theirs to read. Else `numbers` are those that the asker's own place gave, and
    `token` is for who has none: it serves its asker ten minutes, to ask for access.
    """

    found: Found
    is_inside: bool
    numbers: tuple[tuple[str, str], ...] = ()
    token: str = ""


def candidates(traits: rules.Traits, *, limit: int) -> list[Found]:
    """Who resembles these traits, the likeliest first; an INS without a name is searched as it is."""
    if not traits.birth_name:
        return _exactly(traits)[:limit]
    found = matching.match(traits, limit=limit)
    return [Found(one.patient_id, one.grade, one.probability) for one in found]


def _exactly(traits: rules.Traits) -> list[Found]:
    """The exact search: an INS, else the four strict traits that name somebody."""
    name = rules.name_key(traits.birth_name)
    given, born = rules.given_key(traits.first_given_name), traits.birth_date
    found: dict[UUID, Found] = {}
    with connection.cursor() as cursor:
        for ins, grade in ((traits.ins, CERTAIN), ("", PROBABLE)):
            if not ins and grade == CERTAIN:
                continue
            cursor.execute(
                "select patient_id from identity_exact(%s, %s, %s, %s, %s)",
                [ins, name, given, born, traits.sex],
            )
            for (patient_id,) in cursor.fetchall():
                probability = 0.999 if grade == CERTAIN else 0.95
                found.setdefault(patient_id, Found(patient_id, grade, probability))
    return list(found.values())


def demand_prober(*, per_minute: int) -> Actor:
    """Who may probe: a professional of a role that reads identities, so many times a minute.

    Raises:
        AccessRefusedError: `profession`.
        TooManySearchesError: more than `per_minute` in this minute.
    """
    by = current_actor()
    is_right = by.kind == "professional" and by.user_id is not None
    if not is_right or not access_rules.permits(by.role, "identity", access_rules.READ):
        raise AccessRefusedError("profession")
    assert by.user_id is not None  # noqa: S101 - asked above
    # Its own count, beside that of the exact search of the pages.
    if _used_this_minute(uuid5(by.user_id, "probe")) > per_minute:
        raise TooManySearchesError
    return by


def probe(
    traits: rules.Traits, *, limit: int, by: Actor, only_certain: bool = False, action: str
) -> list[Told]:
    """Candidates with what `by` may be told of each; nobody is made, and one line names who was found."""
    found = candidates(traits, limit=limit)
    if only_certain:
        found = [one for one in found if one.grade == CERTAIN]
        # Two who are both certain are nobody for certain.
        found = found if len(found) == 1 else []
    told = told_of(found, by)
    note(
        action,
        patient_ids=[one.found.patient_id for one in told],
        object_kind="identity",
        details={
            "grades": [one.found.grade for one in told],
            "by": "ins" if traits.ins else "traits",
        },
    )
    return told


def told_of(found: Sequence[Found], by: Actor) -> list[Told]:
    """What `by` may be told of each candidate, in one query."""
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id, is_inside, numbers from identity_told_of(%s)",
            [[one.patient_id for one in found]],
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    told = []
    for one in found:
        is_inside, body = rows[one.patient_id]
        pairs = body if isinstance(body, list) else orjson.loads(body)
        numbers = tuple((system, value) for system, value in pairs)
        if numbers:
            numbers = ((settings.REGION.identity_domain, str(one.patient_id)), *numbers)
        token = (
            "" if is_inside or numbers or by.user_id is None else _seal(one.patient_id, by.user_id)
        )
        told.append(Told(one, bool(is_inside), numbers, token))
    return told


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose number it is, as the current actor may know; `is_domain` without `patient_id` is an unknown number."""

    patient_id: UUID | None
    is_inside: bool
    is_domain: bool


def owner_of(system: str, value: str) -> Owner:
    """Whose number it is: told to the patient's circle, and to the place that gave the number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient_id, is_inside, is_domain from identity_of_number(%s, %s, %s)",
            [system, value, settings.REGION.identity_domain],
        )
        row = cursor.fetchone()
    return Owner(*row)


def own_numbers(patient_id: UUID) -> list[tuple[str, str]]:
    """The numbers that the current actor's own place gave a patient."""
    with connection.cursor() as cursor:
        cursor.execute("select numbers from identity_told_of(%s)", [[patient_id]])
        body = cursor.fetchone()[0]
    pairs = body if isinstance(body, list) else orjson.loads(body)
    return [(system, value) for system, value in pairs]

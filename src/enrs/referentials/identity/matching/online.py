"""Matching one identity against the whole region, in a few milliseconds: nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from enrs.core.ids import uuid7
from enrs.referentials.geography.queries import present_codes
from enrs.referentials.identity.matching.features import (
    FEATURE_FIELDS,
    Features,
    blocking_keys,
    features_of,
)
from enrs.referentials.identity.matching.model import current
from enrs.referentials.identity.matching.scorer import POSSIBLE, SURE, Score, grade, score
from enrs.referentials.identity.rules import Traits, settle

CERTAIN, PROBABLE, MAYBE, NOT = "certain", "probable", "possible", "certainly-not"
"""Grades of FHIR's `match-grade`."""

_NEAR = ", ".join(f"n.{name}" for name in ("identity_id", *FEATURE_FIELDS))
_places: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Scored:
    """A known identity with its score against the one in hand."""

    identity_id: UUID
    features: Features
    score: Score

    @property
    def is_sure(self) -> bool:
        """Whether a rule may link it."""
        return grade(self.score, current()) == SURE


@dataclass(frozen=True, slots=True)
class Match:
    """A regional patient who may be the person asked for."""

    patient_id: UUID
    identity_id: UUID
    weight: float
    probability: float
    grade: str
    levels: str
    barrier: str


def prepared(
    traits: Traits, *, attribute: str = "", system: str = ""
) -> tuple[Features, list[int]]:
    """The features of settled traits and their blocking keys."""
    place = _present(traits.birth_place_code)
    features = features_of(traits, attribute=attribute, system=system, birth_place=place)
    return features, blocking_keys(features)


def _present(code: str) -> str:
    """The present code of a commune that merged; a country (99…) is what it is."""
    if not code or code.startswith("99"):
        return code
    if code not in _places:
        _places[code] = present_codes([code]).get(code, code)
    return _places[code]


def near(keys: Sequence[int], *, besides: UUID | None = None) -> list[tuple[UUID, Features]]:
    """The identities that share a blocking key."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_NEAR} from identity_near(%s::bigint[], %s) n", [list(keys), besides]
        )
        return [(row[0], Features(*row[1:])) for row in cursor.fetchall()]


def near_of(row: Mapping[str, Any]) -> tuple[UUID, Features]:
    """One row of `identity_near` that came as JSON."""
    return UUID(row["identity_id"]), Features(*(row[name] for name in FEATURE_FIELDS))


def scored(features: Features, found: Iterable[tuple[UUID, Features]]) -> list[Scored]:
    """Those worth a look (above the work threshold), the heaviest first."""
    model = current()
    kept = []
    for identity_id, other in found:
        result = score(features, other, model)
        if grade(result, model) in (SURE, POSSIBLE):
            kept.append(Scored(identity_id, other, result))
    return sorted(kept, key=lambda one: (-one.score.weight, one.identity_id))


def pair_rows(identity_id: UUID, found: Iterable[Scored]) -> list[dict[str, Any]]:
    """The rows of `identity_pair` between an identity and those found."""
    rows = []
    for one in found:
        first, second = sorted((identity_id, one.identity_id))
        rows.append(
            {
                "id": str(uuid7()), "first_id": str(first), "second_id": str(second),
                "weight": one.score.weight, "levels": one.score.levels,
                "barrier": one.score.barrier, "model": current().version,
            }
        )  # fmt: skip
    return rows


Tie = tuple[UUID, bool, str]
"""Somebody whom an identity resembles, whether a rule may link them, and what bars it."""


def ties(found: Iterable[Scored]) -> set[Tie]:
    """What likenesses say of links, whatever their exact weights."""
    return {(one.identity_id, one.is_sure, one.score.barrier) for one in found}


def written_ties(identity_id: UUID) -> set[Tie] | None:
    """The same of the likenesses written of an identity; None when another model weighed some."""
    model = current()
    with connection.cursor() as cursor:
        cursor.execute(
            "select case first_id when %s then second_id else first_id end,"
            " weight >= %s and barrier = '', barrier, model = %s"
            " from identity_pair where (first_id = %s or second_id = %s) and weight >= %s",
            [identity_id, model.automatic, model.version, identity_id, identity_id, model.work],
        )
        rows = cursor.fetchall()
    return {row[:3] for row in rows} if all(row[3] for row in rows) else None


def feature_row(identity_id: UUID, features: Features, keys: Sequence[int]) -> dict[str, Any]:
    """The row of `identity_feature`."""
    values = {name: getattr(features, name) for name in FEATURE_FIELDS}
    return {"identity_id": str(identity_id), **values, "keys": list(keys)}


def write_compared(
    identity_id: UUID, features: Features | None, keys: Sequence[int], found: Iterable[Scored]
) -> None:
    """Write what is compared of a known identity and its pairs; None for one that left the field."""
    row = feature_row(identity_id, features, keys) if features else None
    pairs = pair_rows(identity_id, found) if features else []
    with connection.cursor() as cursor:
        cursor.execute(
            "select identity_compare(%s, %s::jsonb, %s::jsonb)",
            [
                identity_id,
                orjson.dumps(row).decode() if row else None,
                orjson.dumps(pairs).decode(),
            ],
        )


def match(traits: Traits, *, limit: int = 10) -> list[Match]:
    """The regional patients who may be the person of these traits, the likeliest first; nothing is made.

    A patient is as likely as the likeliest of their identities. `certain` is what a rule would link: a score
    that nothing bars, or the same INS with strict traits that agree.

    Raises:
        IdentityRefusedError: no birth name, or a test INS in production.
    """
    features, keys = prepared(settle(traits, mode=settings.MODE).traits)
    found = scored(features, near(keys))
    patients = patients_of([one.identity_id for one in found])
    matches: dict[UUID, Match] = {}
    for one in found:
        patient_id = patients.get(one.identity_id)
        if patient_id is None or patient_id in matches:
            continue
        matches[patient_id] = Match(
            patient_id, one.identity_id, one.score.weight, one.score.probability,
            _fhir_grade(features, one), one.score.levels, one.score.barrier,
        )  # fmt: skip
        if len(matches) == limit:
            break
    return list(matches.values())


def _fhir_grade(asked: Features, one: Scored) -> str:
    agree = all(digit in "123" for digit in one.score.levels[:2])
    strict = agree and one.score.levels[2] in "12" and one.score.levels[3] == "1"
    if one.is_sure or (asked.ins and asked.ins == one.features.ins and strict):
        return CERTAIN
    return PROBABLE if one.score.weight >= current().likely else MAYBE


def patients_of(identity_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The patient of each identity, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select identity_id, patient_id from identity_patients(%s)", [list(identity_ids)]
        )
        return dict(cursor.fetchall())

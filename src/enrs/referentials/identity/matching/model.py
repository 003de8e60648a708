"""The model file: what the nightly pass estimates, the online scorer reads and the desk explains.

JSON: `version`, `trained_on` (words), `prior` (probability that two records drawn at random are of one
person), `weights` (by comparison, one `[m, u]` for each level: how often it holds among records of one
person, among those of two), `terms` (by column, the frequency of each common value), `rare` (by column, that
of a value of no list) and `thresholds` in bits: `automatic`, `work`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import inf, log2
from pathlib import Path
from typing import Any, Final

import orjson
from django.conf import settings

from enrs.referentials.identity.matching.comparisons import COMPARISONS

PACKAGED: Final = Path(__file__).parent / "model.json"
VARIABLE: Final = "ENRS_IDENTITY_MODEL"
"""Names the file of a region that trained its own model."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model, ready to score: bits by comparison and level, bits of each common value."""

    version: str
    prior_bits: float
    automatic: float
    work: float
    bits: tuple[tuple[float, ...], ...]
    agreement_bits: tuple[tuple[float, ...], ...]
    rarity: Mapping[str, Mapping[str, float]]
    rare: Mapping[str, float]
    body: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def likely(self) -> float:
        """The bits from which two records are of one person, whether or not the region lets that link."""
        return float(self.body["thresholds"]["automatic"])

    def rarity_of(self, column: str, value: str) -> float:
        """How many bits an agreement on this value is worth, before what one person's own errors take."""
        return self.rarity[column].get(value, self.rare[column])

    def is_common(self, column: str, value: str) -> bool:
        """Whether a value is of the list of common ones."""
        return value in self.rarity[column]


def read_model(body: Mapping[str, Any]) -> Model:
    """A model from the content of its file.

    Raises:
        KeyError, ValueError: a comparison or a level is missing, or a frequency is not in (0, 1].
    """
    bits, agreement = [], []
    for comparison in COMPARISONS:
        pairs = body["weights"][comparison.name]
        if len(pairs) != len(comparison.levels):
            raise ValueError(f"{comparison.name}: {len(comparison.levels)} levels expected")
        bits.append((0.0, *(log2(m / u) for m, u in pairs)))
        agreement.append((0.0, *(log2(m) for m, _ in pairs)))
    terms = body["terms"]
    columns = {level.by_term for one in COMPARISONS for level in one.levels if level.by_term}
    return Model(
        version=body["version"],
        prior_bits=log2(body["prior"] / (1 - body["prior"])),
        automatic=float(body["thresholds"]["automatic"]),
        work=float(body["thresholds"]["work"]),
        bits=tuple(bits),
        agreement_bits=tuple(agreement),
        rarity={
            column: {value: -log2(share) for value, share in terms.get(column, {}).items()}
            for column in columns
        },
        rare={column: -log2(body["rare"][column]) for column in columns},
        body=body,
    )


def current() -> Model:
    """The model in force: that of the region if `ENRS_IDENTITY_MODEL` names a file, else ours."""
    return _read(os.environ.get(VARIABLE) or str(PACKAGED), settings.REGION.links_by_score)


@cache
def _read(path: str, links: bool) -> Model:
    model = read_model(orjson.loads(Path(path).read_bytes()))
    return model if links else replace(model, automatic=inf)

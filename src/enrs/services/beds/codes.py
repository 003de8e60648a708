"""Codes of the ROR's sets of capacities (JDV_J187, J190, J193, J195) to our words and back.

What we carry is of the sets published on 28 August 2025 (J190) and 27 May 2022 (the others); a version that is
loaded as a nomenclature takes its place, code by code: its words say which of ours is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from enrs.core.terminology.carried import loaded
from enrs.core.terminology.rules import words_of

SYSTEM = "https://mos.esante.gouv.fr/NOS/"


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A published set: its codes with their words, and what each word is for us, the one that we write first."""

    name: str
    packaged: Mapping[str, str]
    meanings: Mapping[str, str]

    @property
    def address(self) -> str:
        """Its canonical address, under which we publish its codes."""
        return f"{SYSTEM}{self.name}/FHIR/{self.name.replace('_', '-')}"

    def reading(self) -> "Reading":
        """Our word for each code: the loaded version over what we carry; a code that it left is still read."""
        found = loaded(self.address)
        return self.reading_of(dict(self.packaged) | (dict(found.words) if found else {}))

    def reading_of(self, words: Mapping[str, str]) -> "Reading":
        """Our word for each code of a version, given by the words of its codes."""
        known = {code: _key(one) for code, one in words.items()}
        return Reading(
            {code: self.meanings[key] for code, key in known.items() if key in self.meanings},
            self.meanings,
        )

    def writing(self) -> dict[str, str]:
        """The code of each of our words, in the version that may be used today."""
        found = loaded(self.address)
        return self._writing_of(self.packaged) | (self._writing_of(found.words) if found else {})

    def _writing_of(self, words: Mapping[str, str]) -> dict[str, str]:
        codes = {_key(one): code for code, one in words.items()}
        # The first words of a meaning are those that we write.
        wanted = [(key, own) for key, own in self.meanings.items() if key in codes]
        return {own: codes[key] for key, own in reversed(wanted)}


@dataclass(frozen=True, slots=True)
class Reading:
    """How codes of a set are read: by code, and by the words beside it, which say what their author meant."""

    codes: Mapping[str, str]
    meanings: Mapping[str, str]

    def word_of(self, code: str, display: str = "") -> str | None:
        """Our word; None for a code that is not taken. Known words beside a code win over it.

        The guide of the ROR itself shows « 02 Indifférencié », where 02 is « Homme » in the published set.
        """
        meant = self.meanings.get(_key(display)) if display else None
        return self.codes.get(code) if meant is None else meant


def _key(words: str) -> str:
    """Words without accents; what ends them is kept: « Covid+ » is not « Covid- »."""
    ends = {"+": " plus", "-": " moins"}
    bare = words.strip()
    return " ".join(words_of(bare)) + ends.get(bare[-1:], "")


TYPES = CodeSet(
    "JDV_J187-NatureCapacite-ROR",
    {"01": "Lit", "02": "Place"},
    {"lit": "bed", "place": "place"},
)
SEXES = CodeSet(
    "JDV_J190-GenreCapacite-ROR",
    # 03 may no longer be written since 28 August 2025.
    {"01": "Femme", "02": "Homme", "03": "Indifférencié", "04": "Indéterminé"},
    {"femme": "female", "homme": "male", "indetermine": "any", "indifferencie": "any"},
)
SOURCES = CodeSet(
    "JDV_J193-TypeSourceCapacite-ROR",
    {
        "01": "Saisie manuelle",
        "02": "Bed management",
        "03": "Gestion administrative du malade (GAM)",
        "04": "Dossier patient informatisé (DPI)",
    },
    {
        "saisie manuelle": "hand", "bed management": "software",
        "gestion administrative du malade gam": "admissions",
    },
)  # fmt: skip
ASSIGNMENTS = CodeSet(
    "JDV_J195-AffectationTemporaire-ROR",
    {"01": "Aucune", "02": "Covid+", "03": "Covid-"},
    {"aucune": "", "covid plus": "covid"},
)


@dataclass(frozen=True, slots=True)
class Readings:
    """How the three sets of a figure are read."""

    type: Reading
    sex: Reading
    assignment: Reading


PACKAGED = Readings(
    TYPES.reading_of(TYPES.packaged),
    SEXES.reading_of(SEXES.packaged),
    ASSIGNMENTS.reading_of(ASSIGNMENTS.packaged),
)


def current() -> Readings:
    """The readings of the loaded versions, of ours where none is loaded."""
    return Readings(TYPES.reading(), SEXES.reading(), ASSIGNMENTS.reading())

"""The tables of `data/`, read once: codes with their labels, needs in plain words, themes, the city's activities.

Codes of a published nomenclature follow its loaded version, when there is one (`core.terminology.carried`).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from enrs.core.terminology.carried import Loaded, loaded
from enrs.referentials.directory.rules import name_key

OWN_SYSTEM = "https://enrs.fr/fhir/CodeSystem/offre-"
"""Of the codes that are ours; the word of the table follows."""

NOS = "https://mos.esante.gouv.fr/NOS/"
SYSTEMS = {
    "TRE_R213": f"{NOS}TRE_R213-ModePriseEnCharge/FHIR/TRE-R213-ModePriseEnCharge",
    "TRE_R227": f"{NOS}TRE_R227-ChampActivite/FHIR/TRE-R227-ChampActivite",
    "TRE_R283": f"{NOS}TRE_R283-NiveauConfidentialite/FHIR/TRE-R283-NiveauConfidentialite",
    "TRE_R38": f"{NOS}TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale",
    "JDV_J42": f"{NOS}JDV_J42-TypeMaternite-ROR/FHIR/JDV-J42-TypeMaternite-ROR",
    "ROR": f"{NOS}TRE_R212-Equipement/FHIR/TRE-R212-Equipement",
}
"""Addresses of the published nomenclatures that `codes.csv` names."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a table, its label, where it comes from, and the code above it."""

    table: str
    code: str
    label: str
    system: str
    parent: str


@dataclass(frozen=True, slots=True)
class Need:
    """A need in several ways to say it, as people write them, and the tokens of which any answer bears one."""

    key: str
    words: tuple[str, ...]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """A thematic search: what it gathers, and the equipment whose limits it shows."""

    key: str
    label: str
    icon: str
    summary: str
    tokens: tuple[str, ...]
    equipment: tuple[str, ...]


def _rows(name: str) -> list[dict[str, str]]:
    text = files("enrs.referentials.offer").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


PUBLISHED = {
    "mode": (f"{NOS}JDV_J19-ModePriseEnCharge-ROR/FHIR/JDV-J19-ModePriseEnCharge-ROR", SYSTEMS["TRE_R213"]),
    "speciality": (SYSTEMS["TRE_R38"],),
    "equipment": (SYSTEMS["ROR"],),
    "maternity": (SYSTEMS["JDV_J42"],),
    "field": (SYSTEMS["TRE_R227"],),
}  # fmt: skip
"""Where the published codes of a table come from: the first of these that is loaded whole; the last is the system.

Not the levels of confidentiality: `rules.contacts` says who reads each, and knows ours alone.
"""


def table(name: str) -> dict[str, Code]:
    """A table by its name (`activity`, `mode`…), in the order of the file.

    Of the published codes those of the loaded version are meant, under its words: those that it left are no
    longer offered, those that it brought are. Our own codes stay.
    """
    found = next((one for url in PUBLISHED.get(name, ()) if (one := loaded(url))), None)
    if found is None:
        return packaged(name)
    kept = _merged.get(name)
    if kept is None or kept[0] is not found:
        kept = _merged[name] = (found, _over(name, found))
    return kept[1]


_merged: dict[str, tuple[Loaded, dict[str, Code]]] = {}


def _over(name: str, found: Loaded) -> dict[str, Code]:
    own = OWN_SYSTEM + name
    rows = packaged(name)
    ours = {code: one for code, one in rows.items() if one.system == own}
    known = {code: one.parent for code, one in rows.items()}
    # A published code never takes the place of one of ours.
    brought = {
        code: Code(name, code, words, _address(name, found.systems[code]), known.get(code, ""))
        for code, words in found.words.items()
        if code not in ours
    }
    return ours | brought


def _address(name: str, system: str) -> str:
    """A set that is published by itself names its system by its OID alone: its address is the table's."""
    return PUBLISHED[name][-1] if system.startswith("urn:oid:") else system


@cache
def packaged(name: str) -> dict[str, Code]:
    """A table as the code carries it."""
    return {
        row["code"]: Code(
            name, row["code"], row["label"], SYSTEMS.get(row["system"], OWN_SYSTEM + name), row["parent"]
        )
        for row in _rows("codes.csv")
        if row["table"] == name
    }  # fmt: skip


@cache
def _names() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["table"] for row in _rows("codes.csv")))


_sorted: list[tuple[list[dict[str, Code]], frozenset[tuple[str, str, str]]]] = []


def _codes() -> frozenset[tuple[str, str, str]]:
    """Each code with its table and its system, gathered anew when another version of a nomenclature is seen."""
    tables = [table(name) for name in _names()]
    if not _sorted or any(
        one is not other for one, other in zip(tables, _sorted[0][0], strict=True)
    ):
        found = (
            (name, one.system, one.code)
            for name, codes in zip(_names(), tables, strict=True)
            for one in codes.values()
        )
        _sorted[:] = [(tables, frozenset(found))]
    return _sorted[0][1]


def table_of(system: str, code: str, names: Sequence[str]) -> str:
    """Which of these tables has a code of a system; empty when none has."""
    known = _codes()
    return next((name for name in names if (name, system, code) in known), "")


def find(name: str, code: str) -> Code | None:
    """A code of a table, one that a loaded version left too; None when nothing knows it."""
    return table(name).get(code) or packaged(name).get(code)


def system_of(name: str, code: str) -> str:
    """The system of a code; of one that only a former version had, that of its table."""
    found = find(name, code)
    if found is not None:
        return found.system
    return PUBLISHED[name][-1] if name in PUBLISHED else OWN_SYSTEM + name


def label(name: str, code: str) -> str:
    """The label of a code, one that a loaded version left too; the code itself when nothing knows it."""
    found = find(name, code)
    return found.label if found else code


def labels(name: str, codes: Sequence[str]) -> list[str]:
    """The labels of codes, in their order."""
    return [label(name, one) for one in codes]


def phrase_of(words: str) -> str:
    """Words as the search compares them: lower case, no accents."""
    return name_key(words).lower()


def key_of(words: str) -> str:
    """The key of a need, from its first words."""
    return phrase_of(words).replace(" ", "-")[:80]


@cache
def packaged_needs() -> dict[str, Need]:
    """The needs that come with the product, by their keys; the region's are `queries.vocabulary.needs`."""
    found: dict[str, Need] = {}
    for row in _rows("needs.csv"):
        words = tuple(one.strip() for one in row["words"].split(","))
        found[key_of(words[0])] = Need(key_of(words[0]), words, tuple(row["tokens"].split()))
    return found


@cache
def packaged_themes() -> dict[str, Theme]:
    """The thematic searches that come with the product, in the order of the file."""
    return {
        row["key"]: Theme(
            row["key"], row["label"], row["icon"], row["summary"], tuple(row["tokens"].split()),
            tuple(row["equipment"].split()),
        )
        for row in _rows("themes.csv")
    }  # fmt: skip


@cache
def city_activities() -> list[dict[str, str]]:
    """What an activity of the RPPS becomes, the most precise line first."""
    return _rows("city.csv")

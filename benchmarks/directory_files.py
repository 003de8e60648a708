"""National files of a region's full size, quickly drawn: the shapes are the public ones, the people are not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from random import Random
from typing import TypeVar

from enrs.config.demo import names, places, professionals
from enrs.config.demo.shapes import DemoCommune
from enrs.formats.directory.finess import FinessLocation, FinessStructure, write_finess
from enrs.formats.directory.rpps import RppsRow, write_rpps
from enrs.formats.keys import finess_key, luhn_key

Line = TypeVar("Line", RppsRow, FinessStructure)
STRUCTURES = 140_000
PROFESSIONALS = 360_000
ACTIVITIES = 560_000
CATEGORIES = (
    ("620", "Pharmacie d'Officine", 40),
    ("603", "Maison de santé (L.6223-3)", 6),
    ("124", "Centre de Santé", 8),
    ("611", "Laboratoire de Biologie Médicale", 12),
    ("500", "Etablissement d'hébergement pour personnes âgées dépendantes", 10),
    ("354", "Service de Soins Infirmiers A Domicile (S.S.I.A.D)", 5),
    ("355", "Centre Hospitalier (C.H.)", 3),
    ("365", "Etablissement de Soins Pluridisciplinaire", 4),
    ("127", "Hospitalisation à Domicile", 1),
    ("382", "Foyer de Vie pour Adultes Handicapés", 5),
    ("698", "Autre Etablissement Loi Hospitalière", 6),
)
"""Code and label as FINESS has them, and a rough weight."""


def write_files(folder: Path, *, changed: float = 0.0, seed: int = 4) -> tuple[Path, Path]:
    """Both files: RPPS activities, then the FINESS stock with its coordinates.

    `changed` is the share of lines that differ from the files of the same seed without it: a third
    of them left, a third changed their name or telephone, a third came.
    """
    name = "tonight" if changed else "stock"
    people, sites = folder / f"rpps-{name}.txt", folder / f"finess-{name}.csv"
    _write(people, write_rpps(_differing(activities(seed), changed, _other_activity)))
    stock = _differing(structures(seed), changed, _other_structure)
    _write(sites, write_finess(_with_places(stock, seed), release=1, released_on=date(2026, 11, 1)))
    return people, sites


def structures(seed: int) -> Iterator[FinessStructure]:
    """The establishments, in the order of their numbers."""
    rng = Random(seed)  # noqa: S311  drawn again the same
    codes = [(code, label) for code, label, _ in CATEGORIES]
    weights = [weight for *_, weight in CATEGORIES]
    per_department = STRUCTURES // len(places.ALL_DEPARTMENTS)
    for department in places.ALL_DEPARTMENTS:
        towns, _ = places.communes((department,))
        for rank in range(per_department):
            town = rng.choice(towns)
            code, label = rng.choices(codes, weights)[0]
            first = f"{department}0{rank:05d}"
            legal = f"{department}08{rank % 5000:04d}"
            name = f"{label.split(' (')[0][:40]} {rng.choice(places.STREETS)} {rank % 97}".upper()
            yield FinessStructure(
                finess=first + finess_key(first), legal_finess=legal + finess_key(legal),
                name=name[:38], long_name=name, street_number=f"{rng.randrange(1, 180):04d}",
                street_type="R", street_name=rng.choice(places.STREETS).upper(),
                commune_suffix=town.cog[2:], department=department, department_name=department,
                routing_line=f"{town.postal_code} {places.city_line(town)}",
                phone=f"01{rng.randrange(10**8):08d}", category_code=code, category=label,
                opened_on="2001-05-02", updated_on="2026-10-01",
            )  # fmt: skip


def activities(seed: int) -> Iterator[RppsRow]:
    """The activities, a person's together: 200,000 people have a second one."""
    rng = Random(seed + 1)  # noqa: S311  drawn again the same
    sites = [
        (f"{d}0{rank:05d}" + finess_key(f"{d}0{rank:05d}"))
        for d in places.ALL_DEPARTMENTS
        for rank in range(0, STRUCTURES // len(places.ALL_DEPARTMENTS), 7)
    ]
    towns, _ = places.communes(places.ALL_DEPARTMENTS)
    surnames = [row["name"] for row in names.read_table("surnames.csv")]
    given = [row["name"] for row in names.read_table("given_names.csv")]
    trades = professionals.TRADES
    weights = [trade.weight for trade in trades]
    practice = count(1)
    for rank in range(PROFESSIONALS):
        number = f"997{rank:07d}"
        number += luhn_key(number)
        trade = rng.choices(trades, weights)[0]
        family = rng.choice(surnames)
        if rng.random() < 0.3:
            family = f"{family}-{rng.choice(surnames)}"
        row = RppsRow(
            identifier_type="8", identifier=number, national_id="8" + number,
            title="Docteur" if trade.profession_code == "10" else "", family=family.upper(),
            given=rng.choice(given), profession_code=trade.profession_code, profession=trade.profession,
            category_code="C", category="Civil", skill_code=trade.skill_code, skill=trade.skill,
            function_code=trade.function_code, function=trade.function,
            phone=f"06{rng.randrange(10**8):08d}",
        )  # fmt: skip
        second = rank * (ACTIVITIES - PROFESSIONALS) // PROFESSIONALS
        following = (rank + 1) * (ACTIVITIES - PROFESSIONALS) // PROFESSIONALS
        for place in range(1 + following - second):
            if trade.kinds[0] == "practice" and not place:
                yield _in_practice(row, rng.choice(towns), next(practice), rng)
            else:
                yield replace(
                    row, mode_code="S", mode="Salarié", site_finess=rng.choice(sites),
                    site_name="ETABLISSEMENT",
                )  # fmt: skip


def _in_practice(row: RppsRow, town: DemoCommune, rank: int, rng: Random) -> RppsRow:
    return replace(
        row, mode_code="L", mode=professionals.LIBERAL[1], site_name=f"CABINET {row.family}",
        structure_technical_id=f"R{rank:09d}", street_number=str(rng.randrange(1, 180)),
        street_type="Rue", street_name=rng.choice(places.STREETS), postal_code=town.postal_code,
        commune_code=town.cog, commune=town.name, department_code=town.department,
        sector_code="SA07", sector="Cabinet individuel",
    )  # fmt: skip


def _with_places(
    rows: Iterator[FinessStructure], seed: int
) -> Iterator[FinessStructure | FinessLocation]:
    towns = {town.cog: town for town in places.communes(places.ALL_DEPARTMENTS)[0]}
    for row in rows:
        town = towns[row.commune_code]
        rng = Random(f"{seed}{row.finess}")  # noqa: S311  drawn again the same
        x, y = town.x + rng.uniform(-900, 900), town.y + rng.uniform(-900, 900)
        yield row
        yield FinessLocation(
            row.finess, round(x, 1), round(y, 1), "1,BENCH,100,BAN,L93_METROPOLE", "2026-10-01", 0, 0
        )  # fmt: skip


def _differing(
    rows: Iterator[Line], share: float, other: Callable[[Line, Random], Line]
) -> Iterator[Line]:
    """The rows of a later night: some left, some changed, some came."""
    rng = Random(11)  # noqa: S311  drawn again the same
    for row in rows:
        if rng.random() >= share:
            yield row
            continue
        kind = rng.randrange(3)
        if kind == 1:
            yield replace(row, phone=f"07{rng.randrange(10**8):08d}")
        elif kind == 2:
            yield row
            yield other(row, rng)


def _other_activity(row: RppsRow, rng: Random) -> RppsRow:
    number = f"998{rng.randrange(10**7):07d}"
    number += luhn_key(number)
    return replace(row, identifier=number, national_id="8" + number)


def _other_structure(row: FinessStructure, rng: Random) -> FinessStructure:
    first = f"{row.department}0{90_000 + rng.randrange(10_000):05d}"
    return replace(row, finess=first + finess_key(first))


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines:
            file.write(line if line.endswith("\n") else f"{line}\n")

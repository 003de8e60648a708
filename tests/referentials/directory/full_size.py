"""Invented files of the size of the national ones, written line by line: FINESS's two flows, SIRENE's stock."""

import json
from pathlib import Path
from typing import Any

from enrs.formats.keys import finess_key, luhn_key
from tests.referentials.directory.factories import (
    UNIT_COLUMNS,
    capacity,
    carried,
    finess_flow,
    flow_place,
    sirene_file,
    sirene_site,
)

PER_ENTITY = 5
"""Establishments of a legal entity; activities of each are two."""
ELSEWHERE = {"codeCommune": "69123", "codePostal": "69002", "libelleCommune": "LYON"}


def number(rank: int) -> str:
    """A FINESS number of Paris, of a million."""
    first = f"75{rank:06d}"
    return first + finess_key(first)


def siret(rank: int) -> str:
    """A SIRET whose SIREN begins by 9, of ten millions."""
    siren = f"9{rank:07d}"
    body = siren + luhn_key(siren) + "0001"
    return body + luhn_key(body)


def write_structures(path: Path, count: int) -> Path:
    """The flow of structures: `count` establishments, a legal entity for each five."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"schemaVersion": "v1.0.1", "generatedAt": "2026-03-09T15:49:37Z", "pmej": [\n')
        for entity in range(count // PER_ENTITY):
            first = entity * PER_ENTITY
            places = [_place(rank) for rank in range(first, first + PER_ENTITY)]
            tree = finess_flow(*places, legal=number(500_000 + entity))["pmej"][0]
            file.write((",\n" if entity else "") + json.dumps(tree, ensure_ascii=False))
        file.write("\n]}\n")
    return path


def write_activities(path: Path, count: int) -> Path:
    """The flow of activities of the same establishments: two for each, with their beds."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"schemaVersion": "v1.0.1", "generatedAt": "2026-04-01T14:46:05Z", "pmej": [\n')
        for entity in range(count // PER_ENTITY):
            first = entity * PER_ENTITY
            tree = _activities(range(first, first + PER_ENTITY), number(500_000 + entity))
            file.write((",\n" if entity else "") + json.dumps(tree))
        file.write("\n]}\n")
    return path


def write_sites(path: Path, *, wanted: int, lines: int) -> Path:
    """SIRENE's establishments: `lines` of them, of which `wanted` are of health and of the region."""
    heading, here = sirene_file(sirene_site(1))
    _, there = sirene_file(sirene_site(1, **ELSEWHERE))
    known = sirene_site(1)["siret"]
    every = lines // wanted
    with path.open("w", encoding="utf-8") as file:
        file.write(heading)
        for rank in range(lines):
            line = there if rank % every or rank // every >= wanted else here
            own = siret(rank)
            file.write(line.replace(known, own).replace(known[:9], own[:9]))
    return path


def write_units(path: Path, *, wanted: int, lines: int) -> Path:
    """The legal units of the same establishments."""
    columns = UNIT_COLUMNS.split(",")
    every = lines // wanted
    with path.open("w", encoding="utf-8") as file:
        file.write(UNIT_COLUMNS + "\n")
        told = {
            "statutDiffusionUniteLegale": "O", "dateDebut": "2008-01-01", "etatAdministratifUniteLegale": "A",
            "categorieJuridiqueUniteLegale": "9300", "activitePrincipaleUniteLegale": "86.10Z",
        }  # fmt: skip
        line = ",".join(
            ["%s", *(told.get(name, "%d" if name == "denominationUniteLegale" else "") for name in columns[1:])]
        )  # fmt: skip
        for rank in range(lines):
            own = siret(rank) if rank % every == 0 else siret(5_000_000 + rank % 4_000_000)
            file.write(line % (own[:9], rank) + "\n")
    return path


def _place(rank: int) -> dict[str, Any]:
    one = flow_place(rank % 90 + 1)
    one["informationsGeneralesEGE"] |= {
        "numFinessEge": number(rank), "nomEgeCourt": f"HOPITAL {rank}", "nomEgeLong": f"HÔPITAL DES VALLÉES {rank}",
    }  # fmt: skip
    return one


def _activities(ranks: range, legal: str) -> dict[str, Any]:
    places, granted = [], []
    for rank in ranks:
        pairs = [
            carried(2 * rank + each, granted=capacity("09", 40), capacite=[capacity("01", 38)])
            for each in (1, 2)
        ]
        granted += [one for one, _ in pairs]
        places.append(
            {
                "egeId": str(rank),
                "numFinessEge": number(rank),
                "activitesExercees": [one for _, one in pairs],
            }
        )
    return {"numFiness": legal, "pmSmsseId": "1", "activitesAutorisees": granted, "ege": places}

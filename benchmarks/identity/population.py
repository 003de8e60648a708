"""An invented population of any size written as CSV: the records, and apart whom each one is of."""

import csv
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from random import Random

from benchmarks.identity.people import BLOCK, people_of_block
from benchmarks.identity.records import COLUMNS, records_of
from enrs.referentials.identity.rules import Traits

TRUTH = ("record", "person")
ROOM = 10 * BLOCK
"""Numbers kept for the records of one block."""


@dataclass(frozen=True, slots=True)
class Population:
    """Where the files of a population stand: `records` and `truth` are patterns of CSV files with headers."""

    folder: Path
    people: int

    @property
    def records(self) -> str:
        """The records, with `records.COLUMNS`."""
        return str(self.folder / "records-*.csv")

    @property
    def truth(self) -> str:
        """The number of the person that each record is of."""
        return str(self.folder / "truth-*.csv")


def write_population(
    folder: Path,
    *,
    people: int,
    seed: int,
    mean: float = 1.2,
    default_dates: float = 0.0,
    processes: int = 2,
) -> Population:
    """Write a population of `people` (rounded up to a block) with `mean` records each, always the same for a seed."""
    folder.mkdir(parents=True, exist_ok=True)
    blocks = -(-people // BLOCK)
    tasks = [
        (folder, seed, number, min(BLOCK, people - number * BLOCK), mean, default_dates)
        for number in range(blocks)
    ]
    if blocks == 1 or processes == 1:
        for task in tasks:
            _write_block(task)
    else:
        # Spawned: a fork would take along the threads of DuckDB and the sockets of PostgreSQL.
        with ProcessPoolExecutor(min(processes, os.cpu_count() or 1), get_context("spawn")) as pool:
            list(pool.map(_write_block, tasks))
    return Population(folder, people)


def _write_block(task: tuple[Path, int, int, int, float, float]) -> None:
    folder, seed, number, size, mean, default_dates = task
    people = people_of_block(seed, number)[:size]
    rng = Random(f"records {seed} {number}")  # noqa: S311  drawn again the same
    with (
        (folder / f"records-{number:04d}.csv").open("w", encoding="utf-8", newline="") as out,
        (folder / f"truth-{number:04d}.csv").open("w", encoding="utf-8", newline="") as truth,
    ):
        rows, persons = csv.writer(out), csv.writer(truth)
        rows.writerow(COLUMNS)
        persons.writerow(TRUTH)
        for row, person in records_of(rng, people, number * ROOM + 1, mean, default_dates):
            rows.writerow(row)
            persons.writerow((row[0], person))


def read_records(population: Population) -> Iterator[dict[str, str]]:
    """The records of a population, one by one."""
    for path in sorted(population.folder.glob("records-*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def read_people(population: Population) -> Iterator[list[dict[str, str]]]:
    """The records of each person of a population, person by person."""
    for path in sorted(population.folder.glob("records-*.csv")):
        truth = path.with_name(path.name.replace("records-", "truth-"))
        with (
            path.open(encoding="utf-8", newline="") as file,
            truth.open(encoding="utf-8", newline="") as persons,
        ):
            rows = zip(csv.DictReader(file), csv.DictReader(persons), strict=True)
            for _, found in groupby(rows, key=lambda pair: pair[1]["person"]):
                yield [row for row, _ in found]


_TRAITS = tuple(name for name in COLUMNS if name not in ("record", "system", "value"))


def traits_of(row: dict[str, str]) -> Traits:
    """The traits of one record."""
    return Traits(**{name: row[name] for name in _TRAITS})  # type: ignore[arg-type]

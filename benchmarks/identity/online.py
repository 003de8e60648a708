"""What somebody waits for: the search of who resembles a person among a region, a merge with all its facts."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from random import Random
from typing import Any

from benchmarks.common import Row, percentile, row, scratch_database
from benchmarks.identity import SHARE
from benchmarks.identity.population import Population, read_records, traits_of
from benchmarks.record import history

PEOPLE = max(2_000, int(2_083_000 * SHARE))
"""2.5 million records."""

DEFAULT = "1900-01-01"
SEARCHES, RUNS = 400, 3
EVENTS = 333
"""Some 1,000 facts: documents, reports with their five values, stays."""


def searches(population: Population, records: int) -> list[Row]:
    """The engine's search (no HTTP), one after another; those born on a default date beside the others."""
    known, unknown = [], []
    for one in islice(read_records(population), 60_000):
        (unknown if one["birth_date"] == DEFAULT else known).append(one)
    rng = Random(8)  # noqa: S311  drawn again the same
    some, born = (rng.sample(rows, min(SEARCHES, len(rows))) for rows in (known, unknown))
    _times(some[:50])
    usual = [percentile(_times(some), 0.95) for _ in range(RUNS)]
    default = [percentile(_times(born), 0.95) for _ in range(RUNS)]
    name = f"recherche parmi {records} identités, moteur seul, p95"
    return [
        row(name, usual, "ms", aim="<=20"),
        row(
            f"  personne née à une date par défaut ({DEFAULT}, 3 % des lignes)", default, "ms",
            aim="<=20", peer="les autres", peer_value=round(percentile(usual, 0.5), 2),
        ),
    ]  # fmt: skip


def _times(rows: Sequence[dict[str, str]]) -> list[float]:
    """Milliseconds that each search took."""
    from enrs.referentials.identity.matching import match

    times = []
    for one in rows:
        traits = traits_of(one)
        began = time.perf_counter()
        match(traits)
        times.append((time.perf_counter() - began) * 1000)
    return times


def put_hot_keys() -> None:
    """Those that the batch pass would write."""
    from django.db import connection

    from enrs.referentials.identity.matching.engine import HOT

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity_hot_key select k from (select unnest(keys) as k from identity_feature) w"
            " group by k having count(*) > %s",
            [HOT],
        )


def merges() -> list[Row]:
    """A hospital merges two of its numbers (A40), each with some 1,000 facts."""
    times = []
    with _database():
        from enrs.core.access.actor import SYSTEM, acting
        from enrs.referentials.identity.commands import merge_local

        with acting(SYSTEM):
            for rank in range(RUNS):
                for value in (f"{rank}a", f"{rank}b"):
                    made = _receive(value, rank)
                    history(made.patient_id, EVENTS, identity=made.id)
                began = time.perf_counter()
                merge_local(system="urn:banc", kept=f"{rank}a", absorbed=f"{rank}b", sender="banc")
                times.append((time.perf_counter() - began) * 1000)
    return [row("fusion de deux identités, 1 000 faits chacune", times, "ms", aim="<=300")]


def _receive(value: str, rank: int) -> Any:
    """An identity whose traits are nobody else's."""
    from enrs.referentials.identity.commands import receive_identity
    from enrs.referentials.identity.rules import Traits

    letters = "ABCDEFGHIJ"
    traits = Traits(
        birth_name=f"BANC{letters[rank] * 4}{'XY'[value.endswith('b')] * 5}",
        first_given_name="CAMILLE" if value.endswith("a") else "LOUISE",
        birth_date=f"19{50 + rank}-0{2 + value.endswith('b')}-12",
        sex="F",
    )
    return receive_identity(system="urn:banc", value=value, traits=traits, sender="banc")


@contextmanager
def _database() -> Iterator[None]:
    with scratch_database("identity"):
        from enrs.config.cli.setup import start_django

        start_django("owner")
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()

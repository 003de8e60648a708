"""Files of the national size: each is loaded within its memory, counts are right, a second load changes nothing."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from enrs.config.postgres import Cluster
from enrs.core.access.actor import SYSTEM, acting
from enrs.referentials.directory.commands.load import load_file
from tests.proof_page import found
from tests.referentials.directory import full_size
from tests.running import Region, running_region

MOST_MEGABYTES = {"finess": 400, "activities": 400, "sirene": 400}
"""What the process of a load may take: it does not grow with the file, but with the numbers that are known."""
COUNTS = {
    "Organization": "select count(*) from directory_organisation where not is_closed",
    "LegalEntity": "select count(*) from directory_legal_entity where not is_closed",
    "Activity": "select count(*) from directory_activity where is_active",
    "SireneSite": "select count(*) from directory_sirene_site where is_listed",
    "SireneUnit": "select count(*) from directory_sirene_unit where is_listed",
    "published": "select count(*) from fhir_resource where type = 'Organization' and is_current",
    "partof": "select count(*) from fhir_key where type = 'Organization' and param = 'partof'",
    "waiting": "select count(*) from directory_unpublished",
}
TOUCHED = (
    "select sum(added_count + changed_count + closed_count + refused_count) from directory_load_report "
    "where id in (select id from directory_load_report order by id desc limit %s)"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load took."""

    seconds: float
    megabytes: float


def ask(region: Region, statement: str) -> int:
    with psycopg.connect(Cluster().dsn("owner", database=region.database)) as line:
        return int(line.execute(statement).fetchone()[0])


MEASURED = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process between this one and the load: Linux counts in a child's peak that of who forked it."""


def load(region: Region, kind: str, file: Path) -> Loaded:
    began = time.monotonic()
    command = [sys.executable, "-m", "enrs.config", "load", kind, str(file), "--test-numbers"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        env=region.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Loaded(time.monotonic() - began, int(done.stdout) / 1024)


def written(folder: Path, *, places: int, wanted: int, lines: int) -> list[tuple[str, Path]]:
    """The four files, each with its kind, in the order in which a night loads them."""
    return [
        ("finess", full_size.write_structures(folder / "structures.json", places)),
        ("activities", full_size.write_activities(folder / "activites.json", places)),
        ("sirene", full_size.write_sites(folder / "StockEtablissement.csv", wanted=wanted, lines=lines)),
        ("sirene", full_size.write_units(folder / "StockUniteLegale.csv", wanted=wanted, lines=lines)),
    ]  # fmt: skip


def expected(places: int, wanted: int) -> dict[str, int]:
    """What the directory holds after them."""
    entities = places // full_size.PER_ENTITY
    return {
        "Organization": places, "LegalEntity": entities, "Activity": 2 * places, "SireneSite": wanted,
        "SireneUnit": wanted, "published": places + entities, "partof": places, "waiting": 0,
    }  # fmt: skip


@pytest.mark.django_db
def test_small_files_of_every_flow(tmp_path):
    files = written(tmp_path, places=100, wanted=50, lines=400)
    for turn in range(2):
        for kind, file in files:
            with acting(SYSTEM), file.open("rb") as lines:
                report = load_file(kind, lines, file_name=file.name, test_numbers=True)
            assert not report.error
            touched = report.added_count + report.changed_count + report.closed_count
            assert bool(touched) is (turn == 0), file
        with connection.cursor() as cursor:
            seen = {}
            for name, statement in COUNTS.items():
                cursor.execute(statement)
                seen[name] = cursor.fetchone()[0]
        assert seen == expected(100, 50)


def loaded(
    template: str, folder: Path, *, places: int, wanted: int, lines: int
) -> dict[str, list[Loaded]]:
    """Each file loaded twice; the counts of the directory are those of the files."""
    files = written(folder, places=places, wanted=wanted, lines=lines)
    took: dict[str, list[Loaded]] = {}
    with running_region(template) as region:
        for kind, file in files:
            took.setdefault(file.name, []).append(load(region, kind, file))
        seen = {name: ask(region, statement) for name, statement in COUNTS.items()}
        assert seen == expected(places, wanted)
        for kind, file in files:
            took[file.name].append(load(region, kind, file))
        assert ask(region, TOUCHED % len(files)) == 0
        assert {name: ask(region, statement) for name, statement in COUNTS.items()} == seen
    for kind, file in files:
        assert max(one.megabytes for one in took[file.name]) < MOST_MEGABYTES[kind], took
    return took


@pytest.mark.proof
def test_files_of_the_national_size(template_database, tmp_path):
    took = loaded(template_database, tmp_path, places=140_000, wanted=500_000, lines=3_000_000)
    for name, (first, again) in took.items():
        found(
            f"{name} at national size",
            f"{first.seconds:.0f} s and {first.megabytes:.0f} MB, the same again {again.seconds:.0f} s "
            "and nothing changed",
        )

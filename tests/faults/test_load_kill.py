"""`kill -9` on a nightly load at any moment: yesterday's directory or today's, never between; the next run ends it."""

import random
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from enrs.config.postgres import Cluster
from tests.proof_page import found
from tests.referentials.directory.factories import activity, rpps_file
from tests.running import Region, running_region

PEOPLE = 12_000
STATE = """
select md5(coalesce(string_agg(concat_ws('|', kind, id::text, row_hash, flag::text), ',' order by kind, id), '')) from (
    select 'p' as kind, id, row_hash, is_active as flag from directory_practitioner
    union all select 'o', id, row_hash, is_closed from directory_organisation
    union all select 'r', id, row_hash, is_active from directory_role
) rows
"""
UNTOLD = """
select count(*) from (
    select 'Practitioner' as type, id, is_active as is_open, family as word from directory_practitioner
) p left join fhir_resource r on r.type = p.type and r.id = p.id and r.is_current
where r.id is null or position(upper(p.word) in upper(r.body)) = 0
  or (position('"active":true' in r.body) > 0) <> p.is_open
"""


def ask(region: Region, statement: str) -> object:
    with psycopg.connect(Cluster().dsn("owner", database=region.database)) as line:
        return line.execute(statement).fetchone()[0]


def write(path: Path, first: int, last: int, changed: str) -> Path:
    rows = [
        activity(rank, family=f"{changed if rank % 97 == 0 else 'DUBREUIL'}{rank}")
        for rank in range(first, last)
    ]
    path.write_text("".join(rpps_file(*rows)), encoding="utf-8")
    return path


def load(region: Region, file: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "enrs.config", "load", "rpps", str(file), "--test-numbers"],
        env=region.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.faults
def test_a_killed_load_leaves_one_directory_or_the_other(template_database, tmp_path):
    killed(template_database, tmp_path, people=2_000, kills=4)


@pytest.mark.proof
def test_twenty_five_kills_of_the_nightly_load(template_database, tmp_path):
    told = killed(template_database, tmp_path, people=PEOPLE, kills=25)
    found("nightly load, `kill -9` at any moment", told)


def killed(template: str, folder: Path, *, people: int, kills: int) -> str:
    """Loads that take turns between two files, each killed at a random moment, then run again to its end."""
    randomness = random.Random(20261129)  # noqa: S311
    files = [
        write(folder / "yesterday.txt", 0, people, "MARCHETTI"),
        write(folder / "today.txt", people // 50, people + people // 50, "LEFEBVRE"),
    ]
    halves = {"before": 0, "after": 0}
    with running_region(template) as region:
        began = time.monotonic()
        assert load(region, files[0]).wait() == 0
        whole = time.monotonic() - began
        for turn in range(kills):
            was, file = ask(region, STATE), files[(turn + 1) % 2]
            process = load(region, file)
            time.sleep(whole * randomness.uniform(0.2, 1.1))
            process.kill()
            process.wait()
            seen = ask(region, STATE)
            assert load(region, file).wait() == 0
            now = ask(region, STATE)
            assert now != was
            assert seen in (was, now)
            halves["before" if seen == was else "after"] += 1
            assert ask(region, "select count(*) from directory_unpublished") == 0
            assert ask(region, UNTOLD) == 0
    return (
        f"{kills} kills over {people} people: the directory of before {halves['before']} times, "
        f"of after {halves['after']} times, each ended by the next run"
    )

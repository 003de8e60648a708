"""A region on an older PostgreSQL is taken to ours: from a server beside, then in its own place."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from enrs.config import secrets
from enrs.config.operations.upgrade import moved
from enrs.config.postgres import Cluster, find_binaries, locate
from tests.config.operations.conftest import Installation
from tests.config.operations.inside import LETTER
from tests.config.operations.older import others_here, programs_of_17
from tests.proof_page import found
from tests.running import ROOT

pytestmark = pytest.mark.proof
LETTERS = sorted(f"{LETTER.decode()} {rank}" for rank in range(12))


@dataclass
class OwnHome(Installation):
    """An installation with a copy of the program of its own, and so an embedded server of its own."""

    programs: Path

    @property
    def cluster(self) -> Cluster:
        return Cluster(locate(self.folder))

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            key: value for key, value in super().environment.items() if "DATABASE_URL" not in key
        }
        return kept | {"PYTHONPATH": f"{self.folder / 'src'}:{ROOT}"}


@pytest.fixture(scope="module", params=["wheel", *map(str, others_here())])
def programs(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The programs of PostgreSQL 17, and those of each older server that this machine has besides."""
    if request.param != "wheel":
        yield Path(request.param)
        return
    folder = programs_of_17()
    yield folder
    shutil.rmtree(folder.parents[2])


@pytest.fixture
def home(programs: Path, tmp_path: Path) -> Iterator[OwnHome]:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    here = OwnHome(tmp_path, "enrs", programs)
    layout = here.cluster.layout
    yield here
    here.cluster.stop(force=True)
    shutil.rmtree(layout.state)
    shutil.rmtree(layout.socket_dir, ignore_errors=True)


def served_by(cluster: Cluster) -> int:
    with psycopg.connect(cluster.dsn("owner")) as line:
        return line.info.server_version // 10000


class StopError(Exception):
    """What goes wrong in the middle."""


@pytest.fixture
def old(home: OwnHome, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A region that lived on the older server, stopped; what it holds."""
    monkeypatch.setenv("ENRS_PG_BIN", str(home.programs))
    with home.cluster.running() as cluster:
        home.enrs("migrate")
        home.seed()
        assert served_by(cluster) == find_binaries().version
        state = home.tell()
    monkeypatch.delenv("ENRS_PG_BIN")
    monkeypatch.setenv("ENRS_OLD_PG_BIN", str(home.programs))
    assert sorted(state["opened"]) == LETTERS
    return state


def same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """All that was there, in a new epoch; what waited to leave leaves from the new server."""
    for what in ("opened", "closed", "sendings", "events"):
        assert after[what] == before[what], what
    assert after["journal"][0], after["journal"]
    assert after["epoch"] == before["epoch"] + 1


def test_a_region_moves_from_a_server_beside(home, old, installations, monkeypatch):
    there = installations()
    shutil.copytree(home.folder / "data", there.folder / "data")
    shutil.copy(home.folder / "secrets.json", there.folder)
    with home.cluster.running() as cluster:
        former = served_by(cluster)
        monkeypatch.setenv("ENRS_OLD_DATABASE_URL", cluster.dsn("owner"))
        told = there.enrs("upgrade", "--backups", home.folder / "sauvegardes")
        monkeypatch.delenv("ENRS_OLD_DATABASE_URL")
        assert "celles du manifeste" in told
        assert home.tell() == old
    same(old, there.tell())
    ours = served_by(Cluster())
    assert former < ours
    rows = there.ask("select count(*) from audit_line where action = 'operations.restored'")
    assert rows == [(1,)]
    found(
        f"moving from PostgreSQL {former} to {ours}, a server beside",
        "the same region, journal intact",
    )


def test_a_region_moves_in_its_own_place(home, old, monkeypatch):
    folder, cluster = home.folder / "sauvegardes", home.cluster
    former = cluster.layout.data_version()
    with cluster.running(), psycopg.connect(cluster.dsn("app")):
        told = home.enrs("upgrade", "--server", "--backups", folder, fails=True)
        assert "arrêtez-les d'abord" in told

    fails_and_comes_back(home, monkeypatch)
    with cluster.running():
        assert home.tell() == old

    told = home.enrs("upgrade", "--server", "--backups", folder)
    assert "celles du manifeste" in told
    ours = find_binaries().version
    assert (cluster.layout.data_version(), former) == (ours, former)
    assert cluster.layout.data.with_name(f"pg.{former}").is_dir()
    with cluster.running():
        assert served_by(cluster) == ours
        same(old, home.tell())
    told = home.enrs("upgrade", "--server", "--backups", folder, fails=True)
    assert "rien à faire" in told
    found(
        f"moving from PostgreSQL {former} to {ours}, in place",
        "the same region, journal intact; a move that fails gives the former server back",
    )


def stops_in_the_middle(home: OwnHome, cluster: Cluster) -> None:
    with moved(home.folder / "essai", "", cluster=cluster):
        cluster.start()
        assert served_by(cluster) == find_binaries().version
        raise StopError


def fails_and_comes_back(home: OwnHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move that fails once the new server has begun leaves the former one in its place."""
    monkeypatch.setenv("ENRS_SECRETS", str(home.folder / "secrets.json"))
    monkeypatch.setenv("ENRS_DATA", str(home.folder / "data"))
    secrets.load.cache_clear()
    cluster = home.cluster
    former = cluster.layout.data_version()
    with pytest.raises(StopError):
        stops_in_the_middle(home, cluster)
    secrets.load.cache_clear()
    assert cluster.layout.data_version() == former
    assert not cluster.layout.data.with_name(f"pg.{former}").exists()

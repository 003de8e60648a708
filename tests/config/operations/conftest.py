"""Installations of their own: a database, a folder of data and secrets, and the command `enrs`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from enrs.config.postgres import Cluster
from tests.running import ROOT, free_port

PASSPHRASE = "six mots choisis pour un essai"


@dataclass
class Installation:
    """One installation; `enrs` runs its commands."""

    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        cluster = Cluster()
        urls = {
            f"DATABASE_URL{suffix}": cluster.dsn(role, database=self.database)
            for suffix, role in (("", "owner"), ("_APP", "app"), ("_FEED", "feed"))
        }
        return os.environ | urls | {
            "ENRS_MODE": "demo",
            "ENRS_ROLE": "owner",
            "ENRS_DATA": str(self.folder / "data"),
            "ENRS_SECRETS": str(self.folder / "secrets.json"),
            "ENRS_BACKUP_PASSPHRASE": PASSPHRASE,
            "DJANGO_SETTINGS_MODULE": "enrs.config.settings",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        }  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def enrs(self, *arguments: str | Path, fails: bool = False) -> str:
        """What a command says; `fails` when it must refuse."""
        done = self.run("-m", "enrs.config", *map(str, arguments))
        told = done.stdout + done.stderr
        assert done.returncode == int(fails), told
        assert "Traceback" not in told, told
        return told

    def begin(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command that goes on, in a group of processes of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "enrs.config", *map(str, arguments)],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def url(self) -> str:
        return Cluster().dsn("owner", database=self.database)

    def inside(self, act: str) -> Any:
        """What an act of `inside` gives, done by a process of this installation."""
        done = self.run("-m", "tests.config.operations.inside", act)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def seed(self) -> None:
        self.inside("seed")

    def tell(self) -> dict[str, Any]:
        return dict(self.inside("tell"))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as line:
            return line.execute(query).fetchall()


Installations = Callable[..., Installation]


@pytest.fixture(scope="package")
def installations(
    template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installations]:
    """Makes installations, with an empty database or a migrated one; they end with the last test here."""
    cluster, made = Cluster(), []

    def make(*, is_empty: bool = True) -> Installation:
        name = f"enrs_test_op{free_port()}_{os.getpid()}"
        cluster.create_database(name, template="template0" if is_empty else template_database)
        made.append(name)
        return Installation(tmp_path_factory.mktemp("installation"), name)

    yield make
    for name in made:
        cluster.drop_database(name)


@pytest.fixture(scope="package")
def source(installations: Installations) -> Installation:
    """A small region."""
    here = installations(is_empty=False)
    here.seed()
    return here


@pytest.fixture(scope="package")
def backup(source: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One backup of the source, with its keyring's copy in a folder of its own."""
    folder = tmp_path_factory.mktemp("sauvegardes")
    told = source.enrs("backup", folder / "b", "--keyring", folder / "cles")
    assert "trousseau, chiffré" in told
    return folder / "b"


@pytest.fixture(scope="package")
def keys(backup: Path) -> Path:
    """The copy of its keyring."""
    return backup.parent / "cles" / "b.keyring"

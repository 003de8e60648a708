"""Seeds the demo region: `python -m enrs.config.demo.seed small` (or `region`), once per database.

The table `patient` bears a comment that says whose database it is, of what size and day; a database
without it, which already holds people, is refused. One whose seeding was cut short is made anew.
"""

import hashlib
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import django
import psycopg
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.exceptions import InconsistentMigrationHistory
from psycopg import sql
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from enrs.config.demo.generator import DemoPlan
from enrs.config.postgres import Cluster
from enrs.config.state import data_folder

DATABASE: Final = "enrs"
MARK: Final = "enrs demo "
SEALS: Final = "audit.seals"
"""The journal's file of seals, beside the database."""

SIZES: Final = ("small", "region")
SOURCES: Final = Path(__file__).resolve().parents[2]


class SeedRefusedError(Exception):
    """The demo will not be seeded here; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the database says of itself: size, day and code of its seeding, and whether it ended."""

    size: str
    today: str
    code: str
    is_done: bool

    def plan(self) -> DemoPlan:
        """The plan that it was seeded from."""
        today = date.fromisoformat(self.today)
        if self.size == "region":
            return DemoPlan.region(today=today)
        return DemoPlan.small(today=today)


@dataclass
class Stages:
    """Tells each stage on the terminal, and how long it took."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A stage with its bar; yields what takes the count done so far."""
        began = time.monotonic()
        task: TaskID = self.progress.add_task(label, total=total)
        yield lambda done: self.progress.update(task, completed=done)
        self.seconds[label] = time.monotonic() - began
        self.progress.update(task, total=total or 1, completed=total or 1)


def read_mark(connection: psycopg.Connection) -> Mark | None:
    """The mark of a database; None when it has none."""
    row = connection.execute(
        "select obj_description(to_regclass('patient'), 'pg_class')"
    ).fetchone()
    text = row[0] if row else None
    return Mark(**json.loads(text[len(MARK) :])) if text and text.startswith(MARK) else None


def write_mark(connection: psycopg.Connection, mark: Mark) -> None:
    """Write the mark of a database."""
    text = MARK + json.dumps(asdict(mark))
    connection.execute(sql.SQL("comment on table patient is {}").format(sql.Literal(text)))


def code_hash() -> str:
    """Changes whenever the schema, the rights or the matrix do: then the database is migrated."""
    sources = sorted(
        [*SOURCES.glob("**/migrations/*.py"), *SOURCES.glob("**/policies.*"),
         *SOURCES.glob("**/*holdings.py"), SOURCES / "core/subjects/erasing.py",
         SOURCES / "core/access/rules/matrix.py", SOURCES / "config/settings.py"]
    )  # fmt: skip
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def is_inhabited(connection: psycopg.Connection) -> bool:
    """Whether somebody's data is there: any patient or account."""
    for table in ("patient", "account_user"):
        found = connection.execute("select to_regclass(%s)", [table]).fetchone()
        if found and found[0]:
            query = sql.SQL("select exists (select from {})").format(sql.Identifier(table))
            row = connection.execute(query).fetchone()
            if row and row[0]:
                return True
    return False


def main(size: str = "small", *, reset: bool = False) -> None:
    """Bring the demo's database to that size, or leave it as it is when it already is.

    Raises:
        SeedRefusedError: not a demo, another's database, or a demo of another size.
    """
    if size not in SIZES:
        raise SeedRefusedError(f"« {size} » n'est pas une taille : choisissez small ou region.")
    if os.environ.get("ENRS_MODE", "demo") != "demo" or os.environ.get("DATABASE_URL"):
        raise SeedRefusedError(
            "La démonstration ne se charge que sur sa propre base, en mode demo."
        )
    os.environ["ENRS_ROLE"] = "owner"
    with Cluster().running() as cluster:
        if reset:
            renew(cluster)
        mark = examine(cluster)
        if mark and not mark.is_done:
            Console().print("Le chargement précédent s'est arrêté en route : il recommence.")
            renew(cluster)
            mark = None
        if mark and mark.size != size:
            raise SeedRefusedError(
                f"La base contient déjà la région « {mark.size} ». Pour la remplacer : "
                f"python -m enrs.config.demo.seed {size} --reset"
            )
        if mark is None or mark.code != code_hash():
            _work(cluster, mark, size)


def renew(cluster: Cluster) -> None:
    """Drop the demo's database and make an empty one.

    Raises:
        SeedRefusedError: it is not the demo's.
    """
    with psycopg.connect(cluster.dsn("owner")) as connection:
        if read_mark(connection) is None and is_inhabited(connection):
            raise SeedRefusedError(_NOT_OURS)
    cluster.drop_database(DATABASE)
    cluster.create_database(DATABASE)


_NOT_OURS: Final = (
    "La base contient des données que la démonstration n'a pas faites : elle n'y touche pas."
)


def examine(cluster: Cluster) -> Mark | None:
    """The mark of the demo's database; None when it is empty.

    Raises:
        SeedRefusedError: it holds people and no mark.
    """
    with psycopg.connect(cluster.dsn("owner")) as connection:
        mark = read_mark(connection)
        if mark is None and is_inhabited(connection):
            raise SeedRefusedError(_NOT_OURS)
    return mark


def _work(cluster: Cluster, mark: Mark | None, size: str) -> None:
    columns = (
        TextColumn("{task.description:<34}"), BarColumn(32), MofNCompleteColumn(),
        TimeElapsedColumn(),
    )  # fmt: skip
    console = Console()
    with Progress(*columns, console=console) as progress:
        stages = Stages(progress)
        with stages.stage("Schéma de la base"):
            mark = _bring_up(cluster, mark)
            importlib.import_module("enrs.config.nomenclatures").load_own()
        code = code_hash()
        with psycopg.connect(cluster.dsn("owner"), autocommit=True) as connection:
            if mark is None:
                # Seals of a journal that is no longer there: the new one would be told as altered.
                (data_folder() / SEALS).unlink(missing_ok=True)
                today = datetime.now(UTC).date().isoformat()
                mark = Mark(size, today, code, is_done=False)
                write_mark(connection, mark)
                # Django's models load only once its settings are.
                fill = importlib.import_module("enrs.config.demo.bulk_region").fill
                fill(mark.plan(), stages)
            write_mark(connection, Mark(mark.size, mark.today, code, is_done=True))
    told = ", ".join(f"{label} {spent:.1f} s" for label, spent in stages.seconds.items())
    console.print(f"[dim]{told}[/dim]")


def _bring_up(cluster: Cluster, mark: Mark | None) -> Mark | None:
    """Migrate; a demo whose schema an older version made otherwise is made anew.

    Before version 1.0 an app's migrations may be rewritten. What is dropped is invented: `renew`
    refuses a database that is not the demo's.
    """
    try:
        migrate()
    except (DatabaseError, InconsistentMigrationHistory):
        Console().print("La région de démonstration date d'une autre version : elle est refaite.")
        connections.close_all()
        renew(cluster)
        migrate()
        return None
    return mark


def migrate() -> None:
    """Start Django as the owner and bring the schema up to the code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrs.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    wanted = [one for one in arguments if not one.startswith("-")]
    try:
        main(*wanted[:1], reset="--reset" in arguments)
    except SeedRefusedError as refused:
        Console(stderr=True).print(str(refused))
        sys.exit(1)

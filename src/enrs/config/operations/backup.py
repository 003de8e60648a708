"""Making a backup: the seals first, then the database in one snapshot, whose rows are counted.

Documents lie in the database, encrypted: one snapshot holds them with the rows that name them. The
file of seals is read before it, so that it never names a seal that the dump has not: a seal is
written to the file after its commit.
"""

import importlib.metadata
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from enrs.config import secrets
from enrs.config.operations import keyring
from enrs.config.operations.errors import OperationError
from enrs.config.operations.manifest import (
    DUMP,
    MANIFEST,
    SEALS,
    Manifest,
    hash_of,
    signed,
    write_manifest,
)
from enrs.config.operations.tools import Tell, find_tool, run_tool
from enrs.config.postgres import ROLES
from enrs.config.state import data_folder, make_folder, write_json

PREFIX = "enrs-"
LAST = "last-backup.json"
"""In the data folder: when the last backup was made, for the metrics."""

FOLDER = "ENRS_BACKUPS"
"""Names the folder of the dated backups, for the health."""

LONGEST_SECONDS = 24 * 3600

TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind = 'r' order by 1
"""
"""Tables with rows of their own: partitions, and not what is divided into them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is fixed for the time of a dump: the snapshot's name and what it holds."""

    name: str
    tables: list[str]


def make_backup(
    target: Path,
    *,
    url: str,
    keyring_folder: Path | None = None,
    passphrase: str = "",
    tell: Tell = lambda _: None,
) -> tuple[Path, Manifest]:
    """Back up the database of `url` and the seals; returns the backup's folder and its manifest.

    `target` is the folder to make; one that exists receives a folder named by the moment. All is
    written beside under another name, and renamed at the end. With `keyring_folder`, the keyring is
    copied there under `passphrase`. Raises OperationError, and leaves nothing.
    """
    folder = _place(target)
    if keyring_folder:
        _refuse_inside(keyring_folder, folder, target)
    _clear_partials(folder.parent)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    make_folder(partial, mode=0o700)
    try:
        manifest = _fill(partial, url, tell)
        if keyring_folder:
            make_folder(keyring_folder, mode=0o700)
            keyring.write_copy(keyring_folder / f"{folder.name}.keyring", passphrase)
        write_manifest(partial, signed(manifest, secrets.load().audit_key))
        _flush(partial)
        partial.rename(folder)
        _flush(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    write_json(
        data_folder() / LAST,
        {"made_at": manifest.made_at, "folder": str(folder), "rows": manifest.rows,
         "bytes": sum(one["bytes"] for one in manifest.files.values())},
    )  # fmt: skip
    return folder, manifest


def keep_only(parent: Path, number: int) -> list[Path]:
    """Remove the oldest backups of `parent` past the `number` newest; returns those removed.

    Only whole backups that we named by their moment are counted, and touched.
    """
    ours = sorted(one for one in parent.glob(f"{PREFIX}*T*Z") if (one / MANIFEST).is_file())
    old = ours[: max(0, len(ours) - number)]
    for folder in old:
        shutil.rmtree(folder)
    return old


def _clear_partials(parent: Path) -> None:
    """Remove what dated backups that were killed left half written, a day ago or more: none lasts so long."""
    before = time.time() - LONGEST_SECONDS
    for one in parent.glob(f".{PREFIX}*T*Z.partial"):
        if one.stat().st_mtime < before:
            shutil.rmtree(one, ignore_errors=True)


def _place(target: Path) -> Path:
    target = target.resolve()
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        return target
    if (target / MANIFEST).exists():
        message = f"{target} contient déjà une sauvegarde : nommez un autre dossier."
        raise OperationError(message)
    return target / f"{PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _refuse_inside(keys: Path, folder: Path, target: Path) -> None:
    keys = keys.resolve()
    for place in (folder, target.resolve() if target.exists() else folder):
        if keys == place or place in keys.parents:
            message = (
                "Le trousseau se garde à part : nommez un dossier hors de celui des sauvegardes."
            )
            raise OperationError(message)


def _fill(folder: Path, url: str, tell: Tell) -> Manifest:
    seals = _copy_seals(folder / SEALS)
    with psycopg.connect(url) as connection, _snapshot(connection) as snapshot:
        major = connection.info.server_version // 10000
        tool = find_tool("pg_dump", at_least=major)
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            program=_program_version(),
            server=connection.info.parameter_status("server_version") or "",
            server_major=major,
            dumped_by=tool.release,
            database_bytes=_one(connection, "select pg_database_size(current_database())"),
            counts={},
            migrations=_migrations(connection),
            keys=keyring.prints_of(secrets.load()),
            epoch=_one(connection, "select enrs_epoch()"),
            seals=seals,
        )
        failures: list[BaseException] = []

        def dump() -> None:
            try:
                run_tool(
                    tool,
                    ["--format=custom", f"--snapshot={snapshot.name}", f"--file={folder / DUMP}"],
                    url=url,
                    tell=tell,
                )
            except BaseException as error:
                failures.append(error)

        dumping = threading.Thread(target=dump, name="pg_dump")
        dumping.start()
        try:
            counts = count_rows(connection, snapshot.tables)
        finally:
            dumping.join()
        if failures:
            raise failures[0]
        manifest = replace(manifest, counts=counts)
    names = [one for one in (DUMP, SEALS) if (folder / one).exists()]
    return replace(manifest, files={name: hash_of(folder / name) for name in names})


@contextmanager
def _snapshot(connection: psycopg.Connection) -> Iterator[Snapshot]:
    """One state of the database, shared with `pg_dump`; the counts are those of the dump."""
    connection.execute("set transaction isolation level repeatable read, read only")
    if not _one(connection, "select to_regclass('public.enrs_epoch') is not null"):
        raise OperationError("La base est vide ou n'est pas celle d'enrs : rien à sauvegarder.")
    name = _one(connection, "select pg_export_snapshot()")
    tables = [row[0] for row in connection.execute(TABLES)]
    yield Snapshot(name, tables)


def count_rows(connection: psycopg.Connection, tables: list[str]) -> dict[str, int]:
    """Rows of each table, exactly."""
    return {
        table: _one(connection, sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
        for table in tables
    }


def tables_of(connection: psycopg.Connection) -> list[str]:
    """The tables that hold rows, in order."""
    return [row[0] for row in connection.execute(TABLES)]


def parts_connected(connection: psycopg.Connection) -> int:
    """Sessions of the pages, the worker or the gateway in this database."""
    return int(
        _one(
            connection,
            "select count(*) from pg_stat_activity where datname = current_database() "
            f"and usename in ('{ROLES['app']}', '{ROLES['feed']}')",
        )
    )


def last_made_at() -> datetime | None:
    """When the last backup was made: in the folder of `ENRS_BACKUPS`, else from here; None when none was."""
    if named := os.environ.get(FOLDER):
        return _newest_in(Path(named))
    with suppress(OSError, ValueError, KeyError):
        told = json.loads((data_folder() / LAST).read_text(encoding="utf-8"))
        return datetime.fromisoformat(told["made_at"])
    return None


def _newest_in(folder: Path) -> datetime | None:
    """The moment of the newest whole backup of a folder, whoever made it; None when there is none."""
    for one in sorted(folder.glob(f"{PREFIX}*T*Z"), reverse=True):
        with suppress(OSError, ValueError, KeyError):
            told = json.loads((one / MANIFEST).read_text(encoding="utf-8"))
            return datetime.fromisoformat(told["made_at"])
    return None


def _program_version() -> str:
    """The installed version; a source tree that was not installed says so."""
    try:
        return importlib.metadata.version("enrs")
    except importlib.metadata.PackageNotFoundError:
        return "source"


def _migrations(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("select app || '.' || name from django_migrations order by 1")
    return [row[0] for row in rows]


def _copy_seals(target: Path) -> int:
    """Copy the whole lines of the file of seals; returns the last sequence."""
    source = data_folder() / SEALS
    if not source.exists():
        return 0
    content = source.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if not whole:
        return 0
    target.touch(0o600)
    target.write_bytes(whole)
    return int(whole.splitlines()[-1].split()[0])


def _one(connection: psycopg.Connection, query: str | sql.Composed) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _flush(folder: Path) -> None:
    """Have the disk hold what the folder shows."""
    for path in [*(one for one in folder.iterdir() if one.is_file()), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

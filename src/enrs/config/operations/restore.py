"""Restoring a backup: all or nothing, counted against its manifest, and in a new epoch."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from enrs.config import secrets
from enrs.config.operations import keyring
from enrs.config.operations.backup import parts_connected, tables_of
from enrs.config.operations.errors import OperationError
from enrs.config.operations.manifest import (
    DUMP,
    SEALS,
    Manifest,
    check_files,
    check_signature,
    read_manifest,
)
from enrs.config.operations.tools import Tell, find_tool, replay
from enrs.config.operations.verification import restoring_tool
from enrs.config.state import data_folder, make_folder

PROLOGUE = """
begin;
set client_min_messages = warning;
drop schema public cascade;
create schema public;
"""
EPILOGUE = """
do $check$
declare odd text;
begin
  select string_agg(name, ', ') into odd from (values {counts}) as t (name, wanted, counted) where wanted <> counted;
  if odd is not null then
    raise exception 'enrs manifest: %', odd;
  end if;
  if (select count(*) from pg_catalog.pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace)
    <> {tables} then
    raise exception 'enrs manifest: tables';
  end if;
end $check$;
update public.enrs_epoch set epoch = epoch + 1;
commit;
"""
"""What is checked and changed in the transaction of the restore itself. It ends in the text alone: psql,
left by a command that was killed, reads the end of its text and commits nothing of its own."""


def check_backup(
    folder: Path, *, copy: Path | None, passphrase: str, without_keyring: bool
) -> Manifest:
    """What a restore asks before it touches a database: the files, and the keyring of the backup.

    With `copy`, the keyring is put in place when the installation has none. Raises OperationError.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    if copy:
        opened = keyring.open_copy(copy, passphrase)
        check_signature(folder, manifest, keyring.audit_key_of(opened, manifest.keys))
        keyring.install_copy(opened, manifest.keys)
    # Secrets that are not there yet are not made for the question: the right copy may follow.
    is_new = not secrets.secrets_file().exists()
    missing = (
        (list(manifest.keys) or ["audit"])
        if is_new
        else keyring.missing_keys(manifest.keys, secrets.load())
    )
    if missing and not without_keyring:
        message = (
            f"Le trousseau de cette installation ({secrets.secrets_file()}) n'a pas les clés de la "
            f"sauvegarde ({', '.join(missing)}) : les documents resteraient fermés et le journal "
            "invérifiable. Donnez sa copie par --keyring, ou acceptez-le par --without-keyring."
        )
        raise OperationError(message)
    if not is_new and "audit" not in missing:
        check_signature(folder, manifest, secrets.load().audit_key)
    return manifest


def restore_database(
    folder: Path,
    manifest: Manifest,
    *,
    url: str,
    replace: bool = False,
    tell: Tell = lambda _: None,
) -> None:
    """Fill the database of `url` from a backup and begin a new epoch, in one transaction.

    The parts get no right here: `aftermath.open_to_parts` gives them when all is settled, so that
    none works in a database that was restored by half. The database must be empty unless `replace`.
    Raises OperationError, with the database as it was.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        if parts_connected(connection):
            message = "Des parties d'enrs travaillent dans cette base : arrêtez-les d'abord."
            raise OperationError(message)
        if tables_of(connection) and not replace:
            message = (
                "La base n'est pas vide : nommez-en une vide, ou remplacez son contenu par "
                "--replace."
            )
            raise OperationError(message)
        major = connection.info.server_version // 10000
        programs = restoring_tool(manifest, at_least=major), find_tool("psql", at_least=major)
        try:
            replay(
                *programs,
                folder / DUMP,
                url=url,
                before=PROLOGUE,
                after=_epilogue(manifest),
                tell=tell,
            )
        except OperationError as error:
            if found := re.search(r"enrs manifest: ([^/]*)", str(error)):
                message = f"Le manifeste ne décrit pas cette sauvegarde : {found[1].strip()}."
                raise OperationError(message) from error
            raise
        _restore_seals(folder, manifest)
        connection.execute("analyze")


def _epilogue(manifest: Manifest) -> str:
    row = sql.SQL("({}, {}, (select count(*) from public.{}))")
    rows = [
        row.format(sql.Literal(name), sql.Literal(int(rows)), sql.Identifier(name))
        for name, rows in manifest.counts.items()
    ]
    return EPILOGUE.format(
        counts=sql.SQL(", ").join(rows).as_string(None), tables=len(manifest.counts)
    )


def _restore_seals(folder: Path, manifest: Manifest) -> None:
    """Put the file of seals in place; the one that was there is kept beside, as evidence."""
    here = data_folder() / SEALS
    make_folder(here.parent, mode=0o700)
    if here.exists():
        here.rename(here.with_name(f"{SEALS}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
    if SEALS in manifest.files:
        partial = here.with_name(f".{SEALS}.partial")
        shutil.copyfile(folder / SEALS, partial)
        partial.chmod(0o600)
        partial.rename(here)

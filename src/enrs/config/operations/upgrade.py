"""Moving to a newer PostgreSQL: a dump of the old server, restored in the new one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from enrs.config.operations.backup import make_backup, parts_connected
from enrs.config.operations.errors import OperationError
from enrs.config.operations.tools import Tell
from enrs.config.postgres import Cluster, find_binaries


@contextmanager
def moved(
    backups: Path,
    from_url: str,
    *,
    tell: Tell = lambda _: None,
    keyring_folder: Path | None = None,
    passphrase: str = "",
    cluster: Cluster | None = None,
) -> Iterator[Path]:
    """Back up the old server and give the backup's folder; the block restores it in the new one.

    With `from_url`, the old server is only read. Without, it is the embedded one: its data are put
    aside for the block, under `pg.<version>`, and come back if the block fails.
    Raises OperationError when parts of the program are at work in the old database.
    """
    options = {"keyring_folder": keyring_folder, "passphrase": passphrase, "tell": tell}
    if from_url:
        _refuse_at_work(from_url)
        folder, _ = make_backup(backups, url=from_url, **options)  # type: ignore[arg-type]
        yield folder
        return
    cluster = cluster or Cluster()
    old = cluster.layout.data_version()
    newest = find_binaries().version
    if old is None or old >= newest:
        message = f"La base embarquée est déjà en version {old or newest} : rien à faire."
        raise OperationError(message)
    with cluster.running():
        _refuse_at_work(cluster.dsn("owner"))
        folder, _ = make_backup(backups, url=cluster.dsn("owner"), **options)  # type: ignore[arg-type]
    if cluster.is_running():
        raise OperationError("Une autre commande utilise la base embarquée : arrêtez-la d'abord.")
    aside = cluster.layout.data.with_name(f"pg.{old}")
    if aside.exists():
        message = f"{aside} existe déjà : une mise à jour précédente l'a laissé ; écartez-le."
        raise OperationError(message)
    cluster.layout.data.rename(aside)
    try:
        yield folder
    except BaseException:
        cluster.stop(force=True)
        shutil.rmtree(cluster.layout.data, ignore_errors=True)
        aside.rename(cluster.layout.data)
        raise


def _refuse_at_work(url: str) -> None:
    with psycopg.connect(url) as connection:
        if parts_connected(connection):
            message = "Des parties d'enrs travaillent dans l'ancienne base : arrêtez-les d'abord."
            raise OperationError(message)

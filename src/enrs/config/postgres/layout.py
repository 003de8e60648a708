"""Where the cluster of a project lives and which account runs it."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from enrs.config.postgres.errors import PostgresError
from enrs.config.state import project_hash, project_root, state_folder

PORT = 5432
"""Only part of the socket's file name: no TCP port is opened."""


@dataclass(frozen=True)
class Account:
    """An account of the password file. `is_fallback`: `nobody`, fit for the demo only."""

    name: str
    uid: int
    gid: int
    is_fallback: bool = False


@dataclass(frozen=True)
class Layout:
    """The folders of one cluster. `account` is None when the present user runs the server."""

    project: Path
    state: Path
    socket_dir: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.state / "pg"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.data / "server.log"

    @property
    def config(self) -> Path:
        """The server's settings, written at each start."""
        return self.state / "postgresql.conf"

    @property
    def passwords(self) -> Path:
        """The roles' passwords (0600)."""
        return self.state / "database.json"

    @property
    def socket(self) -> Path:
        """The server's Unix socket."""
        return self.socket_dir / f".s.PGSQL.{PORT}"

    def data_version(self) -> int | None:
        """Return the major version of the data, None when there are none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text().strip())
        except FileNotFoundError:
            return None


def locate(project: Path | None = None) -> Layout:
    """Return the layout of the cluster of `project` (default: this one); creates its folder.

    Raises PostgresError for root on a machine with neither `postgres` nor `nobody`.
    """
    project = (project or project_root()).resolve()
    state = state_folder(project)
    runtime = Path("/run") if os.access("/run", os.W_OK) else Path("/tmp")  # noqa: S108 - see make_socket_dir
    return Layout(
        project=project,
        state=state,
        socket_dir=runtime / f"enrs-{project_hash(project)}",
        account=_server_account(state / "pg") if os.geteuid() == 0 else None,
    )


def make_socket_dir(layout: Layout) -> None:
    """Create the socket folder (0700, the server's); refuse one that someone else put there.

    Its path is short, since a socket's path is limited to 107 bytes, and it may vanish at reboot.
    """
    uid = layout.account.uid if layout.account else os.geteuid()
    folder = layout.socket_dir
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
            message = (
                f"{folder} existe déjà et n'est pas à nous : supprimez ce dossier, puis relancez."
            )
            raise PostgresError(message) from None
        return
    if layout.account:
        os.chown(folder, layout.account.uid, layout.account.gid)


def _server_account(data: Path) -> Account:
    """Return the owner of `data`, else `postgres`, else `nobody`: PostgreSQL refuses root."""
    wanted: list[str | int] = ["postgres", "nobody"]
    if data.exists():
        wanted.insert(0, data.stat().st_uid)
    for key in wanted:
        try:
            entry = pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(
                entry.pw_name, entry.pw_uid, entry.pw_gid, is_fallback=entry.pw_name == "nobody"
            )
    message = (
        "PostgreSQL refuse de tourner sous root, et les comptes postgres et nobody manquent : "
        "apt install postgresql-common"
    )
    raise PostgresError(message)

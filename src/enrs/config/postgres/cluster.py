"""One project's private PostgreSQL server, started by its first user and stopped by its last."""

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from psycopg import sql

from enrs.config.postgres import programs
from enrs.config.postgres.binaries import Binaries, find_binaries
from enrs.config.postgres.errors import PostgresError
from enrs.config.postgres.layout import PORT, Layout, locate, make_socket_dir
from enrs.config.postgres.roles import DATABASE, ROLES, ensure_database, ensure_roles
from enrs.config.state import load_or_create, locked


class Cluster:
    """The embedded server of one project.

    Several `enrs` commands may share it: `start` attaches to a running server, and every command
    that called it counts as a user (a shared file lock, which even `kill -9` gives back). `stop`
    halts the server when its caller was the last user.
    """

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout or locate()
        self._use: int | None = None

    def start(self) -> bool:
        """Start the server, creating it the first time; return False when it was running already.

        Ready on return: the roles and the database `enrs` exist. Raises PostgresError.
        """
        self._refuse_nobody_in_production()
        with locked(self.layout.state / "postgres.lock"):
            attached = self._attach()
            if not attached:
                self._prepare()
                self._ensure_content()
            self._hold()
        return not attached

    def stop(self, *, force: bool = False) -> bool:
        """Give up this command's use; halt the server if no other command uses it, or if `force`.

        Returns True when the server was halted.
        """
        with locked(self.layout.state / "postgres.lock"):
            last = self._release()
            if not (last or force) or not self.is_running():
                return False
            programs.halt(self.binaries(), self.layout)
            return True

    @contextmanager
    def running(self) -> Iterator["Cluster"]:
        """Keep the server running during the block."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def is_running(self) -> bool:
        """Return whether a server listens on our socket (even `kill -9` closes it)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.layout.socket))
            except OSError:
                return False
            return True

    def binaries(self) -> Binaries:
        """Return the programs that fit the existing data, runnable by the server's account."""
        return programs.reachable(find_binaries(self.layout.data_version()), self.layout)

    def dsn(self, role: str, *, database: str = DATABASE) -> str:
        """Return the connection URL of `role` (`admin`, `owner`, `feed` or `app`)."""
        host = quote(str(self.layout.socket_dir), safe="")
        return f"postgresql://{ROLES[role]}:{self._passwords()[role]}@/{database}?host={host}&port={PORT}"

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database of `enrs_owner`'s beside the main one, for a test or a bench."""
        with self._admin() as connection:
            ensure_database(connection, name, template=template)

    def drop_database(self, name: str) -> None:
        """Drop the database `name`, cutting its connections."""
        with self._admin() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def _passwords(self) -> dict[str, str]:
        path = self.layout.passwords
        if not path.exists() and self.layout.data.exists():
            message = (
                f"{path} a disparu : sans ces mots de passe, la base {self.layout.data} est fermée."
            )
            raise PostgresError(message)
        return load_or_create(path, lambda: {use: secrets.token_hex(24) for use in ROLES})

    def _attach(self) -> bool:
        """Return whether a running server took us in; False when there is none or it just died."""
        if not self.is_running():
            return False
        try:
            self._ensure_content()
        except PostgresError:
            time.sleep(0.5)
            if self.is_running():
                raise
            return False
        return True

    def _prepare(self) -> None:
        binaries = self.binaries()
        make_socket_dir(self.layout)
        if not self.layout.data.exists():
            programs.init_data(binaries, self.layout, self._passwords()["admin"])
        programs.launch(binaries, self.layout)

    def _ensure_content(self) -> None:
        """Create what an interrupted first start may have left out; one query when all is there."""
        passwords = self._passwords()
        with self._admin() as connection:
            known = {
                name
                for (name,) in connection.execute(
                    "SELECT rolname FROM pg_roles"
                    " UNION ALL SELECT 'database ' || datname FROM pg_database"
                )
            }
            if {f"database {DATABASE}", *ROLES.values()} <= known:
                return
            ensure_roles(connection, {use: passwords[use] for use in ("owner", "app", "feed")})
            ensure_database(connection, DATABASE)

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        deadline = time.monotonic() + programs.START_SECONDS
        while True:
            try:
                connection = psycopg.connect(
                    self.dsn("admin", database="postgres"), autocommit=True
                )
                break
            except psycopg.OperationalError as error:
                # A server that replays its journal after a crash listens, and says so.
                if "starting up" not in str(error) or time.monotonic() > deadline:
                    message = f"La base embarquée refuse la connexion : {error}"
                    raise PostgresError(message) from error
                time.sleep(0.2)
        with connection:
            yield connection

    def _hold(self) -> None:
        if self._use is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._use = os.open(self.layout.state / "postgres.users", flags, 0o600)
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _release(self) -> bool:
        """Give up our share of the users' lock; return whether we held one and it was the last."""
        if self._use is None:
            return False
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._use)
            self._use = None

    def _refuse_nobody_in_production(self) -> None:
        account = self.layout.account
        if account and account.is_fallback and os.environ.get("ENRS_MODE") == "production":
            message = (
                "En production, la base embarquée ne tourne pas sous nobody : "
                "nommez un serveur par DATABASE_URL."
            )
            raise PostgresError(message)

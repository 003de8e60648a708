"""The embedded PostgreSQL, on real clusters of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from enrs.config.postgres import (
    Cluster,
    PostgresError,
    database_urls,
    django_database,
    doctor,
    ensure_roles,
    find_binaries,
    locate,
)
from enrs.config.postgres.layout import make_socket_dir
from enrs.config.state import project_root


@contextlib.contextmanager
def temporary_cluster(project: Path) -> Iterator[Cluster]:
    """A cluster of its own for the folder `project`; nothing of it remains."""
    cluster = Cluster(locate(project))
    try:
        yield cluster
    finally:
        cluster.stop(force=True)
        shutil.rmtree(cluster.layout.state)
        shutil.rmtree(cluster.layout.socket_dir, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with temporary_cluster(tmp_path_factory.mktemp("project")) as cluster:
        assert cluster.start() is True
        yield cluster


def one(cluster: Cluster, role: str, query: str) -> object:
    with psycopg.connect(cluster.dsn(role)) as connection:
        return connection.execute(query).fetchone()[0]


def postmaster(cluster: Cluster) -> int:
    return int((cluster.layout.data / "postmaster.pid").read_text().split()[0])


@pytest.mark.parametrize("role", ["admin", "owner", "feed", "app"])
def test_each_role_signs_in_under_its_own_name(cluster, role):
    assert one(cluster, role, "SELECT current_user") == f"enrs_{role}"


def test_only_the_admin_is_a_superuser_and_nobody_bypasses_row_security(cluster):
    powerful = """SELECT string_agg(rolname, ' ') FROM pg_roles
        WHERE rolname LIKE 'enrs%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"""
    assert one(cluster, "owner", powerful) == "enrs_admin"


def test_the_owner_owns_the_database_and_the_application_creates_nothing(cluster):
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'enrs'"
    assert one(cluster, "app", owner) == "enrs_owner"
    with (
        psycopg.connect(cluster.dsn("app")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE intruder (id int)")


def test_a_wrong_password_is_refused(cluster):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.dsn("app").replace("enrs_app:", "enrs_app:x"))


def test_the_server_listens_on_its_private_socket_only(cluster):
    assert one(cluster, "app", "SHOW listen_addresses") == ""
    assert cluster.layout.socket_dir.stat().st_mode & 0o777 == 0o700
    assert cluster.layout.data.stat().st_mode & 0o777 == 0o700
    assert cluster.layout.passwords.stat().st_mode & 0o777 == 0o600
    assert len(str(cluster.layout.socket)) < 107


def test_data_survive_what_they_must(cluster):
    for setting in ("fsync", "synchronous_commit"):
        assert one(cluster, "app", f"SHOW {setting}") == "on"
    assert one(cluster, "app", "SELECT upper('é')") == "É"


def test_values_of_failed_statements_never_reach_the_log(cluster):
    with psycopg.connect(cluster.dsn("owner")) as connection:
        for statement in ("SELECT %s::int", "SELECT 1 WHERE %s"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, ["NDIAYE-SECRET"])
            connection.rollback()
    assert "NDIAYE-SECRET" not in cluster.layout.log.read_text()


def test_a_second_command_attaches_and_the_last_one_stops(cluster):
    second = Cluster(cluster.layout)
    assert second.start() is False
    assert second.stop() is False
    assert second.stop() is False
    assert cluster.is_running()


def test_a_database_is_created_from_a_template_and_dropped(cluster):
    cluster.create_database("enrs_copy", template="enrs")
    with psycopg.connect(cluster.dsn("owner", database="enrs_copy")) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    cluster.drop_database("enrs_copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(cluster.dsn("owner", database="enrs_copy"))


def test_doctor_finds_nothing_wrong_then_names_what_is(cluster):
    assert [check.detail_fr for check in doctor(cluster.layout) if not check.ok] == []
    cluster.layout.passwords.chmod(0o644)
    assert [check.name for check in doctor(cluster.layout) if not check.ok] == ["Mots de passe"]
    cluster.layout.passwords.chmod(0o600)


def test_a_named_server_gives_the_other_roles_their_addresses(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("ENRS_SECRETS", str(tmp_path / "secrets.json"))
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://enrs_owner:p%40ss@db.example:5433/enrs?sslmode=require"
    )
    monkeypatch.setenv("DATABASE_URL_FEED", "postgresql://feed@db.example/enrs")
    monkeypatch.delenv("DATABASE_URL_APP", raising=False)
    urls = database_urls()
    assert urls["feed"] == "postgresql://feed@db.example/enrs"
    entry = django_database(urls["app"])
    assert (entry["USER"], entry["HOST"], entry["PORT"]) == ("enrs_app", "db.example", "5433")
    assert entry["PASSWORD"] not in {"", "p@ss"}
    assert entry["OPTIONS"] == {"sslmode": "require"}


def test_roles_are_made_again_with_another_password(cluster):
    with psycopg.connect(cluster.dsn("admin")) as connection:
        ensure_roles(connection, {"app": "another"})
        connection.rollback()
    assert one(cluster, "app", "SELECT 1") == 1


@pytest.mark.faults
def test_a_killed_server_starts_again_with_its_data(tmp_path):
    with temporary_cluster(tmp_path) as cluster:
        cluster.start()
        with psycopg.connect(cluster.dsn("owner")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
        busy = psycopg.connect(cluster.dsn("owner"))
        os.kill(postmaster(cluster), signal.SIGKILL)
        assert cluster.start() is True
        busy.close()
        assert one(cluster, "owner", "SELECT value FROM kept") == 42
        pid_file = cluster.layout.data / "postmaster.pid"
        stale = pid_file.read_text().replace(str(postmaster(cluster)), str(os.getpid()), 1)
        assert cluster.stop() is True
        assert cluster.is_running() is False
        # Another program took the number that the pid file names.
        pid_file.write_text(stale)
        assert cluster.start() is True


def test_data_of_another_version_are_refused_in_words(tmp_path):
    with temporary_cluster(tmp_path) as cluster:
        cluster.layout.data.mkdir()
        (cluster.layout.data / "PG_VERSION").write_text("9\n")
        with pytest.raises(PostgresError, match=r"vient de PostgreSQL 9.*installez postgresql-9"):
            cluster.binaries()


def test_data_without_their_passwords_are_refused_in_words(tmp_path):
    with temporary_cluster(tmp_path) as cluster:
        cluster.layout.data.mkdir()
        with pytest.raises(PostgresError, match="a disparu"):
            cluster.dsn("app")


def test_a_socket_folder_made_by_someone_else_is_refused(tmp_path):
    with temporary_cluster(tmp_path) as cluster:
        cluster.layout.socket_dir.mkdir(mode=0o777)
        with pytest.raises(PostgresError, match="existe déjà"):
            make_socket_dir(cluster.layout)


def test_programs_that_are_missing_or_named_wrongly_are_told(tmp_path, monkeypatch):
    assert find_binaries().version >= 15
    monkeypatch.setenv("ENRS_PG_BIN", str(tmp_path))
    with pytest.raises(PostgresError, match="Aucun PostgreSQL"):
        find_binaries()


def test_the_configuration_modules_do_not_import_django():
    code = (
        "import sys, enrs.config.postgres, enrs.config.secrets, enrs.config.supervisor;"
        "sys.exit('django' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(project_root() / "src")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)

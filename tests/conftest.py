"""The hostile test set-up: databases cloned from a template, closed network, shuffled querysets."""

import hashlib
import os
import random
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.test import Client, TransactionTestCase

from enrs.config.postgres import Cluster
from enrs.config.state import locked, state_folder
from enrs.core.access import rules
from enrs.core.access.actor import acting, is_aborted
from tests.emptying import Emptying
from tests.proof_page import write_page

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "enrs_test_template_"
KEPT_TEMPLATES = 4
"""Templates of the last schemas: runs over different states of the tree do not undo one another."""


def _schema_hash() -> str:
    """Changes whenever a migration, a policy or the matrix does."""
    sources = sorted(
        [
            *ROOT.glob("src/enrs/**/migrations/*.py"),
            *ROOT.glob("src/enrs/**/policies.*"),
            *ROOT.glob("src/enrs/**/apps.py"),
            *ROOT.glob("src/enrs/**/*holdings.py"),
            ROOT / "src/enrs/core/subjects/erasing.py",
            ROOT / "src/enrs/core/access/rules/matrix.py",
            ROOT / "src/enrs/config/settings.py",
        ]
    )
    digest = hashlib.sha256(" ".join(settings.INSTALLED_APPS).encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _databases(cluster: Cluster) -> list[str]:
    """Every database, the oldest first."""
    with psycopg.connect(cluster.dsn("admin", database="postgres")) as admin:
        return [row[0] for row in admin.execute("select datname from pg_database order by oid")]


def _drop_left_over(cluster: Cluster) -> None:
    """Drop the databases of test runs that died, and all but the newest templates."""
    known = _databases(cluster)
    templates = [name for name in known if name.startswith(PREFIX)]
    runs = [(name, re.fullmatch(r"enrs_test_[a-z]+\d*_(\d+)", name)) for name in known]
    dead = [name for name, run in runs if run and not Path(f"/proc/{run[1]}").exists()]
    for name in [*templates[:-KEPT_TEMPLATES], *dead]:
        cluster.drop_database(name)


def _use(name: str) -> None:
    connections["default"].close()
    settings.DATABASES["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def template_database(django_db_blocker: Any) -> str:
    """A migrated database that the test databases are cloned from, kept until the schema changes."""
    cluster = Cluster()
    name = PREFIX + _schema_hash()
    with django_db_blocker.unblock(), locked(state_folder() / "test-template.lock"):
        existing = _databases(cluster)
        if name not in existing:
            _drop_left_over(cluster)
            with psycopg.connect(
                cluster.dsn("admin", database="postgres"), autocommit=True
            ) as admin:
                admin.execute(
                    "grant enrs_app, enrs_feed to enrs_owner with inherit false, set true"
                )
            building = f"{name}_building"
            if building in existing:
                cluster.drop_database(building)
            cluster.create_database(building)
            _use(building)
            # The cache's table first: the migration's end gives the rights on every table.
            call_command("migrate", verbosity=0)
            connections["default"].close()
            with psycopg.connect(
                cluster.dsn("admin", database="postgres"), autocommit=True
            ) as admin:
                admin.execute(f'alter database "{building}" rename to "{name}"')
    return name


@pytest.fixture(scope="session")
def django_db_setup(
    template_database: str, django_db_blocker: Any, request: pytest.FixtureRequest
) -> Iterator[None]:
    """One database per worker, cloned from the template in a fraction of a second."""
    cluster = Cluster()
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    name = f"enrs_test_{worker}_{os.getpid()}"
    with django_db_blocker.unblock(), locked(state_folder() / "test-template.lock"):
        cluster.create_database(name, template=template_database)
        _use(name)
    with pytest.MonkeyPatch.context() as patched:
        empty = Emptying(name)
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty())
        yield
    with django_db_blocker.unblock():
        connections["default"].close()
        cluster.drop_database(name)


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be spoken to."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def matrix_of_the_release() -> Iterator[None]:
    """What a test changed of the matrix was undone in the database: this process forgets it too."""
    yield
    if rules.version_in_force():
        rules.put_in_force(0, rules.MATRIX)


@pytest.fixture(autouse=True)
def nothing_announced() -> None:
    """A process keeps the announcements that it read: what one test announced is no other's."""
    from enrs.services.portal.queries.kiosk import keep_announcements  # noqa: PLC0415  needs the apps
    from enrs.services.portal.queries.openings import keep_openings  # noqa: PLC0415  needs the apps

    keep_announcements((), 3600)
    keep_openings({}, 3600)


@pytest.fixture(autouse=True)
def words_as_packaged() -> None:
    """As for announcements: the words of the offer that one test changed are no other's."""
    from enrs.referentials.offer.queries import vocabulary  # noqa: PLC0415  needs the apps

    vocabulary.keep(vocabulary.packaged(), 3600)


@pytest.fixture(autouse=True)
def nothing_restricted() -> None:
    """As for announcements: the restrictions that one test placed are no other's."""
    from enrs.core.subjects.restrictions import keep_restrictions  # noqa: PLC0415  needs the apps

    keep_restrictions({}, 3600)


@pytest.fixture(autouse=True)
def names_from_the_first() -> None:
    """A test makes the same people whatever ran before it in this process."""
    from tests.factories import PositionFactory, UserFactory  # noqa: PLC0415  needs the apps

    UserFactory.reset_sequence(0, force=True)
    PositionFactory.reset_sequence(0, force=True)


@pytest.fixture(autouse=True)
def shuffled_querysets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list whose query states no order comes in any order, as PostgreSQL is free to do."""
    fetch = QuerySet._fetch_all

    def fetch_shuffled(self: Any) -> None:
        fresh = self._result_cache is None
        fetch(self)
        if fresh and not self.ordered and len(self._result_cache) > 1:
            random.shuffle(self._result_cache)

    monkeypatch.setattr(QuerySet, "_fetch_all", fetch_shuffled)


@pytest.fixture
def as_actor(db: None) -> Callable[..., AbstractContextManager[Any]]:
    """`with as_actor(actor):` acts as they would in service: their transaction, role and row security."""

    @contextmanager
    def enter(actor: Any, *, role: str = "enrs_app") -> Iterator[Any]:
        with transaction.atomic(), acting(actor), connection.cursor() as cursor:
            cursor.execute(f"set local role {role}")
            try:
                yield actor
            finally:
                if not is_aborted():
                    cursor.execute("set local role none")

    return enter


@pytest.fixture
def signed_in(db: None) -> Callable[[Any], Client]:
    """A browser in which this user is signed in."""

    def open_browser(user: Any) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return open_browser


@pytest.fixture
def emptied_journals(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """No journal line nor event before the test, and none left by it; seals in a file of its own."""
    settings.DATA_DIR = tmp_path
    _empty_journals()
    yield
    _empty_journals()


@pytest.fixture
def by_ins_only(settings: Any) -> None:
    """A region where a likeness links nobody: two numbers with the same traits stay two patients."""
    settings.REGION = replace(settings.REGION, links_by_score=False)


@pytest.fixture
def without_quarantine(settings: Any) -> None:
    """A region that applies what a source says of a known number, even if it then is somebody else."""
    settings.REGION = replace(settings.REGION, quarantines_overlays=False)


def _empty_journals() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate audit_line, audit_seal, event, event_cursor, event_receipt")


LONGEST = (ROOT / "tests" / "journeys", ROOT / "tests" / "hostile" / "test_everywhere.py")
"""What is begun first, each in one piece: its set-up is dear, and a worker that ends with it ends alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The random order stays, inside each piece and among the rest."""

    def piece(item: pytest.Item) -> int:
        places = (one for one, path in enumerate(LONGEST) if item.path.is_relative_to(path))
        return next(places, len(LONGEST))

    items.sort(key=piece)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The full-size proofs end with their page."""
    write_page(session.testscollected - session.testsfailed, session.testsfailed)

"""Statements prepared once: asked ahead, inserted beside, and wrapped as Django wraps its own."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from enrs.core import prepared
from enrs.core.prepared import fetch_all, foreseeing, insert_beside, together

pytestmark = pytest.mark.django_db
ONE, TWO = "select %s::int + 1", "select %s::int + 2"


@pytest.fixture
def notes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("create temporary table note (id int primary key, words text)")
        cursor.execute("create temporary table tag (id int primary key, words text)")


def put(table: str) -> str:
    return f"insert into {table} (id, words) values (%s, %s)"


def kept(table: str) -> list[tuple[int, str]]:
    return fetch_all(f"select id, words from {table} order by id", [])


@pytest.mark.usefixtures("notes")
def test_what_is_foreseen_goes_along_with_the_first_and_is_given_once():
    with connection.cursor() as cursor:
        cursor.execute("insert into note values (1, 'avant')")
    asked = "select words from note where id = %s"
    with foreseeing([(asked, [1]), (TWO, [1])]):
        assert fetch_all(ONE, [1]) == [(2,)]
        with connection.cursor() as cursor:
            cursor.execute("update note set words = 'après'")
        with CaptureQueriesContext(connection) as counted:
            assert fetch_all(asked, [1]) == [("avant",)]
        assert not counted
        assert fetch_all(asked, [1]) == [("après",)]
    assert fetch_all(TWO, [5]) == [(7,)]


def test_another_value_than_the_foreseen_one_is_asked():
    with foreseeing([(TWO, [1])]):
        assert fetch_all(ONE, [1]) == [(2,)]
        assert fetch_all(TWO, [9]) == [(11,)]


def test_the_foreseen_statement_may_itself_come_first():
    with foreseeing([(TWO, [1]), (ONE, [3])]):
        assert fetch_all(TWO, [1]) == [(3,)]
        assert fetch_all(ONE, [3]) == [(4,)]


@pytest.mark.usefixtures("notes")
def test_inserts_beside_go_within_the_last_of_the_others():
    with CaptureQueriesContext(connection) as counted, together():
        insert_beside(put("tag"), [1, "urgent"])
        prepared.execute(put("note"), [1, "l’une"])
        insert_beside(put("tag"), [2, "à lire"])
        prepared.execute(put("note"), [2, "l’autre"])
        assert not counted
    assert len(counted) == 2
    assert kept("note") == [(1, "l’une"), (2, "l’autre")]
    assert kept("tag") == [(1, "urgent"), (2, "à lire")]


@pytest.mark.usefixtures("notes")
def test_inserts_beside_alone_are_one_statement():
    with CaptureQueriesContext(connection) as counted, together():
        insert_beside(put("tag"), [1, "urgent"])
        insert_beside(put("note"), [1, "seule"])
    assert len(counted) == 1
    assert (kept("note"), kept("tag")) == ([(1, "seule")], [(1, "urgent")])


def test_no_insert_goes_within_a_statement_that_has_a_list_of_its_own():
    def write() -> None:
        with together():
            insert_beside(put("tag"), [1, "urgent"])
            prepared.execute("with one as (select 1) select * from one", [])

    with pytest.raises(ValueError, match="no list of its own"):
        write()


def refused(others: int) -> None:
    """Write this many notes, and one tag twice."""
    with transaction.atomic(), together():
        for rank in range(others):
            prepared.execute(put("note"), [rank, "jamais"])
        insert_beside(put("tag"), [1, "une fois"])
        insert_beside(put("tag"), [1, "deux fois"])


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("others", [0, 1, 2])
def test_what_the_server_refuses_is_django_s_error_and_leaves_nothing(others: int):
    with pytest.raises(IntegrityError):
        refused(others)
    assert (kept("note"), kept("tag")) == ([], [])


def test_a_broken_transaction_takes_no_statement():
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            fetch_all(ONE, [1])

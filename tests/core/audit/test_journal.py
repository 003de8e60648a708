"""The journal: what a line says, and what `verify` says of each alteration made by hand."""

import hashlib
import hmac
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from enrs.core.access.actor import acting
from enrs.core.audit import rules
from enrs.core.audit.commands import append_to_file, last_in_file, note, seal, seal_file
from enrs.core.audit.models import AuditLine, AuditSeal
from enrs.core.audit.verification import verify
from enrs.core.effects import act
from enrs.core.ids import uuid7
from tests.factories import PatientFactory, UserFactory, actor, member
from tests.waiting import settle

LINE = rules.Line(
    id=UUID("01900000-0000-7000-8000-000000000001"),
    at=datetime(2026, 3, 12, 14, 5, 0, 123456, tzinfo=UTC),
    action="record.opened",
    outcome="done",
    actor_id=UUID("01900000-0000-7000-8000-000000000002"),
    actor_name="Défné ÇELIK",
    actor_role="nurse",
    organisation_id=None,
    patient_id=None,
    patient_ids=(
        UUID("01900000-0000-7000-8000-000000000003"),
        UUID("01900000-0000-7000-8000-000000000004"),
    ),
    object_kind="list",
    object_id="",
    purpose="care_team",
    reason="",
    channel="page",
    details='{"n": 2}',
)


def test_canonical_content_is_what_was_agreed():
    assert rules.content(LINE).decode().split("\x1f") == [
        "01900000-0000-7000-8000-000000000001",
        "1773324300123456",
        "record.opened",
        "done",
        "01900000-0000-7000-8000-000000000002",
        "Défné ÇELIK",
        "nurse",
        "",
        "",
        "01900000-0000-7000-8000-000000000003,01900000-0000-7000-8000-000000000004",
        "list",
        "",
        "care_team",
        "",
        "page",
        '{"n": 2}',
    ]


def test_mac_is_the_keyed_hash_that_the_database_can_compute():
    master = b"k" * 32
    key = hmac.digest(master, LINE.id.bytes, "sha256")
    inner = hashlib.sha256(key + rules.content(LINE)).digest()
    assert rules.mac(master, LINE) == hashlib.sha256(key + inner).digest()


@pytest.mark.parametrize("field", list(rules.Line.__dataclass_fields__))
def test_every_field_changes_the_mac(field):
    other = {
        "id": uuid7(),
        "at": datetime(2026, 3, 12, 14, 5, 0, 123457, tzinfo=UTC),
        "actor_id": uuid7(),
        "organisation_id": uuid7(),
        "patient_id": uuid7(),
        "patient_ids": (uuid7(),),
    }.get(field, "autre")
    assert rules.mac(b"k" * 32, replace(LINE, **{field: other})) != rules.mac(b"k" * 32, LINE)


@pytest.mark.django_db
def test_note_leaves_one_line_with_its_actor_and_its_hash():
    patient = PatientFactory()
    nurse = actor(member(patient, "nurse"))
    with acting(nurse), act():
        note(
            "record.opened",
            patient_id=patient.pk,
            object_kind="record",
            object_id=patient.pk,
            reason="a\x1fb",
            details={"onglet": "résultats"},
        )
        assert not AuditLine.objects.exists()
    line = AuditLine.objects.get()
    assert (line.action, line.outcome, line.channel) == ("record.opened", "done", "page")
    assert (line.actor_id, line.actor_name, line.actor_role) == (nurse.user_id, nurse.name, "nurse")
    assert (line.organisation_id, line.patient_id) == (nurse.organisation_id, patient.pk)
    assert line.details == '{"onglet": "résultats"}'
    assert "\x1f" not in line.reason
    assert verify().is_intact


@pytest.mark.django_db
def test_list_is_one_line_with_its_patients(django_assert_num_queries):
    ids = [uuid7() for _ in range(50)]
    with django_assert_num_queries(1):
        note("patients.listed", patient_ids=ids)
    assert AuditLine.objects.get().patient_ids == ids


@pytest.mark.django_db
def test_fifty_lines_of_one_act_are_one_statement(django_assert_num_queries):
    with django_assert_num_queries(3), act():
        for _ in range(50):
            note("essai")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from audit_line",
        "update audit_line set reason = ''",
        "delete from audit_line",
        "truncate audit_line",
        "select 1 from audit_seal",
        "update audit_seal set hash = ''",
        "delete from audit_seal",
    ],
)
def test_pages_may_only_add_lines(sql, as_actor):
    with as_actor(actor(UserFactory(role="physician"))):
        note("essai")
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    assert AuditLine.objects.count() == 1


def seal_all() -> int:
    """Seal once everything written so far has committed."""
    settle()
    return seal()


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount > 0


def lines_in_order() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("select id from audit_line order by epoch, xid, id")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def sealed(emptied_journals) -> list[UUID]:
    """Nine lines of nine transactions under three seals, in order."""
    for group in range(3):
        for rank in range(3):
            note("essai", object_id=str(group * 3 + rank))
        assert seal_all() == 3
    return lines_in_order()


def broken_line() -> UUID | None:
    outcome = verify()
    assert not outcome.is_intact
    assert outcome.sentence.startswith("Journal altéré : ")
    if outcome.line_id:
        assert str(outcome.line_id) in outcome.sentence
    return outcome.line_id


def test_untouched_journal_is_intact_and_says_what_waits(sealed):
    assert (
        verify().sentence == "Journal intact : 9 lignes scellées, 0 en attente du prochain sceau."
    )
    note("essai")
    assert (
        verify().sentence == "Journal intact : 9 lignes scellées, 1 en attente du prochain sceau."
    )
    assert seal_all() == 1
    assert seal_all() == 0
    assert AuditSeal.objects.count() == last_in_file() == 4


@pytest.mark.parametrize("column", ["reason", "actor_name", "object_id", "outcome", "details"])
def test_update_is_caught(sealed, column):
    run(f"update audit_line set {column} = 'autre' where id = %s", sealed[4])
    assert broken_line() == sealed[4]


def test_update_of_a_line_with_its_hash_is_caught(sealed):
    """Somebody who knows how hashes are made, without the key, or with one of another line."""
    run(
        "update audit_line set reason = 'autre', mac = sha256('autre'::bytea) where id = %s",
        sealed[4],
    )
    assert broken_line() == sealed[4]


def test_delete_is_caught(sealed):
    run("delete from audit_line where id = %s", sealed[4])
    assert broken_line() == sealed[4]


@pytest.mark.parametrize("place", [0, 8])
def test_delete_at_either_end_is_caught(sealed, place):
    run("delete from audit_line where id = %s", sealed[place])
    assert broken_line() == sealed[place]


def test_cut_tail_is_caught_by_the_file(sealed):
    run("delete from audit_line where id = any(%s)", sealed[6:])
    run("delete from audit_seal where sequence = 3")
    assert broken_line() is None
    assert "le fichier va au sceau n° 3" in verify().sentence


def test_everything_deleted_is_caught_by_the_file(sealed):
    run("delete from audit_line")
    run("delete from audit_seal")
    assert "le fichier va au sceau n° 3" in verify().sentence


def test_cut_tail_is_still_caught_once_new_seals_cover_it(sealed):
    run("delete from audit_line where id = any(%s)", sealed[6:])
    run("delete from audit_seal where sequence = 3")
    note("essai")
    seal_all()
    assert not verify().is_intact


def test_missing_file_is_said(sealed):
    seal_file().unlink()
    assert "le fichier des sceaux manque" in verify().sentence


def test_hole_in_the_file_is_said(sealed):
    lines = seal_file().read_text().splitlines()
    seal_file().write_text("\n".join([lines[0], lines[2]]) + "\n")
    assert "le sceau n° 2 manque dans le fichier" in verify().sentence


def test_reordering_is_caught(sealed):
    with connection.cursor() as cursor:
        cursor.execute(
            "select xid::text from audit_line where id = any(%s) order by xid", [sealed[3:5]]
        )
        (first,), (second,) = cursor.fetchall()
    run("update audit_line set xid = %s::text::xid8 where id = %s", second, sealed[3])
    run("update audit_line set xid = %s::text::xid8 where id = %s", first, sealed[4])
    assert broken_line() in sealed[3:5]


def test_line_moved_to_another_seal_is_caught(sealed):
    with connection.cursor() as cursor:
        cursor.execute("select xid::text from audit_line where id = %s", [sealed[0]])
        (first,) = cursor.fetchone()
    run("update audit_line set xid = %s::text::xid8 where id = %s", first, sealed[4])
    assert broken_line() == sealed[4]


@pytest.mark.parametrize(
    "change",
    [
        "hash = sha256('autre'::bytea)",
        "root = sha256('autre'::bytea)",
        "previous = sha256('autre'::bytea)",
        "upper_xid = upper_xid + 1000000",
    ],
)
def test_altered_seal_is_caught(sealed, change):
    run(f"update audit_seal set {change} where sequence = 2")
    assert not verify().is_intact


def test_missing_seal_is_caught(sealed):
    run("delete from audit_seal where sequence = 2")
    assert "le sceau n° 2 manque" in verify().sentence


def test_line_dropped_from_its_seal_is_caught(sealed):
    run("delete from audit_line where id = %s", sealed[4])
    run("update audit_seal set line_ids = array_remove(line_ids, %s) where sequence = 2", sealed[4])
    assert "le sceau n° 2 a été modifié" in verify().sentence


def forge(columns: str = "", values: str = "") -> UUID:
    forged = uuid7()
    run(
        f"""insert into audit_line (id, at, action, outcome, actor_name, actor_role, object_kind,
            object_id, purpose, reason, channel, details, mac{columns})
        values (%s, now(), 'essai', 'done', '', '', '', '', '', '', '', '', sha256('x'::bytea){values})""",
        forged,
    )
    return forged


def test_forged_line_in_a_sealed_span_is_caught(sealed):
    with connection.cursor() as cursor:
        cursor.execute("select xid::text from audit_line where id = %s", [sealed[5]])
        (xid,) = cursor.fetchone()
    forged = forge(", xid", f", '{xid}'::xid8")
    assert broken_line() == forged


def test_forged_line_after_the_seals_is_caught_before_and_after_it_is_sealed(sealed):
    forged = forge()
    assert broken_line() == forged
    seal_all()
    assert broken_line() == forged


def test_forged_line_of_an_older_epoch_is_caught(sealed):
    forged = forge(", epoch", ", 0")
    assert broken_line() == forged


@contextmanager
def in_thread(work):
    failures = []

    def body():
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    yield
    thread.join(20)
    assert not thread.is_alive()
    assert failures == []


def test_open_transaction_holds_its_line_for_the_next_seal(emptied_journals):
    noted, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            note("lent")
            noted.set()
            assert go_on.wait(10)

    with in_thread(slow):
        assert noted.wait(10)
        note("rapide")
        seal()
        go_on.set()
    seal_all()
    assert verify().sentence.startswith("Journal intact : 2 lignes scellées")


def test_two_sealers_at_once_make_one_chain(emptied_journals):
    start = threading.Barrier(3)

    def sealer():
        start.wait(10)
        for _ in range(10):
            seal()

    with in_thread(sealer), in_thread(sealer):
        start.wait(10)
        for _ in range(30):
            note("essai")
    seal_all()
    assert verify().sentence.startswith("Journal intact : 30 lignes scellées")
    written = [int(one.split()[0]) for one in seal_file().read_text().splitlines()]
    assert written == list(range(1, AuditSeal.objects.count() + 1))


def test_crash_between_commit_and_file_is_mended_by_the_next_seal(sealed):
    whole = seal_file().read_text()
    cut = whole.splitlines(keepends=True)
    seal_file().write_text("".join(cut[:2]))
    outcome = verify()
    assert outcome.is_intact
    assert "attendent leur inscription au fichier : 1." in outcome.sentence
    assert seal_all() == 0
    assert seal_file().read_text() == whole


def test_half_written_line_of_the_file_is_mended(sealed):
    whole = seal_file().read_text()
    seal_file().write_text(whole[:-20])
    append_to_file(AuditSeal.objects.order_by("-sequence").first())
    assert seal_file().read_text().splitlines()[-1] == whole.splitlines()[-1]
    assert last_in_file() == 3
    assert verify().is_intact


def test_restored_database_starts_an_epoch_and_seals_the_rest_of_the_former(sealed):
    note("dernier acte avant la sauvegarde")
    run("update enrs_epoch set epoch = epoch + 1")
    try:
        note("premier acte après la restauration")
        seal_all()
        seal_all()
        assert verify().sentence.startswith("Journal intact : 11 lignes scellées, 0")
        run("delete from audit_line where object_id = '' and epoch = 1")
        assert not verify().is_intact
    finally:
        run("update enrs_epoch set epoch = epoch - 1")


def test_seals_do_not_verify_under_another_key(sealed, settings):
    settings.SECRETS = replace(settings.SECRETS, audit_key=b"z" * 32)
    assert broken_line() == sealed[0]

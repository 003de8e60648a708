"""`enrs prune`: what had its time goes, and nothing else; listed first, in batches, with its lines."""

import contextlib
import json
import os
import subprocess
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone
from typer.testing import CliRunner

from enrs.config import cli
from enrs.config.operations import orphans, upkeep
from enrs.config.operations.prune import listed, prune
from enrs.core.access.actor import SYSTEM
from enrs.core.audit.models import AuditLine
from enrs.core.documents import store
from enrs.core.documents.models import Blob
from enrs.core.jobs.commands import run_due
from enrs.core.jobs.models import PeriodicJob
from enrs.core.jobs.registry import declared
from enrs.core.jobs.upkeep import upkeeps
from enrs.core.notifications.models import Sending
from enrs.core.questionnaires.models import Answer, AnswerVersion, Form
from enrs.services.portal.models import OneTimeCode
from tests.services.record import factories

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=400)
OLD_DAY = "20250110"


def write(statement: str, *values: object) -> list[tuple]:
    """Done as the owner of the tables."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def removed(name: str) -> int:
    """What a run removes of one kind."""
    done = prune(listed(name))
    assert [one.fault for one in done] == [""] * len(done)
    return sum(one.removed for one in done)


def past(name: str) -> int:
    return listed(name)[0].past.items


@pytest.fixture
def old_blobs(monkeypatch):
    """Four old contents: of a document, of an answer, of a former version of one, and of nothing."""
    monkeypatch.setattr(orphans, "_walk", orphans._Walk())
    patient = factories.patient("100", **factories.BARE)
    held = factories.document(patient, b"tenu par un document").blob
    answered, former, orphan = store.put_many([b"dans une reponse", b"autrefois", b"de personne"])
    answer = answer_with(answered, patient)
    AnswerVersion.objects.create(
        answer=answer, patient_id=patient, version=1, items=items(former), scores={},
        saved_at=timezone.now(), saved_by_name="",
    )  # fmt: skip
    Blob.objects.update(created_at=LONG_AGO)
    return {"kept": {bytes(one.address) for one in (held, answered, former)}, "orphan": orphan}


def items(blob: Blob) -> dict:
    return {
        "piece": {"blob": bytes(blob.address).hex(), "title": "a", "mime": "text/plain", "size": 3}
    }


def answer_with(blob: Blob, patient) -> Answer:
    now = timezone.now()
    form = Form.objects.create(
        name="essai", version="1", url="", title="Essai", body={}, digest="", owner="region"
    )
    return Answer.objects.create(
        patient_id=patient, form=form, form_name="essai", form_version="1", author_name="",
        started_at=now, saved_at=now, saved_by_name="", items=items(blob),
    )  # fmt: skip


def addresses() -> set[bytes]:
    return {bytes(one) for one in Blob.objects.values_list("address", flat=True)}


def test_bytes_without_a_row_go_and_those_that_any_row_names_stay(old_blobs, as_actor):
    young = store.put(b"a l'instant")
    assert past("operations.blobs") == 1
    with as_actor(SYSTEM, role="enrs_feed"):
        assert orphans.remove() == 1
    assert addresses() == old_blobs["kept"] | {bytes(young.address)}
    assert past("operations.blobs") == 0


def test_old_bytes_that_are_put_again_are_young(old_blobs):
    assert store.put(b"de personne").address == old_blobs["orphan"].address
    store.put_many([b"de personne", b"autrefois"])
    assert past("operations.blobs") == 0
    assert removed("operations.blobs") == 0


def test_bytes_that_went_meanwhile_are_put_anew(old_blobs):
    known = list(Blob.objects.filter(address=old_blobs["orphan"].address))
    assert removed("operations.blobs") == 1
    assert not store._stays(known)
    assert store.take(store.put(b"de personne")) == b"de personne"


def test_a_walk_goes_on_from_slice_to_slice(old_blobs, monkeypatch):
    monkeypatch.setattr(orphans, "SLICE", 1)
    monkeypatch.setattr(orphans, "SLICES", 1)
    assert removed("operations.blobs") == 1
    assert addresses() == old_blobs["kept"]


def test_every_table_that_names_bytes_is_asked():
    named = {one.model._meta.db_table for one in orphans._references()}
    keys = write(
        "select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = 'blob'::regclass"
    )
    assert named == {table for (table,) in keys}
    assert len(named) >= 4


def inbox_day(state: str) -> None:
    """A day of the inbox, long ago, with one message."""
    write(
        f"create table inbox_p{OLD_DAY} partition of inbox for values from ('2025-01-10Z') to ('2025-01-11Z')"
    )
    columns = write(
        "select column_name, data_type from information_schema.columns"
        " where table_name = 'inbox' and is_nullable = 'NO' and column_default is null"
    )
    plain = {"text": "''", "bytea": "''", "smallint": "0", "integer": "0", "boolean": "false",
             "uuid": "gen_random_uuid()", "jsonb": "'{}'",
             "timestamp with time zone": "'2025-01-10 08:00Z'"}  # fmt: skip
    values = {name: plain[kind] for name, kind in columns} | {"state": f"'{state}'"}
    write(f"insert into inbox ({', '.join(values)}) values ({', '.join(values.values())})")


@pytest.mark.parametrize(
    ("state", "goes"),
    [("applied", 1), ("refused", 1), ("parked", 0), ("waiting", 0), ("received", 0)],
)
def test_a_day_of_the_inbox_goes_once_nothing_of_it_waits(state, goes, as_actor):
    inbox_day(state)
    assert past("operations.inbox") == goes
    with as_actor(SYSTEM, role="enrs_feed"):
        assert upkeep._remove_inbox() == goes
    assert write("select to_regclass(%s) is null", f"inbox_p{OLD_DAY}") == [(bool(goes),)]


def event(at, xid: int) -> None:
    write(
        "insert into event (id, at, epoch, xid, kind, topics, payload)"
        " values (gen_random_uuid(), %s, 0, %s::text::xid8, 'essai', '{}', '{}')",
        at,
        xid,
    )


def test_events_go_once_every_reader_has_passed_them():
    write("delete from event_cursor")
    for xid in (1, 2, 3):
        event(LONG_AGO, xid)
    event(timezone.now(), 4)
    assert past("operations.events") == 0  # Nobody has read anything yet.
    for name in upkeep._readers():
        mark = 3 if name == "live" else 100
        write("insert into event_cursor (subscriber, epoch, xid) values (%s, 0, %s)", name, mark)
    write("insert into event_receipt select id, 'essai', now() from event")
    assert removed("operations.events") == 2
    assert write("select count(*) from event where epoch = 0") == [(2,)]
    assert write("select count(*) from event_receipt where subscriber = 'essai'") == [(2,)]


def test_contents_and_codes_and_rows_of_former_jobs_go():
    Sending.objects.create(
        channel="mail", state="sent", kind="essai", recipient="awa@exemple.test", body_hash="",
        key="vieux", content={"text": "bonjour"}, ended_at=LONG_AGO,
    )  # fmt: skip
    for until in (LONG_AGO, timezone.now()):
        OneTimeCode.objects.create(
            use="mail", subject_id="0199b7a0-0000-7000-8000-000000000001", code_hash="x",
            valid_until=until,
        )  # fmt: skip
    PeriodicJob.objects.create(name="ancien.travail", due_at=LONG_AGO)
    assert removed("notifications.cleaning") == 1
    assert Sending.objects.get(key="vieux").content == {}
    assert removed("portal.codes") == 1
    assert OneTimeCode.objects.count() == 1
    assert removed("operations.jobs") == 1
    assert not PeriodicJob.objects.filter(name="ancien.travail").exists()


def test_numbers_of_a_service_that_stopped_go(tmp_path, monkeypatch):
    monkeypatch.setattr(upkeep, "state_folder", lambda: tmp_path)
    ended = subprocess.Popen(["true"])
    ended.wait()
    yesterday = timezone.now().timestamp() - 90_000
    for port, pid in (("8000", ended.pid), ("8001", os.getpid()), ("8002", ended.pid)):
        meter = tmp_path / "metrics" / port / f"{pid}.meter"
        meter.parent.mkdir(parents=True)
        meter.write_bytes(b"x" * 10)
        for one in (meter, meter.parent):
            os.utime(one, (yesterday, yesterday) if port != "8002" else None)
    assert listed("operations.meters")[0].past == (1, 10)
    assert removed("operations.meters") == 1
    assert sorted(one.name for one in (tmp_path / "metrics").iterdir()) == ["8001", "8002"]


def test_national_files_that_were_read_long_ago_go(tmp_path, settings):
    settings.DIRECTORY_FOLDER = tmp_path
    waiting = tmp_path / "PS_LibreAcces_Personne_activite.zip"
    old, refused, fresh = (
        tmp_path / one for one in ("faits/a.zip", "refuses/b.zip", "faits/c.zip")
    )
    for one in (waiting, old, refused, fresh):
        one.parent.mkdir(exist_ok=True)
        one.write_bytes(b"x" * 10)
        if one is not fresh:
            os.utime(one, (LONG_AGO.timestamp(),) * 2)
    assert listed("operations.deposits")[0].past == (2, 20)
    assert removed("operations.deposits") == 2
    assert {one.name for one in tmp_path.rglob("*.zip")} == {waiting.name, fresh.name}


def test_the_periodic_job_and_the_command_are_one(old_blobs):
    names = {one.name for one in upkeeps()}
    assert names <= {one.name for one in declared()}
    assert {"accounts.cleaning", "rights.copies_over", "operations.blobs"} <= names
    run_due()
    assert old_blobs["orphan"].address not in addresses()
    rows = AuditLine.objects.filter(action="operations.pruned", object_id="operations.blobs")
    assert [json.loads(row.details) for row in rows] == [{"removed": 1}]


def test_a_run_leaves_its_line_and_a_list_changes_nothing(old_blobs):
    before = addresses()
    listed()
    assert addresses() == before
    prune(listed("operations.blobs"))
    line = AuditLine.objects.get(action="operations.prune_run")
    assert json.loads(line.details) == {"operations.blobs": 1}


def test_a_kind_that_fails_leaves_the_others_their_turn(old_blobs, monkeypatch):
    PeriodicJob.objects.create(name="ancien.travail", due_at=LONG_AGO)

    def fail(_: object) -> int:
        raise OSError("disque plein")

    monkeypatch.setattr(orphans, "_prune", fail)
    lines = [*listed("operations.blobs"), *listed("operations.jobs")]
    done = {one.kind.name: one for one in prune(lines)}
    assert "disque plein" in done["operations.blobs"].fault
    assert done["operations.jobs"].removed == 1


def test_no_role_of_the_parts_deletes_bytes_or_events_by_hand(as_actor):
    for role in ("enrs_app", "enrs_feed"):
        for statement in ("delete from blob", "delete from event", "drop table inbox"):
            with (
                pytest.raises(Error, match=r"permission denied|must be owner"),
                transaction.atomic(),
                as_actor(SYSTEM, role=role),
            ):
                write(statement)
    for call in ("prune_inbox(0)", "prune_blobs('{}')", "prune_events(0, '{}', 10)"):
        with (
            pytest.raises(Error, match="permission denied"),
            transaction.atomic(),
            as_actor(SYSTEM, role="enrs_app"),
        ):
            write(f"select {call}")


def test_the_floor_holds_whatever_is_asked():
    day = (timezone.now() - timedelta(days=20)).date()
    until = day + timedelta(days=1)
    write(
        f"create table inbox_p{day:%Y%m%d} partition of inbox for values from ('{day}') to ('{until}')"
    )
    assert write("select count(*) from inbox_days_past(0)") == [(0,)]


def test_the_command_lists_then_removes(old_blobs, monkeypatch):
    monkeypatch.setattr("enrs.config.cli.upkeep.django_as", lambda _: contextlib.nullcontext())
    told = CliRunner().invoke(cli.app, ["prune", "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "operations.blobs" in told.output
    assert "Messages reçus" in told.output
    assert old_blobs["orphan"].address in addresses()
    told = CliRunner().invoke(cli.app, ["prune", "--only", "operations.blobs"])
    assert "✓ Fichiers que plus rien ne désigne : 1 retirés." in told.output
    assert (
        CliRunner()
        .invoke(cli.app, ["prune", "--only", "operations.blobs"])
        .output.endswith("✓ Rien à retirer.\n")
    )
    assert CliRunner().invoke(cli.app, ["prune", "--only", "rien"]).exit_code == 1

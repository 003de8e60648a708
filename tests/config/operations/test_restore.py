"""What a restore refuses, replaces and begins anew; backups and restores that are killed in the middle."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from enrs.config import secrets
from enrs.config.operations import keyring
from enrs.config.operations.backup import keep_only, make_backup
from enrs.config.operations.errors import OperationError
from enrs.config.operations.restore import check_backup
from tests.config.operations.conftest import PASSPHRASE, Installation
from tests.config.operations.inside import LETTER
from tests.waiting import until

OTHERS = """
select {what} from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
WAITING = OTHERS.format(what="count(*) filter (where wait_event_type = 'Lock')")


@pytest.fixture(scope="module")
def full(installations) -> Installation:
    """Another region, which a restore would replace: the table `temoin` tells it."""
    here = installations(is_empty=False)
    with psycopg.connect(here.url) as line:
        line.execute("create table temoin as select 42 as value")
    return here


def is_as_it_was(here: Installation) -> bool:
    return here.ask("select value from temoin") == [(42,)] and here.ask("select enrs_epoch()") == [
        (1,)
    ]


@pytest.fixture
def with_secrets(monkeypatch):
    """This process has the secrets of an installation, or of one that has none yet."""

    def use(folder: Path) -> None:
        monkeypatch.setenv("ENRS_SECRETS", str(folder / "secrets.json"))
        monkeypatch.setenv("ENRS_DATA", str(folder / "data"))
        secrets.load.cache_clear()

    yield use
    secrets.load.cache_clear()


def in_manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """An alteration of the manifest that leaves it readable."""

    def alter(folder: Path) -> None:
        path = folder / "manifest.json"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return alter


def flipped(name: str) -> Callable[[Path], None]:
    """One bit of a file turned over, in its middle."""

    def alter(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return alter


def cut(name: str) -> Callable[[Path], None]:
    """A file without its end."""
    return lambda folder: os.truncate(folder / name, (folder / name).stat().st_size - 9)


ALTERED = {
    "a bit of the dump": (flipped("database.dump"), "n'est pas le fichier"),
    "the dump cut short": (cut("database.dump"), "n'est pas le fichier"),
    "no dump": (lambda folder: (folder / "database.dump").unlink(), "Il manque"),
    "a bit of the seals": (flipped("audit.seals"), "n'est pas le fichier"),
    "no seals": (lambda folder: (folder / "audit.seals").unlink(), "Il manque"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "il n'y a pas de"),
    "the manifest cut short": (cut("manifest.json"), "est abîmé"),
    "a manifest of another format": (
        in_manifest(lambda m: m.update(format=1)),
        r"avec la version d'enrs qui l'a faite \(.+\), puis mettez à niveau",
    ),
    "a field less": (in_manifest(lambda m: m.pop("counts")), "est abîmé"),
    "a row less": (in_manifest(lambda m: m["counts"].update(document=11)), "a été modifié"),
    "an earlier moment": (in_manifest(lambda m: m.update(made_at="2026-01-01")), "a été modifié"),
    "no key asked": (in_manifest(lambda m: m.update(keys={})), "a été modifié"),
    "no signature": (in_manifest(lambda m: m.update(mac="")), "a été modifié"),
    "files that are not told": (in_manifest(lambda m: m.update(files={})), "ne décrit pas"),
    "a file from elsewhere": (
        in_manifest(lambda m: m["files"].update({"../x": m["files"]["audit.seals"]})),
        "ne décrit pas",
    ),
}


@pytest.mark.parametrize("case", ALTERED)
def test_what_was_altered_is_refused(case, source, backup, tmp_path, with_secrets):
    alter, sentence = ALTERED[case]
    folder = tmp_path / "b"
    shutil.copytree(backup, folder)
    with_secrets(source.folder)
    check_backup(folder, copy=None, passphrase="", without_keyring=False)
    alter(folder)
    with pytest.raises(OperationError, match=sentence):
        check_backup(folder, copy=None, passphrase="", without_keyring=False)


def test_an_altered_backup_changes_nothing_of_what_it_would_replace(full, backup, keys, tmp_path):
    folder = tmp_path / "b"
    shutil.copytree(backup, folder)
    in_manifest(lambda m: m["counts"].update(document=11))(folder)
    (full.folder / "secrets.json").unlink(missing_ok=True)
    told = full.enrs("restore", folder, "--keyring", keys, "--replace", fails=True)
    assert "a été modifié" in told
    assert is_as_it_was(full)
    assert not (full.folder / "secrets.json").exists()


WRONG = {
    "other": "d'un autre trousseau : il y manque blob:",
    "damaged": "ne s'ouvre pas",
    "{}": "n'est pas une copie de trousseau",
    "des mots": "n'est pas une copie de trousseau",
}


@pytest.mark.parametrize("content", WRONG)
def test_another_keyring_is_refused_and_not_put_in_place(
    content, backup, keys, tmp_path, with_secrets
):
    copy = tmp_path / "copie.keyring"
    if content == "other":
        (tmp_path / "autre").mkdir()
        with_secrets(tmp_path / "autre")
        secrets.load()
        keyring.write_copy(copy, PASSPHRASE)
    elif content == "damaged":
        whole = json.loads(keys.read_text())
        copy.write_text(json.dumps(whole | {"sealed": whole["sealed"][:-8] + "AAAAAAA="}))
    else:
        copy.write_text(content)
    with_secrets(tmp_path)
    with pytest.raises(OperationError, match=WRONG[content]):
        check_backup(backup, copy=copy, passphrase=PASSPHRASE, without_keyring=False)
    assert not (tmp_path / "secrets.json").exists()


def test_a_keyring_in_use_is_never_written_over(backup, keys, tmp_path, with_secrets):
    with_secrets(tmp_path)
    secrets.load()
    mine = (tmp_path / "secrets.json").read_bytes()
    with pytest.raises(OperationError, match="contient un autre trousseau"):
        check_backup(backup, copy=keys, passphrase=PASSPHRASE, without_keyring=False)
    assert (tmp_path / "secrets.json").read_bytes() == mine


def test_a_keyring_with_newer_keys_beside_still_opens_an_older_backup(
    source, backup, tmp_path, with_secrets
):
    content = json.loads((source.folder / "secrets.json").read_text())
    content["blob_keyring"].append({"id": "0badcafe", "key": secrets.make_secrets()["audit_key"]})
    (tmp_path / "secrets.json").write_text(json.dumps(content))
    with_secrets(tmp_path)
    check_backup(backup, copy=None, passphrase="", without_keyring=False)


@pytest.mark.proof
def test_a_region_that_is_not_empty_is_refused_then_replaced_and_begins_anew(
    source, backup, keys, installations
):
    there, before = installations(is_empty=False), source.tell()
    with psycopg.connect(there.url) as line:
        line.execute("create table temoin as select 42 as value")
    there.inside("rotate")
    told = there.enrs("restore", backup, "--keyring", keys, fails=True)
    assert "contient un autre trousseau" in told
    (there.folder / "secrets.json").rename(there.folder / "autrefois.json")
    told = there.enrs("restore", backup, "--keyring", keys, fails=True)
    assert "n'est pas vide" in told
    assert is_as_it_was(there)

    told = there.enrs("restore", backup, "--keyring", keys, "--replace")
    assert "Sessions et jetons sont fermés" in told
    assert there.ask("select to_regclass('temoin')") == [(None,)]
    after = there.tell()
    assert after["opened"] == before["opened"]
    assert (before["doors"], after["doors"]) == (2, 0)
    assert after["epoch"] == before["epoch"] + 1
    assert "Journal intact" in there.enrs("audit", "verify")
    # Nothing of the former epoch is told again; what happens now is, although its number is smaller.
    notices = there.ask("select count(*) from notice")
    assert there.inside("deliver") == 1
    assert there.ask("select count(*) from notice") == notices
    assert there.ask("select max(epoch) from event") == [(after["epoch"],)]
    assert "Journal intact" in there.enrs("audit", "verify")


@pytest.mark.proof
def test_keys_that_turn_between_two_backups(source, backup, keys, installations, tmp_path):
    here = installations()
    here.enrs("restore", backup, "--keyring", keys)
    path = here.folder / "secrets.json"
    content = json.loads(path.read_text())
    content["blob_keyring"].append({"id": "0badcafe", "key": secrets.make_secrets()["audit_key"]})
    path.write_text(json.dumps(content))
    here.inside("rotate")
    here.enrs("backup", tmp_path / "b2", "--keyring", tmp_path / "cles")

    there = installations()
    told = there.enrs("restore", tmp_path / "b2", "--keyring", keys, fails=True)
    assert "il y manque blob:0badcafe" in told
    there.enrs("restore", tmp_path / "b2", "--keyring", tmp_path / "cles" / "b2.keyring")
    opened = there.tell()["opened"]
    assert f"{LETTER.decode()} apres" in opened
    assert len(opened) == 13


@pytest.mark.faults
def test_a_backup_that_is_killed_leaves_nothing_that_looks_whole(source, tmp_path, with_secrets):
    with psycopg.connect(source.url) as line:
        line.execute("lock table blob in access exclusive mode")
        process = source.begin("backup", tmp_path / "b")
        until(lambda: process.poll() is not None or source.ask(WAITING) != [(0,)])
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert [one.name for one in tmp_path.iterdir()] == [".b.partial"]
    with_secrets(source.folder)
    with pytest.raises(OperationError, match="n'est pas une sauvegarde"):
        check_backup(tmp_path / ".b.partial", copy=None, passphrase="", without_keyring=True)
    assert keep_only(tmp_path, 1) == []
    make_backup(tmp_path / "b", url=source.url)
    assert [one.name for one in tmp_path.iterdir()] == ["b"]


def test_what_killed_backups_left_goes_after_a_day(source, tmp_path, with_secrets):
    with_secrets(source.folder)
    old, fresh = (tmp_path / f".enrs-2026112{day}T023000Z.partial" for day in (1, 9))
    for one in (old, fresh):
        one.mkdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    folder, _ = make_backup(tmp_path, url=source.url)
    assert sorted(tmp_path.iterdir()) == sorted([fresh, folder])


@pytest.mark.faults
def test_a_restore_that_is_killed_leaves_the_database_as_it_was(full, backup, keys):
    tables = full.ask("select count(*) from pg_tables where schemaname = 'public'")
    with psycopg.connect(full.url) as line:
        line.execute("lock table temoin in access exclusive mode")
        process = full.begin("restore", backup, "--keyring", keys, "--replace")
        until(lambda: process.poll() is not None or full.ask(WAITING) != [(0,)])
        assert process.poll() is None
        # The command alone: psql lives on, and reads all that was already handed to it.
        process.kill()
        process.wait()
    until(lambda: full.ask(OTHERS.format(what="count(*)")) == [(0,)])
    assert full.ask("select count(*) from pg_tables where schemaname = 'public'") == tables
    assert is_as_it_was(full)

"""A backup of a real region restored elsewhere: nothing lost, nothing sent twice, nothing readable without keys."""

import json

from tests.config.operations.inside import LETTER

LETTERS = sorted(f"{LETTER.decode()} {rank}" for rank in range(12))


def test_a_restored_region_is_the_one_that_was_backed_up(source, backup, keys, installations):
    before = source.tell()
    assert sorted(before["opened"]) == LETTERS
    there = installations()
    told = there.enrs("restore", backup, "--keyring", keys)
    assert "celles du manifeste" in told
    after = there.tell()
    assert sorted(after["opened"]) == LETTERS
    counts = json.loads((backup / "manifest.json").read_text())["counts"]
    grown = {"audit_seal", "periodic_job", "event_cursor", "event_receipt"}
    ended = {"django_session", "allauth_idp_oidc_token"}
    assert {there.ask(f'select count(*) from "{table}"')[0] for table in ended} == {(0,)}
    for table, rows in counts.items():
        if table not in grown | ended and not table.startswith("audit_line"):
            assert there.ask(f'select count(*) from "{table}"') == [(rows,)], table
    query = "select md5(string_agg(b::text, '' order by address)) from blob b"
    assert there.ask(query) == source.ask(query)
    assert after["journal"][0], after["journal"]
    assert after["epoch"] == before["epoch"] + 1
    assert there.ask("select count(*) from audit_line where action = 'operations.restored'") == [
        (1,)
    ]


def test_what_waited_to_leave_is_held_by_a_restore(source, backup, keys, installations):
    there = installations()
    told = there.enrs("restore", backup, "--keyring", keys)
    assert "2 envois attendaient" in told
    assert there.tell()["sendings"] == {
        "attend": "uncertain",
        "part": "uncertain",
        "parti": "sent",
    }
    resumed = installations()
    resumed.enrs("restore", backup, "--keyring", keys, "--resume")
    assert resumed.tell()["sendings"] == source.tell()["sendings"]


def test_without_its_keyring_no_document_opens(backup, installations):
    there = installations()
    told = there.enrs("restore", backup, fails=True)
    assert "n'a pas les clés de la sauvegarde" in told
    assert not (there.folder / "secrets.json").exists()
    assert there.ask("select count(*) from pg_tables where schemaname = 'public'") == [(0,)]
    there.enrs("restore", backup, "--without-keyring")
    state = there.tell()
    assert state["opened"] == []
    assert len(state["closed"]) == 12


def test_nothing_of_the_keyring_lies_in_the_backup(source, backup, keys):
    kept = json.loads((source.folder / "secrets.json").read_text())
    texts = [kept["audit_key"], kept["mfa_key"], kept["blob_keyring"][0]["key"]]
    plain = b"".join(one.read_bytes() for one in [*backup.iterdir(), keys])
    assert not [text for text in texts if text.encode() in plain]
    assert LETTER not in plain


def test_another_passphrase_opens_no_keyring(backup, keys, installations, tmp_path):
    wrong = tmp_path / "phrase"
    wrong.write_text("une autre phrase de passe")
    told = installations().enrs(
        "restore", backup, "--keyring", keys, "--passphrase-file", wrong, fails=True
    )
    assert "ne s'ouvre pas" in told


def test_the_keyring_is_refused_inside_the_backups(source, tmp_path):
    told = source.enrs("backup", tmp_path, "--keyring", tmp_path / "cles", fails=True)
    assert "à part" in told
    assert list(tmp_path.iterdir()) == []

"""The secrets file: made once, private, refused when open or damaged."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from enrs.config import secrets
from enrs.config.secrets import SecretsError, read


@pytest.fixture
def path(tmp_path):
    return tmp_path / "secrets.json"


def test_the_first_reading_makes_the_file_for_its_owner_alone(path):
    made = read(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made.audit_key) == len(made.current_blob_key.key) == 32
    assert made.blob_key(made.current_blob_key.id) == made.blob_keyring[-1]
    assert read(path) == made


def test_two_first_readings_at_once_agree(path):
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(read, [path] * 8))
    assert all(reading == readings[0] for reading in readings)


def test_no_two_secrets_are_the_same_and_none_is_shown(path):
    made = read(path)
    keys = [made.audit_key, made.blob_address_key, made.mfa_key, made.live_ticket_key]
    assert len({*keys, made.current_blob_key.key}) == 5
    assert "key=" not in repr(made)
    assert made.django_secret_key not in repr(made)
    assert made.database_passwords["app"] not in repr(made)


def test_production_refuses_a_file_that_everyone_reads(path):
    read(path)
    path.chmod(0o604)
    with pytest.raises(SecretsError, match="chmod 600"):
        read(path, production=True)
    assert read(path)


@pytest.mark.parametrize(
    "change",
    [
        {"audit_key": "AAAA"},
        {"audit_key": "not base64 !"},
        {"blob_keyring": []},
        {"blob_keyring": None},
    ],
)
def test_a_damaged_file_is_refused_by_name(path, change):
    read(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SecretsError, match=r"secrets\.json"):
        read(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_a_file_that_is_no_secrets_file_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(SecretsError, match="abîmé"):
        read(path)


def test_the_environment_may_name_the_file(path, monkeypatch):
    monkeypatch.setenv("ENRS_SECRETS", str(path))
    assert secrets.secrets_file() == path

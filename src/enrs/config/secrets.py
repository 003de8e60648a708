"""The installation's secrets: made at first start and kept in one private file."""

import base64
import binascii
import os
import secrets as random_source
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from enrs.config.mode import running_mode
from enrs.config.state import load_or_create, state_folder

KEY_BYTES = 32
"""AES-256 and HMAC-SHA-256 both take 32 bytes."""


class SecretsError(RuntimeError):
    """The secrets file cannot be used: too open, damaged or incomplete."""


@dataclass(frozen=True)
class BlobKey:
    """A key that wraps the per-blob keys; `id` is stored beside what it wrapped."""

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Secrets:
    """Every secret of the installation; keys are 32 bytes. None is shown by `repr`.

    `blob_keyring` is ordered: the last key wraps new blobs, the older ones still open theirs.
    `database_passwords` (roles `app` and `feed`) serve when `DATABASE_URL` names the server.
    """

    django_secret_key: str = field(repr=False)
    audit_key: bytes = field(repr=False)
    blob_keyring: tuple[BlobKey, ...]
    blob_address_key: bytes = field(repr=False)
    mfa_key: bytes = field(repr=False)
    live_ticket_key: bytes = field(repr=False)
    database_passwords: dict[str, str] = field(repr=False)

    @property
    def current_blob_key(self) -> BlobKey:
        """The key that wraps new blobs."""
        return self.blob_keyring[-1]

    def blob_key(self, key_id: str) -> BlobKey:
        """Return the key named `key_id`; raises KeyError when it was destroyed or never existed."""
        for key in self.blob_keyring:
            if key.id == key_id:
                return key
        raise KeyError(key_id)


def secrets_file() -> Path:
    """Return the file named by `ENRS_SECRETS`, else `secrets.json` in the state folder."""
    named = os.environ.get("ENRS_SECRETS")
    return Path(named) if named else state_folder() / "secrets.json"


@cache
def load() -> Secrets:
    """Return the secrets, made now if this is the first start; read once per process.

    Raises SecretsError when the file is damaged or, in production (`ENRS_MODE=production`),
    when anyone but its owner and group may read it.
    """
    return read(secrets_file(), production=running_mode() == "production")


def read(path: Path, *, production: bool = False) -> Secrets:
    """Return the secrets kept in `path`, made now if the file does not exist (see `load`)."""
    try:
        content = load_or_create(path, make_secrets)
        if production and path.stat().st_mode & 0o007:
            message = f"{path} est lisible par tous : chmod 600 {path}"
            raise SecretsError(message)
        return parsed(content)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{path} : fichier de secrets abîmé ou incomplet ({error})."
        raise SecretsError(message) from error


def make_secrets() -> dict[str, Any]:
    """Return fresh secrets in the shape of the file: keys in base64, texts as they are."""
    return {
        "django_secret_key": random_source.token_urlsafe(48),
        "audit_key": _new_key(),
        "blob_keyring": [{"id": random_source.token_hex(4), "key": _new_key()}],
        "blob_address_key": _new_key(),
        "mfa_key": _new_key(),
        "live_ticket_key": _new_key(),
        "database_passwords": {role: random_source.token_hex(24) for role in ("app", "feed")},
    }


def _new_key() -> str:
    return base64.b64encode(random_source.token_bytes(KEY_BYTES)).decode()


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        message = "clé qui n'est pas en base64"
        raise ValueError(message) from error
    if len(key) != KEY_BYTES:
        message = f"clé de {len(key)} octets au lieu de {KEY_BYTES}"
        raise ValueError(message)
    return key


def parsed(content: dict[str, Any]) -> Secrets:
    """The secrets of a file's content; raises KeyError, TypeError or ValueError when it is not whole."""
    keyring = tuple(
        BlobKey(id=entry["id"], key=_key(entry["key"])) for entry in content["blob_keyring"]
    )
    if not keyring:
        message = "trousseau vide"
        raise ValueError(message)
    return Secrets(
        django_secret_key=content["django_secret_key"],
        audit_key=_key(content["audit_key"]),
        blob_keyring=keyring,
        blob_address_key=_key(content["blob_address_key"]),
        mfa_key=_key(content["mfa_key"]),
        live_ticket_key=_key(content["live_ticket_key"]),
        database_passwords=dict(content["database_passwords"]),
    )

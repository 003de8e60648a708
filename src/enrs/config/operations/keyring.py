"""The keyring beside a backup, never in it: prints that recognise it, and a copy under a passphrase."""

import base64
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from enrs.config import secrets
from enrs.config.operations.errors import OperationError
from enrs.config.secrets import Secrets
from enrs.config.state import write_json

LEAST_PASSPHRASE = 16
"""Characters: six words of a list, or as many random ones."""

COST = 2**17
"""scrypt's N, with r = 8: 128 MB and a third of a second for each try (OWASP, 2023)."""

LABEL = b"enrs backup keyring 1"


def prints_of(kept: Secrets) -> dict[str, str]:
    """What recognises each key and tells nothing of it: a keyed hash of a fixed word."""
    keys = {f"blob:{key.id}": key.key for key in kept.blob_keyring}
    keys |= {
        "blob_address": kept.blob_address_key,
        "audit": kept.audit_key,
        "mfa": kept.mfa_key,
    }
    return {name: hmac.digest(key, LABEL, "sha256").hex()[:32] for name, key in keys.items()}


def missing_keys(wanted: Mapping[str, str], kept: Secrets) -> list[str]:
    """Names of the keys of a backup that these secrets do not hold; newer keys beside do not matter."""
    have = prints_of(kept)
    return [name for name, value in wanted.items() if have.get(name) != value]


def read_passphrase(file: Path | None) -> str:
    """The passphrase of the keyring's copies: in `file`, else in `ENRS_BACKUP_PASSPHRASE`."""
    text = (
        file.read_text(encoding="utf-8") if file else os.environ.get("ENRS_BACKUP_PASSPHRASE", "")
    )
    text = text.strip()
    if len(text) < LEAST_PASSPHRASE:
        message = (
            f"Il faut une phrase de passe d'au moins {LEAST_PASSPHRASE} caractères : "
            "--passphrase-file FICHIER, ou ENRS_BACKUP_PASSPHRASE."
        )
        raise OperationError(message)
    return text


def write_copy(path: Path, passphrase: str) -> None:
    """Write the installation's secrets to `path`, encrypted (scrypt, AES-256-GCM), in one step."""
    salt, nonce = os.urandom(16), os.urandom(12)
    content = secrets.secrets_file().read_bytes()
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, content, LABEL)
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    write_json(
        path,
        {"format": LABEL.decode()}
        | {name: base64.b64encode(value).decode() for name, value in parts.items()},
    )


def open_copy(path: Path, passphrase: str) -> dict[str, Any]:
    """The secrets of a copy; raises OperationError for another passphrase or a damaged file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        salt, nonce, sealed = (
            base64.b64decode(content[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, LABEL)
    except InvalidTag:
        message = f"{path} ne s'ouvre pas : ce n'est pas sa phrase de passe, ou il est abîmé."
        raise OperationError(message) from None
    except (OSError, KeyError, TypeError, ValueError) as error:
        message = f"{path} n'est pas une copie de trousseau ({error})."
        raise OperationError(message) from error
    opened: dict[str, Any] = json.loads(plain)
    return opened


def audit_key_of(opened: dict[str, Any], wanted: Mapping[str, str]) -> bytes:
    """The journal's key in a copy's secrets; raises OperationError when they are not those of the backup."""
    kept = secrets.parsed(opened)
    if missing := missing_keys(wanted, kept):
        message = (
            f"Cette copie est celle d'un autre trousseau : il y manque {', '.join(missing)}. "
            "Prenez celle qui porte le nom de la sauvegarde."
        )
        raise OperationError(message)
    return kept.audit_key


def install_copy(opened: dict[str, Any], wanted: Mapping[str, str]) -> None:
    """Make a copy's secrets those of this installation, unless it holds the wanted keys already.

    Raises OperationError when other secrets are there: they may be the only ones of their kind.
    """
    path = secrets.secrets_file()
    if path.exists():
        if not missing_keys(wanted, secrets.load()):
            return
        message = (
            f"{path} contient un autre trousseau : mettez-le de côté (ne le détruisez pas), "
            "puis recommencez."
        )
        raise OperationError(message)
    write_json(path, opened)
    secrets.load.cache_clear()


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase.encode())

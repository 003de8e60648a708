"""What a backup says of itself: when, of which versions, rows of each table, hashes of its files."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from enrs.config.operations.errors import OperationError
from enrs.config.state import write_json

FORMAT = 2
"""2 since the manifest is signed."""

MANIFEST = "manifest.json"
DUMP = "database.dump"
SEALS = "audit.seals"
PIECES = {DUMP, SEALS}
LABEL = b"enrs backup manifest 2\n"
CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """The manifest of one backup. `counts` and `migrations` are those of the dump's own snapshot.

    `keys` are prints that recognise the keyring (see `keyring.prints_of`); `seals` is the last seal of
    the journal's file. `mac` signs all the rest under the journal's key: who alters a backup cannot make
    its manifest agree.
    """

    made_at: str
    program: str
    server: str
    server_major: int
    dumped_by: str
    database_bytes: int
    counts: dict[str, int]
    migrations: list[str]
    keys: dict[str, str]
    epoch: int
    seals: int
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT
    mac: str = ""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(self.counts.values())


def hash_of(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def signed(manifest: Manifest, key: bytes) -> Manifest:
    """The manifest with its signature."""
    return replace(manifest, mac=_mac(manifest, key))


def check_signature(folder: Path, manifest: Manifest, key: bytes) -> None:
    """Raise OperationError unless the manifest is as it was signed."""
    if not hmac.compare_digest(_mac(manifest, key), manifest.mac):
        message = f"{folder / MANIFEST} n'est pas celui de cette sauvegarde : il a été modifié."
        raise OperationError(message)


def _mac(manifest: Manifest, key: bytes) -> str:
    content = json.dumps(asdict(replace(manifest, mac="")), sort_keys=True).encode()
    return hmac.digest(key, LABEL + content, "sha256").hex()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest: the last file of a backup."""
    write_json(folder / MANIFEST, asdict(manifest))


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest; raises OperationError when there is none, or of another format."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            message = (
                f"{path} est d'un format que cette version ne lit pas ({content['format']}, au lieu de {FORMAT}) :"
                " restaurez cette sauvegarde avec la version d'enrs qui l'a faite"
                f" ({content['program']}), puis mettez à niveau (enrs upgrade)."
            )
            raise OperationError(message)
        return Manifest(**content)
    except FileNotFoundError:
        message = f"{folder} n'est pas une sauvegarde : il n'y a pas de {MANIFEST}."
        raise OperationError(message) from None
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} est abîmé ({error})."
        raise OperationError(message) from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise OperationError unless each file is the one that the manifest describes, and none is left out."""
    needed = {DUMP, SEALS} if manifest.seals else {DUMP}
    if not needed <= set(manifest.files) <= PIECES:
        message = f"{folder / MANIFEST} ne décrit pas les fichiers d'une sauvegarde."
        raise OperationError(message)
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.is_file():
            message = f"Il manque {path}."
            raise OperationError(message)
        if path.stat().st_size != wanted["bytes"] or hash_of(path) != wanted:
            message = f"{path} n'est pas le fichier que le manifeste décrit."
            raise OperationError(message)

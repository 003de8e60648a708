"""What a line says, as bytes, and the keyed hashes that make an alteration show."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

SEPARATOR = "\x1f"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `action` is a dotted code; `outcome` is `done` or `refused`; `details` is JSON text."""

    id: UUID
    at: datetime
    action: str
    outcome: str
    actor_id: UUID | None
    actor_name: str
    actor_role: str
    organisation_id: UUID | None
    patient_id: UUID | None
    patient_ids: tuple[UUID, ...]
    object_kind: str
    object_id: str
    purpose: str
    reason: str
    channel: str
    details: str


def plain(text: str) -> str:
    """Text without the separator, so that no two lines have the same canonical bytes."""
    return text.replace(SEPARATOR, " ")


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970, exactly."""
    delta = at - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def content(line: Line) -> bytes:
    """The line as canonical bytes; the SQL function `audit_content` builds the same."""
    fields = (
        str(line.id),
        str(microseconds(line.at)),
        line.action,
        line.outcome,
        str(line.actor_id or ""),
        line.actor_name,
        line.actor_role,
        str(line.organisation_id or ""),
        str(line.patient_id or ""),
        ",".join(map(str, line.patient_ids)),
        line.object_kind,
        line.object_id,
        line.purpose,
        line.reason,
        line.channel,
        line.details,
    )
    return SEPARATOR.join(fields).encode()


def line_key(master: bytes, line_id: UUID) -> bytes:
    """The key of one line: the database may be handed it for one insert and never holds the master."""
    return hmac.digest(master, line_id.bytes, "sha256")


def keyed_hash(key: bytes, text: bytes) -> bytes:
    """SHA-256(key ‖ SHA-256(key ‖ text)): a keyed hash that PostgreSQL's own `sha256` can compute."""
    return hashlib.sha256(key + hashlib.sha256(key + text).digest()).digest()


def mac(master: bytes, line: Line) -> bytes:
    """The keyed hash stored with a line."""
    return keyed_hash(line_key(master, line.id), content(line))


def root(hashes: Iterable[bytes]) -> bytes:
    """One hash over ordered line hashes."""
    total = hashlib.sha256()
    for value in hashes:
        total.update(value)
    return total.digest()


def seal_hash(
    master: bytes, *, parts: tuple[int, int, int, int], root: bytes, previous: bytes
) -> bytes:
    """Hash of a seal over (sequence, epoch, first xid, upper xid), its root and the previous seal."""
    text = SEPARATOR.join(map(str, parts)).encode()
    return hmac.digest(master, text + root + previous, "sha256")

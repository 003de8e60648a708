"""Verifying the journal: every line against its hash, every seal against its lines and its file."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrs.core.audit import rules
from enrs.core.audit.commands import seal_file
from enrs.core.audit.models import AuditSeal

FIELDS = (
    "id, at, action, outcome, actor_id, actor_name, actor_role, organisation_id, patient_id, "
    "patient_ids, object_kind, object_id, purpose, reason, channel, details"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the verification found; `sentence` names the first altered or missing line."""

    is_intact: bool
    sentence: str
    line_id: UUID | None = None


def verify() -> Outcome:
    """Check the whole journal, oldest first.

    The lines of the last second are not sealed yet: they are counted and said, and checked against
    their own hashes only.
    """
    previous, expected, sealed_count = b"", 1, 0
    in_file = _file_hashes()
    if not in_file and AuditSeal.objects.exists():
        return _broken("le fichier des sceaux manque")
    newest = max(in_file, default=0)
    for seal in AuditSeal.objects.order_by("sequence").iterator(chunk_size=200):
        if seal.sequence != expected:
            return _broken(f"le sceau n° {expected} manque")
        found = _check_seal(seal, previous) or _check_in_file(seal, in_file, newest)
        if found:
            return found
        previous, expected = bytes(seal.hash), expected + 1
        sealed_count += len(seal.line_ids)
    if newest >= expected:
        return _broken(f"la fin du journal manque : le fichier va au sceau n° {newest}")
    return _check_unsealed(sealed_count, unwritten=expected - 1 - newest)


def _check_in_file(seal: AuditSeal, in_file: dict[int, bytes], newest: int) -> Outcome | None:
    written = in_file.get(seal.sequence)
    if written is None and seal.sequence < newest:
        return _broken(f"le sceau n° {seal.sequence} manque dans le fichier")
    if written is not None and written != bytes(seal.hash):
        return _broken(f"le sceau n° {seal.sequence} diffère de celui du fichier")
    return None


def _check_seal(seal: AuditSeal, previous: bytes) -> Outcome | None:
    lines = {
        line.id: (line, mac) for line, mac in _lines(seal.epoch, seal.first_xid, seal.upper_xid)
    }
    for line_id in seal.line_ids:
        if line_id not in lines:
            return _broken(f"la ligne {line_id} manque (sceau n° {seal.sequence})", line_id)
        line, mac = lines[line_id]
        if rules.mac(settings.SECRETS.audit_key, line) != mac:
            return _broken(f"la ligne {line_id} a été modifiée (sceau n° {seal.sequence})", line_id)
    order = list(lines)
    if order != list(seal.line_ids):
        odd = next((a for a, b in zip(order, seal.line_ids, strict=False) if a != b), order[-1])
        return _broken(f"la ligne {odd} n'est pas à sa place (sceau n° {seal.sequence})", odd)
    root = rules.root(mac for _, mac in lines.values())
    parts = (seal.sequence, seal.epoch, seal.first_xid, seal.upper_xid)
    wanted = rules.seal_hash(settings.SECRETS.audit_key, parts=parts, root=root, previous=previous)
    kept = (bytes(seal.hash), bytes(seal.root), bytes(seal.previous))
    if kept != (wanted, root, previous):
        return _broken(f"le sceau n° {seal.sequence} a été modifié")
    return None


def _check_unsealed(sealed_count: int, *, unwritten: int) -> Outcome:
    last = AuditSeal.objects.order_by("-sequence").first()
    epoch, first = (last.epoch, last.upper_xid) if last else (0, 0)
    stray = _line_of_no_epoch(epoch)
    if stray:
        return _broken(f"la ligne {stray} n'est pas à sa place : aucun sceau ne la couvre", stray)
    count = 0
    for line, mac in _lines(epoch, first, None):
        if rules.mac(settings.SECRETS.audit_key, line) != mac:
            return _broken(f"la ligne {line.id}, pas encore scellée, a été modifiée", line.id)
        count += 1
    sentence = (
        f"Journal intact : {sealed_count} lignes scellées, {count} en attente du prochain sceau."
    )
    if unwritten:
        # Its sealer is between its commit and its file, or died there: the next one writes it.
        sentence += f" Sceaux qui attendent leur inscription au fichier : {unwritten}."
    return Outcome(is_intact=True, sentence=sentence)


def _line_of_no_epoch(last: int) -> UUID | None:
    """A line of an epoch before the last sealed one that no seal covers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from audit_line where epoch < %s "
            "and epoch <> all (select distinct epoch from audit_seal) order by epoch, xid, id limit 1",
            [last],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _lines(epoch: int, first: int, upper: int | None) -> Iterator[tuple[rules.Line, bytes]]:
    """Lines of the transactions in [first, upper) of an epoch (all later ones without `upper`)."""
    above = "epoch = %s and xid >= %s::text::xid8 and xid < %s::text::xid8"
    values: list[int | None] = [epoch, first, upper]
    if upper is None:
        above = "(epoch, xid) >= (%s, %s::text::xid8)"
        values = [epoch, first]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {FIELDS}, mac from audit_line where {above} order by epoch, xid, id", values
        )
        for *fields, mac in cursor.fetchall():
            fields[9] = tuple(fields[9])
            yield rules.Line(*fields), bytes(mac)


def _file_hashes() -> dict[int, bytes]:
    path = seal_file()
    if not path.exists():
        return {}
    content = path.read_text(encoding="ascii")
    pairs = (line.split() for line in content[: content.rfind("\n") + 1].splitlines())
    return {int(sequence): bytes.fromhex(value) for sequence, value in pairs}


def _broken(what: str, line_id: UUID | None = None) -> Outcome:
    return Outcome(is_intact=False, sentence=f"Journal altéré : {what}.", line_id=line_id)

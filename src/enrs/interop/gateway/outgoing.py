"""Deliveries on their way: written from today's numbers, sent by MLLP in order, tried again, or put aside.

A31 is IHE's PIX update notification (ITI-10): numbers, and no trait.
"""

import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.timezone import get_default_timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.formats.hl7v2 import Framer, Hl7Error, frame, parse
from enrs.formats.hl7v2 import people as pid_writer
from enrs.formats.hl7v2.datatypes import Identifier
from enrs.formats.hl7v2.writer import field, message, moment, segment
from enrs.interop.gateway.asking import asker_of, identifiers_for
from enrs.interop.gateway.desk import short_id
from enrs.interop.gateway.models_out import Delivery, Recipient
from enrs.interop.gateway.rules import wait_after
from enrs.referentials.identity.queries.pix import crossings, patients_of_numbers

logger = logging.getLogger("enrs.worker")
State, Kind = Delivery.State, Delivery.Kind

ROUND_SECONDS = 20.0
ANSWER_SECONDS = 15.0
TRIES = 6
"""After so many answers in error the message is put aside, and the patient's next ones go on."""

LOCK_CLASS = 0x6F75
"""First half of the advisory lock of a recipient: one process sends to it at a time, so that order stays."""

STRUCTURES = {
    Kind.NUMBERS: "ADT_A05",
    Kind.MERGED: "ADT_A39",
    Kind.LINKED: "ADT_A24",
    Kind.PARTED: "ADT_A37",
}


class UnreachableError(Exception):
    """The recipient's address does not answer; the sentence says how."""


# --- the message ----------------------------------------------------------------------------------


def written(delivery: Delivery, at: datetime) -> bytes | None:
    """The message of a delivery, from what is true now; None when it is void by now."""
    recipient = delivery.recipient
    asker = asker_of(recipient.partner, more=recipient.domain)
    if delivery.kind in (Kind.LINKED, Kind.PARTED):
        if not _is_still_so(delivery):
            return None
        groups = [
            pid_writer.pid([Identifier(system, value, "PI")]) for system, value in delivery.numbers
        ]
        return _message(delivery, groups, at)
    found = crossings([delivery.patient_id])
    if not found or not asker.has_number(found[0]):
        return None
    lines = [pid_writer.pid(identifiers_for(found[0], asker))]
    if delivery.kind == Kind.MERGED:
        lines.append(_mrg(delivery))
    else:
        lines.append("PV1|1|N")
    return _message(delivery, lines, at)


def _is_still_so(delivery: Delivery) -> bool:
    """Whether the two numbers of a delivery are one patient's, or are not, as it was about to say."""
    pair = [(system, value) for system, value in delivery.numbers]
    patients = patients_of_numbers(pair)
    are_together = len({patients.get(one) for one in pair}) == 1
    return len(patients) == len(pair) and are_together is (delivery.kind == Kind.LINKED)


def _mrg(delivery: Delivery) -> str:
    former = Identifier(settings.REGION.identity_domain, str(delivery.former_id), "RRI")
    return segment("MRG", field(pid_writer.cx(former)))


def _message(delivery: Delivery, lines: list[str], at: datetime) -> bytes:
    partner = delivery.recipient.partner
    msh = segment(
        "MSH", "ENRS", field(settings.REGION.name), field(partner.application), field(partner.facility),
        moment(at), "", field(("ADT", delivery.kind, STRUCTURES[Kind(delivery.kind)])),
        short_id(delivery.id), "P", field(("2.5", "FRA", "2.11")), "", "", "", "", "FRA", "UNICODE UTF-8",
    )  # fmt: skip
    return message([msh, segment("EVN", "", moment(at)), *lines])


# --- the line -------------------------------------------------------------------------------------


@contextmanager
def line_to(recipient: Recipient) -> Iterator[socket.socket]:
    """A connection to a recipient. Raises UnreachableError."""
    if fault := exposure(recipient.host, is_encrypted=recipient.is_encrypted):
        raise UnreachableError(fault)
    address = (recipient.host, recipient.port)
    try:
        plain = socket.create_connection(address, timeout=ANSWER_SECONDS)
    except OSError as error:
        text = f"L’adresse {recipient.host}:{recipient.port} ne répond pas."
        raise UnreachableError(text) from error
    with closing(plain):
        try:
            line = (
                _context().wrap_socket(plain, server_hostname=recipient.host)
                if recipient.is_encrypted
                else plain
            )
        except (OSError, ssl.SSLError) as error:
            raise UnreachableError(
                "La connexion TLS a échoué : vérifiez les certificats."
            ) from error
        with closing(line):
            yield line


def exposure(host: str, *, is_encrypted: bool) -> str:
    """Why numbers must not leave for that host in the open, in French; empty when they may."""
    if is_encrypted or settings.MODE != "production" or is_private(host):
        return ""
    return "En production, seule une adresse privée se passe de TLS."


def is_private(host: str) -> bool:
    """Whether an address belongs to a private network; a name proves nothing."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def _context() -> ssl.SSLContext:
    """TLS with the region's own certificate, and the authority of partners where one is set."""
    context = ssl.create_default_context(cafile=os.environ.get("ENRS_MLLP_CA") or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate := os.environ.get("ENRS_MLLP_CERT"):
        context.load_cert_chain(certificate, os.environ.get("ENRS_MLLP_KEY") or None)
    return context


def exchange(line: socket.socket, raw: bytes, control_id: str) -> tuple[str, str]:
    """Send one message and wait for its answer: the code of MSA-1, and the words of a refusal.

    Raises UnreachableError when no answer to it comes.
    """
    framer, until = Framer(), time.monotonic() + ANSWER_SECONDS
    try:
        line.sendall(frame(raw))
        while time.monotonic() < until:
            data = line.recv(65_536)
            if not data:
                raise UnreachableError("La connexion s’est fermée avant la réponse.")
            for piece in framer.feed(data):
                if isinstance(piece, bytes) and (found := _answer(piece, control_id)):
                    return found
    except OSError as error:
        raise UnreachableError("La réponse n’est pas venue.") from error
    raise UnreachableError("La réponse n’est pas venue à temps.")


def _answer(raw: bytes, control_id: str) -> tuple[str, str] | None:
    try:
        told = parse(raw)
    except Hl7Error as error:
        raise UnreachableError("La réponse n’est pas un message HL7.") from error
    if told.get("MSA", "2") not in ("", control_id):
        return None
    return told.get("MSA", "1"), told.get("ERR", "8") or told.get("MSA", "3")


# --- a round --------------------------------------------------------------------------------------


def run_round(seconds: float = ROUND_SECONDS) -> int:
    """Send what is due to every recipient; returns how many messages were answered.

    Never inside a transaction: each outcome is committed before the next message leaves.
    """
    end, answered = time.monotonic() + seconds, 0
    now = datetime.now(UTC)
    ready = Q(recipient__next_try_at=None) | Q(recipient__next_try_at__lte=now)
    waiting = Delivery.objects.filter(
        ready, state=State.WAITING, recipient__is_active=True, recipient__partner__is_active=True
    )
    with acting(SYSTEM):
        for key in (
            waiting.order_by("recipient_id").values_list("recipient_id", flat=True).distinct()
        ):
            with _only_here(key) as is_ours:
                if is_ours and time.monotonic() < end:
                    answered += _send_to(key, end)
    return answered


def _send_to(key: UUID, end: float) -> int:
    recipient = Recipient.objects.select_related("partner").get(pk=key)
    answered = 0
    try:
        with line_to(recipient) as line:
            while time.monotonic() < end and (delivery := _next(recipient)) is not None:
                answered += _send(line, delivery)
    except UnreachableError as error:
        recipient.failures += 1
        later = datetime.now(UTC) + wait_after(recipient.failures)
        _keep_recipient(recipient, error=str(error)[:300], next_try_at=later)
    else:
        recipient.failures = 0
        _keep_recipient(recipient, error="", next_try_at=None)
    return answered


def _keep_recipient(recipient: Recipient, **values: object) -> None:
    Recipient.objects.filter(pk=recipient.pk).update(failures=recipient.failures, **values)


def _next(recipient: Recipient) -> Delivery | None:
    """The oldest message that is due and whose patient has none before it."""
    now = datetime.now(UTC)
    waiting = Delivery.objects.filter(recipient=recipient, state=State.WAITING)
    held = waiting.filter(next_try_at__gt=now).values("patient_id")
    found = waiting.exclude(patient_id__in=held).order_by("id").first()
    if found is not None:
        found.recipient = recipient
    return found


def _send(line: socket.socket, delivery: Delivery) -> int:
    raw = written(delivery, datetime.now(get_default_timezone()))
    if raw is None:
        _settle(delivery, State.VOID)
        return 0
    try:
        code, words = exchange(line, raw, short_id(delivery.id))
    except UnreachableError:
        # It left, and nobody knows whether it arrived.
        with act():
            _note_told(delivery, "failed")
        raise
    delivery.attempts += 1
    if code in ("AA", "CA"):
        _settle(delivery, State.SENT, body=raw, sent_at=datetime.now(UTC))
        return 1
    error = (words or "Refusé sans motif")[:300]
    is_final = code in ("AR", "CR") or delivery.attempts >= TRIES
    later = None if is_final else datetime.now(UTC) + wait_after(delivery.attempts)
    state = State.REFUSED if is_final else State.WAITING
    _settle(delivery, state, body=raw, error=error, next_try_at=later)
    return 1


def _settle(delivery: Delivery, state: str, **values: object) -> None:
    """Write what became of a message, and the line that says who was told of whom."""
    values = {"error": "", "next_try_at": None} | values
    with act():
        Delivery.objects.filter(pk=delivery.pk).update(
            state=state, attempts=delivery.attempts, **values
        )
        if "body" in values:
            # It left, whatever was answered.
            _note_told(delivery, "done" if state == State.SENT else "refused")


def _note_told(delivery: Delivery, outcome: str) -> None:
    note(
        "gateway.numbers.told",
        outcome=outcome,
        patient_ids=[delivery.patient_id],
        object_kind="partner",
        object_id=delivery.recipient.partner_id,
        details={"kind": delivery.kind},
    )


@contextmanager
def _only_here(key: UUID) -> Iterator[bool]:
    """Hold a recipient for this session if no other process does; the lock dies with the process."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [LOCK_CLASS, str(key)])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select pg_advisory_unlock(%s, hashtext(%s))", [LOCK_CLASS, str(key)]
                )

"""From bytes off the wire to a row of the inbox: what a message is, whose, and whether it is accepted."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from enrs.formats.hl7v2 import (
    QUERIES,
    FramingError,
    Header,
    Hl7Error,
    Message,
    check,
    parse,
    read_header,
    sniff_header,
    worst_ack,
)
from enrs.formats.hl7v2.datatypes import Identifier, read_identifiers
from enrs.formats.hl7v2.errors import AckCode
from enrs.formats.hl7v2.pam import ABSORBING_TRIGGERS, LINK_TRIGGERS
from enrs.formats.ins import ins_oid_kind
from enrs.interop.gateway.rules import lane_of, sender_key


@dataclass(slots=True)
class Incoming:
    """A message ready to be kept, and what to answer: `header` and `errors` make the acknowledgement.

    `state` is `received` or `refused`; a refused one keeps the first error's sentence.
    """

    header: Header = field(compare=False)
    errors: tuple[Hl7Error, ...] = field(compare=False)
    sender: str
    flow: str
    control_id: str
    message_type: str
    patient_key: str
    lane: int
    other_key: str
    other_lane: int | None
    body: bytes = field(repr=False, compare=False)
    body_hash: bytes
    size: int
    remote: str = field(compare=False)
    state: str
    ack_code: AckCode
    error_code: str = ""
    error_where: str = ""
    error_text: str = ""
    is_production: bool = True

    @property
    def is_question(self) -> bool:
        """Whether it asks something (PIX, PDQ) rather than tells: it is answered, and not kept."""
        kind = (self.header.message_code, self.header.trigger)
        return self.state == "received" and kind in QUERIES


def read(raw: bytes, remote: str = "") -> Incoming:
    """Parse and check one message; never raises: what is wrong is inside."""
    try:
        message = parse(raw)
        errors = check(message)
    except Hl7Error as error:
        return _incoming(raw, sniff_header(raw), None, [error], remote=remote)
    return _incoming(raw, read_header(message), message, errors, remote=remote)


def read_fragment(error: FramingError, remote: str = "") -> Incoming:
    """What to keep of bytes that are not a message; they are refused with the framing's sentence."""
    refusal = Hl7Error(207, "MSH", error.text_fr)
    return _incoming(error.head, sniff_header(error.head), None, [refusal], remote=remote)


def refuse(incoming: Incoming, text: str) -> Incoming:
    """The same message, refused whole (AR) with a sentence about its sender."""
    error = Hl7Error(207, "MSH-3", text, application_code=901)
    return _incoming(
        incoming.body, incoming.header, None, [error], remote=incoming.remote, ack_code="AR"
    )


def _incoming(
    raw: bytes,
    header: Header,
    message: Message | None,
    errors: list[Hl7Error],
    *,
    remote: str,
    ack_code: AckCode | None = None,
) -> Incoming:
    sender = sender_key(header.sending_application, header.sending_facility)
    kept, absorbed = _keys(message, header, sender) if message and not errors else ("", "")
    first: dict[str, Any] = {}
    if errors:
        first = {
            "error_code": str(errors[0].code),
            "error_where": errors[0].where,
            "error_text": " ".join(error.text_fr for error in errors[:5]),
        }
    return Incoming(
        header=header,
        errors=tuple(errors),
        sender=sender,
        flow=f"hl7v2.{header.message_code.lower()}" if header.message_code else "mllp",
        control_id=header.control_id[:200],
        message_type=header.message_type[:40],
        patient_key=kept,
        lane=lane_of(sender, kept),
        other_key=absorbed,
        other_lane=lane_of(sender, absorbed) if absorbed else None,
        body=raw,
        body_hash=hashlib.sha256(raw).digest(),
        size=len(raw),
        remote=remote,
        state="refused" if errors else "received",
        ack_code=ack_code or worst_ack(errors),
        is_production=header.processing_id in {"", "P"},
        **first,
    )


def local_identifier(
    identifiers: tuple[Identifier, ...], trusted_system: str = ""
) -> Identifier | None:
    """The sender's own identifier of a patient: of its trusted domain, else of type PI, else the first.

    The INS is not one: it identifies a person everywhere, not a file of the sender.
    """
    own = [one for one in identifiers if ins_oid_kind(one.system) is None]
    for wanted in own:
        if trusted_system and wanted.system == trusted_system:
            return wanted
    return next((one for one in own if one.type == "PI"), own[0] if own else None)


def patient_key(identifiers: tuple[Identifier, ...]) -> str:
    """What keeps one patient's messages in order: their local identifier, else their INS."""
    found = local_identifier(identifiers) or (identifiers[0] if identifiers else None)
    return f"{found.system}|{found.value}"[:300] if found else ""


def _keys(message: Message, header: Header, sender: str) -> tuple[str, str]:
    """The patient key of a message and, when it is about two numbers, that of the other one.

    An A40 or A47 absorbs it (MRG-1); an A24 or A37 names it in a second PID.
    """
    fallback = header.sending_facility or header.sending_application
    pid = message.first("PID")
    if pid is None:
        return "", ""
    kept = patient_key(read_identifiers(pid, 3, fallback))
    if header.trigger in ABSORBING_TRIGGERS and (mrg := message.first("MRG")) is not None:
        return kept, patient_key(read_identifiers(mrg, 1, fallback))
    if header.trigger in LINK_TRIGGERS and len(people := message.segments("PID")) > 1:
        return kept, patient_key(read_identifiers(people[1], 3, fallback))
    return kept, ""


def finess_of_sender(body: bytes) -> str:
    """The FINESS number that a sender gives as its own (MSH-4.2) or as its identity domain, if any."""
    try:
        message = parse(body)
    except Hl7Error:
        return ""
    given = message.header.component(4, 2)
    if len(given) == 9:
        return given
    pid = message.first("PID")
    own = local_identifier(read_identifiers(pid, 3, "")) if pid is not None else None
    return (
        own.system.removeprefix("urn:finess:")
        if own and own.system.startswith("urn:finess:")
        else ""
    )

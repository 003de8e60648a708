"""Reads document messages (MDM^T02, T04, T10): a report, its identity and who it is for."""

from dataclasses import dataclass
from datetime import datetime

from enrs.formats.hl7v2.datatypes import (
    Coded,
    Identifier,
    Professional,
    moment_at,
    read_coded,
    read_entity,
    read_professionals,
)
from enrs.formats.hl7v2.embedded import (
    Action,
    EmbeddedDocument,
    Flags,
    Participant,
    is_document,
    read_document,
    read_flags,
    read_participants,
)
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.pam import Sender, read_sender
from enrs.formats.hl7v2.parser import Message, Segment
from enrs.formats.hl7v2.patient import IdentityTraits, read_patient
from enrs.formats.hl7v2.results import order_action
from enrs.formats.hl7v2.stay import Stay, read_stay

# HL7 table 0273: cancelled and obsolete.
_GONE = frozenset({"CA", "OB"})


@dataclass(frozen=True, slots=True)
class DocumentMessage:
    """A document message. `action` is create (T02), replace (T10) or cancel (T04 with OBX-11 D).

    `status` is TXA-17 (table 0271), `availability` TXA-19 (table 0273).
    """

    control_id: str
    trigger: str
    action: Action
    sender: Sender
    sent_at: datetime | None
    patient: IdentityTraits
    stay: Stay | None
    type: Coded
    presentation: str
    unique_id: str
    parent_id: str
    status: str
    availability: str
    activity_at: datetime | None
    originated_at: datetime | None
    edited_at: datetime | None
    authors: tuple[Professional, ...]
    authenticators: tuple[Professional, ...]
    placer_number: Identifier | None
    filler_number: Identifier | None
    documents: tuple[EmbeddedDocument, ...]
    flags: Flags
    participants: tuple[Participant, ...]

    @property
    def recipients(self) -> tuple[Participant, ...]:
        """Return those to whom the document is addressed (PRT-4 = RCT)."""
        return tuple(one for one in self.participants if one.role == "RCT")


def _action(message: Message, trigger: str, txa: Segment) -> Action:
    """Tell what is asked: the volet deletes by T04 with OBX-11 D and replaces by T10.

    A T04 that deletes nothing is a new version of the document.
    """
    if message.get("ORC", "1") and order_action(message.get("ORC", "1")) == "cancel":
        return "cancel"
    if txa.component(19) in _GONE:
        return "cancel"
    statuses = {obx.component(11) for obx in message.segments("OBX") if is_document(obx)}
    if statuses == {"D"}:
        return "cancel"
    return "create" if trigger == "T02" and "C" not in statuses else "replace"


def _entity_text(txa: Segment, field: int) -> str:
    """Return the id of an EI, in component 1 or, as some write it, 3."""
    return txa.component(field).strip() or txa.component(field, 3).strip()


def _documents(message: Message, action: Action) -> tuple[EmbeddedDocument, ...]:
    found = tuple(read_document(obx, action) for obx in message.segments("OBX") if is_document(obx))
    if not found:
        raise Hl7Error(101, "OBX-5", "Aucun segment OBX de type ED ne porte le document.")
    return found


def read_document_message(message: Message) -> DocumentMessage:
    """Read an MDM^T02, T04 or T10.

    Raises Hl7Error: 100 without PID or TXA, 101 without document, 102 or 103 on what is unreadable.
    """
    patient = read_patient(message)
    if patient is None:
        raise Hl7Error(100, "PID", "Le segment PID (identité du patient) manque.")
    txa = message.first("TXA")
    if txa is None:
        raise Hl7Error(100, "TXA", "Le segment TXA (en-tête du document) manque.")
    msh, obr = message.header, message.first("OBR")
    trigger, kind, sender = msh.component(9, 2), read_coded(txa, 2), read_sender(message)
    action = _action(message, trigger, txa)
    documents = _documents(message, action)
    return DocumentMessage(
        control_id=msh.component(10),
        trigger=trigger,
        action=action,
        sender=sender,
        sent_at=moment_at(msh, 7),
        patient=patient,
        stay=read_stay(message, fallback=sender.facility),
        type=read_coded(obr, 4) if obr is not None and not kind.text else kind,
        presentation=txa.component(3),
        unique_id=_entity_text(txa, 12),
        parent_id=_entity_text(txa, 13),
        status=txa.component(17),
        availability=txa.component(19),
        activity_at=moment_at(txa, 4),
        originated_at=moment_at(txa, 6),
        edited_at=moment_at(txa, 8),
        authors=read_professionals(txa, 9) or read_professionals(txa, 5),
        authenticators=read_professionals(txa, 22) or read_professionals(txa, 10),
        placer_number=read_entity(txa, 14),
        filler_number=read_entity(txa, 15),
        documents=documents,
        flags=read_flags(message),
        participants=read_participants(message),
    )

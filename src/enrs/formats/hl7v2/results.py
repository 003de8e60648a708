"""Reads result messages (ORU^R01): orders, discrete observations and embedded reports."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

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
    is_meta,
    read_document,
    read_flags,
    read_participants,
)
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.pam import Sender, read_sender
from enrs.formats.hl7v2.parser import Message, Segment
from enrs.formats.hl7v2.patient import IdentityTraits, read_patient
from enrs.formats.hl7v2.stay import Stay, read_stay

_NUMBER = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
_QUANTITY = re.compile(rf"\s*(?P<comparator>[<>]=?)?\s*(?P<number>{_NUMBER})\s*")
_RANGE = re.compile(rf"\s*(?P<low>{_NUMBER})\s*(?:-|–|à|\.\.)\s*(?P<high>{_NUMBER})\s*")
_CANCELLING = frozenset({"CA", "OC"})


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """OBX-7: the text as sent, and its bounds when they can be read (either may be None)."""

    text: str = ""
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One OBX. `value` is always a readable text; `number` and `comparator` for NM and SN,
    `coded` for CE and CWE. `flags` are of table 0078 (H, L, HH, A…), `status` of table 0085.
    """

    set_id: str
    sub_id: str
    value_type: str
    code: Coded
    value: str
    number: Decimal | None
    comparator: str
    coded: Coded | None
    unit: str
    reference: ReferenceRange
    flags: tuple[str, ...]
    status: str
    observed_at: datetime | None
    performers: tuple[Professional, ...]
    comments: tuple[str, ...] = ()
    action: Action = "create"

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether this line must no longer be shown: deleted, or about someone else (W)."""
        return self.action == "cancel"


@dataclass(frozen=True, slots=True)
class Order:
    """One order group (ORC, OBR and what follows). Status of table 0123 (F, P, C, X…)."""

    control: str
    action: Action
    placer_number: Identifier | None
    filler_number: Identifier | None
    code: Coded
    status: str
    observed_at: datetime | None
    received_at: datetime | None
    reported_at: datetime | None
    specimen: Coded
    ordered_by: tuple[Professional, ...]
    comments: tuple[str, ...]
    observations: tuple[Observation, ...]
    documents: tuple[EmbeddedDocument, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A result message."""

    control_id: str
    sender: Sender
    sent_at: datetime | None
    patient: IdentityTraits
    stay: Stay | None
    orders: tuple[Order, ...]
    flags: Flags
    participants: tuple[Participant, ...]

    @property
    def documents(self) -> tuple[EmbeddedDocument, ...]:
        """Return the embedded documents of all orders."""
        return tuple(document for order in self.orders for document in order.documents)


@dataclass(slots=True)
class _Group:
    """The segments of one order while they are being gathered."""

    orc: Segment | None = None
    obr: Segment | None = None
    spm: Segment | None = None
    notes: list[str] = field(default_factory=list)
    lines: list[tuple[Segment, list[str]]] = field(default_factory=list)


def order_action(control: str) -> Action:
    """Translate ORC-1 (table 0119): CA and OC withdraw, RO replaces."""
    if control in _CANCELLING:
        return "cancel"
    return "replace" if control == "RO" else "create"


def read_decimal(text: str) -> Decimal | None:
    """Read a number written with a point or a comma; None when it is not one."""
    if not re.fullmatch(_NUMBER, text):
        return None
    return Decimal(text.replace(",", "."))


def read_range(text: str) -> ReferenceRange:
    """Read OBX-7: `3.5-5.0`, `<5`, `>=10`; other texts are kept without bounds."""
    match = _RANGE.fullmatch(text)
    if match:
        return ReferenceRange(text, read_decimal(match["low"]), read_decimal(match["high"]))
    match = _QUANTITY.fullmatch(text)
    if match and match["comparator"]:
        bound = read_decimal(match["number"])
        if match["comparator"].startswith("<"):
            return ReferenceRange(text, None, bound)
        return ReferenceRange(text, bound, None)
    return ReferenceRange(text)


def _structured(obx: Segment) -> tuple[str, Decimal | None, str]:
    """Read an SN: comparator, number, separator, second number."""
    comparator, first = obx.component(5), obx.component(5, 2)
    separator, second = obx.component(5, 3), obx.component(5, 4)
    text = f"{comparator}{first}{separator}{second}"
    if separator or second:
        return text, None, ""
    return text, read_decimal(first), comparator


def _value(obx: Segment) -> tuple[str, Decimal | None, str, Coded | None]:
    """Return the value as text, number, comparator and coded value, by its type (OBX-2)."""
    kind = obx[2]
    if kind == "SN":
        return *_structured(obx), None
    if kind == "NM":
        text = obx.component(5).strip()
        match = _QUANTITY.fullmatch(text)
        if match is None:
            return text, None, "", None
        return text, read_decimal(match["number"]), match["comparator"] or "", None
    if kind in {"CE", "CWE", "CNE"}:
        coded = [read_coded(obx, 5, rep) for rep in range(len(obx.rep(5)))]
        text = "\n".join(one.text or one.alternate_text or one.code for one in coded)
        return text, None, "", coded[0] if coded else None
    return obx.text(5).strip(), None, "", None


def _unit(obx: Segment) -> str:
    unit = read_coded(obx, 6)
    if unit.alternate_system == "UCUM" and unit.alternate_code:
        return unit.alternate_code
    return unit.code or unit.text


def _observation(
    obx: Segment, notes: list[str], order: Action, default_at: datetime | None
) -> Observation:
    status = obx.component(11)
    action = order
    if status in {"D", "W"}:
        action = "cancel"
    elif status == "C" and action == "create":
        action = "replace"
    value, number, comparator, coded = _value(obx)
    return Observation(
        set_id=obx.component(1),
        sub_id=obx.component(4),
        value_type=obx[2],
        code=read_coded(obx, 3),
        value=value,
        number=number,
        comparator=comparator,
        coded=coded,
        unit=_unit(obx),
        reference=read_range(obx.component(7)),
        flags=tuple(flag for flag in (obx.part(raw, 1) for raw in obx.rep(8)) if flag),
        status=status,
        observed_at=moment_at(obx, 14) or default_at,
        performers=read_professionals(obx, 16),
        comments=tuple(notes),
        action=action,
    )


def _groups(message: Message) -> list[_Group]:
    """Gather segments by order: an ORC opens one, and an OBR when the open one has its own."""
    groups: list[_Group] = []
    for segment in message:
        name = segment.name
        current = groups[-1] if groups else None
        if name == "ORC":
            groups.append(_Group(orc=segment))
        elif name == "OBR":
            if current is None or current.obr is not None:
                current = _Group()
                groups.append(current)
            current.obr = segment
        elif current is None:
            continue
        elif name == "OBX":
            current.lines.append((segment, []))
        elif name == "NTE":
            notes = current.lines[-1][1] if current.lines else current.notes
            notes.append(segment.text(3))
        elif name == "SPM" and current.spm is None:
            current.spm = segment
    return groups


def _number(group: _Group, field_in_orc: int, field_in_obr: int) -> Identifier | None:
    found = read_entity(group.obr, field_in_obr) if group.obr is not None else None
    if found is None and group.orc is not None:
        found = read_entity(group.orc, field_in_orc)
    return found


def _specimen(group: _Group) -> Coded:
    if group.spm is not None:
        return read_coded(group.spm, 4)
    return read_coded(group.obr, 15) if group.obr is not None else Coded("")


def _order(group: _Group) -> Order:
    orc, obr = group.orc, group.obr
    control = orc.component(1) if orc is not None else ""
    action = order_action(control)
    observed_at = moment_at(obr, 7) if obr is not None else None
    ordered_by = read_professionals(obr, 16) if obr is not None else ()
    if not ordered_by and orc is not None:
        ordered_by = read_professionals(orc, 12)
    return Order(
        control=control,
        action=action,
        placer_number=_number(group, 2, 2),
        filler_number=_number(group, 3, 3),
        code=read_coded(obr, 4) if obr is not None else Coded(""),
        status=obr.component(25) if obr is not None else "",
        observed_at=observed_at,
        received_at=moment_at(obr, 14) if obr is not None else None,
        reported_at=moment_at(obr, 22) if obr is not None else None,
        specimen=_specimen(group),
        ordered_by=ordered_by,
        comments=tuple(group.notes),
        observations=tuple(
            _observation(obx, notes, action, observed_at)
            for obx, notes in group.lines
            if not is_meta(obx) and not is_document(obx)
        ),
        documents=tuple(read_document(obx, action) for obx, _ in group.lines if is_document(obx)),
    )


def read_results(message: Message) -> Results:
    """Read an ORU^R01.

    Raises Hl7Error: 100 without PID or OBR, 101 to 103 on an unreadable date, document or flag.
    """
    patient = read_patient(message)
    if patient is None:
        raise Hl7Error(100, "PID", "Le segment PID (identité du patient) manque.")
    groups = _groups(message)
    if not any(group.obr is not None for group in groups):
        raise Hl7Error(100, "OBR", "Le segment OBR (examen demandé) manque.")
    sender = read_sender(message)
    return Results(
        control_id=message.header.component(10),
        sender=sender,
        sent_at=moment_at(message.header, 7),
        patient=patient,
        stay=read_stay(message, fallback=sender.facility),
        orders=tuple(_order(group) for group in groups),
        flags=read_flags(message),
        participants=read_participants(message),
    )

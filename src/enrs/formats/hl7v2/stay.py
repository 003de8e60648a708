"""The stay of a patient and its movements, from PV1, PV2 and the French segment ZBE."""

from dataclasses import dataclass
from datetime import datetime

from enrs.formats.hl7v2.datatypes import (
    Identifier,
    Location,
    Professional,
    Unit,
    moment_at,
    read_entity,
    read_identifier,
    read_location,
    read_professionals,
    read_unit,
)
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import Message, Segment

_ACTIONS = frozenset({"INSERT", "UPDATE", "CANCEL"})


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement (ZBE, IHE PAM): `nature` says which responsibilities change (S, H, M, L, D)."""

    id: Identifier | None
    effective_at: datetime | None
    ends_at: datetime | None
    action: str
    is_historic: bool
    original_trigger: str
    medical_unit: Unit | None
    care_unit: Unit | None
    nature: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit: `number` is PV1-19, else the account of PID-18; class of table 0004 (I, E, O…)."""

    number: Identifier | None
    patient_class: str
    location: Location | None
    prior_location: Location | None
    attending: tuple[Professional, ...] = ()
    referring: tuple[Professional, ...] = ()
    admitting: tuple[Professional, ...] = ()
    service: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    expected_admission_at: datetime | None = None
    expected_discharge_at: datetime | None = None
    discharge_disposition: str = ""
    movement: Movement | None = None


def movement_shift(zbe: Segment) -> int:
    """Return 1 for a ZBE that has an empty field too many before the action, else 0.

    The discharge example published by ANS is written so, and senders have copied it.
    """
    return 1 if not zbe[4] and zbe[5] in _ACTIONS else 0


def check_action(zbe: Segment) -> None:
    """Raise Hl7Error (103) when ZBE-4 is not INSERT, UPDATE, CANCEL or empty."""
    action = zbe.component(4 + movement_shift(zbe))
    if action and action not in _ACTIONS:
        raise Hl7Error(
            103,
            "ZBE-4",
            f"L'action de mouvement « {action[:20]} » (ZBE-4) n'est ni INSERT, ni UPDATE, ni"
            " CANCEL.",
            sequence=zbe.sequence,
        )


def _movement(zbe: Segment) -> Movement:
    check_action(zbe)
    shift = movement_shift(zbe)
    return Movement(
        id=read_entity(zbe, 1),
        effective_at=moment_at(zbe, 2),
        ends_at=None if shift else moment_at(zbe, 3),
        action=zbe.component(4 + shift) or "INSERT",
        is_historic=zbe[5 + shift] == "Y",
        original_trigger=zbe.component(6 + shift),
        medical_unit=read_unit(zbe, 7 + shift),
        care_unit=read_unit(zbe, 8 + shift),
        nature=zbe.component(9 + shift),
    )


def read_stay(message: Message, *, fallback: str = "") -> Stay | None:
    """Read the stay of a message, or None when it has no PV1 worth a stay (class N, no number).

    `fallback` names the authority of a visit number that has none. Raises Hl7Error.
    """
    pv1 = message.first("PV1")
    if pv1 is None:
        return None
    number = read_identifier(pv1, pv1.rep(19)[0], fallback) if pv1.component(19) else None
    if number is None:
        pid = message.first("PID")
        if pid is not None and pid.component(18):
            number = read_identifier(pid, pid.rep(18)[0], fallback)
    patient_class = pv1.component(2)
    if number is None and patient_class in {"N", ""}:
        return None
    pv2, zbe = message.first("PV2"), message.first("ZBE")
    return Stay(
        number=number,
        patient_class=patient_class,
        location=read_location(pv1, 3),
        prior_location=read_location(pv1, 6),
        attending=read_professionals(pv1, 7),
        referring=read_professionals(pv1, 8),
        admitting=read_professionals(pv1, 17),
        service=pv1.component(10),
        admitted_at=moment_at(pv1, 44),
        discharged_at=moment_at(pv1, 45),
        expected_admission_at=moment_at(pv2, 8) if pv2 is not None else None,
        expected_discharge_at=moment_at(pv2, 9) if pv2 is not None else None,
        discharge_disposition=pv1.component(36),
        movement=_movement(zbe) if zbe is not None else None,
    )

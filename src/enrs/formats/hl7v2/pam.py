"""Reads the French PAM messages (ADT): who the patient is, where they stay, which numbers are one person.

Source: IHE PAM, French national extension 2.11.
"""

from dataclasses import dataclass
from datetime import datetime

from enrs.formats.hl7v2.datatypes import (
    Identifier,
    Professional,
    moment_at,
    read_identifier,
    read_identifiers,
    read_professionals,
)
from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import Message, Segment
from enrs.formats.hl7v2.patient import IdentityTraits, read_traits
from enrs.formats.hl7v2.stay import Stay, read_stay

MOVEMENT_TRIGGERS = frozenset(
    {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13"}
)
# Identity messages carry no stay.
LINK_TRIGGERS = frozenset({"A24", "A37"})
"""Two PIDs: A24 says that they are one person, A37 that they are not."""

ABSORBING_TRIGGERS = frozenset({"A40", "A47"})
"""A PID and the MRG that it replaces: A40 merges two numbers, A47 renames one."""

IDENTITY_TRIGGERS = frozenset({"A28", "A31"}) | LINK_TRIGGERS | ABSORBING_TRIGGERS
TRIGGERS = MOVEMENT_TRIGGERS | IDENTITY_TRIGGERS

# PAM France 2.11.1, tables of ZFA-9 and ZFA-11.
_PUBLICATION = {"INO": True, "IO": False}
_CONSULTATION = {"IC": True, "INC": False}


@dataclass(frozen=True, slots=True)
class Sender:
    """The application and facility that sent a message (MSH-3, MSH-4)."""

    application: str
    facility: str
    facility_id: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """One group of an A40 or A47: `absorbed` identifiers now mean `survivor`."""

    survivor: IdentityTraits
    absorbed: tuple[Identifier, ...]
    absorbed_account: Identifier | None = None


@dataclass(frozen=True, slots=True)
class DmpConsent:
    """What ZFA says about the DMP, and about the DMP alone.

    `may_publish` from ZFA-9 (INO informed and not opposed, IO opposed), `may_consult` from ZFA-11
    (IC consents, INC does not); None when it was not collected (NA) or is not said.
    """

    status: str
    status_at: datetime | None
    publication_code: str
    publication_at: datetime | None
    consultation_code: str
    consultation_at: datetime | None
    may_publish: bool | None
    may_consult: bool | None


@dataclass(frozen=True, slots=True)
class Adt:
    """An ADT message: `recorded_at` is EVN-2 and `occurred_at` EVN-6.

    `other` is the second PID of an A24 or A37.
    """

    trigger: str
    control_id: str
    sender: Sender
    sent_at: datetime | None
    recorded_at: datetime | None
    occurred_at: datetime | None
    patient: IdentityTraits
    stay: Stay | None = None
    merges: tuple[Merge, ...] = ()
    other: IdentityTraits | None = None
    consent: DmpConsent | None = None
    declared_doctors: tuple[Professional, ...] = ()


def read_sender(message: Message) -> Sender:
    """Return the sender of a message."""
    msh = message.header
    return Sender(msh.component(3), msh.component(4), msh.component(4, 2))


def _consent(zfa: Segment) -> DmpConsent:
    publication, consultation = zfa.component(9), zfa.component(11)
    return DmpConsent(
        status=zfa.component(1),
        status_at=moment_at(zfa, 2),
        publication_code=publication,
        publication_at=moment_at(zfa, 10),
        consultation_code=consultation,
        consultation_at=moment_at(zfa, 12),
        may_publish=_PUBLICATION.get(publication),
        may_consult=_CONSULTATION.get(consultation),
    )


def _merges(message: Message, fallback: str) -> tuple[Merge, ...]:
    """Pair each MRG with the PID before it. Raises Hl7Error when one is alone or empty."""
    merges: list[Merge] = []
    survivor: IdentityTraits | None = None
    for segment in message:
        if segment.name == "PID":
            survivor = read_traits(segment, fallback=fallback)
        elif segment.name == "MRG":
            absorbed = read_identifiers(segment, 1, fallback)
            if survivor is None:
                raise Hl7Error(
                    100,
                    "MRG",
                    f"Le segment MRG n° {segment.sequence} n'est précédé d'aucun PID : on ne sait"
                    " pas qui subsiste.",
                    sequence=segment.sequence,
                )
            if not absorbed:
                raise Hl7Error(
                    101,
                    "MRG-1",
                    f"Le segment MRG n° {segment.sequence} ne dit pas quel identifiant est absorbé"
                    " (MRG-1).",
                    sequence=segment.sequence,
                )
            account = segment.rep(3)
            merges.append(
                Merge(
                    survivor,
                    absorbed,
                    read_identifier(segment, account[0], fallback) if account else None,
                )
            )
    return tuple(merges)


def _second(message: Message, fallback: str) -> IdentityTraits:
    """Read the second PID of an A24 or A37. Raises Hl7Error (100) without one."""
    people = message.segments("PID")
    if len(people) < 2:
        raise Hl7Error(
            100, "PID", "Le second segment PID manque : de quelle autre identité s'agit-il ?"
        )
    return read_traits(people[1], fallback=fallback)


def _declared_doctors(message: Message) -> tuple[Professional, ...]:
    """Return the declared general practitioners: ROL-3 = ODRP (médecin traitant)."""
    return tuple(
        person
        for rol in message.segments("ROL")
        if rol.component(3) == "ODRP"
        for person in read_professionals(rol, 4)
    )


def read_adt(message: Message) -> Adt:
    """Read an ADT message of one of `TRIGGERS`.

    Raises Hl7Error: 201 on another event, 100 without PID, 102 or 103 on an unreadable field.
    """
    msh = message.header
    trigger = msh.component(9, 2)
    if msh.component(9) != "ADT" or trigger not in TRIGGERS:
        raise Hl7Error(201, "MSH-9", f"L'évènement « {trigger[:10]} » (MSH-9) n'est pas traité.")
    pid = message.first("PID")
    if pid is None:
        raise Hl7Error(100, "PID", "Le segment PID (identité du patient) manque.")
    sender = read_sender(message)
    fallback = sender.facility or sender.application
    evn, zfa = message.first("EVN"), message.first("ZFA")
    return Adt(
        trigger=trigger,
        control_id=msh.component(10),
        sender=sender,
        sent_at=moment_at(msh, 7),
        recorded_at=moment_at(evn, 2) if evn is not None else None,
        occurred_at=moment_at(evn, 6) if evn is not None else None,
        patient=read_traits(pid, message.first("ZFD"), fallback=fallback),
        stay=None if trigger in IDENTITY_TRIGGERS else read_stay(message, fallback=fallback),
        merges=_merges(message, fallback) if trigger in ABSORBING_TRIGGERS else (),
        other=_second(message, fallback) if trigger in LINK_TRIGGERS else None,
        consent=_consent(zfa) if zfa is not None else None,
        declared_doctors=_declared_doctors(message),
    )

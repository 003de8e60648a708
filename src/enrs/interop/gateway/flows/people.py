"""Who a message is about: its partner, its patient as `identity` wants them, its hospital."""

import time
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from enrs.core.moments import in_zone
from enrs.formats.hl7v2 import IdentityTraits
from enrs.formats.hl7v2.datatypes import Identifier, Professional
from enrs.interop.gateway.failures import MessageRefusedError
from enrs.interop.gateway.models import Partner
from enrs.interop.gateway.reading import local_identifier
from enrs.referentials.directory.models import Organisation
from enrs.referentials.directory.queries import organisation_by_finess
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.rules import Traits

KNOWN_SECONDS = 15.0
"""How long a worker trusts what it read of partners and hospitals."""


@dataclass(frozen=True)
class Sending:
    """The partner of a message, as its flow needs it."""

    sender: str
    name: str
    finess: str
    zone_name: str
    trusted_system: str

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The partner's zone; None (the region's) when the name is unknown."""
        try:
            return ZoneInfo(self.zone_name)
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def moment(self, stamp: datetime | None) -> datetime | None:
        """A stamp of this partner as a UTC moment."""
        return in_zone(stamp, self.zone) if stamp is not None else None


_partners: dict[str, tuple[float, Sending]] = {}
_hospitals: dict[str, tuple[float, Organisation | None]] = {}


def sending(sender: str) -> Sending:
    """The partner of a sender key, read at most every 15 seconds."""
    known = _partners.get(sender)
    if known and time.monotonic() - known[0] < KNOWN_SECONDS:
        return known[1]
    row = Partner.objects.filter(sender=sender).first()
    found = (
        Sending(sender, row.name, row.finess, row.zone, row.trusted_identity_system)
        if row
        else Sending(sender, sender, "", "", "")
    )
    _partners[sender] = (time.monotonic(), found)
    return found


def hospital(finess: str) -> Organisation | None:
    """The structure of a FINESS number in the directory, if it is there."""
    if not finess:
        return None
    known = _hospitals.get(finess)
    if known and time.monotonic() - known[0] < KNOWN_SECONDS:
        return known[1]
    found = organisation_by_finess(finess)
    _hospitals[finess] = (time.monotonic(), found)
    return found


def finess_of(identifier: Identifier | None) -> str:
    """The FINESS number under which an identifier was assigned, or nothing."""
    system = identifier.system if identifier else ""
    return system.removeprefix("urn:finess:") if system.startswith("urn:finess:") else ""


def status_of(patient: IdentityTraits) -> str:
    """The RNIV status: a validated identity with an INS is qualified, an INS alone is retrieved.

    PID-32 carries VALI, PROV, RECUP, QUAL or VIDE (PAM France 2.11); RNIV 2.0, chapter on statuses.
    """
    if patient.reliability in {"VALI", "QUAL"}:
        return "qualified" if patient.ins else "validated"
    return "retrieved" if patient.ins else "provisional"


def traits_of(patient: IdentityTraits, partner: Sending) -> Traits:
    """The traits of a PID as `identity` takes them."""
    home = patient.address
    return Traits(
        birth_name=patient.birth_name,
        first_given_name=patient.first_given_name,
        given_names=patient.given_names,
        used_name=patient.used_name,
        used_given_name=patient.used_given_name,
        birth_date=patient.birth_date,
        sex=patient.sex if patient.sex in {"M", "F"} else "U",
        birth_place_code=patient.birth_place_code,
        ins=patient.ins,
        ins_oid=patient.ins_oid,
        status=status_of(patient),
        address=" ".join(home.lines) if home else "",
        postal_code=home.postal_code if home else "",
        city=home.city if home else "",
        phone=patient.mobile or patient.phone,
        email=patient.email,
        deceased_at=partner.moment(patient.deceased_at),
        multiple_birth=patient.multiple_birth,
        collected_by=_code(patient.collected_by),
        proof=_code(patient.proof),
    )


def _code(text: str) -> str:
    """A code of ZFD-5 or ZFD-7 as the French Core writes it; what is no code is left out."""
    code = text.strip()
    return code if code.isascii() and code.isalnum() and len(code) <= 8 else ""


def key_of(patient: IdentityTraits, partner: Sending) -> tuple[str, str]:
    """System and value by which this sender knows the patient.

    Raises MessageRefusedError when the message names nobody.
    """
    own = local_identifier(patient.identifiers, partner.trusted_system)
    if own is not None:
        return own.system, own.value
    if patient.ins:
        return f"urn:oid:{patient.ins_oid}@{partner.sender}", patient.ins
    raise MessageRefusedError("PID-3", "Le message ne donne aucun identifiant utilisable (PID-3).")


def identity_of(
    patient: IdentityTraits, partner: Sending, told_at: datetime | None = None
) -> SourceIdentity:
    """Find or make the source identity of a PID; `told_at` is when its source said so (EVN-2)."""
    system, value = key_of(patient, partner)
    return receive_identity(
        system=system, value=value, traits=traits_of(patient, partner), sender=partner.sender,
        told_at=told_at,
    )  # fmt: skip


def name_of(person: Professional | None) -> str:
    """The name of a professional, as a person reads it."""
    return f"{person.given.title()} {person.family}".strip() if person else ""


def idnat_of(person: Professional | None) -> str:
    """The IdNat_PS of a professional: « 8 » and the RPPS number; empty when unknown."""
    return f"8{person.rpps}" if person and person.rpps else ""


def forget() -> None:
    """Forget what was read of partners and hospitals (tests, and after an edit)."""
    _partners.clear()
    _hospitals.clear()

"""Measured values, from OBX lines and from CDA entries, as the record takes them."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from enrs.core.moments import in_zone, partial_bounds
from enrs.formats.cda.laboratory import LabObservation
from enrs.formats.cda.model import Moment
from enrs.formats.hl7v2 import Flags, Observation
from enrs.interop.gateway.flows.people import Sending
from enrs.services.record.rules import NewObservation

LOINC = "2.16.840.1.113883.6.1"
SYSTEMS = {"LN": LOINC, "LOINC": LOINC, "SCT": "2.16.840.1.113883.6.96", "": LOINC}
"""HL7 table 0396 names to OIDs; French laboratories often leave the system out."""

STATUSES = {
    "F": "final", "C": "corrected", "D": "entered-in-error", "W": "entered-in-error",
    "P": "preliminary", "R": "preliminary", "S": "preliminary", "I": "preliminary",
    "X": "cancelled", "U": "final",
}  # fmt: skip
"""HL7 table 0085 (OBX-11) to FHIR observation-status."""

CDA_STATUSES = {"completed": "final", "active": "preliminary", "aborted": "cancelled"}


class Marks(TypedDict):
    """The marks of a document or of a report."""

    masked_from_professionals: bool
    hidden_from_patient: bool
    hidden_from_proxies: bool


def marks_of(flags: Flags) -> Marks:
    """What MetaDMPMSS hides, as documents and reports bear it."""
    return {
        "masked_from_professionals": flags.masque_ps,
        "hidden_from_patient": flags.invisible_patient,
        "hidden_from_proxies": flags.invisible_rep_legaux,
    }


def aware(moment: Moment, partner: Sending) -> datetime | None:
    """A CDA moment in UTC; a partial date is its first day."""
    if moment is None or moment == "":
        return None
    if isinstance(moment, datetime):
        return partner.moment(moment)
    first, _ = partial_bounds(moment)
    return in_zone(datetime(first.year, first.month, first.day), partner.zone)  # noqa: DTZ001  read in the zone


def new_line(
    line: Observation, default_at: datetime, chapter: str, partner: Sending
) -> NewObservation:
    """An OBX as the record takes it."""
    return NewObservation(
        code=line.code.code or line.code.alternate_code,
        code_system=SYSTEMS.get(line.code.system, line.code.system),
        display=line.code.text or line.code.alternate_text or line.code.code,
        observed_at=partner.moment(line.observed_at) or default_at,
        value=line.number,
        text=line.value,
        unit=line.unit,
        comparator=line.comparator,
        low=line.reference.low,
        high=line.reference.high,
        reference_text=line.reference.text,
        interpretation=line.flags[0] if line.flags else "",
        status="entered-in-error" if line.is_withdrawn else STATUSES.get(line.status, "final"),
        chapter=chapter,
        comment="\n".join(line.comments),
        sub_id=line.sub_id,
    )


def new_value(line: LabObservation, default_at: datetime, partner: Sending) -> NewObservation:
    """A result of a CDA as the record takes it."""
    value = line.value
    bounds = line.ranges[0] if line.ranges else None
    collected = line.specimen.collected_at if line.specimen else None
    number: Decimal | None = value.number if value else None
    return NewObservation(
        code=line.code.code,
        code_system=line.code.system or LOINC,
        display=line.name,
        observed_at=aware(collected, partner) or aware(line.at, partner) or default_at,
        value=number,
        text=(value.text or value.display) if value else "",
        unit=value.unit if value else "",
        comparator=value.comparator if value else "",
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        reference_text=bounds.display if bounds else "",
        interpretation=line.interpretation[0].code if line.interpretation else "",
        status=CDA_STATUSES.get(line.status, "final"),
        chapter=" — ".join(part for part in (line.chapter, line.subchapter) if part),
        comment=line.comment,
        sub_id=str(line.order),
    )

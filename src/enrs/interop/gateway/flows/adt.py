"""ADT messages: identities, stays, and what they say of the DMP; `numbers` has those about two numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from enrs.core.effects import defer
from enrs.core.ids import uuid7
from enrs.formats.hl7v2 import Adt, Message, Stay, read_adt
from enrs.formats.hl7v2.pam import DmpConsent
from enrs.interop.gateway.failures import MessageRefusedError
from enrs.interop.gateway.flows.numbers import NUMBERS, told_at_of
from enrs.interop.gateway.flows.people import (
    Sending,
    finess_of,
    hospital,
    identity_of,
    idnat_of,
    name_of,
)
from enrs.interop.gateway.flows.shapes import Outcome
from enrs.referentials.circles.commands import open_for_stay
from enrs.referentials.circles.rules import stay_right_until
from enrs.referentials.identity.models import SourceIdentity
from enrs.services.record.commands import record_stay
from enrs.services.record.rules import NewStay

CIRCLE_EVENTS = frozenset({"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A11", "A13"})
"""Events that open a record to the hospital of the stay, or bound that right."""

ADMISSIONS = frozenset({"A01", "A04", "A06"})

KEEP_CONSENTS = """
insert into dmp_consent (id, identity_id, patient_id, recorded_at, withdrawn_reason, status,
    publication_code, publication_at, consultation_code, consultation_at)
select g.id, g.identity_id, g.patient_id, now(), '', g.status, g.publication_code, g.publication_at,
    g.consultation_code, g.consultation_at
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::text[],
    %s::timestamptz[]) as g (id, identity_id, patient_id, status, publication_code, publication_at,
    consultation_code, consultation_at)
on conflict (identity_id) do update set patient_id = excluded.patient_id, recorded_at = excluded.recorded_at,
    status = excluded.status, publication_code = excluded.publication_code,
    publication_at = excluded.publication_at, consultation_code = excluded.consultation_code,
    consultation_at = excluded.consultation_at
where (dmp_consent.status, dmp_consent.publication_code, dmp_consent.publication_at,
       dmp_consent.consultation_code, dmp_consent.consultation_at)
    is distinct from (excluded.status, excluded.publication_code, excluded.publication_at,
       excluded.consultation_code, excluded.consultation_at)
"""


def apply_adt(message: Message, partner: Sending) -> Outcome:
    """Apply an ADT message; raises Hl7Error or MessageRefusedError when it cannot be."""
    adt = read_adt(message)
    if adt.trigger in NUMBERS:
        return NUMBERS[adt.trigger](adt, partner)
    identity = identity_of(adt.patient, partner, told_at_of(adt, partner))
    effects: dict[str, Any] = {"identity": str(identity.id), "words": ["Identité reçue"]}
    if adt.stay is not None:
        _keep_stay(adt, adt.stay, identity, partner, effects)
    if adt.consent is not None:
        _keep_consent(adt.consent, identity.id, identity.patient_id, partner)
        effects["words"].append("Souhaits concernant le DMP notés (sans effet sur ce dossier)")
    return Outcome(effects, identity.patient_id)


def _keep_stay(
    adt: Adt, stay: Stay, identity: SourceIdentity, partner: Sending, effects: dict[str, Any]
) -> None:
    new = new_stay(adt, stay, partner)
    if new is None:
        return
    encounter = record_stay(
        identity_id=identity.id, patient_id=identity.patient_id, stay=new, source=partner.sender
    )
    effects["stay"] = str(encounter.id)
    effects["words"].append(f"Séjour {new.number} : {new.event}")
    if new.event not in CIRCLE_EVENTS:
        return
    if new.organisation_finess != partner.finess:
        # A sender speaks for its own structure alone: what it says of another opens nothing.
        effects["words"].append("Structure autre que celle de l'émetteur : aucun droit ouvert")
        return
    place = hospital(new.organisation_finess)
    if place is not None:
        open_for_stay(
            patient_id=encounter.patient_id,
            organisation_id=place.id,
            display=place.name,
            encounter_id=encounter.id,
            until=_right_until(new, encounter.discharged_at),
            identity_id=identity.id,
        )


def _right_until(stay: NewStay, discharged_at: datetime | None) -> datetime | None:
    """When the hospital's right ends: not while the patient is there, at once if they never came."""
    if stay.event == "A11":
        return datetime.now(UTC)
    return stay_right_until(discharged_at) if discharged_at else None


def new_stay(adt: Adt, stay: Stay, partner: Sending) -> NewStay | None:
    """The stay of an ADT message as the record takes it; None without a visit number."""
    if stay.number is None:
        return None
    movement, place = stay.movement, stay.location
    happened_at = _happened_at(adt, partner)
    attending = (stay.attending or stay.admitting or (None,))[0]
    admitted_at = partner.moment(stay.admitted_at)
    discharged_at = partner.moment(stay.discharged_at)
    return NewStay(
        system=stay.number.system,
        number=stay.number.value,
        event=adt.trigger,
        happened_at=happened_at,
        patient_class=stay.patient_class or "I",
        organisation_finess=finess_of(stay.number) or adt.sender.facility_id or partner.finess,
        organisation_name=(place.facility if place else "") or adt.sender.facility or partner.name,
        unit=_unit(stay),
        unit_code=_unit_code(stay),
        room=place.room if place else "",
        bed=place.bed if place else "",
        attending_name=name_of(attending),
        attending_idnat=idnat_of(attending),
        admitted_at=admitted_at or (happened_at if adt.trigger in ADMISSIONS else None),
        discharged_at=discharged_at or (happened_at if adt.trigger == "A03" else None),
        movement_id=movement.id.value if movement and movement.id else "",
        movement_action=movement.action if movement else "INSERT",
    )


def _unit(stay: Stay) -> str:
    """The unit where the patient is: its name in the movement, else the code in the location."""
    movement = stay.movement
    unit = (movement.care_unit or movement.medical_unit) if movement else None
    if unit is not None:
        return unit.name or unit.code
    return stay.location.unit if stay.location else ""


def _unit_code(stay: Stay) -> str:
    """The code of the unit whose bed it is: that of the location (PV1-3, « UF d'hébergement »), else the one
    that answers for the care (ZBE-8), else for the medicine (ZBE-7).
    """
    if stay.location and stay.location.unit:
        return stay.location.unit[:100]
    movement = stay.movement
    unit = (movement.care_unit or movement.medical_unit) if movement else None
    return unit.code[:100] if unit else ""


def _happened_at(adt: Adt, partner: Sending) -> datetime:
    """The moment of the event: that of the movement, of EVN-6, of EVN-2, or of the message."""
    movement = adt.stay.movement if adt.stay else None
    stamps = (
        movement.effective_at if movement else None,
        adt.occurred_at,
        adt.recorded_at,
        adt.sent_at,
    )
    found = next((stamp for stamp in stamps if stamp is not None), None)
    moment = partner.moment(found)
    if moment is None:
        raise MessageRefusedError("EVN-6", "Le message ne dit pas quand le mouvement a eu lieu.")
    return moment


def _keep_consent(
    consent: DmpConsent, identity_id: UUID, patient_id: UUID, partner: Sending
) -> None:
    row = (
        uuid7(), identity_id, patient_id, consent.status[:20],
        consent.publication_code[:10], partner.moment(consent.publication_at),
        consent.consultation_code[:10], partner.moment(consent.consultation_at),
    )  # fmt: skip
    defer(keep_consents, row)


def keep_consents(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write the wishes of a batch in one statement; the last of several for one identity stands."""
    last = {row[1]: row for row in rows}
    ordered = sorted(last.values(), key=lambda row: str(row[1]))
    columns = [list(column) for column in zip(*ordered, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(KEEP_CONSENTS, columns)

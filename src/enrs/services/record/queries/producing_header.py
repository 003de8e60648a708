"""The header of a document about to be made: its person, author, place, what it documents, what it replaces."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.formats.cda.clinical import VaccineFact
from enrs.formats.cda.header import metadata
from enrs.formats.cda.model import (
    Code,
    Encounter,
    Identifier,
    Metadata,
    Moment,
    Organization,
    Party,
    Patient,
    ServiceEvent,
)
from enrs.formats.cda.reader import read
from enrs.referentials.circles.models import Member
from enrs.referentials.circles.queries import members
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.referentials.identity.models import RegionalIdentity
from enrs.referentials.identity.queries import regional_identity
from enrs.services.record.models import Encounter as Stay
from enrs.services.record.queries.producing_facts import clean
from enrs.services.record.rules import producing as rules


def header_of(
    patient_id: UUID,
    author: Party,
    sector: Code | None,
    former: Document | None,
    *,
    stay: Stay | None = None,
    dose: VaccineFact | None = None,
) -> Metadata:
    """The header; a new version keeps the set of the former one and replaces it.

    It documents the `stay` that it tells of, the vaccination (`dose`), or what is done now.
    """
    place, now = author.organization, author.at
    setting = rules.setting_of(sector.code if sector else "")
    person = _patient(patient_id, regional_identity(patient_id))
    if former and not _goes_on(former, person):
        former = None
    number = former.set_id if former and former.set_id else f"2.25.{uuid7().int}"
    replaces = former and former.status == Document.Status.CURRENT
    return Metadata(
        unique_id=Identifier(f"2.25.{uuid7().int}"),
        set_id=Identifier(number),
        version_number=former.version_number + 1 if former else 1,
        replaces=(Identifier(former.unique_id),) if former and replaces else (),
        creation_time=now,
        patient=person,
        authors=(author,),
        custodian=replace(place, practice_setting=None) if place else None,
        informants=_relatives(patient_id),
        service_events=(_event(stay, dose, now, setting),),
        encounter=_encounter(sector, place, stay, now),
        practice_setting=setting,
    )  # fmt: skip


def _event(stay: Stay | None, dose: VaccineFact | None, now: Moment, setting: Code) -> ServiceEvent:
    if dose is None:
        return ServiceEvent(
            start=stay.admitted_at if stay else now, end=stay.discharged_at if stay else None
        )
    event = ServiceEvent(start=dose.given_on or now)
    if dose.by is None:
        return event
    place = replace(dose.by.organization or Organization(), practice_setting=setting)
    return replace(event, performers=(replace(dose.by, role="PRF", organization=place),))


def _goes_on(former: Document, person: Patient) -> bool:
    """Whether a new version may keep the set of this one: neither another INS since, nor a split of records that
    left its successor elsewhere.
    """
    if former.status == Document.Status.SUPERSEDED:
        return False
    held = metadata(read(store.take(former.blob))).patient.ins
    return held is None or person.ins is None or held.extension == person.ins.extension


def stay_of(patient_id: UUID, place: Organization | None) -> Stay | None:
    """The newest hospital stay (class I) at the author's place; none elsewhere."""
    finess = rules.finess_of(place.idnat if place else "")
    if not finess:
        return None
    rows = Stay.objects.filter(
        patient_id=patient_id, withdrawn_at=None, admitted_at__isnull=False, patient_class="I",
        organisation_finess=finess,
    )  # fmt: skip
    return rows.order_by("-admitted_at", "-id").first()


def _encounter(
    sector: Code | None, place: Organization | None, stay: Stay | None, now: Moment
) -> Encounter:
    kind = Code("AMB", "2.16.840.1.113883.5.4", "Ambulatoire (hors établissement)")
    if stay is not None:
        kind = Code(
            "IMP", "2.16.840.1.113883.5.4", "Hospitalisation (établissement, y compris HAD)"
        )
    elif sector is not None and sector.code in rules.HOSPITALS:
        kind = Code(
            "EXTERNE", "1.2.250.1.213.1.1.4.2.291", "Acte et consultation externe (établissement)"
        )
    return Encounter(
        code=kind,
        start=stay.admitted_at if stay else now,
        end=stay.discharged_at if stay else None,
        facility_type=sector,
        facility_name=place.name if place else "",
        facility_idnat=place.idnat if place else "",
    )


def _patient(patient_id: UUID, row: RegionalIdentity) -> Patient:
    """The person as the header says them; the INS travels with a qualified identity alone (Référentiel INS)."""
    domain = settings.REGION.identity_domain.removeprefix("urn:oid:")
    ins = Identifier(row.ins_oid.removeprefix("urn:oid:"), row.ins) if row.ins else None
    return Patient(
        ins=ins,
        identifiers=(Identifier(domain, str(patient_id)),),
        birth_name=row.birth_name,
        first_given_name=row.first_given_name,
        given_names=row.given_names,
        used_name=row.used_name,
        used_given_name=row.used_given_name,
        birth_date=row.birth_date,
        sex=row.sex,
        birth_place_code=row.birth_place_code,
        address=tuple(
            clean(one) for one in (row.address, f"{row.postal_code} {row.city}".strip()) if one
        ),
        telecoms=(f"tel:{row.phone.replace(' ', '')}",) if row.phone else (),
        mailbox=f"{row.ins}@patient.mssante.fr" if ins else "",
    )


def _relatives(patient_id: UUID) -> tuple[Party, ...]:
    """Whom to call (ECON): those of the circle named to be warned (neither a proxy nor anybody else), who gave a
    number, with what they are to the person.
    """
    return tuple(
        Party(
            role="ECON",
            family=clean(one.display),
            telecoms=(f"tel:{one.phone.replace(' ', '')}",),
            profession=rules.relation_of(one.role_label),
        )
        for one in members(patient_id).relatives
        if one.phone and one.basis == Member.Basis.CONTACT
    )


def answers_for(document: Document, by: Actor) -> bool:
    """Whether somebody wrote a document, or acts from the place that it was written in."""
    author, _ = author_of(by, timezone.localtime())
    place = author.organization.idnat if author.organization else ""
    is_author = bool(author.idnat) and author.idnat == document.author_idnat
    return is_author or (bool(place) and place == document.author_organisation_id)


def author_of(by: Actor, at: datetime) -> tuple[Party, Code | None]:
    """An author as the header says them, and the sector of their place: from the national directory."""
    person = Practitioner.objects.filter(pk=by.grantee_id).first() if by.grantee_id else None
    if person is None:
        return Party(role="AUT", family=by.name, at=at), None
    roles = PractitionerRole.objects.filter(practitioner=person, is_active=True)
    held = list(roles.select_related("organisation").order_by("id"))
    # Another workplace than the one they act from is never written for it.
    role = next((one for one in held if one.organisation_id == by.organisation_id), None)
    title = {"docteur": "DR", "professeur": "PR"}.get(person.title.casefold(), "")
    party = Party(
        role="AUT", idnat=person.idnat, family=person.family, given=person.given, suffix=title, at=at,
    )  # fmt: skip
    if role is None:
        return party, None
    place = role.organisation
    setting = rules.setting_of(role.sector)
    sector = Code(role.sector, "1.2.250.1.71.4.2.4", role.sector_label) if role.sector else None
    return replace(
        party,
        profession=rules.profession_of(role.profession_code, role.speciality_code, role.label),
        organization=Organization(
            rules.structure_number(place.finess_eg, place.siret),
            place.name,
            practice_setting=setting,
        )
        if place
        else None,
    ), sector

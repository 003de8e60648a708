"""What a document is made of: the facts of the summary, the plan, the header; and what is wrong with it beforehand."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from enrs.core.access.actor import Actor
from enrs.core.access.queries import may
from enrs.core.access.rules import READ, WRITE
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.formats.cda.builder import Block
from enrs.formats.cda.builder_documents import headed, summary_document
from enrs.formats.cda.checks import Fault, faults
from enrs.formats.cda.clinical import (
    TOBACCO,
    Facts,
)
from enrs.formats.cda.clinical_reader import author_texts
from enrs.formats.cda.clinical_reader import facts as read_facts
from enrs.formats.cda.format_codes import guess_format_code
from enrs.formats.cda.header import metadata
from enrs.formats.cda.layouts import EMERGENCY_OF_RESIDENTS, LAYOUTS, SUFFICIENT
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
from enrs.services.record.queries.producing_facts import Said, clean, facts_of, texts_of
from enrs.services.record.rules import producing as rules


@dataclass(frozen=True, slots=True)
class Draft:
    """A document about to be made: all that its bytes need, and what is wrong with it."""

    kind: str
    meta: Metadata
    facts: Facts
    texts: dict[str, tuple[Block, ...]]
    template: Identifier | None
    faults: list[Fault]
    former: Document | None
    superseded: tuple[str, ...]

    @property
    def stops(self) -> list[Fault]:
        """What stops its making."""
        return rules.stops_making(self.faults)

    @property
    def format_code(self) -> str:
        """Its formatCode: that of its model, else that its media type suffices."""
        return guess_format_code(self.meta.template_ids, "") or SUFFICIENT

    def content(self) -> bytes:
        """Its bytes."""
        return summary_document(self.meta, self.kind, self.facts, self.texts, self.template)


def draft(patient_id: UUID, kind: str, said: Said, by: Actor) -> Draft:
    """A document of this kind as it would be made now, by this author; asks no right."""
    now = timezone.localtime().replace(microsecond=0)
    facts = facts_of(patient_id, said)
    texts = texts_of(patient_id, kind, said)
    former = former_version(patient_id, kind)
    author, sector = author_of(by, now)
    meta = _meta(patient_id, kind, author, sector, former)
    is_resident = kind == "dlu" and sector is not None and sector.code == rules.CARE_HOME
    template = EMERGENCY_OF_RESIDENTS if is_resident else None
    meta = headed(meta, kind, template)
    found = faults(meta, kind, facts, texts)
    older = tuple(one.unique_id for one in in_force(patient_id, kind))
    return Draft(kind, meta, facts, texts, template, found, former, older)


def maker_refusal(patient_id: UUID, kind: str, by: Actor) -> str:
    """Why somebody may not make a document of this kind for this person; empty when they may."""
    if kind not in rules.KINDS:
        return "kind"
    asked = [(WRITE, "documents"), (READ, "summary")] + [(READ, "plan")] * (kind == "plan")
    for action, category in asked:
        decision = may(action, category, patient_id=patient_id, actor=by)
        if not decision.allowed:
            return decision.reason
    return "" if by.role in rules.KINDS[kind].roles else "profession"


def former_version(patient_id: UUID, kind: str) -> Document | None:
    """The document that a new one of this kind follows: the one in force, else the newest. A letter follows none:
    each tells one event.
    """
    if kind not in rules.VERSIONED:
        return None
    rows = _made(patient_id, kind).order_by("-id")
    return rows.filter(status=Document.Status.CURRENT).first() or rows.first()


def in_force(patient_id: UUID, kind: str) -> list[Document]:
    """The documents in force that a new one of this kind supersedes: several after a merge of records."""
    if kind not in rules.VERSIONED:
        return []
    return list(_made(patient_id, kind).filter(status=Document.Status.CURRENT).order_by("id"))


def _made(patient_id: UUID, kind: str) -> QuerySet[Document]:
    wanted = LAYOUTS[kind].type_code
    return Document.objects.filter(
        patient_id=patient_id, source=rules.SOURCE, type_code=wanted.code, type_system=wanted.system
    )


def said_before(former: Document | None, kind: str) -> Said:
    """What the author of the former version wrote, to begin the next one with; nothing of a letter, which tells
    one event, nor of what this reader could not open.
    """
    is_kept = former is not None and kind in rules.CARRIED
    if not is_kept or former is None or former.masked_from_professionals:
        return {}
    if former.status != Document.Status.CURRENT:
        return {}
    document = read(store.take(former.blob))
    smoked = [
        one.value
        for one in read_facts(document).habits
        if one.code and one.code.code == TOBACCO.code
    ]
    return author_texts(document, kind) | ({"tobacco": smoked[0]} if smoked else {})


# --- the header -----------------------------------------------------------------------------------


def _meta(
    patient_id: UUID, kind: str, author: Party, sector: Code | None, former: Document | None
) -> Metadata:
    """The header; a new version keeps the set of the former one and replaces it."""
    place, now = author.organization, author.at
    setting = rules.setting_of(sector.code if sector else "")
    stay = _stay(patient_id, place) if kind == "discharge_letter" else None
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
        service_events=(
            ServiceEvent(start=stay.admitted_at if stay else now, end=stay.discharged_at if stay else None),
        ),
        encounter=_encounter(sector, place, stay, now),
        practice_setting=setting,
    )  # fmt: skip


def _goes_on(former: Document, person: Patient) -> bool:
    """Whether a new version may keep the set of this one: neither another INS since, nor a split of records that
    left its successor elsewhere.
    """
    if former.status == Document.Status.SUPERSEDED:
        return False
    held = metadata(read(store.take(former.blob))).patient.ins
    return held is None or person.ins is None or held.extension == person.ins.extension


def _stay(patient_id: UUID, place: Organization | None) -> Stay | None:
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

"""What the directory says of somebody who enrols: their mailboxes and their places of work."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from enrs.core.access.rules import role_for
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.referentials.directory.queries import practitioner_by_idnat
from enrs.services.portal import rules
from enrs.services.portal.models import Enrolment, Invitation, LocalPerson
from enrs.services.portal.queries.people import places_with_referents

FUNCTIONS = {
    "social_worker": "Travailleur social",
    "coordinator": "Coordinateur de parcours",
    "secretary": "Secrétaire",
}
"""Functions that a structure may vouch for until the national number arrives."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who may enrol."""

    id: UUID
    family: str
    name: str
    label: str
    number: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox of the directory; pages know its key and its masked form alone."""

    key: str
    address: str
    masked: str
    is_professional: bool


@dataclass(frozen=True, slots=True)
class Workplace:
    """A place of work, with the address of its letters and whether somebody answers for it."""

    id: UUID
    name: str
    address: str
    has_referent: bool


def subject(number: str) -> Subject | None:
    """The person of a typed number, national or local, whose activity gives a right here."""
    typed = rules.typed_code(number)
    local = LocalPerson.objects.filter(number=typed, merged_into=None).first()
    if local is not None:
        label = FUNCTIONS[local.function_code]
        return Subject(local.id, local.family, str(local), label, local.number)
    invited = Invitation.objects.filter(number=typed).first()
    if invited is not None:
        label = invited.get_kind_display()
        return Subject(invited.grantee_id, invited.family, str(invited), label, invited.number)
    idnat = rules.whole_number(number)
    found = practitioner_by_idnat(idnat) if idnat else None
    if found is None or not found.is_active:
        return None
    roles = [one for one in active_roles(found.id) if gives_right(one)]
    if not roles:
        return None
    return Subject(found.id, found.family, found.display, roles[0].label, found.rpps or idnat[1:])


def gives_right(role: PractitionerRole) -> bool:
    """Whether an activity gives a role of the matrix: else an account would open on nothing."""
    played = role_for(role.profession_code, role.function_code, role.speciality_code)
    return played != "anonymous"


def active_roles(practitioner_id: UUID) -> list[PractitionerRole]:
    """The activities of somebody, in a settled order."""
    rows = PractitionerRole.objects.filter(practitioner_id=practitioner_id, is_active=True)
    rows = rows.select_related("organisation").defer("organisation__search")
    return list(rows.order_by("organisation__name", "id"))


def mailboxes(subject_id: UUID) -> list[Mailbox]:
    """The mailboxes that the directory holds of somebody, those of the MSSanté space first."""
    addresses = {one.email.strip().lower() for one in active_roles(subject_id) if "@" in one.email}
    made = [
        Mailbox(_key(subject_id, one), one, rules.masked_address(one), rules.is_professional_mailbox(one))
        for one in sorted(addresses)
    ]  # fmt: skip
    return sorted(made, key=lambda one: not one.is_professional)


def _key(subject_id: UUID, address: str) -> str:
    """What a form says instead of the address; nobody finds the address by trying."""
    text = f"{settings.SECRET_KEY}:mailbox:{subject_id}:{address}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def places(subject_id: UUID) -> list[Workplace]:
    """Where somebody works, each place once."""
    local = LocalPerson.objects.filter(pk=subject_id).first()
    if local is not None:
        return [Workplace(local.organisation_id, local.organisation_name, "", has_referent=True)]
    found = {
        one.organisation.id: one.organisation
        for one in active_roles(subject_id)
        if one.organisation
    }
    answered = places_with_referents(list(found))
    return [
        Workplace(one.id, one.name, _address(one.address, one.postal_code, one.city), one.id in answered)
        for one in found.values()
    ]  # fmt: skip


def _address(street: str, postal_code: str, city: str) -> str:
    """One line for a letter; empty when the directory has no town to send it to."""
    town = " ".join(part for part in (postal_code, city) if part)
    return ", ".join(part for part in (street, town) if part) if city else ""


def place_of(subject_id: UUID, organisation_id: UUID) -> Workplace | None:
    """One place of work of somebody."""
    return next((one for one in places(subject_id) if one.id == organisation_id), None)


def enrolment(enrolment_id: UUID) -> Enrolment | None:
    """An enrolment by its identifier, which its browser's session alone knows."""
    return Enrolment.objects.filter(pk=enrolment_id).first()


def given_name(subject_id: UUID) -> tuple[str, str]:
    """The first name and name of somebody, for a login."""
    local = LocalPerson.objects.filter(pk=subject_id).first()
    if local is not None:
        return local.given, local.family
    invited = invitation_of(subject_id)
    if invited is not None:
        return invited.given, invited.family
    person = Practitioner.objects.defer("search").get(pk=subject_id)
    return person.given, person.family


def invitation_of(subject_id: UUID) -> Invitation | None:
    """The last invitation of a patient or of a relative."""
    return Invitation.objects.filter(grantee_id=subject_id).order_by("-invited_at").first()


def letters_to_print() -> list[Enrolment]:
    """Letters asked for, the oldest first: those not printed yet, then those of the last fortnight."""
    rows = Enrolment.objects.filter(state=Enrolment.State.ASKED, way=Enrolment.Way.LETTER)
    return list(rows.order_by("printed_at", "asked_at", "id")[:200])

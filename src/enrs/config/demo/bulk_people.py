"""The demo's patients as the hospital's messages describe them, and the accounts of the cast."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password

from enrs.config.demo import ids
from enrs.config.demo.accounts import PASSWORD
from enrs.config.demo.generator import DemoRegion
from enrs.config.demo.shapes import DemoPerson, DemoPersona, DemoStructure
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.formats.directory.rpps import RppsRow
from enrs.interop.gateway.rules import sender_key
from enrs.referentials.directory import rules as directory
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.identity.commands import NewPerson
from enrs.referentials.identity.rules import Traits

APPLICATION: Final = "ENRS-DEMO"
"""MSH-3 of the simulated hospital."""

FUNCTIONS: Final = {
    "interop_operator": "operator",
    "identity_officer": "identity_officer",
    "administrator": "auditor",
    "social_worker": "social_worker",
    "coordinator": "coordinator",
    "secretary": "secretary",
}
"""Function of the directory by role of persona, where the national code gives no right yet."""

AGENCY_ROLES: Final = frozenset({"interop_operator", "identity_officer", "administrator"})
AGENCY: Final = {
    "site_siret": ids.demo_siret(99_000),
    "site_siren": ids.demo_siret(99_000)[:9],
    "site_finess": "",
    "legal_finess": "",
    "structure_technical_id": "",
    "site_name": "Groupement régional d'appui à l'e-santé",
}

_STATUSES: Final = {
    (True, True): "qualified",
    (True, False): "validated",
    (False, True): "retrieved",
}


@dataclass(slots=True)
class Accounts:
    """Who signs in: users by RPPS and by person, and (user, represented person, kind of proxy)."""

    by_rpps: dict[str, User] = field(default_factory=dict)
    by_person: dict[UUID, User] = field(default_factory=dict)
    proxies: list[tuple[User, UUID, str]] = field(default_factory=list)


_NUMBER: Final = ids.demo_rpps(8_100_000)
NEWLY_KNOWN: Final = {
    "identifier": _NUMBER, "national_id": f"8{_NUMBER}", "family": "HADDAD", "given": "NAWEL",
    "title_code": "MME", "title": "Madame", "function_code": FUNCTIONS["social_worker"],
    "function": "Assistante de service social", "email": "", "phone": "",
}  # fmt: skip
"""Somebody of the coordination team's local register (`days.accounts`), whom the directory knows by now."""


def practitioner_id(rpps: str) -> UUID:
    """The directory's identifier of a professional of the demo."""
    return directory.practitioner_uuid(f"8{rpps}")


def organisation_id(finess: str) -> UUID:
    """The directory's identifier of an establishment of the demo."""
    return directory.organisation_uuid("finess", finess)


def rpps_rows(region: DemoRegion) -> Iterator[RppsRow]:
    """The RPPS file, the functions of the personas written so that the directory gives their role.

    Those who run the region work at its agency, which takes part in nobody's care.
    """
    roles = {one.rpps: one.role for one in region.accounts() if one.role in FUNCTIONS}
    for row in region.rpps_rows():
        role = roles.get(row.identifier)
        if role is None:
            yield row
            continue
        agency = AGENCY if role in AGENCY_ROLES else {}
        yield replace(row, function_code=FUNCTIONS[role], **agency)
        if role == "coordinator":
            yield replace(row, **NEWLY_KNOWN)


def hospital_of(region: DemoRegion, person: DemoPerson) -> DemoStructure:
    """The hospital that knows a person: that of their household's story, the first for personas."""
    if person.id in {life.id for life in region.lives.values()}:
        return region.structure_at(0)
    hospitals = region.cast.hospitals
    home = ids.rng_for(region.plan.seed, "home", person.household)
    return hospitals[int(home.random() * len(hospitals))]


def new_people(region: DemoRegion, people: Iterable[DemoPerson]) -> Iterator[NewPerson]:
    """Patients with the one source identity that their hospital's messages would make."""
    for person in people:
        hospital = hospital_of(region, person)
        yield NewPerson(
            patient_id=person.id,
            identity_id=identity_id(person),
            system=f"urn:finess:{hospital.finess}",
            value=person.local_id,
            sender=sender_key(APPLICATION, hospital.name),
            traits=traits_of(person),
        )


def identity_id(person: DemoPerson) -> UUID:
    """The source identity of a person: another UUIDv7 of the same moment."""
    return UUID(int=person.id.int ^ 1)


def traits_of(person: DemoPerson) -> Traits:
    """What the PID of the simulated hospital says of a person (it carries no mail address)."""
    home = person.address
    trusted = person.identity_status == "VALI"
    return Traits(
        birth_name=person.birth_name,
        first_given_name=person.first_given_name,
        given_names=" ".join(person.given_names),
        used_name=person.used_name,
        used_given_name=person.first_given_name if person.used_name else "",
        birth_date=person.birth_date.isoformat(),
        sex=person.sex,
        birth_place_code=person.birth_place_code,
        ins=person.ins,
        ins_oid=person.ins_oid,
        status=_STATUSES.get((trusted, bool(person.ins)), "provisional"),
        address=home.line,
        postal_code=home.postal_code,
        city=home.city,
        phone=person.phone,
    )


def open_accounts(region: DemoRegion) -> Accounts:
    """Open the account of every persona; professionals take their positions from the directory."""
    found, opened = Accounts(), []
    with act():
        for persona in region.accounts():
            user = _professional(persona) if persona.rpps else _private(persona)
            opened.append(user)
            if persona.rpps:
                found.by_rpps[persona.rpps] = user
            elif persona.person_id:
                found.by_person[persona.person_id] = user
            found.proxies += [
                (user, patient, _proxy_kind(region, patient)) for patient in persona.relative_of
            ]
        # One hash for all: the password is the same, and hashing is slow on purpose.
        password = make_password(PASSWORD)
        for user in opened:
            site = "mssante.example" if user.kind == User.Kind.PROFESSIONAL else "courriel.example"
            user.password, user.email = password, f"{user.login}@{site}"
        User.objects.bulk_update(opened, ["password", "email"])
        _settle(region, found)
    return found


def _settle(region: DemoRegion, found: Accounts) -> None:
    """Who works in two places is usually in the first one."""
    for worker in region.workers:
        if len(worker.activities) > 1:
            usual = organisation_id(worker.activities[0].structure.finess)
            held = found.by_rpps[worker.rpps].positions
            held.filter(organisation_id=usual).update(is_default=True)


def _professional(persona: DemoPersona) -> User:
    practitioner = Practitioner.objects.get(pk=practitioner_id(persona.rpps))
    return enrol(login=persona.login, password=None, practitioner=practitioner, is_demo=True)


def _private(persona: DemoPersona) -> User:
    """A patient holds grants as their own anchor, a relative as their own account."""
    user = User(login=persona.login, name=persona.name, kind=User.Kind.RELATIVE, is_demo=True)
    user.grantee_id = user.id
    if persona.role == "patient" and persona.person_id:
        user.kind, user.grantee_id = User.Kind.PATIENT, persona.person_id
    user.set_unusable_password()
    user.save(force_insert=True)
    note("accounts.user.enrolled", object_kind="user", object_id=user.id)
    return user


def _proxy_kind(region: DemoRegion, patient: UUID) -> str:
    born_on = next(one.birth_date for one in region.lives.values() if one.id == patient)
    years = (region.plan.today - born_on).days / 365.25
    return "parental_authority" if years < 18 else "mandate"

"""Who plays in the journeys: the region's professionals once, and newcomers as each journey wants them.

A newcomer has a name that nobody else has, so that one journey can run at both widths, in any order and
again, in the same region.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.agenda.commands import PeriodTakenError, ensure_agenda, open_slots
from enrs.core.documents.models import Document
from enrs.core.fhir.commands import insert_resources
from enrs.core.plans import commands as plans
from enrs.core.plans.models import Plan
from enrs.core.workflow.commands import move_task, open_task
from enrs.core.workflow.models import Task
from enrs.core.workflow.rules import To
from enrs.formats.ins import INS_TEST_OID, ins_key
from enrs.referentials.circles.commands import add_member, open_for_stay
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.commands.load import load_rpps
from enrs.referentials.directory.fhir import organisation_publication, practitioner_publication
from enrs.referentials.directory.models import Organisation, Practitioner
from enrs.referentials.directory.rules import name_key
from enrs.referentials.identity.commands import know_sources, receive_identity
from enrs.referentials.identity.models import IdentityContact, IdentitySource, RegionalIdentity
from enrs.referentials.identity.rules import Traits
from enrs.services.coordination import commands as coordination
from enrs.services.coordination.models import Case
from enrs.services.record.commands import index_documents
from tests.factories import PositionFactory, UserFactory, known_patient, organisation, set_password
from tests.interop.gateway.messages import INS, TEST_OID
from tests.referentials.directory.factories import activity, rpps_file
from tests.services.portal import factories as directory
from tests.services.record import factories as record

PASSWORD = "essai-de-connexion"
INS_BEARER = {"birth_name": "ESSAI-NDIAYE", "first_given_name": "AWA", "birth_date": "1985-07-12"}
OUTSIDER = {"birth_name": "ESSAI-DIALLO", "first_given_name": "ROSE", "birth_date": "1961-05-02"}

SYSTEMS = {
    "urn:finess:990000001": "HIS|CH",
    "urn:essai:cabinet-de-melun": "LOGICIEL|Cabinet de Melun",
}
"""The hospital's numbers and the practice's, with what their senders are called."""

TWO_PLACES = "ESSAI-CHIDIAC"
HOSPITAL, DESK, PRACTICE = "CH d’essai de Brie", "DAC d’essai de Brie", "Cabinet de Melun"
PHARMACY = "Pharmacie d’essai de Brie"
AGENCY = "SSIAD d’essai de Brie"
_DESK_CATEGORY = "695"
_CATEGORIES = {
    HOSPITAL: "355",
    DESK: _DESK_CATEGORY,
    PRACTICE: "124",
    PHARMACY: "620",
    AGENCY: "354",
}


@dataclass(frozen=True, slots=True)
class Worker:
    """A professional of the region, by the name that they sign in with."""

    name: str
    role: str
    label: str
    place: str = ""


WORKERS = {
    "roche": Worker("Camille ROCHE", "nurse", "Infirmière"),
    "imbert": Worker("Dr Paul IMBERT", "physician", "Médecin"),
    "vasseur": Worker("Dr Hélène VASSEUR", "physician", "Médecin", PRACTICE),
    "letallec": Worker("Yann LE TALLEC", "nurse", "Infirmier", HOSPITAL),
    "petit": Worker("Sandrine PETIT", "secretary", "Secrétaire", HOSPITAL),
    "morel": Worker("Inès MOREL", "coordinator", "Coordinatrice", DESK),
    "traore": Worker("Aminata TRAORÉ", "social_worker", "Assistante sociale", DESK),
    "blanc": Worker("Solange BLANC", "secretary", "Secrétaire", DESK),
    "nguyen": Worker("Minh NGUYEN", "pharmacist", "Pharmacien", PHARMACY),
    "delmas": Worker("Odile DELMAS", "social_worker", "Assistante sociale", HOSPITAL),
    "perrin": Worker("Nathalie PERRIN", "coordinator", "Responsable de secteur", AGENCY),
    "vidal": Worker("Nadia VIDAL", "identity_officer", "Référente en identitovigilance"),
    "roux": Worker("Julien ROUX", "operator", "Exploitant"),
    "caron": Worker("Mireille CARON", "standby", "Exploitante"),
}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whom one journey made for itself."""

    patient_id: UUID
    birth_name: str
    given: str
    birth_date: str
    login: str = ""
    relative: str = ""
    """The logins of the person's own account and of their proxy's, when they have one."""


def enter_once() -> None:
    """The opening cast, all or nobody, in a region where they are not yet."""
    if not Organisation.objects.filter(name=HOSPITAL).exists():
        with transaction.atomic():
            opening_cast()


def opening_cast() -> None:
    """Those who were there first: the professionals, Awa with her record, Rose whom nobody follows."""
    places = {
        name: organisation(
            name,
            category_code=code,
            city="Melun",
            finess_eg=f"9900000{rank:02d}",
            name_key=name_key(name),
        )
        for rank, (name, code) in enumerate(_CATEGORIES.items(), 1)
    }
    users = {login: _worker(login, one, places) for login, one in WORKERS.items()}
    users |= {
        login: _account(login, name, User.Kind.PATIENT)
        for login, name in (("awa", "Awa NDIAYE"), ("rose", "Rose DIALLO"))
    }
    is_empty = not Practitioner.objects.exists()
    with acting(SYSTEM):
        awa = known_patient(**INS_BEARER, sex="F", ins=INS, ins_oid=TEST_OID, status="qualified").id
        rose = known_patient(**OUTSIDER, sex="F").id
        if is_empty:  # a file of two would close everybody else
            load_rpps(rpps_file(activity(7), activity(8)), file_name="ps.txt", publish=False)
        _two_places(places)  # after the file, which would close whom it does not know
    nurse = actor_of(users["roche"])
    record.give(awa, nurse)
    record.give(awa, actor_of(users["awa"]), "self", 3)
    record.give(rose, actor_of(users["rose"]), "self", 3)
    record.whole(awa, nurse)


def _two_places(places: dict[str, Organisation]) -> None:
    """A physician of the directory with two activities, whom the stand-in of Pro Santé Connect knows."""
    person = directory.professional(
        places[HOSPITAL], family=TWO_PLACES, given="Nour", profession_code="10", profession_label="Médecin"
    )  # fmt: skip
    directory.activity(person, places[PRACTICE], profession_code="10", profession_label="Médecin")
    insert_resources(
        [practitioner_publication(person)]
        + [organisation_publication(places[name]) for name in (HOSPITAL, PRACTICE)]
    )
    user = enrol(login="chidiac", password=None, practitioner=person, is_demo=True)
    set_password(user, PASSWORD)


def _worker(login: str, one: Worker, places: dict[str, Organisation]) -> User:
    kind = User.Kind.OPERATOR if one.role in ("operator", "standby") else User.Kind.PROFESSIONAL
    user = _account(login, one.name, kind)
    at = places.get(one.place)
    where = {"organisation_id": at.id, "organisation_name": at.name} if at else {}
    PositionFactory(user=user, role=one.role, label=one.label, **where)
    return user


def _account(login: str, name: str, kind: str) -> User:
    """The account of this login; who had it before, in a demo's region, is given another."""
    User.objects.filter(login=login).update(login=f"{login}-{uuid.uuid4().hex[:8]}")
    user = UserFactory(login=login, name=name, kind=kind, password=None)
    set_password(user, PASSWORD)
    return user


def newcomer(
    *circle: str, given: str = "JEANNE", birth_date: str = "1941-02-03", own: bool = False,
    proxy: bool = False,
) -> Newcomer:  # fmt: skip
    """Somebody new with these professionals in their circle, and accounts for them and their proxy."""
    name, key = unheard_name(), uuid.uuid4().hex[:8]
    login, relative = f"personne-{key}" if own else "", f"proche-{key}" if proxy else ""
    with acting(SYSTEM):
        patient = known_patient(
            birth_name=name,
            first_given_name=given,
            given_names=given,
            birth_date=birth_date,
            sex="F",
        ).id
        for one in circle:
            user = User.objects.get(login=one)
            join(patient, "care_team", user.grantee_id, user.name, basis="care_team",
                role_label=WORKERS[one].label, role=WORKERS[one].role)  # fmt: skip
        if own:
            user = _account(login, f"{given.title()} {name}", User.Kind.PATIENT)
            join(patient, "relatives", user.grantee_id, user.name, basis="self")
        if proxy:
            user = _account(relative, f"Fatou {name}", User.Kind.RELATIVE)
            join(patient, "relatives", user.grantee_id, user.name, basis="proxy", proxy_kind="mandate",
                role_label="Fille")  # fmt: skip
    return Newcomer(patient, name, given, birth_date, login, relative)


def join(patient_id: UUID, block: str, grantee_id: UUID, display: str, **options: Any) -> None:
    """Bring somebody into a circle by the command that the pages use."""
    add_member(
        patient_id=patient_id, block=block, grantee_id=grantee_id, display=display,
        **{"role_label": "", "informed_on": date(2026, 1, 5)} | options,
    )  # fmt: skip


def worker(login: str) -> Actor:
    """A professional as they act in service."""
    return actor_of(User.objects.get(login=login))


def asked(who: Newcomer, asker: str = "vasseur") -> Task:
    """A request for support that the asker sent to the desk."""
    desk = Organisation.objects.get(name=DESK)
    with acting(worker(asker)):
        return open_task(
            workflow="coordination.request", patient_id=who.patient_id, title="Maintien à domicile",
            reason="Chutes répétées, fille épuisée.", addressees=[To(desk.id, desk.name)],
            details={"origin": "form"},
        )  # fmt: skip


def followed(who: Newcomer, by: str = "morel") -> Case:
    """A case of the desk, whose request came ten days ago."""
    task = asked(who)
    Task.objects.filter(pk=task.pk).update(opened_at=timezone.now() - timedelta(days=10))
    with acting(worker(by)):
        task = move_task(task=task, transition="qualify", expected_version=task.version)
        task.refresh_from_db()
        return coordination.include_request(
            task=task, informed_on=timezone.localdate(), expected_version=task.version
        )


def planned(who: Newcomer, by: str = "morel") -> Plan:
    """A plan under way, with one row of each kind."""
    with acting(worker(by)):
        plan = plans.create_plan(
            patient_id=who.patient_id, kind="ppcs", title="Plan personnalisé de coordination",
            wishes="Rester chez elle.",
        )  # fmt: skip
        problem = plans.add_problem(plan=plan, label="Chutes répétées", priority=1)
        goal = plans.add_goal(
            plan=plan, text="Marcher dehors chaque jour", problem_id=problem.id, is_shared=True
        )
        plans.add_action(plan=plan, text="Kinésithérapie deux fois par semaine", kind="care",
            goal_id=goal.id, who_label="Cabinet de kinésithérapie")  # fmt: skip
        return plans.move_plan(plan=plan, status="active")


def staying(given: str = "MARCEL") -> Newcomer:
    """Somebody who came into the hospital three days ago: the hospital's people see them by their stay."""
    who = newcomer(given=given)
    hospital = Organisation.objects.get(name=HOSPITAL)
    stay = record.stay(who.patient_id, number=who.birth_name, organisation_name=HOSPITAL)
    with acting(SYSTEM):
        open_for_stay(
            patient_id=who.patient_id, organisation_id=hospital.id, display=hospital.name,
            encounter_id=stay.id,
        )  # fmt: skip
    return who


def slots_opened(login: str) -> None:
    """A professional's mornings of the coming week may be booked."""
    by, tomorrow = worker(login), timezone.localdate() + timedelta(days=1)
    assert by.grantee_id is not None
    with acting(by), suppress(PeriodTakenError):
        agenda = ensure_agenda(owner_id=by.grantee_id, label=by.name)
        open_slots(
            agenda=agenda, first_on=tomorrow, last_on=tomorrow + timedelta(days=6),
            weekdays=range(7), opens_at=time(8), closes_at=time(10), minutes=15,
        )  # fmt: skip


def two_identities(*, is_discordant: bool) -> tuple[str, UUID]:
    """One INS told by the hospital and by the practice, with the same traits or not; its name and its patient."""
    name, number = unheard_name(), str(uuid.uuid4().int)[:6]
    body = f"2480399{number}"
    traits = Traits(
        birth_name=name, first_given_name="AWA", given_names="AWA", birth_date="1948-03-12", sex="F",
        birth_place_code="99341", ins=body + ins_key(body), ins_oid=INS_TEST_OID, status="qualified",
    )  # fmt: skip
    told = [traits, replace(traits, birth_date="1948-12-03") if is_discordant else traits]
    with acting(SYSTEM):
        for (system, sender), one in zip(SYSTEMS.items(), told, strict=True):
            made = receive_identity(system=system, value=f"N{number}", traits=one, sender=sender)
        know_sources(dict(SYSTEMS))
        source = IdentitySource.objects.get(system=next(iter(SYSTEMS)))
        if not source.contacts.filter(until=None).exists():
            answers = User.objects.get(login="petit")
            IdentityContact.objects.create(
                source=source, name=answers.name, user_id=answers.pk, added_at=timezone.now()
            )
    return name, made.patient_id


def member_place() -> str:
    """A clinic where somebody works, whose software may send; returns its name."""
    name = f"Clinique {unheard_name()}"
    place = organisation(name, name_key=name_key(name), city="Melun")
    PositionFactory(role="secretary", organisation_id=place.id, organisation_name=place.name)
    return place.name


def words_read(who: Newcomer) -> None:
    """The worker has read the words of somebody's documents, a minute after they came."""
    came = timezone.now() - timedelta(minutes=1)
    Document.objects.filter(patient_id=who.patient_id).update(recorded_at=came)
    index_documents()


def signatory(login: str) -> None:
    """The national directory knows this professional, at their place: they may sign documents."""
    user = User.objects.get(login=login)
    if Practitioner.objects.filter(pk=user.grantee_id).exists():
        return
    place = Organisation.objects.get(name=WORKERS[login].place)
    given, family = user.name.split()[-2:]
    person = Practitioner.objects.create(
        id=user.grantee_id, idnat=f"8{uuid.uuid4().int % 10**11:011d}", family=family, given=given,
        title="Docteur", name_key=name_key(f"{family} {given}"), row_hash="",
    )  # fmt: skip
    directory.activity(
        person, place, profession_code="10", profession_label="Médecin", speciality_code="SM26",
        sector="SA07", sector_label="Cabinet individuel",
    )  # fmt: skip


def qualified_identity(who: Newcomer) -> None:
    """Their identity is qualified, under a number of the test range that nobody else has."""
    body = f"24102990{uuid.uuid4().int % 10**5:05d}"
    RegionalIdentity.objects.filter(pk=who.patient_id).update(
        ins=body + ins_key(body), ins_oid=INS_TEST_OID, status="qualified"
    )


def unheard_name() -> str:
    """A name of five syllables that nobody has."""
    number, letters = uuid.uuid4().int, []
    for _ in range(5):
        number, consonant = divmod(number, 14)
        number, vowel = divmod(number, 5)
        letters.append("BCDFGLMNPRSTVZ"[consonant] + "AEIOU"[vowel])
    return f"ESSAI-{''.join(letters)}"


@contextmanager
def on_database(name: str) -> Iterator[None]:
    """What is done inside is done in the database of the running region."""
    usual = settings.DATABASES["default"]["NAME"]
    _point_at(name)
    try:
        yield
    finally:
        _point_at(usual)


def _point_at(database: str) -> None:
    connections["default"].close()
    settings.DATABASES["default"]["NAME"] = database
    connections["default"].settings_dict["NAME"] = database

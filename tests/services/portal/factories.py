"""People of the directory who enrol, and who answer for a structure."""

import re
from dataclasses import replace
from itertools import count
from typing import Any

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.rules.civil_status import CivilStatus
from enrs.core.ids import uuid7
from enrs.core.notifications.models import Sending
from enrs.core.subjects.models import Patient
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Organisation, Practitioner, PractitionerRole
from enrs.referentials.directory.rules import name_key, practitioner_uuid, role_uuid
from enrs.services.portal import commands
from enrs.services.portal.models import Enrolment, Invitation, Referent
from enrs.services.portal.queries import enrolment as queries
from tests.factories import actor, known_patient, member, organisation
from tests.interop.gateway.messages import INS, TEST_OID
from tests.referentials.directory.factories import rpps_number

PASSWORD = "une phrase bien longue"
_RANKS = count(5_000_000 + uuid7().int % 4_000_000)
"""Numbers that no file of the tests gives, nor a demo."""


def hospital(name: str = "Hôpital des Tilleuls", **fields: Any) -> Organisation:
    """A place of work with the address of its letters."""
    where = {"address": "12 RUE DES ÉRABLES", "postal_code": "77000", "city": "MELUN"}
    return organisation(name, finess_eg=f"77{uuid7().int % 10**7:07d}", **where | fields)


def professional(place: Organisation | None = None, **fields: Any) -> Practitioner:
    """A nurse of the directory with a mailbox, who works at a place."""
    number = rpps_number(next(_RANKS))
    family = str(fields.pop("family", "N'DIAYE-ROCHE"))
    given = str(fields.pop("given", "Camille"))
    person = Practitioner.objects.create(
        id=practitioner_uuid("8" + number), idnat="8" + number, rpps=number, family=family,
        given=given, name_key=name_key(f"{family} {given}"), row_hash="",
    )  # fmt: skip
    activity(person, place or hospital(), **fields)
    return person


def activity(person: Practitioner, place: Organisation | None, **fields: Any) -> PractitionerRole:
    """One more activity of somebody."""
    values = {
        "profession_code": "60", "profession_label": "Infirmier", "row_hash": "",
        "email": f"{person.rpps}@mssante.example",
    } | fields  # fmt: skip
    key = role_uuid(person.idnat, place.id if place else None, (str(uuid7()),))
    return PractitionerRole.objects.create(
        id=key, practitioner=person, organisation=place, **values
    )


def worker(place: Organisation, login: str = "", **fields: Any) -> User:
    """Somebody of the directory who has an account."""
    person = professional(place, **fields)
    with acting(SYSTEM):
        return enrol(login=login or f"essai-{person.rpps}", password=PASSWORD, practitioner=person)


def referent(place: Organisation, user: User | None = None, kind: str = "referent") -> User:
    """Somebody who works at a place and answers for it."""
    found = user or worker(place, family="RÉFÉRENT")
    if not Position.objects.filter(user=found, organisation_id=place.id).exists():
        Position.objects.create(
            user=found, organisation_id=place.id, organisation_name=place.name, role="nurse",
            label="Infirmière",
        )  # fmt: skip
    Referent.objects.create(
        organisation_id=place.id, organisation_name=place.name, user_id=found.id, name=found.name,
        kind=kind,
    )  # fmt: skip
    return found


def mailed_code(rpps: str = "") -> str:
    """The code of the last mail of enrolment, to the mailbox of a number when it is given."""
    rows = Sending.objects.filter(kind="portal.enrolment.code", recipient__startswith=rpps)
    text = str(rows.latest("created_at").content["text"])
    return text.split(" est ")[1].split(".", maxsplit=1)[0]


def told_code(page: str) -> str:
    """The code that a page tells a referent, from where it is told.

    An identifier of the same page may look like one: three of its groups are at times figures alone.
    """
    found = re.search(r'class="told-code[^"]*">([^<]+)<', page)
    assert found, "no code is told"
    return found[1]


def mailbox_key(enrolment: Enrolment) -> str:
    """The key of the first mailbox of who enrols."""
    return queries.mailboxes(enrolment.subject_id)[0].key


def queries_place(enrolment: Enrolment) -> Organisation:
    """Where who enrols works."""
    return Organisation.objects.get(pk=queries.places(enrolment.subject_id)[0].id)


CIVIL = CivilStatus("DUBREUIL", "MARIE-BERNADETTE ANNE", "1944-03-12", "F", "75112")


def arriving() -> CivilStatus:
    """Somebody whose record waits: a qualified identity that no other person has the traits of."""
    known_patient(**QUALIFIED, birth_name="SANGARE")
    return replace(CIVIL, family="SANGARE")


QUALIFIED = {"ins": INS, "ins_oid": TEST_OID, "status": "qualified"}


def invited(patient: Patient, **values: Any) -> tuple[Invitation, str]:
    """A relative, or the patient, let in at a desk; with the code of the sheet."""
    given = {
        "kind": "relative", "given": "Fatou", "family": "Diallo", "proof": "Passeport",
        "proxy_kind": "mandate",
    }  # fmt: skip
    with acting(actor(member(patient, "physician"))):
        made = commands.invite_person(patient_id=patient.pk, **given | values)
    assert made is not None
    return made

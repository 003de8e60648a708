"""Joining, leaving, consenting, opposing: what each opens and closes, and for whom."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.utils import timezone

from enrs.core.access import queries as access
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Grant
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.fhir.models import Key, Resource
from enrs.core.ids import uuid7
from enrs.referentials.circles import commands, queries
from enrs.referentials.circles.commands import CircleError
from enrs.referentials.circles.models import Consent, Member
from tests.factories import PatientFactory, UserFactory, actor, known_patient, member, person_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 12)


@pytest.fixture
def patient():
    return PatientFactory()


def join(patient, **options):
    values = {
        "block": "care_team",
        "grantee_id": uuid7(),
        "display": "Dr Yann LE GOFF",
        "role_label": "Médecin",
        "basis": "care_team",
        "informed_on": DAY,
    } | options
    return commands.add_member(patient_id=patient.id, **values)


def consent_for(patient, grantee_id, **options):
    values = {"given_on": DAY, "means": "oral", "leaflet_version": "2026-01"} | options
    return commands.record_consent(
        patient_id=patient.id, grantee_id=grantee_id, grantee_display="Dr LE GOFF", **values
    )


def open_to(grantee_id, patient):
    return access.valid_grants([grantee_id]).filter(patient=patient).exists()


def test_a_member_of_the_circle_adds_a_colleague(as_actor, patient):
    doctor = actor(member(patient, "physician"))
    with as_actor(doctor):
        added = join(patient)
    assert open_to(added.practitioner_id, patient)
    grant = Grant.objects.get(source_id=added.id)
    assert (grant.purpose, grant.level, grant.source_kind) == ("care_team", 2, "circle")
    line = AuditLine.objects.get(action="circle.member.added")
    assert (line.patient_id, line.actor_name) == (patient.id, doctor.name)
    event = Event.objects.get(kind="circle.member.added")
    assert event.payload["kind"] == "circle"
    assert f"patient:{patient.id}" in event.topics


@pytest.mark.parametrize("role", ["secretary", "identity_officer"])
def test_a_role_that_may_not_write_the_circle_is_refused(as_actor, patient, role):
    with as_actor(actor(member(patient, role))), pytest.raises(AccessRefusedError):
        join(patient)


def test_somebody_outside_is_refused(as_actor, patient):
    with as_actor(actor(UserFactory(role="physician"))), pytest.raises(AccessRefusedError) as no:
        join(patient)
    assert no.value.reason == "outside_circle"
    assert not Member.objects.exists()


def test_adding_twice_keeps_one_place(patient):
    with acting(SYSTEM):
        first = join(patient)
        assert join(patient, grantee_id=first.practitioner_id).id == first.id
    assert Grant.objects.count() == 1


def test_without_information_nobody_joins_the_care_team(as_actor, patient):
    with as_actor(actor(member(patient, "nurse"))), pytest.raises(CircleError) as no:
        join(patient, informed_on=None)
    assert no.value.reason == "not_informed"


def test_outside_the_care_team_a_consent_is_needed_and_its_withdrawal_closes(as_actor, patient):
    grantee = uuid7()
    with as_actor(actor(person_of(patient))):
        with pytest.raises(CircleError) as no:
            join(patient, grantee_id=grantee, basis="consent", role="allied")
        assert no.value.reason == "consent_missing"
        consent = consent_for(patient, grantee)
        added = join(patient, grantee_id=grantee, basis="consent", role="allied", consent=consent)
        assert Grant.objects.get(source_id=added.id).purpose == "consent"
        commands.withdraw_consent(consent=consent, reason="n’est plus suivi")
    assert not open_to(grantee, patient)
    assert Consent.objects.get().withdrawn_at is not None
    assert Member.objects.get().ended_at is not None


def test_a_consent_holds_for_the_one_it_names(patient):
    with acting(SYSTEM):
        consent = consent_for(patient, uuid7())
        with pytest.raises(CircleError) as no:
            join(patient, basis="consent", consent=consent)
    assert no.value.reason == "consent_missing"


def test_a_consent_to_come_is_refused(patient):
    with acting(SYSTEM), pytest.raises(CircleError) as no:
        consent_for(patient, uuid7(), given_on=timezone.now().date() + timedelta(days=3))
    assert no.value.reason == "consent_date"


def test_an_opposition_closes_and_keeps_closed_until_a_consent(patient):
    with acting(SYSTEM):
        added = join(patient)
        grantee = added.practitioner_id
        commands.oppose(
            patient_id=patient.id,
            grantee_id=grantee,
            grantee_display=added.display,
            informed_on=DAY,
            means="oral",
        )
        assert not open_to(grantee, patient)
        with pytest.raises(CircleError) as no:
            join(patient, grantee_id=grantee)
        assert no.value.reason == "opposed"
        consent = consent_for(patient, grantee)
        join(patient, grantee_id=grantee, basis="consent", consent=consent)
    assert open_to(grantee, patient)
    assert queries.oppositions(patient.id)[0].lifted_at is not None


def test_removing_closes_at_once_and_tells(as_actor, patient):
    with acting(SYSTEM):
        added = join(patient)
    with as_actor(actor(person_of(patient))):
        commands.remove_member(member=added, reason="changement de médecin")
    assert not open_to(added.practitioner_id, patient)
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"circle.member.removed", "access.revoked"} <= kinds


def test_a_nurse_leaves_but_does_not_remove_another(as_actor, patient):
    nurse = UserFactory(role="nurse")
    with acting(SYSTEM):
        own, other = join(patient, grantee_id=nurse.grantee_id), join(patient)
    Grant.objects.update(valid_from=timezone.now() - timedelta(minutes=5))
    with as_actor(actor(nurse)):
        with pytest.raises(AccessRefusedError):
            commands.remove_member(member=other)
        commands.remove_member(member=own)
    assert open_to(other.practitioner_id, patient)
    assert not open_to(nurse.grantee_id, patient)


def test_a_parent_represents_a_child_until_majority():
    with acting(SYSTEM):
        child = known_patient(birth_date="2015-06-01", birth_name="MARCHETTI")
        added = commands.add_member(
            patient_id=child.id,
            block="relatives",
            grantee_id=uuid7(),
            display="Giulia MARCHETTI",
            role_label="Mère",
            basis="proxy",
            proxy_kind="parental_authority",
        )
        assert timezone.localtime(added.until).date() == date(2033, 6, 1)
        grown = known_patient(birth_date="1990-06-01", birth_name="CELIK")
        with pytest.raises(CircleError) as no:
            commands.add_member(
                patient_id=grown.id,
                block="relatives",
                grantee_id=uuid7(),
                display="Une mère",
                role_label="Mère",
                basis="proxy",
                proxy_kind="parental_authority",
            )
    assert no.value.reason == "majority"
    grant = Grant.objects.get(source_id=added.id)
    assert (grant.purpose, grant.level, grant.valid_until) == ("proxy", 3, added.until)


@pytest.mark.parametrize(("years", "ends"), [(3, "given"), (30, "majority"), (None, "majority")])
def test_no_day_typed_carries_a_parent_past_majority(years, ends):
    now = timezone.now()
    until = now + timedelta(days=365 * years) if years else None
    given = {
        "block": "relatives", "display": "Giulia MARCHETTI", "role_label": "Mère", "basis": "proxy",
        "proxy_kind": "parental_authority", "until": until,
    }  # fmt: skip
    with acting(SYSTEM):
        child = known_patient(birth_date=f"{now.year - 9}-06-01", birth_name="MARCHETTI")
        added = commands.add_member(patient_id=child.id, grantee_id=uuid7(), **given)
        grown = known_patient(birth_date="1990-06-01", birth_name="CELIK")
        with pytest.raises(CircleError, match="majority"):
            commands.add_member(patient_id=grown.id, grantee_id=uuid7(), **given)
        with pytest.raises(CircleError, match="proxy_kind"):
            commands.add_member(
                patient_id=child.id, grantee_id=uuid7(), **given | {"proxy_kind": "guardian"}
            )
    if ends == "given":
        assert added.until == until
    else:
        assert timezone.localtime(added.until).date() == date(now.year + 9, 6, 1)
    assert Grant.objects.get(source_id=added.id).valid_until == added.until


def test_a_contact_is_shown_and_opens_nothing(patient):
    with acting(SYSTEM):
        commands.add_member(
            patient_id=patient.id,
            block="relatives",
            grantee_id=None,
            display="Un voisin",
            role_label="Voisin",
            basis="contact",
            phone="0199000000",
        )
    assert queries.members(patient.id).relatives[0].display == "Un voisin"
    assert not Grant.objects.exists()


def test_the_circle_is_published_as_one_care_team(patient):
    with acting(SYSTEM):
        first, second = join(patient), join(patient, display="Dr Giulia MARCHETTI")
        commands.remove_member(member=second)
    current = Resource.objects.get(type="CareTeam", is_current=True)
    tree = orjson.loads(current.body)
    assert [one["member"]["display"] for one in tree["participant"]] == [first.display]
    assert (current.patient_id, current.category) == (patient.id, "circle")
    assert Key.objects.filter(
        type="CareTeam", param="participant", value=f"Practitioner/{first.practitioner_id}"
    ).exists()


def test_a_planned_end_is_published_in_utc(patient):
    until = datetime(2040, 9, 5, tzinfo=ZoneInfo("Europe/Paris"))
    with acting(SYSTEM):
        join(patient, until=until)
    tree = orjson.loads(Resource.objects.get(type="CareTeam", is_current=True).body)
    assert tree["participant"][0]["period"]["end"] == "2040-09-04T22:00:00Z"


def test_nobody_outside_reads_a_circle_even_by_direct_query(as_actor, patient):
    with acting(SYSTEM):
        consent_for(patient, join(patient).practitioner_id)
    with as_actor(actor(UserFactory(role="physician"))):
        assert not Member.objects.exists()
        assert not Consent.objects.exists()
    with as_actor(actor(member(patient, "nurse"))):
        assert Member.objects.count() == 1
        assert Consent.objects.count() == 1

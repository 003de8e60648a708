"""What two accounts of one person held, once the national number has come: nothing is lost, nothing fails."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError, give_grant
from enrs.core.accounts.models import User
from enrs.core.agenda.models import Agenda, AgendaShare, Appointment
from enrs.core.agenda.queries import held_agendas
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.threads.models import Membership, Thread
from enrs.core.workflow.commands.shared import addressees_of, keep_parties
from enrs.core.workflow.models import Addressee, Task, TaskParty
from enrs.core.workflow.registry import forget, register
from enrs.referentials.circles import commands as circles
from enrs.referentials.circles.models import AccessRequest, Member
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Organisation
from enrs.services.portal import commands, notices
from enrs.services.portal.models import LocalPerson, NumberMatch, Referent
from tests.core.agenda.factories import appointment
from tests.core.workflow.given import NAME, WORKFLOW, move, place, request
from tests.factories import actor, known_patient
from tests.services.portal import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_workflow():
    cache.clear()
    register(WORKFLOW)
    yield
    forget(NAME)


@pytest.fixture
def site():
    return factories.hospital()


@pytest.fixture
def head(site):
    return factories.referent(site)


def registered(site, head, given="Nawel"):
    with acting(actor(head)):
        made, _ = commands.register_local(
            organisation_id=site.id, given=given, family="Haddad", function_code="social_worker", proof="CNI"
        )  # fmt: skip
    return made


@pytest.fixture
def person(site, head):
    return registered(site, head)


@pytest.fixture
def user(person):
    return User.objects.create_user(
        "n.haddad", "x", name=str(person), kind="professional", grantee_id=person.id
    )


@pytest.fixture
def heir(site):
    return factories.professional(
        site, family="HADDAD", given="NAWEL", profession_code="", function_code="social_worker"
    )


def opened(heir):
    """The account that the person opened by their number."""
    with acting(SYSTEM):
        return enrol(login="nawel-haddad", password=factories.PASSWORD, practitioner=heir)


@pytest.fixture
def merge(as_actor):
    """A merge as in service, under row security."""

    def done(person, heir, head):
        with as_actor(actor(head)):
            return commands.merge_local(person=person, number=heir.rpps)

    return done


def test_an_open_task_stays_with_the_person_after_its_next_step(person, user, heir, head, merge):
    desk, patient = place(), known_patient()
    made = request(desk, patient=patient)
    colleague = desk.person()
    with acting(actor(colleague)):
        move(made.task, "accept")
    task = Task.objects.get(pk=made.task.pk)
    for part, former in (("assignee", task.assignee_id), ("requester", task.requester_grantee_id)):
        held = TaskParty.objects.filter(task=task, part=part, grantee_id=former)
        assert held.update(grantee_id=person.id) == 1
    Task.objects.filter(pk=task.pk).update(assignee_id=person.id, requester_grantee_id=person.id)
    give_grant(
        patient_id=patient.pk, grantee_id=person.id, source_kind="circle", source_id=uuid7(),
        purpose="care_team", level=2,
    )  # fmt: skip
    merge(person, heir, head)
    user.refresh_from_db()
    task.refresh_from_db()
    assert (task.assignee_id, task.requester_grantee_id) == (heir.id, heir.id)
    with acting(SYSTEM):
        keep_parties(task, addressees_of(task))
    held = TaskParty.objects.filter(task=task, ended_at=None)
    assert {"assignee", "requester"} <= set(
        held.filter(grantee_id=heir.id).values_list("part", flat=True)
    )
    assert not held.filter(grantee_id=person.id).exists()


def test_a_sending_that_the_other_account_declined_does_not_keep_the_open_one(
    person, heir, head, merge
):
    made = request(place())
    sending = made.sendings[0]
    Addressee.objects.filter(pk=sending.pk).update(grantee_id=person.id)
    declined = Addressee.objects.create(
        task=made.task, grantee_id=heir.id, kind="person", name="Nawel", answer="declined",
        sent_at=timezone.now(),
    )  # fmt: skip
    merge(person, heir, head)
    rows = Addressee.objects.filter(task=made.task, grantee_id=heir.id)
    assert {one.pk for one in rows} == {sending.pk, declined.pk}


def test_two_requests_for_one_record_become_one_and_the_merge_goes_on(person, heir, head, merge):
    patient = known_patient()
    for grantee in (person.id, heir.id):
        AccessRequest.objects.create(
            patient=patient, user_id=uuid7(), grantee_id=grantee, asker_name="Nawel HADDAD",
            asker_role="social_worker", reason="Suivi social en cours",
        )  # fmt: skip
    other = AccessRequest.objects.create(
        patient=known_patient(birth_name="CELIK"), user_id=uuid7(), grantee_id=person.id,
        asker_name="Nawel HADDAD", asker_role="social_worker", reason="Suivi social en cours",
    )  # fmt: skip
    merge(person, heir, head)
    waiting = AccessRequest.objects.filter(patient=patient, outcome="")
    assert [one.grantee_id for one in waiting] == [heir.id]
    closed = AccessRequest.objects.get(patient=patient, grantee_id=person.id)
    assert closed.outcome == "declined"
    assert closed.answered_at is not None
    other.refresh_from_db()
    assert (other.grantee_id, other.outcome) == (heir.id, "")


def test_the_agenda_follows_to_who_has_none(person, heir, head, merge):
    agenda = Agenda.objects.create(owner_id=person.id, label=str(person))
    merge(person, heir, head)
    agenda.refresh_from_db()
    assert agenda.owner_id == heir.id


def test_a_second_agenda_is_shared_to_write_with_who_has_one(person, user, heir, head, merge):
    national = opened(heir)
    former = Agenda.objects.create(owner_id=person.id, label="Nawel Haddad")
    own = Agenda.objects.create(owner_id=heir.id, label="HADDAD Nawel")
    met = appointment(agenda=former)
    AgendaShare.objects.create(agenda=former, grantee_id=heir.id, display="x", level=1)
    merge(person, heir, head)
    share = AgendaShare.objects.get(agenda=former, grantee_id=heir.id, ended_at=None)
    assert share.level == AgendaShare.Level.WRITE
    assert Appointment.objects.get(pk=met.pk).agenda_id == former.id
    with acting(actor(national)):
        assert {one.agenda.id for one in held_agendas()} == {own.id, former.id}


def test_who_left_a_conversation_by_one_account_is_in_it_by_the_other(person, heir, head, merge):
    thread = Thread.objects.create(title="Retour", subject_kind="essai", subject_id=uuid7())
    Membership.objects.create(thread=thread, grantee_id=person.id, display="Nawel")
    Membership.objects.create(
        thread=thread, grantee_id=heir.id, display="Nawel", left_at=timezone.now()
    )
    merge(person, heir, head)
    rows = Membership.objects.filter(thread=thread, left_at=None)
    assert [one.grantee_id for one in rows] == [heir.id]


def test_the_circle_follows_and_is_published_again(person, heir, head, merge):
    patient = known_patient()
    with acting(SYSTEM):
        made = circles.add_member(
            patient_id=patient.pk, block="care_team", grantee_id=person.id, display=str(person),
            role_label="Assistante sociale", basis="care_team", role="social_worker",
        )  # fmt: skip
    Member.objects.create(
        patient=patient, block="care_team", basis="stay", practitioner_id=heir.id, display="HADDAD"
    )
    merge(person, heir, head)
    made.refresh_from_db()
    assert made.practitioner_id == heir.id
    assert f"Practitioner/{heir.id}" in published(patient)


def published(patient):
    """The last CareTeam of a patient, once the event of the merge was answered."""
    one = Event.objects.get(kind="portal.local.merged")
    event = OutboxEvent(one.id, 0, 0, one.at, one.kind, None, one.topics, one.payload)
    with acting(SYSTEM):
        notices._publish_moved(event)
    return Resource.objects.get(type="CareTeam", patient_id=patient.pk, is_current=True).body


def test_who_answered_for_a_structure_by_one_account_does_by_the_other(
    person, user, heir, head, merge
):
    national, site = opened(heir), Organisation.objects.get(pk=person.organisation_id)
    elsewhere = factories.hospital("Clinique des Lilas")
    for one, by in ((site, user), (elsewhere, user), (elsewhere, national)):
        Referent.objects.create(
            organisation_id=one.id, organisation_name=one.name, user_id=by.id, name=by.name
        )
    assert merge(person, heir, head) == national
    live = Referent.objects.filter(valid_until=None).exclude(user_id=head.id)
    assert {(one.organisation_id, one.user_id) for one in live} == {
        (site.id, national.id), (elsewhere.id, national.id)
    }  # fmt: skip


def proposed(person, heir):
    return NumberMatch.objects.create(
        person=person, practitioner_id=heir.id, number=heir.rpps, name=heir.display, label="Social"
    )


def test_a_referent_does_not_say_that_a_number_is_their_own(person, user, heir, site, client):
    factories.referent(site, user)
    match = proposed(person, heir)
    with acting(actor(user)):
        with pytest.raises(AccessRefusedError, match="own"):
            commands.accept_number(match=match)
        with pytest.raises(AccessRefusedError, match="own"):
            commands.merge_local(person=person, number=heir.rpps)
    client.force_login(user)
    for url, given in (
        (reverse("portal:match", args=[site.id, match.id]), {"acte": "accepter"}),
        (reverse("portal:merge", args=[site.id, person.id]), {"number": heir.rpps}),
    ):
        answer = client.post(url, given)
        assert answer.status_code == 422
        assert "votre propre numéro" in answer.content.decode()
    assert LocalPerson.objects.get(pk=person.pk).merged_into is None


def test_a_referent_does_not_take_the_rights_of_another_by_their_own_number(person, heir, site):
    national = factories.referent(site, opened(heir))
    with acting(actor(national)), pytest.raises(AccessRefusedError, match="own"):
        commands.merge_local(person=person, number=heir.rpps)


def test_two_homonyms_of_a_register_do_not_receive_one_number(person, heir, head, site, merge):
    twin = registered(site, head)
    merge(person, heir, head)
    with pytest.raises(commands.LocalError, match="déjà celui"):
        merge(twin, heir, head)
    with acting(SYSTEM):
        assert commands.propose_numbers() == 0


def test_one_person_of_two_registers_receives_their_number_in_both(person, heir, head, merge):
    place_b = factories.hospital("Clinique des Lilas")
    head_b = factories.referent(place_b)
    other = registered(place_b, head_b)
    merge(person, heir, head)
    merge(other, heir, head_b)
    assert LocalPerson.objects.filter(merged_into=heir.id).count() == 2

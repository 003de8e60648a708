"""A restriction that was granted: what it does, what it does not, who sees it, who ends it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.moments import legal_day
from enrs.core.subjects.restrictions import (
    forget_restrictions,
    keep_restrictions,
    restricted,
    restricted_since,
)
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.record.commands.intake import _is_reached
from enrs.services.record.models import Intake
from enrs.services.rights import commands
from enrs.services.rights.commands import RightsError
from enrs.services.rights.models import Approval, Elimination, Restriction, Retention
from tests.factories import (
    GrantFactory,
    UserFactory,
    actor,
    known_patient,
    member,
    organisation,
    person_of,
    user_of_role,
)
from tests.services.rights.factories import at_its_term
from tests.services.rights.test_glasses import told
from tests.services.rights.test_requests import LETTER

pytestmark = pytest.mark.django_db
WORDS = "Le traitement est limité pendant la vérification."
ENDED = "La vérification est terminée : les deux comptes rendus sont exacts."
NOTICE = "Traitement limité à la demande de la personne"
SENT = {"recipient": "Dre Anaïs COSTE", "reason": "Avis demandé pour demain", "is_agreed": "on"}


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def person(patient):
    return person_of(patient)


@pytest.fixture
def officer():
    return UserFactory(role="auditor", kind="operator", name="Hugues CASTEL")


@pytest.fixture
def asked(person, patient, as_actor):
    return ask(person, patient, as_actor)


def ask(person, patient, as_actor, kind="restriction"):
    with as_actor(actor(person)):
        return commands.ask_right(
            patient_id=patient.pk, kind=kind, text="Je conteste deux comptes rendus."
        )


@pytest.fixture
def standing(asked, officer, as_actor):
    with as_actor(actor(officer)):
        return commands.restrict(asked=asked, text=WORDS)


# --- granting and lifting -------------------------------------------------------------------------


def test_the_request_has_its_answer_and_the_record_its_flag_in_one_act(
    asked, patient, officer, person, signed_in
):
    page = reverse("rights:request", args=[asked.pk])
    desk = signed_in(officer)
    assert "Accorder la limitation" in desk.get(page).content.decode()
    assert desk.post(page, {"acte": "restrict", "text": WORDS}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("answered", WORDS)
    assert restricted([patient.pk]) == {patient.pk}
    assert told("rights.request.restricted") == {person.pk}
    line = AuditLine.objects.get(action="rights.restriction.placed")
    assert (line.patient_id, line.actor_id) == (patient.pk, officer.pk)


def test_the_desk_lifts_it_with_a_reason_and_the_person_is_told(
    standing, patient, officer, person, signed_in
):
    asked = standing.asked
    page = reverse("rights:request", args=[asked.pk])
    desk, own = signed_in(officer), signed_in(person)
    assert "Traitement limité" in own.get(reverse("rights:mine")).content.decode()
    assert desk.post(page, {"acte": "lift", "text": "court"}).status_code == 422
    assert desk.post(page, {"acte": "lift", "text": ENDED}).status_code == 302
    assert restricted([patient.pk]) == set()
    assert told("rights.request.lifted") == {person.pk}
    assert "Traitement limité" not in own.get(reverse("rights:mine")).content.decode()
    mine = own.get(reverse("rights:my_request", args=[asked.pk])).content.decode()
    assert ENDED in mine
    journal = own.get(reverse("record:accesses", args=[patient.pk])).content.decode()
    assert "A levé la limitation du traitement" in journal


def test_it_is_lifted_once(standing, officer, as_actor):
    with as_actor(actor(officer)):
        commands.lift(restriction=standing, text=ENDED)
        with pytest.raises(RightsError, match="déjà levée"):
            commands.lift(restriction=standing, text=ENDED)


def test_a_record_is_restricted_once_and_a_refused_act_leaves_no_answer(
    standing, person, patient, officer, as_actor
):
    again = ask(person, patient, as_actor)
    with as_actor(actor(officer)), pytest.raises(RightsError, match="déjà limité"):
        commands.restrict(asked=again, text=WORDS)
    again.refresh_from_db()
    assert again.state == "received"


def test_neither_another_right_nor_a_letter_restricts_a_record(person, patient, officer, as_actor):
    other = ask(person, patient, as_actor, "opposition")
    with as_actor(actor(officer)):
        letter = commands.register_right(
            **LETTER | {"kind": "restriction"}, received_on=legal_day(timezone.now())
        )
        for asked, why in ((other, "ne porte pas"), (letter, "reliée à aucun dossier")):
            with pytest.raises(RightsError, match=why):
                commands.restrict(asked=asked, text=WORDS)


@pytest.mark.parametrize("role", ["nurse", "operator", "patient"])
def test_nobody_else_restricts_or_lifts(role, asked, standing, as_actor):
    with as_actor(actor(user_of_role(role))):
        with pytest.raises(AccessRefusedError):
            commands.restrict(asked=asked, text=WORDS)
        with pytest.raises(AccessRefusedError):
            commands.lift(restriction=standing, text=ENDED)


def test_row_security_shows_it_to_the_officer_and_to_who_asked(
    standing, officer, person, patient, as_actor
):
    for user, count in ((officer, 1), (person, 1), (member(patient, "physician"), 0)):
        with as_actor(actor(user)):
            assert Restriction.objects.count() == count


# --- what it does ---------------------------------------------------------------------------------


def test_care_goes_on_with_a_notice_at_the_head_of_each_page(
    standing, patient, officer, as_actor, signed_in
):
    browser = signed_in(member(patient, "physician"))
    forget_restrictions()
    for name in ("record:summary", "record:notes", "circles:panel"):
        answer = browser.get(reverse(name, args=[patient.pk]))
        assert answer.status_code == 200
        assert NOTICE in answer.content.decode()
    other = known_patient()
    page = signed_in(member(other, "physician")).get(reverse("record:summary", args=[other.pk]))
    assert NOTICE not in page.content.decode()
    with as_actor(actor(officer)):
        commands.lift(restriction=standing, text=ENDED)
    assert NOTICE not in browser.get(reverse("record:summary", args=[patient.pk])).content.decode()


def test_pages_ask_nothing_more_while_the_process_keeps_the_restrictions(patient, signed_in):
    browser, url = (
        signed_in(member(patient, "physician")),
        reverse("record:summary", args=[patient.pk]),
    )
    browser.get(url)
    with CaptureQueriesContext(connection) as without:
        browser.get(url)
    keep_restrictions({patient.pk: timezone.now()}, 3600)
    with CaptureQueriesContext(connection) as with_one:
        assert NOTICE in browser.get(url).content.decode()
    assert len(with_one) == len(without)


def test_the_summary_is_handed_to_nobody_outside_of_the_circle(standing, patient, signed_in):
    browser = signed_in(member(patient, "physician"))
    url = reverse("record:send", args=[patient.pk])
    assert "le traitement est limité" in browser.get(url).content.decode()
    assert browser.post(url, SENT).status_code == 422
    assert not AuditLine.objects.filter(action="record.summary.sent").exists()


def test_a_list_brings_no_new_structure_and_a_member_stays(standing, patient):
    place = organisation("Clinique des Tilleuls")
    given = Intake(organisation_id=place.id)
    assert not _is_reached(given, patient.pk)
    GrantFactory(patient=patient, grantee_id=place.id)
    assert _is_reached(given, patient.pk)


def test_a_restricted_record_leaves_the_list_of_those_at_their_term(officer, as_actor):
    held = at_its_term()
    restricted_by_hand(held, officer, as_actor)
    commands.sweep_retention(ids=[held.patient_id])
    assert not Retention.objects.filter(pk=held.pk).exists()


def test_what_was_approved_before_is_not_erased(officer, as_actor):
    held = at_its_term()
    with as_actor(actor(officer)):
        made = commands.approve(records=[held.pk], decision="Décision du directeur, avis du DIM.")
    Approval.objects.filter(pk=made.pk).update(at=timezone.now() - timedelta(days=3))
    restricted_by_hand(held, officer, as_actor)
    with (
        pytest.raises(DatabaseError, match="restricted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("select * from rights_erase(%s)", [held.pk])
    commands.erase_next()
    assert not Elimination.objects.exists()
    assert RegionalIdentity.objects.filter(patient_id=held.patient_id).exists()


def restricted_by_hand(held, officer, as_actor):
    asked = ask(person_of(held.patient), held.patient, as_actor)
    with as_actor(actor(officer)):
        return commands.restrict(asked=asked, text=WORDS)


def test_a_record_takes_what_was_said_of_one_that_was_merged_into_it(standing, patient):
    kept = known_patient()
    RegionalIdentity.objects.filter(patient_id=patient.pk).update(replaced_by_id=kept.pk)
    assert restricted([kept.pk]) == {kept.pk}
    forget_restrictions()
    assert restricted_since(kept.pk) == standing.placed_at

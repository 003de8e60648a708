"""Openings in an emergency, read again: the list, the answers, who is told, who may not."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.notifications.registry import TOLD
from enrs.services.rights import commands
from enrs.services.rights.commands import RightsError
from enrs.services.rights.models import Glass, GlassAct
from tests.factories import UserFactory, actor, known_patient, person_of, user_of_role
from tests.services.portal.factories import hospital, referent
from tests.services.rights.factories import REASON, opened, opener, regulates

pytestmark = pytest.mark.django_db
WORDS = "Le journal montre une urgence réelle."


@pytest.fixture
def place():
    return hospital("Hôpital des Tilleuls")


@pytest.fixture
def elsewhere():
    return hospital("Clinique du Parc")


@pytest.fixture
def doctor(place):
    return opener(place, name="Yann LE GOFF")


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def held(doctor, patient):
    return opened(doctor, patient)


@pytest.fixture
def officer():
    return UserFactory(role="auditor", kind="operator", name="Hugues CASTEL")


def event(kind):
    """The last event of a kind, as a subscriber receives it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, kind, patient_id, topics, payload from event where kind = %s "
            "order by id desc limit 1",
            [kind],
        )
        key, at, name, patient_id, topics, payload = cursor.fetchone()
    found = OutboxEvent(key, 0, 0, at, name, patient_id, topics, payload)
    if isinstance(payload, str):
        return found._replace(payload=json.loads(payload))
    return found


def told(kind):
    return set(TOLD[kind].tell(event(kind)).users)


def test_an_opening_comes_on_the_list_with_who_where_whose_and_why(held, doctor, place):
    assert (held.user_name, held.organisation_id) == (doctor.name, place.id)
    assert held.organisation_name == place.name
    assert "DUBREUIL" in held.patient_name
    assert (held.reason_text, held.kind, held.state) == (REASON, "break_glass", "pending")
    assert held.due_at == held.opened_at + timedelta(days=15)


def test_the_regulation_of_the_centre_15_is_its_own_kind(doctor, place):
    regulates(place)
    assert opened(doctor, reason_code="samu").kind == "centre_15"


def test_an_opening_comes_once(held):
    with acting(SYSTEM):
        assert commands.receive_openings() == 0
    assert Glass.objects.count() == 1


def test_officers_and_the_referents_of_the_place_are_told(held, officer, place, elsewhere, doctor):
    own, other = referent(place), referent(elsewhere)
    told_now = told("rights.glass.listed")
    assert {officer.id, own.id} <= told_now
    assert not {other.id, doctor.id} & told_now


def test_an_explanation_is_asked_given_and_judged_and_all_of_it_stays(
    held, doctor, officer, as_actor
):
    with as_actor(actor(officer)):
        commands.ask_explanation(glass=held, text="Pourquoi ce dossier cette nuit ?")
    assert told("rights.glass.asked") == {doctor.id}
    with as_actor(actor(doctor)):
        commands.explain_glass(glass=held, text="Adressé par le SAMU, sans papiers.")
    assert told("rights.glass.explained") == {officer.id}
    with as_actor(actor(officer)):
        commands.judge_glass(glass=held, verdict="justified", text=WORDS)
    assert told("rights.glass.judged") == {doctor.id}
    acts = GlassAct.objects.filter(glass=held).order_by("at")
    assert [one.kind for one in acts] == ["asked", "explained", "justified"]
    assert AuditLine.objects.filter(action="rights.glass.justified").exists()
    assert not AuditLine.objects.exclude(reason="").filter(action="rights.glass.justified").exists()


def test_the_person_is_told_of_what_was_not_justified_and_reads_why(
    held, patient, officer, as_actor, signed_in
):
    person = person_of(patient)
    with as_actor(actor(officer)):
        commands.judge_glass(glass=held, verdict="unjustified", text="Aucune urgence ce jour-là.")
    assert told("rights.glass.found") == {person.id}
    page = signed_in(person).get(reverse("record:accesses", args=[patient.pk])).content.decode()
    assert "A jugé non justifié un accès en urgence" in page
    assert "Aucune urgence ce jour-là." in page


def test_the_person_is_not_told_of_what_was_justified(held, officer, as_actor):
    with as_actor(actor(officer)):
        commands.judge_glass(glass=held, verdict="justified", text=WORDS)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from event where kind = 'rights.glass.found'")
        assert cursor.fetchone() == (0,)


def test_a_judgement_stands(held, officer, as_actor):
    with as_actor(actor(officer)):
        commands.judge_glass(glass=held, verdict="justified", text=WORDS)
        for again in (
            lambda: commands.judge_glass(glass=held, verdict="unjustified", text=WORDS),
            lambda: commands.ask_explanation(glass=held, text=WORDS),
        ):
            with pytest.raises(RightsError, match="déjà été jugé"):
                again()


def test_nothing_is_explained_that_nobody_asked(held, doctor, as_actor):
    with as_actor(actor(doctor)), pytest.raises(RightsError, match="attend"):
        commands.explain_glass(glass=held, text=WORDS)


def test_an_answer_says_why(held, officer, as_actor):
    with as_actor(actor(officer)), pytest.raises(RightsError, match="10"):
        commands.judge_glass(glass=held, verdict="justified", text="ok")


def test_nobody_judges_their_own_opening(place, as_actor):
    head = referent(place, opener(place))
    own = opened(head)
    with as_actor(actor(head)), pytest.raises(AccessRefusedError):
        commands.judge_glass(glass=own, verdict="justified", text=WORDS)


def test_a_referent_judges_what_was_opened_from_their_place_and_nothing_else(
    held, place, elsewhere, as_actor
):
    with as_actor(actor(referent(elsewhere))), pytest.raises(AccessRefusedError):
        commands.judge_glass(glass=held, verdict="justified", text=WORDS)
    with as_actor(actor(referent(place))):
        commands.judge_glass(glass=held, verdict="justified", text=WORDS)


def test_row_security_shows_each_what_is_theirs(held, place, elsewhere, doctor, as_actor):
    seen = (referent(place), doctor, user_of_role("auditor"))
    unseen = (referent(elsewhere), opener(place), UserFactory(role="operator", kind="operator"))
    for user in seen:
        with as_actor(actor(user)):
            assert Glass.objects.count() == 1
    for user in unseen:
        with as_actor(actor(user)):
            assert Glass.objects.count() == 0


def test_the_page_shows_what_was_read_during_it_and_nothing_of_the_record(
    held, patient, doctor, officer, signed_in
):
    with acting(actor(doctor)):
        note("record.results.read", patient_id=patient.pk, object_kind="results")
        note("record.results.read", patient_id=known_patient().pk, object_kind="results")
    AuditLine.objects.filter(action="record.results.read").update(
        at=held.opened_at + timedelta(hours=1)
    )
    page = signed_in(officer).get(reverse("rights:glass", args=[held.pk])).content.decode()
    assert page.count("A consulté les résultats") == 1
    assert REASON in page
    assert reverse("record:summary", args=[patient.pk]) not in page
    line = AuditLine.objects.get(action="rights.glass.read")
    assert (line.patient_id, line.actor_id) == (patient.pk, officer.id)


def test_the_officer_asks_the_opener_answers_the_officer_judges(held, doctor, officer, signed_in):
    desk, own = signed_in(officer), signed_in(doctor)
    at = reverse("rights:glass", args=[held.pk])
    assert desk.post(at, {"answer": "asked", "text": "Que s’est-il passé ?"}).status_code == 302
    mine = reverse("rights:own_glass", args=[held.pk])
    assert "On vous demande une explication" in own.get(mine).content.decode()
    assert "Répondre" in own.get(reverse("rights:own")).content.decode()
    assert own.post(mine, {"text": "Patient sans papiers, inconscient."}).status_code == 302
    page = desk.get(at).content.decode()
    assert "Patient sans papiers, inconscient." in page
    assert desk.post(at, {"answer": "justified", "text": WORDS}).status_code == 302
    assert "Justifié" in own.get(mine).content.decode()
    assert desk.get(reverse("rights:glasses")).content.decode().count("LE GOFF") == 0
    done = desk.get(reverse("rights:glasses") + "?vue=relus").content.decode()
    assert "LE GOFF" in done


def test_an_answer_without_words_is_said_beside_its_field(held, officer, signed_in):
    answer = signed_in(officer).post(
        reverse("rights:glass", args=[held.pk]), {"answer": "justified", "text": "ok"}
    )
    assert answer.status_code == 422
    held.refresh_from_db()
    assert held.state == "pending"


def test_the_late_come_first_and_filters_narrow(doctor, place, elsewhere, officer, signed_in):
    other = opener(regulates(elsewhere), name="Giulia MARCHETTI")
    opened(doctor, days=2)
    opened(other, days=20, reason_code="samu")
    desk = signed_in(officer)

    def names(query=""):
        page = desk.get(reverse("rights:glasses") + query).content.decode()
        found = [name for name in ("LE GOFF", "MARCHETTI") if name in page]
        return sorted(found, key=page.index)

    assert names() == ["MARCHETTI", "LE GOFF"]
    assert names("?retard=1") == ["MARCHETTI"]
    assert names("?nature=break_glass") == ["LE GOFF"]
    assert names(f"?lieu={elsewhere.id}") == ["MARCHETTI"]
    assert names("?q=le+goff") == ["LE GOFF"]
    assert names("?etat=asked") == []
    assert names("?etat=n%27importe&nature=quoi&lieu=x&apres=~") == ["MARCHETTI", "LE GOFF"]


def test_the_file_holds_the_same_choice_and_no_formula(doctor, officer, signed_in):
    held = opened(doctor)
    Glass.objects.filter(pk=held.pk).update(reason_text="=1+1 urgence")
    answer = signed_in(officer).get(reverse("rights:glasses_csv"))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[0][0] == "ouvert_le"
    assert lines[1][1] == doctor.name
    assert lines[1][5] == "'=1+1 urgence"
    assert AuditLine.objects.filter(action="rights.glasses.exported").exists()


@pytest.mark.parametrize("role", ["nurse", "operator", "patient", "secretary"])
def test_there_is_no_desk_for_anybody_else(held, role, signed_in):
    browser = signed_in(user_of_role(role))
    for url in (
        reverse("rights:glasses"),
        reverse("rights:glasses_csv"),
        reverse("rights:glass", args=[held.pk]),
        reverse("rights:own_glass", args=[held.pk]),
    ):
        assert browser.get(url).status_code == 404


def test_a_referent_finds_no_opening_of_another_place(held, elsewhere, signed_in):
    browser = signed_in(referent(elsewhere))
    assert "LE GOFF" not in browser.get(reverse("rights:glasses")).content.decode()
    assert browser.get(reverse("rights:glass", args=[held.pk])).status_code == 404


def test_empty_pages_say_what_will_be_there(officer, doctor, signed_in):
    assert "Rien à relire" in signed_in(officer).get(reverse("rights:glasses")).content.decode()
    page = signed_in(doctor).get(reverse("rights:own")).content.decode()
    assert "Vous n’avez ouvert aucun dossier en urgence" in page


def test_pages_follow_one_another_without_a_hole(officer, doctor, patient, signed_in):
    now = timezone.now()
    model = opened(doctor, patient)
    copies(model, 60, now)
    desk = signed_in(officer)
    seen, url = [], reverse("rights:glasses")
    while url:
        context = desk.get(url).context
        seen += [row["glass"].pk for row in context["rows"]]
        url = context["next_url"] and reverse("rights:glasses") + context["next_url"]
    assert len(seen) == len(set(seen)) == 61


def test_the_cost_of_the_list_does_not_grow(officer, doctor, patient, signed_in):
    model, desk = opened(doctor, patient), signed_in(officer)
    url = reverse("rights:glasses")
    desk.get(url)
    with CaptureQueriesContext(connection) as one:
        desk.get(url)
    copies(model, 49, timezone.now())
    with CaptureQueriesContext(connection) as many:
        desk.get(url)
    assert len(many) == len(one)


def copies(model, count, now):
    rows = []
    for rank in range(count):
        copy = Glass.objects.get(pk=model.pk)
        copy.pk = uuid7()
        copy.due_at = now + timedelta(minutes=rank // 2)
        rows.append(copy)
    Glass.objects.bulk_create(rows)

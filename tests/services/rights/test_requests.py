"""Requests about somebody's data: asked, taken at the desk, answered, refused; who may, who is told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.services.rights import commands
from enrs.services.rights.commands import RightsError
from enrs.services.rights.models import RequestAct, RightsRequest
from enrs.services.rights.papers import closing_letter
from tests.factories import UserFactory, actor, known_patient, person_of, proxy_of, user_of_role
from tests.services.rights.test_glasses import event, told

pytestmark = pytest.mark.django_db
TEXT = "Une copie de mes comptes rendus."
LETTER = {
    "kind": "rectification",
    "origin": "letter",
    "person_name": "Ousmane N'DIAYE",
    "asker_name": "",
    "asker_quality": "",
    "address": "3 rue des Érables\n77000 Melun",
    "identity": "copy",
    "text": "Mon prénom est mal écrit partout.",
}


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
    with as_actor(actor(person)):
        return commands.ask_right(patient_id=patient.pk, kind="copy", text=TEXT)


@pytest.fixture
def letter(officer, as_actor):
    with as_actor(actor(officer)):
        return commands.register_right(**LETTER, received_on=legal_day(timezone.now()))


def test_a_person_asks_from_their_space_and_the_officer_is_told(asked, person, patient, officer):
    today = legal_day(timezone.now())
    assert (asked.origin, asked.identity, asked.state) == ("space", "account", "received")
    assert (asked.received_on, asked.due_on) == (today, today + timedelta(days=8))
    assert "DUBREUIL" in asked.person_name
    assert told("rights.request.received") == {officer.id}
    assert event("rights.request.received").patient_id is None
    line = AuditLine.objects.get(action="rights.request.received")
    assert (line.patient_id, line.actor_id) == (patient.pk, person.id)


def test_a_representative_asks_for_the_person(patient, as_actor):
    with as_actor(actor(proxy_of(patient))):
        made = commands.ask_right(patient_id=patient.pk, kind="access", text=TEXT, is_old=True)
    assert made.asker_quality.startswith("Représentant")
    assert made.due_on > made.received_on + timedelta(days=50)


@pytest.mark.parametrize("role", ["physician", "nurse", "auditor", "operator"])
def test_nobody_else_asks_in_their_name(patient, role, as_actor):
    with as_actor(actor(user_of_role(role, patient))), pytest.raises(AccessRefusedError):
        commands.ask_right(patient_id=patient.pk, kind="copy", text=TEXT)


def test_a_person_asks_nothing_of_another_record(person, as_actor):
    other = known_patient(birth_name="MARCHETTI", first_given_name="GIULIA")
    with as_actor(actor(person)), pytest.raises(AccessRefusedError):
        commands.ask_right(patient_id=other.pk, kind="copy", text=TEXT)


def test_a_letter_is_taken_with_who_checked_the_identity(letter, officer):
    assert (letter.asker_name, letter.identity_by) == ("Ousmane N'DIAYE", officer.name)
    assert letter.number.startswith("DR-")
    assert letter.patient_id is None


def test_a_letter_does_not_come_from_the_future(officer, as_actor):
    tomorrow = legal_day(timezone.now()) + timedelta(days=1)
    with as_actor(actor(officer)), pytest.raises(RightsError, match="futur"):
        commands.register_right(**LETTER, received_on=tomorrow)


def test_nothing_is_answered_before_the_identity_is_checked(officer, as_actor):
    given = LETTER | {"identity": "none"}
    with as_actor(actor(officer)):
        made = commands.register_right(**given, received_on=legal_day(timezone.now()))
        with pytest.raises(RightsError, match="identité"):
            commands.answer_right(asked=made, text="C’est corrigé partout.")
        commands.check_identity(asked=made, identity="seen")
        commands.answer_right(asked=made, text="C’est corrigé partout.")
    made.refresh_from_db()
    assert (made.state, made.identity_by, made.closed_by) == (
        "answered",
        officer.name,
        officer.name,
    )
    kinds = RequestAct.objects.filter(asked=made).order_by("at", "id")
    assert [one.kind for one in kinds] == ["received", "identity", "answered"]


def test_a_term_is_extended_once_and_who_asked_is_told(person, patient, officer, as_actor):
    with as_actor(actor(person)):
        made = commands.ask_right(patient_id=patient.pk, kind="opposition", text=TEXT)
    with as_actor(actor(officer)):
        commands.extend_right(asked=made, text="Douze structures sont à interroger.")
        with pytest.raises(RightsError, match="prolonge"):
            commands.extend_right(asked=made, text="Douze structures sont à interroger.")
    assert told("rights.request.extended") == {person.id}
    first = made.due_on
    made.refresh_from_db()
    assert made.due_on > first + timedelta(days=55)


def test_an_access_is_never_extended(asked, officer, as_actor):
    with as_actor(actor(officer)), pytest.raises(RightsError, match="prolonge"):
        commands.extend_right(asked=asked, text="Douze structures sont à interroger.")


def test_a_closed_request_stays_closed(asked, officer, as_actor):
    with as_actor(actor(officer)):
        commands.refuse_right(asked=asked, refusal_code="not_held", text="Rien de tel ici.")
        with pytest.raises(RightsError, match="déjà sa réponse"):
            commands.answer_right(asked=asked, text="La voici finalement.")


def test_row_security_shows_a_request_to_who_asked_and_to_the_officer(
    asked, person, patient, officer, as_actor
):
    for user in (person, officer):
        with as_actor(actor(user)):
            assert RightsRequest.objects.count() == RequestAct.objects.count() == 1
    for user in (proxy_of(patient), user_of_role("physician", patient), user_of_role("operator")):
        with as_actor(actor(user)):
            assert RightsRequest.objects.count() == RequestAct.objects.count() == 0


def test_asked_answered_and_read_with_its_letter(person, patient, officer, signed_in):
    own, desk = signed_in(person), signed_in(officer)
    given = {"patient": str(patient.pk), "kind": "copy", "text": TEXT, "address": ""}
    answer = own.post(reverse("rights:ask"), given)
    assert answer.status_code == 302
    assert "réponse avant le" in own.get(reverse("rights:mine")).content.decode()
    held = RightsRequest.objects.get()
    assert held.number in desk.get(reverse("rights:requests")).content.decode()
    page = reverse("rights:request", args=[held.pk])
    assert TEXT in desk.get(page).content.decode()
    assert desk.get(reverse("rights:letter", args=[held.pk])).status_code == 404
    said = {"acte": "answer", "text": "Vous trouverez la copie ci-jointe."}
    assert desk.post(page, said).status_code == 302
    assert told("rights.request.answered") == {person.id}
    mine = own.get(reverse("rights:my_request", args=[held.pk])).content.decode()
    assert "Vous trouverez la copie ci-jointe." in mine
    assert "CNIL" in mine
    paper = own.get(reverse("rights:my_letter", args=[held.pk]))
    assert paper.content.startswith(b"%PDF-")
    assert held.number in paper.headers["Content-Disposition"]
    assert held.number not in desk.get(reverse("rights:requests")).content.decode()
    assert held.number in desk.get(reverse("rights:requests") + "?vue=closes").content.decode()


def test_a_refusal_says_why_and_where_to_complain(letter, officer, signed_in):
    desk, page = signed_in(officer), reverse("rights:request", args=[letter.pk])
    short = desk.post(page, {"acte": "refuse", "refusal_code": "quality", "text": "non"})
    assert short.status_code == 422
    given = {"acte": "refuse", "refusal_code": "quality", "text": "Aucun mandat n’est joint."}
    assert desk.post(page, given).status_code == 302
    shown = desk.get(page).content.decode()
    assert "n’a pas qualité" in shown
    assert "CNIL" in shown
    assert desk.get(reverse("rights:letter", args=[letter.pk])).content.startswith(b"%PDF-")


def test_markup_in_a_letter_is_only_text(letter, officer, as_actor):
    with as_actor(actor(officer)):
        commands.answer_right(asked=letter, text='#panic("x") *gras* @source $x$')
    letter.refresh_from_db()
    assert closing_letter(letter).startswith(b"%PDF-")


def test_a_letter_is_registered_on_the_page(officer, signed_in):
    desk = signed_in(officer)
    given = LETTER | {"received_on": legal_day(timezone.now()).isoformat()}
    assert desk.post(reverse("rights:register"), given | {"text": ""}).status_code == 422
    assert desk.post(reverse("rights:register"), given).status_code == 302
    assert RightsRequest.objects.get().due_on > legal_day(timezone.now()) + timedelta(days=25)


def test_the_late_are_found(letter, officer, signed_in):
    desk, url = signed_in(officer), reverse("rights:requests")
    assert letter.number not in desk.get(url + "?retard=1").content.decode()
    yesterday = legal_day(timezone.now()) - timedelta(days=1)
    RightsRequest.objects.update(due_on=yesterday)
    page = desk.get(url + "?retard=1&droit=rectification&q=ndiaye").content.decode()
    assert letter.number not in page
    page = desk.get(url + "?retard=1&droit=rectification&q=n%27diaye").content.decode()
    assert letter.number in page
    assert "En retard" in page


@pytest.mark.parametrize("role", ["nurse", "operator", "patient"])
def test_there_is_no_desk_for_anybody_else(letter, role, signed_in):
    browser = signed_in(user_of_role(role))
    for url in (
        reverse("rights:requests"),
        reverse("rights:register"),
        reverse("rights:request", args=[letter.pk]),
        reverse("rights:letter", args=[letter.pk]),
        reverse("rights:my_request", args=[letter.pk]),
        reverse("rights:my_letter", args=[letter.pk]),
    ):
        assert browser.get(url).status_code == 404


def test_professionals_have_no_rights_page_and_empty_pages_say_so(officer, person, signed_in):
    assert signed_in(user_of_role("nurse")).get(reverse("rights:mine")).status_code == 404
    assert "Aucune demande" in signed_in(person).get(reverse("rights:mine")).content.decode()
    page = signed_in(officer).get(reverse("rights:requests")).content.decode()
    assert "Aucune demande à traiter" in page
    alone = signed_in(UserFactory(patient=True)).get(reverse("rights:ask")).content.decode()
    assert "Aucun dossier à votre nom" in alone


def test_the_cost_of_the_list_does_not_grow_and_pages_have_no_hole(letter, officer, signed_in):
    desk, url = signed_in(officer), reverse("rights:requests")
    desk.get(url)
    with CaptureQueriesContext(connection) as one:
        desk.get(url)
    rows = []
    for rank in range(60):
        copy = RightsRequest.objects.get(pk=letter.pk)
        copy.pk, copy.number = uuid7(), f"DR-{rank}"
        copy.due_on = letter.due_on + timedelta(days=rank // 3)
        rows.append(copy)
    RightsRequest.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as many:
        answer = desk.get(url)
    assert len(many) == len(one)
    seen = [row["asked"].pk for row in answer.context["rows"]]
    more = desk.get(url + answer.context["next_url"]).context["rows"]
    seen += [row["asked"].pk for row in more]
    assert len(seen) == len(set(seen)) == 61

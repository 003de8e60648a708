"""Who of a place opened which record: what the referent sees, marks and is not told; who answers."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.services.rights import commands
from enrs.services.rights.commands import RightsError
from enrs.services.rights.models import AccessReview, AccessReviewAct
from enrs.services.rights.queries import reviews as queries
from enrs.services.rights.rules import reviews as rules
from tests.factories import GrantFactory, UserFactory, actor, known_patient, user_of_role
from tests.services.portal.factories import hospital, referent
from tests.services.rights.factories import last_month, marked, named, noon, opener, read
from tests.services.rights.test_glasses import told

pytestmark = pytest.mark.django_db
WHY = "Qu’est-ce qui vous amenait là ?"


@pytest.fixture
def place():
    return hospital("Hôpital des Tilleuls")


@pytest.fixture
def head(place):
    return referent(place, opener(place, "nurse", name="Solange MERCIER"))


@pytest.fixture
def doctor(place):
    return opener(place, name="Yann LE GOFF")


@pytest.fixture
def nurse(place):
    return opener(place, "nurse", name="Inès BERTHELOT")


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def officer():
    return UserFactory(role="auditor", kind="operator", name="Hugues CASTEL")


@pytest.fixture
def lines(place, head, as_actor):
    """The lines of the place as its referent, or somebody else, is given them."""

    def asked(user=None, **more):
        with as_actor(actor(user or head)):
            return queries.opened_lines(place=place.id, period=last_month(), **more)

    return asked


@pytest.fixture
def signs(lines):
    return lambda: {one.user_name: set(one.signs) for one in lines()}


@pytest.fixture
def browser(head, signed_in):
    """The referent's."""
    return signed_in(head)


@pytest.fixture
def asked(head, doctor, patient, place):
    """The referent asked the doctor about the one time that they read the record."""
    read(doctor, patient)
    return marked(head, doctor, patient, place)


@pytest.fixture
def at(place, doctor, patient):
    """The address of the line of the doctor and the patient."""
    return reverse("rights:opening", args=[place.id, doctor.pk, named(place, patient)])


# --- what is unusual ------------------------------------------------------------------------------


def test_each_sign_weighs_more_than_all_those_after_it():
    weights = [one.weight for one in rules.SIGNS.values()]
    assert all(one > sum(weights[rank:]) for rank, one in enumerate(weights, 1))


def test_a_reference_is_the_same_in_a_place_and_another_elsewhere(place, patient):
    key, place, other, patient = b"k" * 32, uuid7(), uuid7(), uuid7()
    told_as = rules.reference(key, place, patient)
    assert told_as == rules.reference(key, place, patient)
    assert told_as not in {
        rules.reference(key, other, patient),
        rules.reference(key, place, uuid7()),
        rules.reference(b"j" * 32, place, patient),
    }


def test_one_line_for_each_person_and_record_with_counts(doctor, patient, lines):
    read(doctor, patient, count=3)
    read(doctor, patient, at=noon(2))
    read(doctor, known_patient())
    found = lines()
    assert sorted((one.act_count, one.day_count) for one in found) == [(1, 1), (4, 2)]
    assert found[0].last_at == noon(1)


def test_what_one_person_alone_opened_is_said_and_comes_first(doctor, nurse, patient, lines):
    shared = known_patient()
    read(doctor, shared)
    read(nurse, shared, at=noon(2))
    read(nurse, patient, at=noon(3))
    found = lines()
    assert [one.signs for one in found] == [("alone",), (), ()]
    assert found[0].patient_id == patient.pk


def test_where_one_person_works_alone_that_says_nothing(doctor, patient, signs):
    read(doctor, patient)
    assert signs() == {"Yann LE GOFF": set()}


def test_the_night_is_unusual_for_who_works_by_day(doctor, nurse, patient, signs):
    for user in (doctor, nurse):
        read(user, patient, at=noon(3) + timedelta(hours=10))
        read(user, patient, at=noon(5) + timedelta(hours=14))
    for days in range(6, 12):
        read(doctor, patient, at=noon(days))
    assert signs() == {"Yann LE GOFF": {"night"}, "Inès BERTHELOT": {"night"}}
    read(nurse, patient, at=noon(8) + timedelta(hours=10))
    assert signs() == {"Yann LE GOFF": {"night"}, "Inès BERTHELOT": set()}


def test_a_broken_glass_weighs_most(doctor, nurse, patient, lines):
    read(doctor, patient, purpose="break_glass")
    read(nurse, known_patient(), at=noon(2) + timedelta(hours=11))
    found = lines()
    assert [one.user_name for one in found] == ["Yann LE GOFF", "Inès BERTHELOT"]
    assert "glass" in found[0].signs


def test_many_records_in_a_day_are_said(doctor, nurse, monkeypatch, signs):
    monkeypatch.setattr(rules, "MANY_A_DAY", 3)
    people = [known_patient() for _ in range(3)]
    for one in people:
        read(doctor, one)
        read(nurse, one, at=noon(3 + people.index(one)))
    assert signs() == {"Yann LE GOFF": {"many"}, "Inès BERTHELOT": set()}


def test_lists_refusals_the_desk_and_older_acts_open_nothing(doctor, patient, lines):
    read(doctor, patient, action="rights.access.seen")
    read(doctor, patient, at=timezone.now() - timedelta(days=31))
    read(doctor, patient, action="access.refused")
    AuditLine.objects.filter(action="access.refused").update(outcome="refused")
    assert lines() == []


def test_so_many_lines_at_most_are_read_and_it_is_said(
    doctor, patient, browser, monkeypatch, lines
):
    monkeypatch.setattr(rules, "MOST_LINES", 4)
    read(doctor, patient, count=3)
    assert lines()[0].cut_at is None
    read(doctor, known_patient(), count=3, at=noon(9))
    found = lines()
    assert sum(one.act_count for one in found) == 4
    assert found[0].cut_at == noon(9)
    page = browser.get(reverse("rights:openings")).content.decode()
    assert "Seules les lectures les plus récentes sont montrées" in page


# --- what the referent is not told ----------------------------------------------------------------


def test_nobody_is_named_whom_the_referent_does_not_follow(  # noqa: PLR0917  fixtures
    place,
    head,
    doctor,
    patient,
    browser,
    at,
):
    own = known_patient(birth_name="ROUVIERE", first_given_name="ADELE")
    GrantFactory(patient=own, grantee_id=head.grantee_id)
    read(doctor, patient)
    read(doctor, own)
    page = browser.get(reverse("rights:openings")).content.decode()
    assert "ROUVIERE" in page
    assert "DUBREUIL" not in page
    assert named(place, patient) in page
    assert str(patient.pk) not in page
    one = browser.get(at).content.decode()
    assert "DUBREUIL" not in one
    assert str(patient.pk) not in one
    assert "A consulté" not in one


def test_a_referent_sees_their_own_place_alone(  # noqa: PLR0917  fixtures
    place,
    doctor,
    patient,
    signed_in,
    lines,
    at,
):
    elsewhere = hospital("Clinique du Parc")
    other = referent(elsewhere)
    read(doctor, patient)
    assert lines(other) == []
    url = reverse("rights:openings") + f"?lieu={place.id}"
    assert "LE GOFF" not in signed_in(other).get(url).content.decode()
    assert signed_in(other).get(at).status_code == 404


@pytest.mark.parametrize("role", ["nurse", "operator", "auditor", "patient", "secretary"])
def test_there_is_no_such_page_for_anybody_else(doctor, patient, signed_in, at, role):
    read(doctor, patient)
    stranger = signed_in(user_of_role(role))
    for url in (
        reverse("rights:openings"),
        reverse("rights:openings_csv"),
        at,
    ):
        assert stranger.get(url).status_code == 404


def test_each_look_is_itself_in_the_journal(head, doctor, patient, browser, at):
    read(doctor, patient)
    browser.get(reverse("rights:openings"))
    browser.get(reverse("rights:openings_csv"))
    browser.get(at)
    seen = AuditLine.objects.filter(actor_id=head.pk)
    assert seen.get(action="rights.openings.read").patient_ids == [patient.pk]
    assert seen.get(action="rights.openings.exported").patient_ids == [patient.pk]
    assert seen.get(action="rights.opening.read").patient_id == patient.pk


def test_the_file_holds_the_same_choice_and_no_formula(place, patient, browser):
    read(opener(place, name="=1+1"), patient)
    answer = browser.get(reverse("rights:openings_csv"))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][0] == "qui"
    assert rows[1][:3] == ["'=1+1", "un dossier", named(place, patient)]


# --- marking, asking, answering -------------------------------------------------------------------


def test_what_was_seen_goes_to_the_end_until_the_record_is_opened_again(  # noqa: PLR0917  fixtures
    doctor,
    nurse,
    patient,
    browser,
    lines,
    at,
):
    read(doctor, patient, purpose="break_glass")
    read(nurse, known_patient())
    assert browser.post(at, {"mark": "seen", "text": ""}).status_code == 302
    assert [one.user_name for one in lines()][-1] == "Yann LE GOFF"
    assert AccessReview.objects.get().state == "seen"
    read(doctor, patient, at=min(timezone.now(), noon(0)))
    assert lines()[0].user_name == "Yann LE GOFF"
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from event where kind like 'rights.access.%'")
        assert cursor.fetchone() == (0,)


def test_a_line_is_asked_explained_and_closed_and_all_of_it_stays(  # noqa: PLR0917  fixtures
    head,
    doctor,
    patient,
    officer,
    signed_in,
    browser,
    at,
):
    read(doctor, patient)
    assert browser.post(at, {"mark": "asked", "text": "court"}).status_code == 422
    assert browser.post(at, {"mark": "asked", "text": WHY}).status_code == 302
    held = AccessReview.objects.get()
    assert told("rights.access.asked") == {doctor.pk}
    assert told("rights.access.listed") == {officer.pk}
    own = reverse("rights:own_review", args=[held.pk])
    mine = signed_in(doctor)
    assert "DUBREUIL" in mine.get(reverse("rights:own")).content.decode()
    assert WHY in mine.get(own).content.decode()
    assert mine.post(own, {"text": "Remplacement de sa médecin traitante."}).status_code == 302
    assert told("rights.access.explained") == {head.pk}
    desk = reverse("rights:review", args=[held.pk])
    page = browser.get(desk).content.decode()
    assert "Remplacement de sa médecin traitante." in page
    assert "DUBREUIL" not in page
    assert browser.post(desk, {"text": ""}).status_code == 302
    assert told("rights.access.seen") == {doctor.pk}
    kinds = [one.kind for one in AccessReviewAct.objects.order_by("at", "id")]
    assert kinds == ["asked", "explained", "seen"]
    assert AuditLine.objects.filter(patient_id=patient.pk, action="rights.access.asked").exists()


def test_the_officer_resolves_the_reference_of_what_was_marked(patient, officer, signed_in, asked):
    reader = signed_in(officer)
    for url in (reverse("rights:reviews"), reverse("rights:review", args=[asked.pk])):
        page = reader.get(url).content.decode()
        assert "DUBREUIL" in page
        assert asked.reference in page
    assert AuditLine.objects.filter(
        action="rights.review.read", actor_id=officer.pk, patient_id=patient.pk
    ).exists()


def test_a_line_is_asked_once_at_a_time(place, head, doctor, patient):
    read(doctor, patient)
    marked(head, doctor, patient, place)
    for mark in ("asked", "seen"):
        with pytest.raises(RightsError, match="déjà demandée"):
            marked(head, doctor, patient, place, mark)


def test_what_is_not_in_the_journal_is_not_marked(place, head, doctor, patient):
    with pytest.raises(RightsError, match="plus dans la période"):
        marked(head, doctor, patient, place)


def test_nobody_marks_or_closes_their_own_accesses(place, head, patient, browser, at):
    read(head, patient)
    with pytest.raises(AccessRefusedError):
        marked(head, head, patient, place)
    at = reverse("rights:opening", args=[place.id, head.pk, named(place, patient)])
    assert "vos propres accès" in browser.get(at).content.decode()
    other = referent(place, opener(place, "nurse"))
    held = marked(other, head, patient, place)
    page = browser.get(reverse("rights:review", args=[held.pk])).content.decode()
    assert "Vu, rien de plus à dire" not in page


def test_row_security_shows_each_what_is_theirs(  # noqa: PLR0917  fixtures
    place,
    head,
    doctor,
    nurse,
    patient,
    officer,
    as_actor,
    asked,
):
    read(nurse, asked.patient)
    marked(head, nurse, asked.patient, place, "seen")
    officer, other = user_of_role("auditor"), referent(hospital("Clinique du Parc"))
    for user, rows, names in (
        (head, 2, 0), (officer, 2, 2), (doctor, 1, 1), (nurse, 0, 0), (other, 0, 0),
    ):  # fmt: skip
        with as_actor(actor(user)):
            assert AccessReview.objects.count() == rows
            assert AccessReviewAct.objects.count() == rows
            assert len(queries.names_of(AccessReview.objects.all())) == names


def test_nothing_is_explained_that_nobody_asked(doctor, as_actor, asked):
    with as_actor(actor(doctor)):
        commands.explain_line(review=asked, text="Je la suis depuis son entrée.")
        with pytest.raises(RightsError, match="attend"):
            commands.explain_line(review=asked, text="Je la suis depuis son entrée.")


# --- pages ----------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_a_hole(doctor, browser, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 5)
    for rank in range(12):
        read(doctor, known_patient(), at=noon(1 + rank // 2))
    seen, url = [], reverse("rights:openings")
    while url:
        context = browser.get(url).context
        seen += [one["line"].patient_id for one in context["rows"]]
        url = context["next_url"] and reverse("rights:openings") + context["next_url"]
    assert len(seen) == len(set(seen)) == 12


def test_the_address_of_the_next_page_names_no_record_and_is_its_reader_s_alone(
    doctor, browser, place, signed_in, monkeypatch
):
    monkeypatch.setattr(queries, "PAGE", 5)
    read_ = [known_patient() for _ in range(12)]
    for rank, one in enumerate(read_):
        read(doctor, one, at=noon(1 + rank // 2))
    next_url = browser.get(reverse("rights:openings")).context["next_url"]
    assert not any(str(one.pk) in next_url or one.pk.hex in next_url for one in read_)
    other = signed_in(referent(place))
    first = other.get(reverse("rights:openings")).context["rows"]
    taken = other.get(reverse("rights:openings") + next_url).context["rows"]
    assert [one["line"].patient_id for one in taken] == [one["line"].patient_id for one in first]


def test_the_cost_of_the_list_does_not_grow(doctor, browser):
    url = reverse("rights:openings")
    read(doctor, known_patient())
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _ in range(49):
        read(doctor, known_patient())
    with CaptureQueriesContext(connection) as many:
        browser.get(url)
    assert len(many) == len(one)


def test_the_lines_of_a_place_are_read_by_their_index(place):
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select id from audit_line where organisation_id = %s and patient_id is not null "
            "and at >= now() - interval '30 days' order by at desc limit 20000",
            [place.id],
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "_place" in plan


def test_empty_pages_and_odd_addresses_say_what_will_be_there(officer, signed_in, browser):
    url = reverse("rights:openings")
    assert "Aucun dossier ouvert" in browser.get(url).content.decode()
    for odd in ("?lieu=x&periode=9&jusqu=hier&apres=1~x~y~z", "?jusqu=0001-01-01T00:00:00%2B00:00"):
        assert browser.get(url + odd).status_code == 200
    assert "Aucun accès ne correspond" in browser.get(url + "?periode=7").content.decode()
    assert "Rien à expliquer" in signed_in(officer).get(reverse("rights:reviews")).content.decode()

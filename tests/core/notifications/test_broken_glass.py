"""A broken glass is told: to the person, to those who represent them and to their circle, once each."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from enrs.core.access.actor import ANONYMOUS, acting
from enrs.core.access.commands import break_glass
from enrs.core.audit.models import AuditLine
from enrs.core.events.models import Event
from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import tell
from enrs.core.notifications.models import Notice
from enrs.core.notifications.queries import MOST_COUNTED, PAGE, unread_count
from enrs.referentials.circles.commands import request_access
from tests.factories import (
    GrantFactory,
    UserFactory,
    actor,
    known_patient,
    member,
    person_of,
    proxy_of,
)

pytestmark = pytest.mark.django_db
REASON = "Inconsciente aux urgences, sans proche."


def told(kind: str = "access.glass.broken") -> None:
    """Tell the newest event of a kind, as the worker does."""
    one = Event.objects.filter(kind=kind).latest("id")
    tell(OutboxEvent(one.id, 0, 0, one.at, one.kind, one.patient_id, one.topics, one.payload))


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def doctor():
    return UserFactory(role="physician", name="Dr Hélène DUBREUIL")


@pytest.fixture
def broken(patient, doctor):
    with acting(actor(doctor)):
        break_glass(patient_id=patient.pk, reason_code="emergency", reason_text=REASON)


def test_person_proxy_and_circle_are_told_and_nobody_else(patient, doctor):
    wanted = {person_of(patient), proxy_of(patient), member(patient, "nurse")}
    gone, absent, elsewhere = UserFactory(role="nurse"), member(patient, "nurse"), known_patient()
    member(elsewhere, "physician")
    person_of(elsewhere)
    GrantFactory(patient=patient, grantee_id=gone.grantee_id, ended=True)
    absent.is_active = False
    absent.save()
    GrantFactory(patient=patient, grantee_id=actor(member(elsewhere, "nurse")).organisation_id)
    with acting(actor(doctor)):
        break_glass(patient_id=patient.pk, reason_code="emergency", reason_text=REASON)
    told()
    assert set(Notice.objects.values_list("user_id", flat=True)) == {one.id for one in wanted}
    event = Event.objects.get(kind="notices.changed")
    assert set(event.topics) == {f"user:{one.id}" for one in wanted}
    assert event.payload["kind"] == "notices"
    assert AuditLine.objects.filter(action="notice.given", patient_id=patient.pk).count() == 1


def test_telling_again_adds_nothing(patient, broken):
    person_of(patient)
    told()
    told()
    assert Notice.objects.count() == 1


def test_page_says_who_and_why_and_leads_to_the_accesses(patient, broken, signed_in):
    person, colleague = person_of(patient), member(patient, "nurse")
    told()
    accesses = reverse("record:accesses", args=[patient.pk])
    for user, words in ((person, "votre dossier"), (colleague, "DUBREUIL MARIE-BERNADETTE")):
        browser = signed_in(user)
        page = browser.get(reverse("notifications:list")).content.decode()
        for expected in ("Dr Hélène DUBREUIL", "bris de glace", words, REASON, accesses):
            assert expected in page
        assert browser.get(accesses).status_code == 200


def test_reason_and_link_are_for_who_may_read_the_journal(patient, broken, signed_in):
    social = member(patient, "social_worker")
    told()
    page = signed_in(social).get(reverse("notifications:list")).content.decode()
    assert "bris de glace" in page
    assert REASON not in page
    assert reverse("record:accesses", args=[patient.pk]) not in page


def test_who_left_the_circle_no_longer_reads_the_name(patient, broken, signed_in):
    colleague = member(patient, "nurse")
    told()
    with connection.cursor() as cursor:
        cursor.execute("update access_grant set valid_until = now() - interval '1 second'")
    page = signed_in(colleague).get(reverse("notifications:list")).content.decode()
    assert "dont vous n’êtes plus dans le cercle" in page
    assert "MARIE-BERNADETTE" not in page
    assert REASON not in page


def test_bell_counts_what_is_unread_until_it_is_marked(patient, broken, signed_in):
    browser, other = signed_in(person_of(patient)), signed_in(member(known_patient(), "nurse"))
    told()
    bell = reverse("notifications:bell")
    assert '1 non lue"' in browser.get(bell).content.decode()
    assert "non lue" not in other.get(bell).content.decode()
    newest = Notice.objects.get().created_at.isoformat()
    for given in ("", "hier", "2026-13-45T00:00:00"):
        browser.post(reverse("notifications:read_all"), {"jusque": given})
    other.post(reverse("notifications:read_all"), {"jusque": newest})
    assert Notice.objects.get().read_at is None
    answer = browser.post(reverse("notifications:read_all"), {"jusque": newest}, follow=True)
    assert "Tout marquer comme lu" not in answer.content.decode()
    assert Notice.objects.get().read_at is not None
    assert "non lue" not in browser.get(bell).content.decode()


def test_only_their_reader_sees_notices_and_no_page_writes_one(patient, broken, as_actor):
    person, colleague = person_of(patient), member(patient, "nurse")
    stranger = member(known_patient(), "nurse")
    told()
    for who, seen in ((ANONYMOUS, 0), (actor(stranger), 0), (actor(person), 1)):
        with as_actor(who):
            assert Notice.objects.count() == seen
            assert Notice.objects.update(read_at=None) == seen
    with (
        as_actor(actor(colleague)),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        Notice.objects.create(user=colleague, kind="essai", event_id=uuid7())


def many(user, count):
    at = "2026-03-12T13:05:00+00:00"
    Notice.objects.bulk_create(
        Notice(
            user=user,
            kind="access.glass.broken",
            event_id=uuid7(),
            patient_id=user.grantee_id,
            details={"at": at, "by": f"Dr {rank}", "reason": "", "reason_code": "samu"},
        )
        for rank in range(count)
    )


def test_list_is_paged_and_costs_the_same(patient, signed_in, django_assert_max_num_queries):
    person = person_of(patient)
    browser, address = signed_in(person), reverse("notifications:list")
    assert "Aucune notification" in browser.get(address).content.decode()
    for count in (1, 49):
        many(person, count)
        with django_assert_max_num_queries(16):
            first = browser.get(address)
    assert len(first.context["lines"]) == PAGE
    rest = browser.get(address + first.context["next_url"])
    assert len(rest.context["lines"]) == 50 - PAGE
    names = {line.by for page in (first, rest) for line in page.context["lines"]}
    assert len(names) == 49
    assert browser.get(f"{address}?avant=faux").status_code == 200
    assert browser.get(f"{address}?avant={uuid7()}").status_code == 200


def test_count_stops_at_a_hundred(patient, signed_in):
    person = person_of(patient)
    many(person, MOST_COUNTED + 5)
    assert unread_count(person.id) == MOST_COUNTED
    assert "99+" in signed_in(person).get(reverse("notifications:bell")).content.decode()


def test_nobody_is_sent_to_sign_in(client):
    for name in ("list", "bell"):
        assert client.get(reverse(f"notifications:{name}")).status_code == 302


def test_request_of_access_is_told_to_whoever_may_answer(patient, doctor, signed_in):
    physician, person = member(patient, "physician"), person_of(patient)
    member(patient, "nurse")
    with acting(actor(doctor)):
        request_access(patient_id=patient.pk, reason="Je reprends le suivi au cabinet.")
    told("circle.access.asked")
    assert set(Notice.objects.values_list("user_id", flat=True)) == {physician.id, person.id}
    page = signed_in(physician).get(reverse("notifications:list")).content.decode()
    assert "demande l’accès" in page
    assert reverse("circles:requests") in page

"""The pages of the agenda and its feed, for each kind of reader."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.commands import deny
from enrs.core.agenda import commands, rules
from enrs.core.agenda.models import Agenda, Appointment, Feed, Slot
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from tests.core.agenda.factories import NINE, appointment
from tests.factories import (
    GrantFactory,
    UserFactory,
    actor,
    known_patient,
    person_of,
    user_of_role,
)

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
WEEK = "?semaine=2026-W48"
FORM = {"day": "2026-11-24", "at": "09:00", "minutes": "30", "kind": "meeting"}


def soon(hours: int = 48) -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)


def test_a_week_shows_names_and_escapes(nurse, agenda, patient, signed_in):
    appointment(agenda, patient, place=SCRIPT)
    appointment(agenda, start=NINE + timedelta(hours=2), title=SCRIPT)
    page = signed_in(nurse).get(reverse("agenda:week") + WEEK).content.decode()
    assert "DUBREUIL MARIE-BERNADETTE" in page
    assert SCRIPT not in page
    line = AuditLine.objects.get(action="agenda.week.read")
    assert line.patient_ids == [patient.pk]


def test_an_opposed_hour_is_occupied_and_names_nobody(nurse, agenda, patient, signed_in):
    appointment(agenda, patient, title="Pansement")
    deny(patient_id=patient.pk, grantee_id=nurse.grantee_id, source_id=uuid7())
    page = signed_in(nurse).get(reverse("agenda:week") + WEEK).content.decode()
    assert "Occupé" in page
    assert "Pansement" not in page
    assert "DUBREUIL MARIE-BERNADETTE" not in page


@pytest.mark.parametrize("week", ["", "2026-W99", "0000-W01", "x", "9999-W53", "2026-W48&agenda=x"])
def test_a_week_that_is_none_is_this_one(week, nurse, signed_in):
    answer = signed_in(nurse).get(f"{reverse('agenda:week')}?semaine={week}")
    assert answer.status_code == 200


def test_the_first_visit_offers_to_open_an_agenda(nurse, signed_in):
    browser = signed_in(nurse)
    assert "Ouvrir mon agenda" in browser.get(reverse("agenda:week")).content.decode()
    browser.post(reverse("agenda:open"))
    browser.post(reverse("agenda:open"))
    browser.post(reverse("agenda:open"), {"de": "structure"})
    assert sorted(Agenda.objects.values_list("kind", flat=True)) == ["person", "place"]


@pytest.mark.parametrize("role", ["patient", "proxy", "operator", "identity_officer", "anonymous"])
def test_others_have_no_agenda(role, signed_in):
    assert signed_in(user_of_role(role)).get(reverse("agenda:week")).status_code == 404


def test_booking_by_the_page_and_a_taken_hour(nurse, agenda, signed_in):
    browser, given = signed_in(nurse), FORM | {"agenda": str(agenda.pk)}
    assert browser.post(reverse("agenda:new"), given).status_code == 302
    assert Appointment.objects.get().period.lower == NINE
    answer = browser.post(reverse("agenda:new"), given)
    assert answer.status_code == 422
    assert "déjà pris" in answer.content.decode()


@pytest.mark.parametrize(
    "forged",
    [
        {"agenda": str(uuid7())},
        {"kind": "busy"},
        {"kind": SCRIPT},
        {"minutes": "999999"},
        {"minutes": "-5"},
        {"day": "2026-02-30"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"participants": [str(uuid7())]},
        {"repeats": "FREQ=SECONDLY"},
        {"repeats": "FREQ=DAILY", "times": "100000"},
        {"title": "x" * 300},
    ],
)
def test_forged_bookings(forged, nurse, agenda, signed_in):
    given = FORM | {"agenda": str(agenda.pk)} | forged
    assert signed_in(nurse).post(reverse("agenda:new"), given).status_code == 422
    assert Appointment.objects.count() == 0


def test_a_repetition_by_the_page(nurse, agenda, signed_in):
    given = FORM | {"agenda": str(agenda.pk), "repeats": "FREQ=WEEKLY", "times": "4"}
    signed_in(nurse).post(reverse("agenda:new"), given)
    assert Appointment.objects.count() == 4


def test_a_person_s_tab_and_booking_for_them(nurse, agenda, patient, signed_in):
    browser, address = signed_in(nurse), reverse("agenda:book_for", args=[patient.pk])
    browser.post(address, FORM | {"kind": "home_visit", "title": SCRIPT})
    one = Appointment.objects.get()
    assert (one.patient_id, one.agenda_id) == (patient.pk, None)
    own = signed_in(person_of(patient))
    Appointment.objects.update(period=(soon(), soon(49)), starts_at=soon())
    page = own.get(reverse("agenda:panel", args=[patient.pk])).content.decode()
    assert "Visite à domicile" in page
    assert SCRIPT not in page
    shown = own.get(reverse("agenda:of_patient", args=[patient.pk, one.pk]))
    assert shown.status_code == 200
    answer = own.post(
        reverse("agenda:of_patient", args=[patient.pk, one.pk]),
        {"acte": "annuler", "reason": "Je suis en voyage"},
    )
    assert answer.status_code == 302
    one.refresh_from_db()
    assert one.status == "cancelled"


def test_a_slot_is_taken_once_by_the_page(nurse, agenda, patient, signed_in):
    slot = Slot.objects.create(id=uuid7(), agenda=agenda, period=(soon(), soon(49)))
    browser, address = signed_in(person_of(patient)), reverse("agenda:book_for", args=[patient.pk])
    assert str(slot.pk) in browser.get(address).content.decode()
    browser.post(address, {"creneau": str(slot.pk)})
    browser.post(address, {"creneau": str(slot.pk)})
    assert Appointment.objects.filter(slot=slot).count() == 1
    for hostile in ("x", str(uuid7())):
        assert browser.post(address, {"creneau": hostile}).status_code == 404


def test_an_appointment_of_a_person_under_another_s_address(nurse, agenda, patient, signed_in):
    other = known_patient()
    GrantFactory(patient=other, grantee_id=nurse.grantee_id, level=2)
    one = appointment(agenda, patient)
    browser = signed_in(nurse)
    address = reverse("agenda:of_patient", args=[other.pk, one.pk])
    assert browser.get(address).status_code == 404
    short = reverse("agenda:appointment", args=[one.pk])
    assert browser.get(short).url == reverse("agenda:of_patient", args=[patient.pk, one.pk])


@pytest.mark.parametrize("name", ["appointment", "settings", "slots"])
def test_what_is_not_mine_is_not_found(name, agenda, signed_in):
    one = appointment(agenda, title="Réunion")
    key = one.pk if name == "appointment" else agenda.pk
    browser = signed_in(UserFactory(role="physician"))
    for method in (browser.get, browser.post):
        assert method(reverse(f"agenda:{name}", args=[key])).status_code == 404


def test_changing_stale_and_cancelling_by_the_page(nurse, agenda, signed_in):
    one = appointment(agenda, kind="meeting")
    browser, address = signed_in(nurse), reverse("agenda:appointment", args=[one.pk])
    given = FORM | {"acte": "changer", "version": "1", "at": "10:00"}
    assert browser.post(address, given).status_code == 302
    answer = browser.post(address, given | {"at": "11:00"})
    assert answer.status_code == 422
    assert "entre-temps" in answer.content.decode()
    assert browser.post(address, {"acte": "annuler", "reason": ""}).status_code == 422
    assert browser.post(address, {"acte": "etat", "etat": "x", "version": "2"}).status_code == 422
    assert browser.post(address, {"acte": "annuler", "reason": "Reportée"}).status_code == 302
    assert "Reportée" in browser.get(address).content.decode()


def test_a_guest_answers_by_the_page(nurse, agenda, signed_in):
    guest = UserFactory(role="nurse")
    with acting(actor(nurse)):
        one = commands.book(
            start=soon(), end=soon(49), agenda=agenda, title="Synthèse",
            participants=[rules.Person(guest.grantee_id, guest.name)],
        )  # fmt: skip
    browser = signed_in(guest)
    monday = one.starts_at.date().isocalendar()
    week = f"?semaine={monday.year}-W{monday.week:02}"
    assert "Synthèse" in browser.get(reverse("agenda:week") + week).content.decode()
    address = reverse("agenda:appointment", args=[one.pk])
    assert browser.post(address, {"acte": "repondre", "reponse": "accepted"}).status_code == 302
    assert browser.post(address, {"acte": "repondre", "reponse": SCRIPT}).status_code == 422
    assert browser.post(address, {"acte": "annuler", "reason": "Non"}).status_code == 422
    assert one.participants.get().answer == "accepted"


def test_slots_are_opened_and_closed_by_the_page(nurse, agenda, signed_in):
    browser, address = signed_in(nurse), reverse("agenda:slots", args=[agenda.pk])
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    given = {
        "first_on": day, "last_on": day, "weekdays": list("0123456"),
        "opens_at": "09:00", "closes_at": "11:00", "minutes": "30",
    }  # fmt: skip
    assert browser.post(address, given).status_code == 302
    assert browser.post(address, given).status_code == 422
    assert browser.post(address, given | {"weekdays": ["9"]}).status_code == 422
    for far in ("0001-01-01", "9999-12-31"):
        hostile = given | {"first_on": far, "last_on": far}
        assert browser.post(address, hostile).status_code == 422
    page = browser.get(address).content.decode()
    assert page.count("Fermer") >= 4
    browser.post(address, {"creneau": str(Slot.objects.order_by("id").first().pk)})
    assert Slot.objects.filter(closed_at=None).count() == 3


def test_sharing_and_ending_by_the_page(nurse, agenda, signed_in):
    browser, address = signed_in(nurse), reverse("agenda:settings", args=[agenda.pk])
    place = str(actor(nurse).organisation_id)
    given = {"acte": "partager", "grantee": place, "level": "2"}
    assert browser.post(address, given).status_code == 302
    assert browser.post(address, given | {"grantee": str(uuid7())}).status_code == 422
    share = agenda.shares.get()
    browser.post(address, {"acte": "fermer", "quoi": str(share.pk)})
    share.refresh_from_db()
    assert share.ended_at
    assert browser.post(address, {"acte": "fermer", "quoi": "x"}).status_code == 404


def new_feed(browser, agenda, **fields) -> str:
    given = {"acte": "adresse", "label": "Téléphone"} | fields
    page = browser.post(reverse("agenda:settings", args=[agenda.pk]), given).content.decode()
    return "/" + page.split("<code>")[1].split("</code>")[0].split("/", 3)[3]


def test_the_feed_says_rdv_and_initials_and_nothing_else(nurse, agenda, patient, signed_in, client):
    words = {"title": "Chimiothérapie", "place": "12 rue des Lilas", "comment": "VIH"}
    appointment(agenda, patient, start=soon(), **words)
    appointment(agenda, start=soon(60), kind="meeting", title="Staff oncologie")
    address = new_feed(signed_in(nurse), agenda, shows_initials="on")
    answer = client.get(address)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    text = answer.content.decode()
    assert "SUMMARY:RDV D M-B" in text
    assert "SUMMARY:Réunion" in text
    for word in ("Chimio", "Lilas", "VIH", "oncologie", "DUBREUIL"):
        assert word not in text


def test_an_unchanged_feed_is_not_sent_again(nurse, agenda, patient, signed_in, client):
    one = appointment(agenda, patient, start=soon())
    address = new_feed(signed_in(nurse), agenda)
    first = client.get(address)
    assert "SUMMARY:RDV\r\n" in first.content.decode()
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert AuditLine.objects.filter(action="agenda.feed.read").count() == 1
    with acting(actor(nurse)):
        commands.cancel(appointment=one, reason="Reporté")
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert "STATUS:CANCELLED" in changed.content.decode()


def test_a_feed_ends_with_its_address_its_right_and_its_owner(
    nurse, agenda, patient, signed_in, client
):
    appointment(agenda, patient, start=soon())
    browser = signed_in(nurse)
    address = new_feed(browser, agenda)
    deny(patient_id=patient.pk, grantee_id=nurse.grantee_id, source_id=uuid7())
    assert "VEVENT" not in client.get(address).content.decode()
    quoi = {"acte": "fermer", "quoi": str(Feed.objects.get().pk)}
    browser.post(reverse("agenda:settings", args=[agenda.pk]), quoi)
    assert client.get(address).status_code == 404
    other = new_feed(browser, agenda)
    nurse.is_active = False
    nurse.save(update_fields=["is_active"])
    assert client.get(other).status_code == 404
    assert client.get(reverse("agenda:feed", args=["invente"])).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b"BEGIN:VCALENDAR\r\n" + b"x" * 1_100_000, b"\x00\xff"],
)
def test_a_hostile_calendar_is_refused_in_words(content, nurse, agenda, signed_in):
    given = {"acte": "importer", "source": "x", "file": SimpleUploadedFile("a.ics", content)}
    answer = signed_in(nurse).post(reverse("agenda:settings", args=[agenda.pk]), given)
    assert answer.status_code == 422
    assert "calendrier" in answer.content.decode()
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize("page", ["week", "panel", "feed"])
def test_the_number_of_queries_is_constant(page, nurse, agenda, patient, signed_in):
    browser, counts = signed_in(nurse), []
    start = datetime(2026, 11, 23, 0, 0, tzinfo=UTC) if page == "week" else soon()
    address = {
        "week": reverse("agenda:week") + WEEK,
        "panel": reverse("agenda:panel", args=[patient.pk]),
        "feed": new_feed(browser, agenda) if page == "feed" else "",
    }[page]
    for size in (1, 50):
        for rank in range(Appointment.objects.count(), size):
            about = patient if page == "panel" or rank == 0 else known_patient()
            GrantFactory(patient=about, grantee_id=nurse.grantee_id, level=2)
            appointment(agenda, about, start=start + timedelta(hours=rank))
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_appointment_goes_into_one_s_own_agenda_unless_told_otherwise(
    nurse, agenda, patient, signed_in
):
    page = signed_in(nurse).get(reverse("agenda:book_for", args=[patient.pk])).content.decode()
    assert f'<option value="{agenda.id}" selected>' in page


def test_a_week_names_its_holidays(nurse, agenda, signed_in):
    shown = signed_in(nurse).get(reverse("agenda:week") + "?semaine=2026-W46").content.decode()
    assert "férié\u00a0: Armistice de 1918" in shown or "férié : Armistice de 1918" in shown
    assert shown.count("is-holiday") == 1

"""Booking, changing, cancelling: by whom, and what the database refuses."""

import threading
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection, transaction

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.access.models import Level
from enrs.core.agenda import commands, queries, rules
from enrs.core.agenda.commands import AgendaRefusedError, PeriodTakenError
from enrs.core.agenda.models import Agenda, Appointment, Participant, Slot
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from tests.core.agenda.factories import NINE, agenda_of, appointment
from tests.factories import UserFactory, actor, known_patient, member, person_of

pytestmark = pytest.mark.django_db
HALF = timedelta(minutes=30)


def test_a_booking_is_kept_published_and_carried_by_an_identity(nurse, agenda, patient, as_actor):
    with as_actor(actor(nurse)):
        made = commands.book(
            start=NINE, end=NINE + HALF, agenda=agenda, patient_id=patient.pk, kind="home_visit",
            participants=[rules.Person(uuid7(), "Dr Claire MOREAU")],
        )  # fmt: skip
    stored = Appointment.objects.get(pk=made.pk)
    assert (stored.status, stored.period.lower, bool(stored.identity_id)) == ("booked", NINE, True)
    assert stored.participants.count() == 1
    published = Resource.objects.get(type="Appointment", id=made.pk, is_current=True)
    assert published.category == "agenda"
    assert '"minutesDuration":30' in published.body


def test_an_appointment_without_person_is_not_published(nurse, agenda, as_actor):
    with as_actor(actor(nurse)):
        made = commands.book(start=NINE, end=NINE + HALF, agenda=agenda, kind="meeting")
        assert queries.appointment(made.pk) == made
    assert not Resource.objects.filter(id=made.pk).exists()


def test_an_agenda_holds_one_at_a_time(nurse, agenda, patient, as_actor):
    with as_actor(actor(nurse)):
        commands.book(start=NINE, end=NINE + HALF, agenda=agenda)
        with pytest.raises(PeriodTakenError) as refusal:
            commands.book(
                start=NINE + HALF / 2, end=NINE + HALF, agenda=agenda, patient_id=patient.pk
            )
        commands.book(start=NINE + HALF, end=NINE + 2 * HALF, agenda=agenda)
    assert refusal.value.start == NINE + HALF / 2
    assert Appointment.objects.count() == 2


def test_a_cancelled_hour_is_free_again(nurse, agenda, as_actor):
    with as_actor(actor(nurse)):
        first = commands.book(start=NINE, end=NINE + HALF, agenda=agenda)
        commands.cancel(appointment=first, reason="La personne est hospitalisée")
        commands.book(start=NINE, end=NINE + HALF, agenda=agenda)
    first.refresh_from_db()
    assert (first.status, first.cancelled_reason) == ("cancelled", "La personne est hospitalisée")


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_take_one_hour():
    nurse = UserFactory(role="nurse")
    agenda, by = agenda_of(nurse), actor(nurse)
    barrier, outcomes = threading.Barrier(2), []

    def attempt() -> None:
        try:
            with transaction.atomic(), acting(by):
                barrier.wait(10)
                commands.book(start=NINE, end=NINE + HALF, agenda=agenda)
            outcomes.append("kept")
        except PeriodTakenError:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["kept", "taken"]
    assert Appointment.objects.filter(agenda=agenda).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_take_one_slot():
    nurse = UserFactory(role="nurse")
    patient = known_patient()
    agenda = agenda_of(nurse)
    slot = Slot.objects.create(id=uuid7(), agenda=agenda, period=(NINE, NINE + HALF))
    others = [member(patient, "coordinator"), member(patient, "physician")]
    barrier, outcomes = threading.Barrier(2), []

    def attempt(user: object) -> None:
        try:
            with transaction.atomic(), acting(actor(user)):
                barrier.wait(10)
                commands.book(
                    start=NINE, end=NINE + HALF, agenda=agenda, slot=slot, patient_id=patient.pk
                )
            outcomes.append("kept")
        except PeriodTakenError:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(user,)) for user in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["kept", "taken"]


def test_a_slot_is_taken_by_the_person_themselves(agenda, patient, as_actor):
    slot = Slot.objects.create(id=uuid7(), agenda=agenda, period=(NINE, NINE + HALF))
    with as_actor(actor(person_of(patient))):
        assert queries.free_slots([agenda.pk], since=NINE) == [slot]
        commands.book(start=NINE, end=NINE + HALF, agenda=agenda, slot=slot, patient_id=patient.pk)
        assert queries.free_slots([agenda.pk], since=NINE) == []


def test_elsewhere_than_a_slot_the_agenda_must_be_held(agenda, patient, as_actor):
    for user in (person_of(patient), member(patient, "physician")):
        with as_actor(actor(user)), pytest.raises(AccessRefusedError):
            commands.book(start=NINE, end=NINE + HALF, agenda=agenda, patient_id=patient.pk)


def test_a_slot_of_another_agenda_opens_nothing(nurse, agenda, patient, as_actor):
    other = agenda_of(UserFactory(role="nurse"))
    slot = Slot.objects.create(id=uuid7(), agenda=agenda, period=(NINE, NINE + HALF))
    with as_actor(actor(nurse)), pytest.raises(AgendaRefusedError, match="slot"):
        commands.book(start=NINE, end=NINE + HALF, agenda=other, slot=slot, patient_id=patient.pk)


@pytest.mark.parametrize("role", ["identity_officer", "anonymous"])
def test_a_profession_without_agenda_writes_nothing(role, patient, as_actor):
    user = member(patient, role)
    with as_actor(actor(user)), pytest.raises(AccessRefusedError):
        commands.book(start=NINE, end=NINE + HALF, patient_id=patient.pk)


def test_outside_the_circle_nothing_is_written_or_read(agenda, patient, nurse, as_actor):
    stranger = UserFactory(role="physician")
    made = appointment(agenda, patient)
    with as_actor(actor(stranger)):
        assert queries.appointment(made.pk) is None
        assert queries.appointments_of(patient.pk) == []
        with pytest.raises(AccessRefusedError):
            commands.book(start=NINE, end=NINE + HALF, patient_id=patient.pk)
        with pytest.raises(AccessRefusedError):
            commands.cancel(appointment=made, reason="Un motif")


def test_an_opposed_professional_sees_an_occupied_hour_and_no_more(
    nurse, agenda, patient, as_actor
):
    made = appointment(agenda, patient, title="Pansement")
    deny(patient_id=patient.pk, grantee_id=nurse.grantee_id, source_id=uuid7())
    with as_actor(actor(nurse)):
        (row,) = queries.week(queries.held_agendas(), NINE - HALF, NINE + HALF)
        assert (row.id, row.appointment, row.name) == (made.pk, None, "")
        assert queries.appointment(made.pk) is None
        with pytest.raises(AccessRefusedError):
            commands.cancel(appointment=made, reason="Un motif")


@pytest.mark.parametrize(
    ("level", "reads", "writes"), [(1, False, False), (2, True, False), (3, True, True)]
)
def test_what_a_share_opens(level, reads, writes, nurse, agenda, as_actor):  # noqa: PLR0917
    colleague = UserFactory(role="secretary")
    with as_actor(actor(nurse)):
        commands.share(
            agenda=agenda, grantee_id=colleague.grantee_id, display="Sandrine", level=level
        )
    made = appointment(agenda, title="Réunion d'équipe")
    with as_actor(actor(colleague)):
        (row,) = queries.week(queries.held_agendas(), NINE, NINE + HALF)
        assert bool(row.appointment) is reads
        assert bool(queries.appointment(made.pk)) is reads
        if writes:
            commands.book(start=NINE + HALF, end=NINE + 2 * HALF, agenda=agenda)
        else:
            with pytest.raises(AccessRefusedError):
                commands.book(start=NINE + HALF, end=NINE + 2 * HALF, agenda=agenda)


def test_only_the_owner_shares(agenda, as_actor):
    with as_actor(actor(UserFactory(role="nurse"))), pytest.raises(AccessRefusedError):
        commands.share(agenda=agenda, grantee_id=uuid7(), display="x", level=3)


def test_an_ended_share_closes(nurse, agenda, as_actor):
    colleague = UserFactory(role="secretary")
    with as_actor(actor(nurse)):
        opened = commands.share(
            agenda=agenda, grantee_id=colleague.grantee_id, display="x", level=3
        )
        commands.end_share(share=opened)
    with as_actor(actor(colleague)):
        assert queries.held_agendas() == []


def test_a_stale_save_is_refused_and_a_fresh_one_asks_again(nurse, agenda, as_actor):
    with as_actor(actor(nurse)):
        guest = UserFactory(role="nurse")
        made = commands.book(
            start=NINE, end=NINE + HALF, agenda=agenda,
            participants=[rules.Person(guest.grantee_id, guest.name)],
        )  # fmt: skip
    with as_actor(actor(guest)):
        commands.answer(appointment=made, answer="accepted")
    with as_actor(actor(nurse)):
        later = {"start": NINE + HALF, "end": NINE + 2 * HALF, "kind": "meeting"}
        commands.change(appointment=made, expected_version=1, **later)
        assert Participant.objects.get(appointment=made).answer == "needs-action"
        with pytest.raises(StaleSaveError):
            commands.change(appointment=made, expected_version=1, **later)


def test_who_is_not_invited_does_not_answer(nurse, agenda, as_actor):
    made = appointment(agenda)
    with as_actor(actor(nurse)), pytest.raises(AccessRefusedError):
        commands.answer(appointment=made, answer="accepted")


def test_a_guest_reads_and_changes_nothing(agenda, as_actor):
    guest = UserFactory(role="nurse")
    made = appointment(agenda)
    Participant.objects.create(appointment=made, grantee_id=guest.grantee_id, display="x")
    with as_actor(actor(guest)):
        assert queries.appointment(made.pk) == made
        assert queries.appointments_for([guest.grantee_id], since=NINE, until=NINE + HALF) == [made]
        with pytest.raises(AccessRefusedError):
            commands.cancel(appointment=made, reason="Un motif")


def test_statuses_follow_their_table(nurse, agenda, patient, as_actor):
    made = appointment(agenda, patient)
    with as_actor(actor(nurse)):
        commands.move_status(appointment=made, status="arrived", expected_version=1)
        commands.move_status(appointment=made, status="fulfilled", expected_version=2)
        with pytest.raises(AgendaRefusedError, match="status"):
            commands.move_status(appointment=made, status="noshow", expected_version=3)
        with pytest.raises(AgendaRefusedError, match="status"):
            commands.cancel(appointment=made, reason="Trop tard")


def test_the_person_cancels_and_does_not_say_what_took_place(agenda, patient, as_actor):
    made = appointment(agenda, patient)
    with as_actor(actor(person_of(patient))):
        with pytest.raises(AccessRefusedError):
            commands.move_status(appointment=made, status="fulfilled", expected_version=1)
        assert commands.cancel(appointment=made, reason="Je suis en voyage") == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"end": NINE}, "order"),
        ({"end": NINE + timedelta(days=8)}, "length"),
        ({"start": datetime(2026, 1, 1, 9)}, "naive"),  # noqa: DTZ001  what is refused
        ({"start": NINE.replace(year=1)}, "years"),
        ({"end": NINE.replace(year=9999)}, "years"),
        ({"kind": "<script>"}, "kind"),
        ({"title": "x" * 201}, "long"),
        ({"comment": "x" * 5000}, "long"),
        ({"place": "a\x00b"}, "kind"),
        ({"status": "fulfilled"}, "status"),
        ({"agenda": None}, "nobody"),
        ({"participants": [rules.Person(uuid7(), "x") for _ in range(21)]}, "participants"),
    ],
)
def test_hostile_bookings(fields, reason, nurse, agenda, as_actor):
    given = {"start": NINE, "end": NINE + HALF, "agenda": agenda} | fields
    with as_actor(actor(nurse)), pytest.raises(AgendaRefusedError, match=reason):
        commands.book(**given)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 500, "a\x00bcd"])
def test_a_cancellation_says_why(reason, nurse, agenda, as_actor):
    made = appointment(agenda)
    with as_actor(actor(nurse)), pytest.raises(AgendaRefusedError, match="reason"):
        commands.cancel(appointment=made, reason=reason)


def test_a_series_is_booked_whole_or_not_at_all(nurse, agenda, as_actor):
    given = {"starts_on": date(2026, 10, 20), "starts_at": time(9), "minutes": 30, "agenda": agenda}
    appointment(agenda, start=NINE)
    with as_actor(actor(nurse)):
        with pytest.raises(PeriodTakenError) as refusal:
            commands.book_series(rule="FREQ=WEEKLY;COUNT=8", **given)
        assert refusal.value.start == NINE
        assert Appointment.objects.count() == 1
        booked = commands.book_series(rule="FREQ=WEEKLY;COUNT=5", **given)
    assert [one.starts_at.hour for one in booked] == [7, 8, 8, 8, 8]


@pytest.mark.parametrize(("scope", "count"), [("one", 1), ("following", 3), ("all", 5)])
def test_cancelling_a_series(scope, count, nurse, agenda, as_actor, monkeypatch):  # noqa: PLR0917
    now = datetime(2026, 10, 1, tzinfo=NINE.tzinfo)
    monkeypatch.setattr("enrs.core.agenda.commands.appointments.timezone.now", lambda: now)
    with as_actor(actor(nurse)):
        booked = commands.book_series(
            rule="FREQ=WEEKLY;COUNT=5", starts_on=date(2026, 10, 20), starts_at=time(9),
            minutes=30, agenda=agenda,
        )  # fmt: skip
        assert commands.cancel(appointment=booked[2], reason="Congés", scope=scope) == count


def test_no_slot_opens_on_a_public_holiday_unless_it_is_asked_for(nurse, agenda, as_actor):
    given = {
        "agenda": agenda, "first_on": date(2026, 11, 9), "last_on": date(2026, 11, 13),
        "weekdays": [1, 2], "opens_at": time(9), "closes_at": time(10), "minutes": 30,
    }  # fmt: skip
    with as_actor(actor(nurse)):
        assert commands.open_slots(**given) == 2
        given["weekdays"] = [2]
        with pytest.raises(AgendaRefusedError):
            commands.open_slots(**given)
        assert commands.open_slots(**given, on_holidays=True) == 2


def test_slots_follow_the_wall_clock_and_never_overlap(nurse, agenda, as_actor):
    given = {
        "agenda": agenda, "first_on": date(2026, 10, 23), "last_on": date(2026, 10, 27),
        "weekdays": [0, 4], "opens_at": time(9), "closes_at": time(12), "minutes": 30,
    }  # fmt: skip
    with as_actor(actor(nurse)):
        assert commands.open_slots(**given) == 12
        with pytest.raises(PeriodTakenError):
            commands.open_slots(**given)
    hours = {slot.period.lower.hour for slot in Slot.objects.all()}
    assert min(hours) == 7
    after = datetime(2026, 10, 26, tzinfo=NINE.tzinfo)
    winter = Slot.objects.filter(period__startswith__gte=after)
    assert {slot.period.lower.hour for slot in winter} == {8, 9, 10}


def test_a_booked_slot_is_not_taken_back(nurse, agenda, patient, as_actor):
    slot = Slot.objects.create(id=uuid7(), agenda=agenda, period=(NINE, NINE + HALF))
    slot.refresh_from_db()
    with as_actor(actor(nurse)):
        commands.book(start=NINE, end=NINE + HALF, agenda=agenda, slot=slot, patient_id=patient.pk)
        with pytest.raises(PeriodTakenError):
            commands.close_slot(slot=slot)


ICS = b"""BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:un@essai
SUMMARY:Chimio de Mme Dupont
DTSTART;TZID=Europe/Paris:%s
DURATION:PT1H
END:VEVENT
END:VCALENDAR
"""


def test_an_imported_calendar_keeps_hours_and_no_words(nurse, agenda, as_actor):
    soon = (datetime.now(NINE.tzinfo) + timedelta(days=3)).replace(
        minute=0, second=0, microsecond=0
    )
    content = ICS % f"{soon:%Y%m%dT%H}0000".encode()
    with as_actor(actor(nurse)):
        assert commands.import_busy(agenda=agenda, content=content, source="perso") == 1
        assert commands.import_busy(agenda=agenda, content=content, source="perso") == 1
        (kept,) = Appointment.objects.filter(status="booked")
        assert (kept.title, kept.comment, kept.is_busy_only) == ("", "", True)
        start = kept.period.lower
        with pytest.raises(PeriodTakenError, match="busy"):
            commands.book(start=start, end=start + HALF, agenda=agenda)
        commands.book(start=start, end=start + HALF, agenda=agenda, over_busy=True)


def test_a_hostile_calendar_changes_nothing(nurse, agenda, as_actor):
    with as_actor(actor(nurse)), pytest.raises(AgendaRefusedError, match=r"calendar\.shape"):
        commands.import_busy(agenda=agenda, content=b"<svg onload=alert(1)>", source="x")


def test_a_person_has_one_agenda_and_nobody_makes_another_s(as_actor):
    user = UserFactory(role="nurse")
    with as_actor(actor(user)):
        first = commands.ensure_agenda(owner_id=user.grantee_id, label=user.name)
        assert commands.ensure_agenda(owner_id=user.grantee_id, label="autre") == first
        with pytest.raises(AccessRefusedError):
            commands.ensure_agenda(owner_id=uuid7(), label="x")
    with acting(SYSTEM):
        assert commands.ensure_agenda(owner_id=uuid7(), label="x").pk
    assert Agenda.objects.count() == 2


def test_feeds_are_secret_counted_and_revocable(nurse, as_actor):
    with as_actor(actor(nurse)):
        feed, token = commands.create_feed(label="Téléphone")
        assert token not in feed.token_hash
        assert queries.feed_of(token) == feed
        commands.revoke_feed(feed=feed)
        assert queries.feed_of(token) is None
        for _ in range(5):
            commands.create_feed()
        with pytest.raises(AgendaRefusedError, match="feeds"):
            commands.create_feed()


def test_a_reader_of_the_record_cannot_write(patient, as_actor):
    reader = member(patient, "nurse", level=Level.READ)
    with as_actor(actor(reader)), pytest.raises(AccessRefusedError):
        commands.book(start=NINE, end=NINE + HALF, patient_id=patient.pk)

"""Moving an appointment: by whom, over what, and what becomes of the slot that it leaves."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.agenda import commands, queries
from enrs.core.agenda.commands import PeriodTakenError
from enrs.core.agenda.models import Appointment, Slot
from enrs.core.ids import uuid7
from enrs.core.ui.french import local
from tests.core.agenda.factories import NINE, appointment
from tests.factories import actor, member, person_of

pytestmark = pytest.mark.django_db
HALF = timedelta(minutes=30)
LATER = {"start": NINE + HALF, "end": NINE + 2 * HALF, "kind": "consultation"}


def in_a_slot(agenda, patient, start: datetime = NINE) -> Appointment:
    slot = Slot.objects.create(id=uuid7(), agenda=agenda, period=(start, start + HALF))
    with acting(actor(person_of(patient))):
        return commands.book(
            start=start, end=start + HALF, agenda=agenda, slot=slot, patient_id=patient.pk
        )


@pytest.mark.parametrize("who", ["person", "circle"])
def test_who_does_not_hold_the_agenda_changes_words_and_no_hour(who, agenda, patient, as_actor):
    user = person_of(patient) if who == "person" else member(patient, "physician")
    made = appointment(agenda, patient)
    with as_actor(actor(user)):
        with pytest.raises(AccessRefusedError):
            commands.change(appointment=made, expected_version=1, **LATER)
        made.refresh_from_db()
        same = LATER | {"start": NINE, "end": NINE + HALF}
        commands.change(appointment=made, expected_version=1, comment="Deuxième étage", **same)
    made.refresh_from_db()
    assert (made.period.lower, made.comment) == (NINE, "Deuxième étage")


def test_who_holds_the_agenda_moves_and_so_does_a_circle_without_one(
    nurse, agenda, patient, as_actor
):
    for held, user in ((agenda, nurse), (None, person_of(patient))):
        made = appointment(held, patient)
        with as_actor(actor(user)):
            commands.change(appointment=made, expected_version=1, **LATER)
        assert made.period.lower == NINE + HALF


def test_an_hour_told_occupied_is_refused_unless_it_is_meant(nurse, agenda, patient, as_actor):
    appointment(agenda, start=NINE + HALF, kind="busy", is_busy_only=True)
    made = appointment(agenda, patient)
    with as_actor(actor(nurse)):
        with pytest.raises(PeriodTakenError, match="busy"):
            commands.change(appointment=made, expected_version=1, **LATER)
        made.refresh_from_db()
        commands.change(appointment=made, expected_version=1, over_busy=True, **LATER)
    assert made.period.lower == NINE + HALF


def test_words_change_under_an_hour_told_occupied(nurse, agenda, patient, as_actor):
    appointment(agenda, kind="busy", is_busy_only=True)
    made = appointment(agenda, patient)
    same = LATER | {"start": NINE, "end": NINE + HALF}
    with as_actor(actor(nurse)):
        commands.change(appointment=made, expected_version=1, title="Pansement", **same)


def test_a_slot_that_is_left_is_free_and_booked_again(nurse, agenda, patient, as_actor):
    made = in_a_slot(agenda, patient)
    slot = Slot.objects.get()
    with as_actor(actor(nurse)):
        commands.change(appointment=made, expected_version=1, **LATER)
        assert queries.free_slots([agenda.pk], since=NINE) == [slot]
    with as_actor(actor(person_of(patient))):
        commands.book(start=NINE, end=NINE + HALF, agenda=agenda, slot=slot, patient_id=patient.pk)
        assert queries.free_slots([agenda.pk], since=NINE) == []


def test_a_shorter_hour_keeps_its_slot(nurse, agenda, patient, as_actor):
    made = in_a_slot(agenda, patient)
    with as_actor(actor(nurse)):
        shorter = {"start": NINE, "end": NINE + HALF / 2, "kind": "consultation"}
        commands.change(appointment=made, expected_version=1, **shorter)
    made.refresh_from_db()
    assert made.slot_id == Slot.objects.get().pk


def soon() -> datetime:
    return timezone.now().replace(minute=0, second=30, microsecond=0) + timedelta(hours=48)


def form_of(one: Appointment, **given: str) -> dict[str, str]:
    wall = local(one.period.lower)
    shown = {"day": f"{wall:%Y-%m-%d}", "at": f"{wall:%H:%M}", "minutes": "30"}
    return {"acte": "changer", "version": "1", "kind": "consultation"} | shown | given


def test_the_page_offers_no_move_to_who_does_not_hold_the_agenda(agenda, patient, signed_in):
    one = in_a_slot(agenda, patient, soon())
    browser = signed_in(person_of(patient))
    address = reverse("agenda:of_patient", args=[patient.pk, one.pk])
    page = browser.get(address).text
    assert "Déplacer" not in page
    assert 'name="day"' not in page
    assert "prenez un autre créneau" in page
    forged = form_of(one, day="2027-06-01", comment="Deuxième étage")
    assert browser.post(address, forged).status_code == 302
    kept = Appointment.objects.get()
    assert (kept.period.lower, kept.comment) == (soon(), "Deuxième étage")


def test_the_page_moves_for_who_holds_the_agenda_and_over_an_occupied_hour_when_asked(
    nurse, agenda, patient, signed_in
):
    one = appointment(agenda, patient, start=soon())
    appointment(
        agenda, start=soon() + timedelta(days=1), minutes=60, kind="busy", is_busy_only=True
    )
    browser = signed_in(nurse)
    address = reverse("agenda:of_patient", args=[patient.pk, one.pk])
    assert "Déplacer" in browser.get(address).text
    moved = form_of(one, day=f"{local(soon() + timedelta(days=1)):%Y-%m-%d}")
    refused = browser.post(address, moved)
    assert refused.status_code == 422
    assert "cochez la case" in refused.text
    assert 'name="over_busy"' in refused.text
    assert browser.post(address, moved | {"over_busy": "on"}).status_code == 302


def test_words_changed_by_the_page_move_nothing_by_a_second(nurse, agenda, patient, signed_in):
    one = appointment(agenda, patient, start=soon())
    address = reverse("agenda:of_patient", args=[patient.pk, one.pk])
    assert signed_in(nurse).post(address, form_of(one, title="Pansement")).status_code == 302
    kept = Appointment.objects.get()
    assert (kept.title, kept.period.lower) == ("Pansement", soon())

"""The crisis cell: asked, kept, confirmed, given back; the last bed has one taker."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.beds import commands
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.models import Capacity, Reservation, Unit
from enrs.services.beds.queries import cell as reading
from tests.factories import actor
from tests.services.beds.factories import (
    asked,
    bed_unit,
    capacity,
    caregiver,
    cell_member,
    operator,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return capacity(available=1, occupied=11)


@pytest.fixture
def member():
    return cell_member()


def hold(row, member, request=None):
    with acting(actor(member)):
        return commands.hold_bed(asked=request or asked(), capacity=row, expected_version=1)


def held_of(row):
    return Capacity.objects.get(pk=row.pk).held


def test_the_last_bed_has_one_taker(row, member):
    hold(row, member)
    with pytest.raises(BedsRefusedError, match="taken"):
        hold(row, operator())
    assert held_of(row) == 1
    assert Unit.objects.get(pk=row.unit_id).free_count == 0


def test_a_request_that_was_answered_meanwhile_is_not_answered_twice(member):
    request = asked()
    hold(capacity(), member, request)
    with pytest.raises(StaleSaveError):
        hold(capacity(), operator(), request)


def test_the_unit_says_yes_then_the_patient_comes(row, member):
    made = hold(row, member)
    with acting(actor(caregiver(row.unit.site_id))):
        commands.confirm_hold(reservation=made)
        made.refresh_from_db()
        assert made.until - timezone.now() > timedelta(hours=23)
        commands.arrive(reservation=made)
    row.refresh_from_db()
    assert (row.available, row.occupied, row.held) == (0, 12, 0)
    made.request.refresh_from_db()
    assert made.request.state == "arrived"


def test_the_unit_says_no_and_the_request_is_open_again(row, member):
    made = hold(row, member)
    with acting(actor(caregiver(row.unit.site_id))):
        with pytest.raises(BedsRefusedError, match="reason"):
            commands.release_hold(reservation=made, reason=" ")
        commands.release_hold(reservation=made, reason="Plus d’infirmière")
    made.request.refresh_from_db()
    assert (held_of(row), made.request.state) == (0, "open")


def test_a_bed_that_nobody_confirms_goes_back_by_itself(row, member):
    made = hold(row, member)
    Reservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    with acting(actor(member)), pytest.raises(BedsRefusedError, match="ended"):
        commands.confirm_hold(reservation=made)
    with acting(SYSTEM):
        commands.expire_holds()
    made.refresh_from_db()
    made.request.refresh_from_db()
    assert (made.state, made.request.state, held_of(row)) == ("expired", "open", 0)
    assert Unit.objects.get(pk=row.unit_id).free_count == 1


def test_a_cancelled_request_gives_its_bed_back(row, member):
    doctor = caregiver(bed_unit().site_id, "physician")
    with acting(actor(doctor)):
        request = commands.ask_bed(kind="rea", needs=["ventilateur"])
    hold(row, member, request)
    with acting(actor(doctor)):
        commands.cancel_ask(asked=request, reason="Patient stabilisé", expected_version=2)
    assert held_of(row) == 0
    assert Reservation.objects.get().state == "released"


def test_what_the_unit_counts_anew_does_not_give_the_promised_bed_twice(member):
    row = capacity(available=2, occupied=10)
    hold(row, member)
    with acting(actor(caregiver(row.unit.site_id))):
        commands.enter_figures(capacity=row, given={"available": 1}, expected_version=1)
    with pytest.raises(BedsRefusedError, match="taken"):
        hold(row, member)


def test_who_asks_and_who_gives(row):
    pharmacist = caregiver(row.unit.site_id, "pharmacist")
    nurse = caregiver(row.unit.site_id)
    with acting(actor(pharmacist)), pytest.raises(AccessRefusedError):
        commands.ask_bed(kind="rea")
    with acting(actor(nurse)):
        with pytest.raises(AccessRefusedError):
            commands.hold_bed(asked=asked(), capacity=row, expected_version=1)
        with pytest.raises(BedsRefusedError, match="kind"):
            commands.ask_bed(kind="medecine")


def test_the_beds_to_propose_are_free_and_near(member):
    near = capacity(bed_unit(department="77"), hours=3)
    far = capacity(bed_unit(department="91"))
    capacity(bed_unit(department="77"), available=0)
    capacity(bed_unit(department="77"), age="child")
    capacity(bed_unit(kind="usc", department="77"))
    request = asked(age="adult", department="77")
    assert [one.pk for one in reading.beds_for(request)] == [near.pk, far.pk]
    assert len(reading.beds_for(request, wide=True)) == 3


def test_asked_from_the_page_and_given_by_the_cell(signed_in, row, member):
    doctor = caregiver(bed_unit().site_id, "physician")
    asker = signed_in(doctor)
    answer = asker.post(reverse("beds:ask"), {"kind": "rea", "age": "adult", "sex": "any"})
    page = asker.get(answer.url).content.decode()
    assert "À placer" in page
    assert "Garder" not in page
    giver = signed_in(member)
    assert row.unit.name in giver.get(answer.url).content.decode()
    giver.post(f"{answer.url}proposer/", {"capacity": str(row.pk), "version": 1})
    assert "Lit proposé" in asker.get(answer.url).content.decode()
    unit = signed_in(caregiver(row.unit.site_id))
    assert "La cellule demande un lit" in unit.get(reverse("beds:mine")).content.decode()
    unit.post(reverse("beds:accept", args=[Reservation.objects.get().pk]))
    assert "Lit confirmé" in asker.get(answer.url).content.decode()


def test_a_request_is_read_by_its_place_and_by_the_cell_alone(signed_in):
    address = reverse("beds:asked", args=[asked().pk])
    assert signed_in(caregiver(bed_unit().site_id)).get(address).status_code == 404
    assert signed_in(operator()).get(address).status_code == 200

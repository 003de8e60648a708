"""Two patients watched under the same protocol turn out to be one: both follow-ups stay, one is a twin."""

from typing import Any

import pytest
from django.test import Client

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.copies import copied_parts
from enrs.referentials.identity.commands import merge_local, relink_identity
from enrs.services.home_monitoring import commands
from enrs.services.home_monitoring.models import FollowUp, Reading
from enrs.services.record.models import Measure
from tests.referentials.identity.factories import HOSPITAL, receive
from tests.services.home_monitoring.factories import GREEN, begun, read
from tests.services.record.factories import give, member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]
PLAIN = {"ins": "", "ins_oid": "", "status": "provisional"}


def merged() -> tuple[Any, Any, Any, Any]:
    """Each of two patients with an open follow-up of one doctor and a reading, then merged."""
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    former = absorbed.patient_id
    doctor = member(kept.patient_id, "physician")
    give(former, doctor)
    for one in (kept, absorbed):
        read(begun(one.patient_id, doctor), doctor, GREEN)
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")
    absorbed.refresh_from_db()
    return doctor, kept, absorbed, former


def test_one_of_the_two_is_a_twin_that_is_ended_by_hand(client: Client) -> None:
    doctor, kept, _, former = merged()
    assert not FollowUp.objects.filter(patient_id=former).exists()
    found = FollowUp.objects.filter(patient_id=kept.patient_id)
    assert sorted(found.values_list("is_twin", flat=True)) == [False, True]
    assert Reading.objects.filter(patient_id=kept.patient_id).count() == 2
    twin = FollowUp.objects.get(is_twin=True)
    signed_in(client, doctor)
    page = client.get(f"/surveillance/dossier/{kept.patient_id}/{twin.id}/").content.decode()
    assert "Deux surveillances ouvertes" in page
    with acting(doctor):
        commands.end_follow_up(follow_up=twin, code="planned", expected_version=twin.version)


def test_undoing_the_merge_gives_each_their_own_back() -> None:
    _, kept, absorbed, former = merged()
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    for model in (FollowUp, Reading):
        assert model.objects.filter(patient_id=former).count() == 1
        assert model.objects.filter(patient_id=kept.patient_id).count() == 1


def test_what_is_left_alone_is_no_twin_any_more() -> None:
    _, kept, absorbed, former = merged()
    found = FollowUp.objects.filter(patient_id=kept.patient_id)
    first, twin = found.get(is_twin=False), found.get(is_twin=True)
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    assert not FollowUp.objects.filter(is_twin=True).exists()
    assert {row.pk for row in FollowUp.objects.filter(patient_id=former)} <= {first.pk, twin.pk}


def test_ending_the_first_leaves_the_other_alone() -> None:
    doctor, kept, *_ = merged()
    first = FollowUp.objects.get(patient_id=kept.patient_id, is_twin=False)
    with acting(doctor):
        commands.end_follow_up(follow_up=first, code="planned", expected_version=first.version)
    assert not FollowUp.objects.get(ended_at=None).is_twin


def test_measures_follow_the_identity_of_their_follow_up() -> None:
    doctor, kept, absorbed, former = merged()
    for one in FollowUp.objects.filter(patient_id=kept.patient_id):
        made = read(one, doctor, GREEN)
        carried = Measure.objects.filter(pk__in=made.measure_ids)
        assert {row.identity_id for row in carried} == {one.identity_id} == {made.identity_id}
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    for made in Reading.objects.all():
        carried = Measure.objects.filter(pk__in=made.measure_ids)
        assert {row.patient_id for row in carried} == {made.patient_id}


def test_a_copy_of_somebody_s_data_tells_follow_ups_and_readings() -> None:
    _, kept, *_ = merged()
    part = next(one for one in copied_parts() if one.title == "Surveillance à domicile")
    said = [text for text, _ in part.rows(kept.patient_id, "patient", 10)]
    assert len(said) == 4
    assert any("COVID-19" in one for one in said)
    assert any("Relevé stable" in one for one in said)

"""What people wrote by hand follows a merge as messages do, and what a merge opened can be closed."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.models import FOREVER, Grant
from enrs.core.access.queries import rights_on, valid_denials
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.referentials.circles import commands
from enrs.referentials.circles.models import Member
from enrs.referentials.identity.commands import merge_local, relink_identity
from enrs.services.record.models import Note
from tests.factories import GrantFactory, NoteFactory
from tests.referentials.identity.factories import HOSPITAL, actor_in, receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]
PLAIN = {"ins": "", "ins_oid": "", "status": "provisional"}


def join(patient_id, grantee_id):
    with acting(SYSTEM):
        return commands.add_member(
            patient_id=patient_id,
            block="care_team",
            grantee_id=grantee_id,
            display="Dr Yann LE GOFF",
            role_label="Médecin",
            basis="care_team",
        )


def merge():
    merge_local(system=HOSPITAL, kept="1", absorbed="2", sender="CH")


def test_a_note_and_a_place_written_by_hand_follow_a_merge_and_come_back():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    former = absorbed.patient_id
    note = NoteFactory(patient_id=former, identity_id=None)
    doctor, both = uuid7(), uuid7()
    placed, twice = join(former, doctor), join(former, both)
    join(kept.patient_id, both)
    merge()
    assert Note.objects.get(pk=note.pk).patient_id == kept.patient_id
    assert Member.objects.get(pk=placed.pk).patient_id == kept.patient_id
    assert Member.objects.get(pk=twice.pk).patient_id == former
    absorbed.refresh_from_db()
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    assert Note.objects.get(pk=note.pk).patient_id == former
    assert Member.objects.get(pk=placed.pk).patient_id == former


def test_whoever_is_removed_after_a_merge_is_out():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    doctor = actor_in("physician")
    join(absorbed.patient_id, doctor.grantee_id)
    placed = join(kept.patient_id, doctor.grantee_id)
    merge()
    assert rights_on(kept.patient_id, doctor)
    with acting(SYSTEM):
        commands.remove_member(member=placed)
    assert not rights_on(kept.patient_id, doctor)


def test_a_stay_ends_its_right_on_the_patient_that_a_merge_made():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    nurse = replace(actor_in("nurse"), organisation_id=uuid7())
    stay = {
        "organisation_id": nurse.organisation_id, "display": "CH", "encounter_id": uuid7(),
        "identity_id": absorbed.id,
    }  # fmt: skip
    with acting(SYSTEM):
        commands.open_for_stay(patient_id=absorbed.patient_id, **stay)
        merge()
        until = timezone.now() + timedelta(days=30)
        assert {one.purpose for one in rights_on(kept.patient_id, nurse)} == {"stay"}
        commands.open_for_stay(patient_id=kept.patient_id, **stay, until=until)
    ends = Grant.objects.filter(patient_id=kept.patient_id, grantee_id=nurse.organisation_id)
    assert FOREVER not in set(ends.values_list("valid_until", flat=True))


def refuse(patient_id, grantee_id):
    with acting(SYSTEM):
        return commands.oppose(
            patient_id=patient_id, grantee_id=grantee_id, grantee_display="Dr LE GOFF",
            informed_on=timezone.now().date(), means="oral",
        )  # fmt: skip


def circle_of(patient_id):
    current = Resource.objects.get(type="CareTeam", patient_id=patient_id, is_current=True)
    return [one["member"]["display"] for one in orjson.loads(current.body).get("participant", [])]


@pytest.mark.parametrize("opposes", ["kept", "absorbed"])
def test_a_merge_gives_nothing_to_whom_the_person_opposed_on_either_patient(opposes):
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    doctor = actor_in("physician")
    other = absorbed if opposes == "kept" else kept
    join(other.patient_id, doctor.grantee_id)
    former = absorbed.patient_id
    opposed = kept if opposes == "kept" else absorbed
    opposition = refuse(opposed.patient_id, doctor.grantee_id)
    merge()
    assert not rights_on(kept.patient_id, doctor)
    assert not Grant.objects.filter(source_kind="identity_link").exists()
    assert circle_of(kept.patient_id) == []
    assert circle_of(former) == []
    opposition.refresh_from_db()
    with acting(SYSTEM):
        commands.lift_opposition(opposition=opposition)
    GrantFactory(patient=Patient.objects.get(pk=kept.patient_id), grantee_id=doctor.grantee_id)
    assert rights_on(kept.patient_id, doctor)


def test_an_opposition_goes_back_with_its_patient_when_a_merge_is_undone():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    former, doctor = absorbed.patient_id, uuid7()
    refuse(former, doctor)
    merge()
    assert valid_denials().filter(patient_id=kept.patient_id).exists()
    absorbed.refresh_from_db()
    with acting(SYSTEM):
        relink_identity(identity=absorbed, patient_id=former, by=SYSTEM, reason="fusion à tort")
    assert [one.patient_id for one in valid_denials()] == [former]


def test_both_circles_are_published_after_a_merge():
    kept, absorbed = receive("1", **PLAIN), receive("2", **PLAIN)
    former = absorbed.patient_id
    join(former, uuid7())
    merge()
    assert circle_of(kept.patient_id) == ["Dr Yann LE GOFF"]
    assert circle_of(former) == []

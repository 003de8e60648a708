"""What an emergency or one's own word may not do to somebody else's circle."""

from datetime import date

import pytest

from enrs.core.access import queries as access
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError, break_glass
from enrs.core.access.models import Grant
from enrs.referentials.circles import commands
from enrs.referentials.circles.models import Consent, Member, Opposition
from tests.factories import GrantFactory, PatientFactory, UserFactory, actor, user_of_role

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 12)
REASON = "Malaise sur la voie publique, patient inconscient"


@pytest.fixture
def patient():
    return PatientFactory()


def join(patient, grantee_id, **options):
    values = {
        "block": "care_team",
        "grantee_id": grantee_id,
        "display": "Dr Yann LE GOFF",
        "role_label": "Médecin",
        "basis": "care_team",
        "informed_on": DAY,
    } | options
    return commands.add_member(patient_id=patient.id, **values)


def consent_for(patient, grantee_id):
    return commands.record_consent(
        patient_id=patient.id,
        grantee_id=grantee_id,
        grantee_display="Dr LE GOFF",
        given_on=DAY,
        means="oral",
        leaflet_version="2026-01",
    )


def test_who_broke_the_glass_stays_a_shift_and_moves_nobody(as_actor, patient):
    stranger = actor(user_of_role("physician"))
    with acting(SYSTEM):
        placed = join(patient, UserFactory(role="nurse").grantee_id)
    with as_actor(stranger):
        break_glass(patient_id=patient.pk, reason_code="emergency", reason_text=REASON)
        for attempt in (
            lambda: join(patient, stranger.grantee_id),
            lambda: consent_for(patient, stranger.grantee_id),
            lambda: commands.remove_member(member=placed),
            lambda: commands.oppose(
                patient_id=patient.pk,
                grantee_id=placed.grantee_id,
                grantee_display="IDE",
                informed_on=DAY,
                means="oral",
            ),
        ):
            with pytest.raises(AccessRefusedError, match="level"):
                attempt()
        assert access.may("read", "circle", patient_id=patient.pk).allowed
    assert Member.objects.filter(ended_at=None).get() == placed
    assert Grant.objects.get(grantee_id=stranger.grantee_id).purpose == "break_glass"


def test_whom_the_person_opposed_does_not_lift_it_by_their_own_word(as_actor, patient):
    """Nothing is theirs any more, their structure's right included; another collects the consent."""
    opposed = actor(UserFactory(role="physician"))
    colleague = actor(UserFactory(role="physician"))
    for place in (opposed.organisation_id, colleague.grantee_id):
        GrantFactory(patient=patient, grantee_id=place, level=2)
    with acting(SYSTEM):
        opposition = commands.oppose(
            patient_id=patient.pk,
            grantee_id=opposed.grantee_id,
            grantee_display="Dr LE GOFF",
            informed_on=DAY,
            means="written",
        )
    with as_actor(opposed):
        with pytest.raises(AccessRefusedError, match="outside_circle"):
            consent_for(patient, opposed.grantee_id)
        with pytest.raises(AccessRefusedError, match="outside_circle"):
            commands.lift_opposition(opposition=opposition)
    assert not Consent.objects.exists()
    assert Opposition.objects.get().lifted_at is None
    with as_actor(colleague):
        consent_for(patient, opposed.grantee_id)
    assert Opposition.objects.get().lifted_at is not None

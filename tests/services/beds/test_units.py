"""Units that are followed, and those that fall silent; crises and their questions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.notifications.models import Notice
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.models import Organisation
from enrs.referentials.offer.models import HealthcareService
from enrs.services.beds import commands
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.models import Unit
from tests.factories import actor
from tests.referentials.offer.factories import make_site, make_unit
from tests.services.beds.factories import bed_unit, capacity, caregiver, cell_member, operator

pytestmark = pytest.mark.django_db


def test_offers_that_hold_beds_are_followed_and_closed_ones_are_not():
    site = make_site()
    ward = make_unit(
        site, activity_code="reanimation-pediatrique", place_count=8, mode_codes=["28"], age_to=215
    )
    make_unit(site, activity_code="scanner", field_code="", place_count=2)
    make_unit(site, activity_code="medecine-generale-hospitaliere", place_count=None)
    with acting(SYSTEM):
        commands.add_units()
        commands.add_units()
    unit = Unit.objects.get()
    row = unit.capacities.get()
    assert (unit.service_id, unit.kind, unit.department) == (ward.pk, "rea", "75")
    assert (row.type, row.age, row.installed, row.measured_at) == ("bed", "child", 8, None)
    HealthcareService.objects.filter(pk=ward.pk).update(state="closed")
    with acting(SYSTEM):
        commands.add_units()
        assert not Unit.objects.get().is_active
        HealthcareService.objects.filter(pk=ward.pk).update(state="published")
        commands.add_units()
    assert Unit.objects.get().is_active


def test_a_silent_unit_is_told_to_its_people_then_to_the_operator():
    row = capacity(hours=1)
    nurse, over = caregiver(row.unit.site_id), operator()
    with acting(actor(nurse)):
        commands.enter_figures(capacity=row, given={"available": 2}, expected_version=1)
    for hours, told in ((5, set()), (7, {nurse.pk}), (13, {nurse.pk, over.pk})):
        Unit.objects.update(known_at=timezone.now() - timedelta(hours=hours))
        with acting(SYSTEM):
            commands.warn_silent()
            commands.warn_silent()
        assert set(Notice.objects.values_list("user_id", flat=True)) == told
    assert Notice.objects.count() == 2
    with acting(actor(nurse)):
        commands.enter_figures(capacity=row, given={"available": 3}, expected_version=2)
    assert Unit.objects.get().warned_at is None


def test_a_crisis_asks_its_own_questions_of_its_site():
    row = capacity()
    site = Organisation.objects.get(pk=row.unit.site_id)
    doctor, nurse = caregiver(site.pk, "physician"), caregiver(site.pk)
    with acting(actor(nurse)), pytest.raises(AccessRefusedError):
        commands.open_crisis(site=site, code="plan-blanc")
    with acting(actor(doctor)):
        made = commands.open_crisis(site=site, code="plan-blanc")
        for code, reason in (("plan-blanc", "known"), ("zombies", "kind")):
            with pytest.raises(BedsRefusedError, match=reason):
                commands.open_crisis(site=site, code=code)
    with acting(actor(nurse)):
        commands.answer_crisis(crisis=made, unit=row.unit, question="1h", count=3)
        with pytest.raises(StaleSaveError):
            commands.answer_crisis(crisis=made, unit=row.unit, question="1h", count=4)
        with pytest.raises(BedsRefusedError, match="kind"):
            commands.answer_crisis(crisis=made, unit=row.unit, question="blocs", count=4)
    with acting(actor(cell_member())):
        commands.close_crisis(crisis=made)
    with acting(actor(nurse)), pytest.raises(BedsRefusedError, match="ended"):
        commands.answer_crisis(
            crisis=made, unit=row.unit, question="1h", count=4, expected_version=1
        )


def test_a_crisis_at_a_site_is_not_declared_from_another():
    site = Organisation.objects.get(pk=bed_unit().site_id)
    with (
        acting(actor(caregiver(bed_unit().site_id, "physician"))),
        pytest.raises(AccessRefusedError),
    ):
        commands.open_crisis(site=site, code="canicule")

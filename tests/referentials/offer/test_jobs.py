"""The city's offer follows the directory by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.events.subscribers import _subscribers
from enrs.core.jobs.models import PeriodicJob
from enrs.core.jobs.registry import declared
from enrs.referentials.directory.commands.load import load_rpps
from enrs.referentials.offer.jobs import CITY
from enrs.referentials.offer.models import HealthcareService
from tests.referentials.directory.factories import activity, rpps_file

pytestmark = pytest.mark.django_db


def test_a_loaded_file_has_the_city_derived_at_the_worker_s_next_look():
    job = next(one for one in declared() if one.name == CITY)
    tomorrow = timezone.now() + timedelta(days=1)
    row = PeriodicJob.objects.create(name=CITY, due_at=tomorrow)
    with acting(SYSTEM):
        load_rpps(
            rpps_file(activity(1, mode_code="L", mode="Libéral", skill_code="SM54")),
            file_name="p.txt", publish=False,
        )  # fmt: skip
        assert not HealthcareService.objects.filter(kind="city").exists()
        _subscribers[CITY].handle(None)
        row.refresh_from_db()
        assert row.due_at < tomorrow
        assert job.run() is False
    assert HealthcareService.objects.get(kind="city").state == "published"

"""What the Location of a unit bears of its figures, and what the searches of the offer read."""

import pytest
from django.db import connection

from enrs.referentials.offer.registry import free_places, location_extensions
from tests.services.beds.factories import bed_unit, capacity

pytestmark = pytest.mark.django_db


def parts(extension):
    return {
        one["url"]: one.get("valueInteger")
        if "valueInteger" in one
        else one.get("valueDateTime") or one["valueCodeableConcept"]["coding"][0]["code"]
        for one in extension["extension"]
    }


def test_each_known_figure_is_an_extension_and_what_the_cell_gave_is_reserved():
    row = capacity(held=1, assignment="covid")
    capacity(row.unit, hours=None, available=0, occupied=0, age="child")
    found = [parts(one) for one in location_extensions([row.unit.service_id])[row.unit.service_id]]
    counts = {one["capacityStatus"]: one["nbCapacity"] for one in found}
    assert counts == {"01": 12, "02": 2, "03": 9, "04": 1, "05": 0, "06": 0}
    assert {one["temporaryAssignement"] for one in found} == {"02"}
    assert all(one["capacityUpdateDate"] for one in found)


def test_the_offer_reads_free_places_by_an_index():
    row = capacity()
    never = bed_unit()
    source = free_places()
    assert source
    with connection.cursor() as cursor:
        cursor.execute(
            f"select * from ({source.sql}) f where service_id = %s", [row.unit.service_id]
        )
        found = cursor.fetchall()
        cursor.execute(f"select service_id from ({source.sql}) f")
        known = {one for (one,) in cursor.fetchall()}
    row.unit.refresh_from_db()
    assert found == [(row.unit.service_id, 3, row.unit.known_at)]
    assert never.service_id not in known

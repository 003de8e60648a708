"""What the tables of the offer refuse."""

import pytest
from django.db import IntegrityError, transaction

from tests.referentials.offer.factories import make_site, make_unit

pytestmark = pytest.mark.django_db


def test_a_unit_without_a_site_is_refused_but_in_the_city():
    unit = make_unit(make_site())
    unit.site = None
    with pytest.raises(IntegrityError), transaction.atomic():
        unit.save()
    unit.kind = "city"
    unit.save()


def test_an_age_range_upside_down_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_unit(make_site(), age_from=216, age_to=12)

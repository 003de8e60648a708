"""Moments as the connection reads them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

from enrs.config.database import MomentLoader, SlowMomentLoader

TEXTS = (
    "1950-01-02 00:00:00+00",
    "2026-03-29 01:59:59.5+00",
    "2026-11-28 10:00:00.000001+00",
    "2026-11-28 10:00:00+02",
    "2026-11-28 10:00:00-03:30",
    "0001-01-01 00:00:00+00",
    "9999-12-31 23:59:59.999999+00",
)


@pytest.mark.django_db
def test_moments_are_read_as_django_reads_them():
    driver = connection.cursor().connection
    assert driver.adapters.get_loader(1184, 0) is MomentLoader
    fast, slow = MomentLoader(1184, driver), SlowMomentLoader(1184, driver)
    for text in TEXTS:
        read = fast.load(text.encode())
        assert read == slow.load(text.encode())
        assert read.utcoffset() == datetime.now(UTC).utcoffset()


@pytest.mark.django_db
def test_a_moment_beyond_pythons_years_is_refused_in_words():
    with connection.cursor() as cursor:
        cursor.execute("select 'infinity'::timestamptz")
        with pytest.raises(DataError, match="too large"):
            cursor.fetchall()

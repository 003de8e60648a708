"""The shared cache keeps Django's promises, in one statement for each value."""

import pytest
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrs.core.shared_cache import SharedCache

pytestmark = pytest.mark.django_db


@pytest.fixture
def cache() -> SharedCache:
    return SharedCache("django_cache", {})


def test_what_is_kept_is_given_back_until_it_expires(cache: SharedCache):
    for value in (["une", 2], None, "é" * 5000):
        cache.set("clé", value)
        assert cache.get("clé", "rien") == value
    cache.set("clé", "brève", timeout=-1)
    assert cache.get("clé", "rien") == "rien"
    cache.set("clé", "sans fin", timeout=None)
    assert cache.get("clé") == "sans fin"
    cache.delete("clé")
    assert cache.get("clé", "rien") == "rien"


def test_only_the_first_adds_until_it_expires(cache: SharedCache):
    assert cache.add("verrou", 1)
    assert not cache.add("verrou", 2)
    assert cache.get("verrou") == 1
    cache.set("verrou", 1, timeout=-1)
    assert cache.add("verrou", 3)
    assert cache.get("verrou") == 3


def test_only_what_is_there_is_touched(cache: SharedCache):
    assert not cache.touch("absente", DEFAULT_TIMEOUT)
    cache.set("présente", 1)
    assert cache.touch("présente", timeout=-1)
    assert cache.get("présente", "rien") == "rien"


def test_a_key_of_any_length_is_kept(cache: SharedCache):
    long = "jeton:" + "x" * 900
    assert cache.add(long, 1)
    assert not cache.add(long, 2)
    assert cache.get(long) == 1
    assert cache.get(long + "x") is None


def test_a_counter_counts(cache: SharedCache):
    cache.set("essais", 1)
    assert cache.incr("essais") == 2
    assert cache.get("essais") == 2


def test_a_value_costs_one_statement_however_many_are_kept(cache: SharedCache):
    for rank in range(400):
        cache.set(str(rank), rank)
    with CaptureQueriesContext(connection) as counted:
        cache.set("de-plus", 1)
        cache.add("encore", 1)
    assert len(counted) == 2
    assert cache.get("0") == 0

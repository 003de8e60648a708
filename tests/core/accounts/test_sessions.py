"""Sessions in the database: made once, saved while they are there, and never made again by a save."""

import pytest
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrs.core.accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_a_session_is_kept_and_read_again():
    store = SessionStore()
    store["where"] = "Médecine B"
    store.create()
    store["where"] = "Médecine C"
    with CaptureQueriesContext(connection) as counted:
        store.save()
    assert len(counted) == 1
    again = SessionStore(store.session_key)
    assert again["where"] == "Médecine C"
    assert 0 < again.get_expiry_age() <= 60 * 60 * 24 * 15


def test_the_key_of_another_is_not_taken():
    known = SessionStore()
    known["whose"] = "une"
    known.create()
    other = SessionStore(known.session_key)
    with pytest.raises(CreateError):
        other.save(must_create=True)
    assert SessionStore(known.session_key)["whose"] == "une"


def test_a_session_that_ended_is_not_made_again():
    store = SessionStore()
    store.create()
    Session.objects.filter(pk=store.session_key).delete()
    store["late"] = True
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_a_new_key_keeps_what_was_there():
    store = SessionStore()
    store["who"] = "une"
    store.save()
    first = store.session_key
    store.cycle_key()
    store.save()
    assert store.session_key != first
    assert SessionStore(store.session_key)["who"] == "une"
    assert not Session.objects.filter(pk=first).exists()

"""Who is signed in, read on every request: Django's own sessions and accounts, by kept statements."""

from datetime import datetime
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from enrs.core.accounts.models import User
from enrs.core.kept import Kept
from enrs.core.prepared import fetch_all

INSERT = """
insert into django_session (session_data, expire_date, session_key) values (%s, %s, %s)
on conflict (session_key) do nothing returning true
"""
UPDATE = "update django_session set session_data = %s, expire_date = %s where session_key = %s returning true"


@Kept
def _session(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


@Kept
def _user(user_id: UUID) -> QuerySet[User]:
    return User.objects.filter(pk=user_id)


class SessionStore(db.SessionStore):
    """Sessions kept in the database."""

    def _get_session_from_db(self) -> Session | None:
        known = _session.first(self.session_key, timezone.now()) if self.session_key else None
        # Django's own way says what it thinks of a key that is nobody's.
        return known or super()._get_session_from_db()  # type: ignore[misc]

    def save(self, must_create: bool = False) -> None:
        """As Django's, by one prepared statement: a key that somebody has already is told, not tried in a savepoint."""
        if self.session_key is None:
            self.create()
            return
        data = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        values = [data, self.get_expiry_date(), self.session_key]
        if not fetch_all(INSERT if must_create else UPDATE, values):
            raise CreateError if must_create else UpdateError

    def _get_new_session_key(self) -> str:
        """A key of 165 bits: whether somebody has it is told by the insertion, not asked before."""
        return get_random_string(32, VALID_KEY_CHARS)


class AuthenticationBackend(AllauthBackend):
    """Allauth's sign-in; the account of a session is read again on each request."""

    def get_user(self, user_id: UUID) -> User | None:
        found = _user.first(user_id)
        return found if found and self.user_can_authenticate(found) else None

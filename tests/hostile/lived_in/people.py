"""Who walks through the place: with an account or without, at a post of a ward or not."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client

from enrs.core.access.rules import STANDBY
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from tests.factories import operating_session


@dataclass
class Person:
    """Somebody, where they begin, and what of the program they walk through (all of it when nothing is said).

    Without `user` nobody signed in; `session` and `cookies` are what their browser holds already.
    """

    user: User | None
    starts: list[str]
    within: tuple[str, ...] = ("/",)
    reads_again: bool = True
    session: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass
class LivedIn:
    """The people."""

    people: dict[str, Person]

    def browser(self, who: str) -> Client:
        person = self.people[who]
        client = Client(raise_request_exception=False)
        client.cookies.load(person.cookies)
        if person.user is not None:
            # Some act of the walk may have ended the exploitation's session.
            if actor_of(person.user).role == STANDBY:
                operating_session(person.user)
            client.force_login(person.user)
        if person.session:
            session = client.session
            session.update(person.session)
            session.save()
            client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return client

"""One patient, their circle, and everybody who should not act in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from enrs.core.access.actor import ANONYMOUS, Actor, acting
from enrs.core.access.models import Denial, Grant, Level
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.core.workflow.rules import To
from enrs.referentials.directory.models import Organisation
from tests.factories import (
    GrantFactory,
    PositionFactory,
    UserFactory,
    known_patient,
    person_of,
    proxy_of,
)
from tests.factories import organisation as new_organisation

PEOPLE = ("patient", "proxy")
OPERATORS = ("operator", "standby", "auditor")


@dataclass
class World:
    """A patient and another one, two places of work, and the right actor of the case at hand."""

    role: str
    in_circle: bool = True
    attacker: User | None = None

    @property
    def caller(self) -> User:
        """Who calls now: somebody wrong, or the right actor."""
        return self.attacker or self.right

    @cached_property
    def patient(self) -> Patient:
        return known_patient()

    @cached_property
    def other(self) -> Patient:
        """Another patient, in whose circle the right actor is too."""
        found = known_patient(
            birth_name="MARCHETTI", first_given_name="GIULIA", birth_date="1951-02-03"
        )
        self.give(self.right, patient=found)
        return found

    @cached_property
    def place(self) -> Organisation:
        return new_organisation("Maison de santé des Tilleuls")

    @cached_property
    def elsewhere(self) -> Organisation:
        return new_organisation("Clinique du Parc", finess_eg="770000099", category_code="695")

    @property
    def to(self) -> To:
        """The place, as an addressee."""
        return To(self.place.id, self.place.name)

    @cached_property
    def right(self) -> User:
        """Who may do what the case does."""
        if self.role in PEOPLE:
            return self.inside(self.role)
        user = self.user(self.role)
        return self.give(user) if self.in_circle else user

    @cached_property
    def actor(self) -> Actor:
        return actor_of(self.right)

    @contextmanager
    def as_right(self) -> Iterator[None]:
        """As the right actor, without row security: what a scene prepares."""
        with acting(self.actor):
            yield

    @contextmanager
    def acting_as(self, user: User) -> Iterator[None]:
        with acting(actor_of(user)):
            yield

    def user(self, role: str, place: Organisation | None = None) -> User:
        """Somebody of this role, in nobody's circle, at the place (or at another)."""
        if role in PEOPLE:
            return UserFactory(patient=role == "patient", relative=role == "proxy")
        if role == "anonymous":
            return UserFactory()
        at = place or self.place
        user = UserFactory(kind="operator" if role in OPERATORS else "professional")
        PositionFactory(
            user=user, role=role, organisation_id=at.id, organisation_name=at.name, label=role
        )
        return user

    def give(
        self, user: User, level: int = Level.CONTRIBUTE, patient: Patient | None = None, **more: Any
    ) -> User:
        """The same user, in the circle."""
        GrantFactory(
            patient=patient or self.patient, grantee_id=user.grantee_id, level=level, **more
        )
        return user

    def inside(
        self, role: str, place: Organisation | None = None, level: int = Level.CONTRIBUTE
    ) -> User:
        """Somebody of this role, in the patient's circle."""
        if role == "patient":
            return person_of(self.patient)
        if role == "proxy":
            return proxy_of(self.patient)
        return self.give(self.user(role, place), level)

    def deny(self, user: User) -> User:
        """The same user, whom the patient opposes."""
        Denial.objects.create(
            patient=self.patient,
            grantee_id=user.grantee_id,
            source_id=uuid7(),
            valid_from=timezone.now() - timedelta(minutes=5),
        )
        return user


def wrong_user(kind: str, world: World) -> User | None:
    """Somebody who should be refused; None stands for nobody signed in.

    `anonymous`, `role:<role>` (in the circle), or a name of `WRONG`.
    """
    name, _, role = kind.partition(":")
    if name == "anonymous":
        return None
    return world.inside(role) if name == "role" else WRONG[name](world)


def _who_left(world: World) -> User:
    held = Grant.objects.filter(grantee_id__in=world.actor.grantees)
    held.update(valid_until=timezone.now() - timedelta(seconds=1))
    return world.right


WRONG: dict[str, Callable[[World], User]] = {
    # The right profession, in no circle.
    "outside": lambda world: world.user(world.role, world.elsewhere),
    "opposed": lambda world: world.deny(world.inside(world.role)),
    "ended": lambda world: world.give(world.user(world.role, world.elsewhere), ended=True),
    "reader": lambda world: world.inside(world.role, world.elsewhere, Level.READ),
    # Who holds the same rights, but is somebody else.
    "colleague": lambda world: world.inside(world.role),
    "other_place": lambda world: world.inside(world.role, world.elsewhere),
    "other_patient": lambda world: person_of(world.other),
    # The right actor, who has lost their right since.
    "right_who_left": _who_left,
    "right_opposed": lambda world: world.deny(world.right),
}


def actor_for(user: User | None) -> Actor:
    return actor_of(user) if user else ANONYMOUS


IGNORED = ("audit_", "django_session", "django_cache", "fhir_miss", "usersessions")
"""What a refusal may leave: its line in the journal, a session, a count of misses."""


def tables() -> list[str]:
    """Every table that holds rows of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and relkind = 'r' order by 1"
        )
        return [name for (name,) in cursor.fetchall() if not name.startswith(IGNORED)]


def written() -> dict[str, tuple[int, int]]:
    """For each table how many rows it has and who wrote them last: any write shows as a difference.

    Prepared once for the connection: to plan a question to all the tables takes longer than to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_prepared_statements where name = 'hostile_written'")
        if cursor.fetchone() is None:
            parts = [
                f"select '{name}', count(*), coalesce(sum(xmin::text::bigint), 0)::bigint from \"{name}\""
                for name in tables()
            ]
            cursor.execute("prepare hostile_written as " + " union all ".join(parts))
        cursor.execute("execute hostile_written")
        return {name: (count, total) for name, count, total in cursor.fetchall()}


def differences(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    return sorted(name for name in after if before[name] != after[name])


class _UndoneError(Exception):
    """Ends a block whose rows are not kept."""


@contextmanager
def undone() -> Iterator[None]:
    """A block after which the database is as before."""
    try:
        with transaction.atomic():
            yield
            raise _UndoneError
    except _UndoneError:
        pass

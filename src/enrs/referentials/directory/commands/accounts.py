"""Accounts of professionals: their positions, and so their rights, come from the directory alone."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.access.rules import role_for
from enrs.core.accounts.models import Position, User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.referentials.directory import rules
from enrs.referentials.directory.models import Practitioner, PractitionerRole


@dataclass(frozen=True, slots=True)
class Wanted:
    """A position that the directory gives."""

    id: UUID
    organisation_id: UUID | None
    organisation_name: str
    profession_code: str
    function_code: str
    label: str
    role: str


def enrol(
    *,
    login: str,
    password: str | None,
    practitioner: Practitioner,
    email: str = "",
    is_demo: bool = False,
) -> User:
    """Open the account of a professional of the directory, with the positions that it gives.

    Raises:
        django.db.IntegrityError: the login is taken.
    """
    with act():
        user = User.objects.create_user(
            login,
            password,
            email=email,
            name=practitioner.display,
            kind=User.Kind.PROFESSIONAL,
            grantee_id=practitioner.id,
            is_demo=is_demo,
        )
        note("accounts.user.enrolled", object_kind="user", object_id=user.id)
        _sync(user, _active_roles(practitioner.id))
    return user


def sync_positions(practitioner: Practitioner) -> int:
    """Bring the positions of a professional's accounts to what the directory says; returns changes.

    An activity that is closed in the directory ends its position now.
    """
    users = User.objects.filter(grantee_id=practitioner.id, kind=User.Kind.PROFESSIONAL)
    with act():
        roles = _active_roles(practitioner.id)
        return sum(_sync(user, roles) for user in users)


def sync_touched_positions() -> int:
    """The same for every account whose professional the current load touched; returns changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select u.grantee_id from account_user u where u.kind = %s and u.grantee_id in ("
            "select t.id from touched t where t.kind = 'Practitioner' union "
            "select r.practitioner_id from touched t join directory_role r on r.id = t.id "
            "where t.kind = 'PractitionerRole' union select r.practitioner_id from touched t "
            "join directory_role r on r.organisation_id = t.id where t.kind = 'Organization')",
            [User.Kind.PROFESSIONAL],
        )
        touched = [row[0] for row in cursor.fetchall()]
    people = Practitioner.objects.filter(pk__in=touched)
    return sum(sync_positions(person) for person in people)


def _active_roles(practitioner_id: UUID) -> list[PractitionerRole]:
    roles = PractitionerRole.objects.filter(
        practitioner_id=practitioner_id, is_active=True, practitioner__is_active=True
    )
    return list(roles.select_related("organisation").order_by("id"))


def _wanted(user: User, roles: list[PractitionerRole]) -> dict[UUID, Wanted]:
    """One position for each place and matrix role; an activity that gives no right gives none."""
    wanted: dict[UUID, Wanted] = {}
    for role in roles:
        played = role_for(role.profession_code, role.function_code, role.speciality_code)
        if played == "anonymous":
            continue
        place = role.organisation
        key = (str(place.id) if place else "", role.profession_code, role.function_code, played)
        identifier = rules.position_uuid(user.id, key)
        wanted.setdefault(
            identifier,
            Wanted(
                id=identifier,
                organisation_id=place.id if place else None,
                organisation_name=place.name[:200] if place else "",
                profession_code=role.profession_code,
                function_code=role.function_code,
                label=role.label[:200],
                role=played,
            ),
        )
    return wanted


def _sync(user: User, roles: list[PractitionerRole]) -> int:
    wanted = _wanted(user, roles)
    now = timezone.now()
    held = {position.id: position for position in user.positions.all()}
    changes = 0
    for one in wanted.values():
        changes += _bring(user, one, held.get(one.id))
    gone = [
        key
        for key, position in held.items()
        if key not in wanted and (position.valid_until is None or position.valid_until > now)
    ]
    if gone:
        changes += Position.objects.filter(pk__in=gone).update(valid_until=now, is_default=False)
    if changes:
        details = {"held": len(wanted), "ended": len(gone)}
        note("accounts.positions.synced", object_kind="user", object_id=user.id, details=details)
        emit("accounts.positions.synced", topics=[f"user:{user.id}"], payload={"kind": "account"})
    return changes


def _bring(user: User, one: Wanted, current: Position | None) -> int:
    """Make or mend one position; returns 1 when something changed."""
    values = {
        "organisation_id": one.organisation_id,
        "organisation_name": one.organisation_name,
        "profession_code": one.profession_code,
        "function_code": one.function_code,
        "label": one.label,
        "role": one.role,
        "valid_until": None,
    }
    if current is None:
        Position.objects.create(id=one.id, user=user, **values)
        return 1
    if all(getattr(current, name) == value for name, value in values.items()):
        return 0
    Position.objects.filter(pk=one.id).update(**values)
    return 1

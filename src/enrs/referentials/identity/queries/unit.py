"""Who the identity unit is, how its sources are called, and whether two people decide."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from enrs.core.access.actor import current_actor
from enrs.core.accounts.models import Position, User
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import IdentityContact, IdentitySource, SourceIdentity

OFFICER = "identity_officer"


def officers() -> dict[UUID, str]:
    """The accounts of the unit and the names of their people."""
    now = datetime.now(UTC)
    held = Position.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), role=OFFICER)
    people = User.objects.filter(pk__in=held.values("user_id"), is_active=True)
    return dict(people.order_by("name", "id").values_list("id", "name"))


def people_of(patient_ids: Collection[UUID]) -> list[SourceIdentity]:
    """Every identity of some patients, as the unit sees them; nothing for anybody else."""
    return _seen("select body from identity_of_unit(%s)", patient_ids)


def everybody_of(identity_ids: Collection[UUID]) -> list[SourceIdentity]:
    """Every identity of the patients to whom some identities lead now, those included; the unit's alone."""
    own = _seen("select body from identity_links_of(%s)", identity_ids)
    return people_of({one.patient_id for one in own})


def versions_of(identity_ids: Collection[UUID]) -> dict[str, list[str]]:
    """Where identities stand (their version, their patient), to know later whether they moved; the unit's alone."""
    own = _seen("select body from identity_links_of(%s)", identity_ids)
    return {str(one.id): [str(one.version), str(one.patient_id)] for one in own}


def digest_of(identity_ids: Collection[UUID]) -> str:
    """What tells how identities stand now from how they stood: who decides of them says which they read."""
    told = json.dumps(versions_of(identity_ids), sort_keys=True)
    return sha256(told.encode()).hexdigest()


def _seen(sql: str, ids: Collection[UUID]) -> list[SourceIdentity]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        return [store.identity_of(store.row_of(body)) for (body,) in cursor.fetchall()]


def wants_four_eyes(identities: Sequence[SourceIdentity]) -> bool:
    """Whether the region has a second person confirm what is decided of these identities."""
    wanted = settings.REGION.identity_four_eyes
    return wanted and any(one.shown_status == "qualified" for one in identities)


def source_names(systems: Collection[str] | None = None) -> dict[str, str]:
    """The names of sources by their systems, all those that are known when none is asked."""
    rows = IdentitySource.objects.order_by("name", "system")
    if systems is not None:
        rows = rows.filter(system__in=systems)
    return dict(rows.values_list("system", "name"))


def contacts_of(systems: Collection[str]) -> dict[str, list[IdentityContact]]:
    """The people of the identity teams of sources, by system; a team sees itself alone."""
    now = datetime.now(UTC)
    rows = IdentityContact.objects.filter(source__system__in=systems).exclude(until__lte=now)
    found: dict[str, list[IdentityContact]] = {}
    for one in rows.select_related("source").order_by("name", "id"):
        found.setdefault(one.source.system, []).append(one)
    return found


def seen_systems() -> list[str] | None:
    """The sources of which the actor reads governance and events: None for the unit (all), else their teams'.

    Row security knows the person: who also is of the unit reads more only while they act in that position.
    """
    by = current_actor()
    if by.role == OFFICER or by.kind == "system":
        return None
    return [one.system for one in teams_of(by.user_id)]


def teams_of(user_id: UUID | None) -> list[IdentitySource]:
    """The sources for whose identities the current user, who is `user_id`, answers now."""
    if user_id is None:
        return []
    with connection.cursor() as cursor:
        # The rule is in the database, where it also decides what may be read.
        cursor.execute("select identity_teams()")
        systems = [row[0] for row in cursor.fetchall()]
    return list(IdentitySource.objects.filter(system__in=systems).order_by("name", "id"))

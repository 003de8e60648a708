"""Who writes, what their scopes give, and the present state of what they change: one round trip each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from enrs.core.access import rules
from enrs.core.access.actor import Actor
from enrs.core.access.in_force import LAST_CHANGE, renew
from enrs.core.prepared import Statement, fetch_all

Wants = Sequence[tuple[str, str]]
Name = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a token, what its scopes are, and the one patient that `patient/…` scopes mean."""

    actor: Actor
    scopes: str
    launch_patient: UUID | None


@dataclass(frozen=True, slots=True)
class Current:
    """The present version of a published resource."""

    version: int
    patient_id: UUID | None
    category: str
    marks: int
    is_deleted: bool
    updated_at: datetime
    body: str


SCOPES = """
select array(select coalesce(fhir_scope(%s, w.kind, w.want), '')
  from unnest(%s::text[], %s::text[]) with ordinality w(kind, want, n) order by w.n)"""
ENTER = f"""
select e.user_id, e.name, e.role, e.grantees, e.organisation_id, e.launch_patient, e.kind, e.organisation_name,
  e.label, e.scopes, {LAST_CHANGE}
from fhir_enter(%s) e
"""
_RIGHTS = """
select g.patient_id, g.source_kind, g.purpose, g.scope, g.level
from access_grant g
where g.patient_id = {patients} and g.grantee_id = any (access_grantees())
  and g.valid_from <= statement_timestamp() and g.valid_until > statement_timestamp()
  and (g.purpose = any (access_past_denials()) or not exists (
    select 1 from access_denial d where d.patient_id = g.patient_id and d.grantee_id = any (access_grantees())
      and d.valid_from <= statement_timestamp() and d.valid_until > statement_timestamp()))
"""
"""`access.queries.valid_grants` of whom row security was told, as statements that are prepared once."""
RIGHTS_OF_ONE = _RIGHTS.format(patients="%s")
RIGHTS_OF_SEVERAL = _RIGHTS.format(patients="any (%s)")
"""A list is planned anew each time, which costs more than the answer: one patient is asked by itself."""


def enter(token: str) -> Caller | None:
    """The holder of the token, told to row security for the rest of the transaction; None when unknown."""
    row = fetch_all(ENTER, [token])[0]
    user_id, name, role, grantees, organisation_id, patient, kind, place, label, scopes, matrix = (
        row
    )
    if user_id is None:
        return None
    renew(matrix)
    own = [one for one in grantees if one != organisation_id]
    actor = Actor(
        kind=kind,
        name=name,
        role=role,
        user_id=user_id,
        grantee_id=own[0] if own else None,
        organisation_id=organisation_id,
        organisation_name=place,
        label=label,
        channel="fhir",
    )
    return Caller(actor, scopes, patient)


def scopes_of(caller: Caller, wants: Wants) -> dict[tuple[str, str], str]:
    """What the scopes give for each (type, letter): `user`, `patient` or ''."""
    return dict(zip(wants, _given(caller.scopes, tuple(wants)), strict=True))


@lru_cache(maxsize=4096)
def _given(scopes: str, wants: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """`fhir_scope` of each: the database's own reading of a text, which never changes."""
    kinds, letters = [kind for kind, _ in wants], [letter for _, letter in wants]
    return tuple(fetch_all(SCOPES, [scopes, kinds, letters])[0][0])


def rights_of(patient_ids: Collection[UUID]) -> dict[UUID, list[rules.Right]]:
    """What the caller who entered holds on each of the patients, in one query."""
    found: dict[UUID, list[rules.Right]] = {one: [] for one in patient_ids}
    if len(found) == 1:
        rows = fetch_all(RIGHTS_OF_ONE, list(found))
    else:
        rows = fetch_all(RIGHTS_OF_SEVERAL, [list(found)]) if found else []
    for patient_id, *right in rows:
        found[patient_id].append(rules.Right(*right))
    return found


def rights_ahead(patient_id: UUID) -> Statement:
    """What `rights_of` asks of one patient."""
    return RIGHTS_OF_ONE, [patient_id]


CURRENT = """
select r.type, r.id, r.version, r.patient_id, r.category, r.marks, r.is_deleted, r.updated_at, r.body
from fhir_resource r join unnest(%s::text[], %s::uuid[]) n(type, id) on r.type = n.type and r.id = n.id
where r.is_current order by r.type, r.id
"""


def current(names: Collection[Name], *, is_locked: bool = False) -> dict[Name, Current]:
    """The present versions of resources, as row security shows them; locked to the end when asked."""
    if not names:
        return {}
    lock = " for update of r" if is_locked else ""
    kinds, ids = [kind for kind, _ in names], [one for _, one in names]
    rows = fetch_all(CURRENT + lock, [kinds, ids])
    return {(row[0], row[1]): Current(*row[2:]) for row in rows}


def lock_condition(kind: str, query: str) -> None:
    """Wait for whoever creates under the same condition, until their transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 4))", [f"{kind}?{query}"])


def count_miss(user_id: UUID) -> bool:
    """Count an identifier asked for in vain; True when there were too many in this minute."""
    return bool(fetch_all("select fhir_miss(%s)", [user_id])[0][0])

"""The statements of identity: few, raw, and several writes in one round trip on the hot path."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from enrs.core import prepared
from enrs.core.events.commands import emit
from enrs.core.fhir.commands import publish
from enrs.core.ids import uuid7
from enrs.referentials.identity import fhir, rules
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.features import Features
from enrs.referentials.identity.models import IdentityVersion, RegionalIdentity, SourceIdentity

Part = tuple[str, list[Any]]
_DATES = ("deceased_at", "created_at", "changed_at", "told_at", "absorbed_told_at")
_KEYS = (
    "absorbed_told_into",
    "id",
    "patient_id",
    "absorbed_into_id",
    "source_id",
    "replaced_by_id",
)


@dataclass(frozen=True, slots=True)
class Linked:
    """An identity of a patient, with the rule of its open link."""

    identity: SourceIdentity
    rule: str


def row_of(body: str | bytes | dict[str, Any]) -> dict[str, Any]:
    """A row that came as JSON, with its moments and keys as values."""
    row = _parsed(body)
    for name in _DATES:
        if row.get(name):
            row[name] = datetime.fromisoformat(row[name]).astimezone(UTC)
    for name in _KEYS:
        if row.get(name):
            row[name] = UUID(row[name])
    return row


def identity_of(row: dict[str, Any]) -> SourceIdentity:
    """The instance of a row that is already in the database."""
    identity = SourceIdentity(**row)
    identity._state.adding, identity._state.db = False, "default"
    return identity


@dataclass(frozen=True, slots=True)
class Found:
    """What `identity_find` knows of a message: the row it is about, who has its INS, who resembles it."""

    own: SourceIdentity | None
    is_same: bool
    carriers: tuple[UUID, ...]
    near: tuple[tuple[UUID, Features], ...]


FIND = (
    "select kind, body from identity_find(%b::text, %b::text, %b::text, %b::text, %b::timestamptz, %b::text,"
    " %b::bigint[])"
)


def find(
    system: str, value: str, *, ins: str, digest: str, told: rules.Told, keys: Sequence[int]
) -> Found:
    """The known identity (its row locked), those who carry a new INS, those who may be a new person."""
    own: SourceIdentity | None = None
    is_same = False
    carriers, near = [], []
    # Every message asks it: prepared once, the server neither reads nor plans it again.
    for kind, body in prepared.fetch_all(FIND, [system, value, ins, digest, *told, list(keys)]):
        if kind == "near":
            near.append(online.near_of(_parsed(body)))
        elif kind == "carrier":
            carriers.append(UUID(_parsed(body)["id"]))
        else:
            own, is_same = identity_of(row_of(body)), kind == "same"
    return Found(own, is_same, tuple(carriers), tuple(near))


def _parsed(body: str | bytes | dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = body if isinstance(body, dict) else orjson.loads(body)
    return row


def known(system: str, value: str) -> SourceIdentity | None:
    """The identity of a number, its row locked."""
    return lock_identities([(system, value)]).get((system, value))


def holder_of(ins: str) -> RegionalIdentity | None:
    """The patient who shows this INS, if the current actor may read them."""
    return RegionalIdentity.objects.filter(ins=ins).first() if ins else None


def is_ins_elsewhere(ins: str, patient_id: UUID) -> bool:
    """Whether another patient of the region shows this INS, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_ins_elsewhere(%s, %s)", [ins, patient_id])
        row = cursor.fetchone()
        return bool(row and row[0])


def linked_to(patient_id: UUID) -> list[Linked]:
    """Every identity of a patient, oldest first, with the rule of its open link.

    Each knows the patients who became this one (`former_patients`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select to_jsonb(s), coalesce(l.rule, ''), (select array_agg(f.patient_id order by f.patient_id) "
            "from regional_identity f where f.replaced_by_id = %s and not exists ("
            "select 1 from source_identity b where b.patient_id = f.patient_id)) "
            "from source_identity s "
            "left join identity_link l on l.identity_id = s.id and l.until is null "
            "where s.patient_id = %s order by s.id",
            [patient_id, patient_id],
        )
        found = []
        for body, rule, former in cursor.fetchall():
            identity = identity_of(row_of(body))
            identity.former_patients = tuple(former or ())
            found.append(Linked(identity, rule))
        return found


def lock_identities(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], SourceIdentity]:
    """Lock the rows of numbers against any change, in the order of their ids."""
    found: dict[tuple[str, str], SourceIdentity] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select to_jsonb(s) from source_identity s "
            "join unnest(%s::text[], %s::text[]) as k (system, value) "
            "on k.system = s.system and k.value = s.value order by s.id for no key update of s",
            [[system for system, _ in keys], [value for _, value in keys]],
        )
        for (body,) in cursor.fetchall():
            identity = identity_of(row_of(body))
            found[identity.system, identity.value] = identity
    return found


def lock_patients(patient_ids: Sequence[UUID]) -> None:
    """Lock patients in sorted order, so that two moves never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from patient where id = any(%s) order by id for update",
            [sorted(patient_ids)],
        )


# --- parts of one statement ----------------------------------------------------------------------


def insert(table: str, values: dict[str, Any]) -> Part:
    """An insert of one row."""
    values = {
        name: orjson.dumps(value).decode() if isinstance(value, dict) else value
        for name, value in values.items()
    }
    marks = ", ".join(["%s"] * len(values))
    return f"insert into {table} ({', '.join(values)}) values ({marks})", list(values.values())


def upsert_regional(values: dict[str, Any]) -> Part:
    """The regional identity as it must now stand."""
    sql, params = insert("regional_identity", {**values, "version": 1})
    changes = ", ".join(f"{name} = excluded.{name}" for name in values if name != "patient_id")
    return (
        f"{sql} on conflict (patient_id) do update set {changes}, "
        "version = regional_identity.version + 1",
        params,
    )


def update_identity(identity: SourceIdentity) -> Part:
    """The identity's row with its present traits, attribute, version and patient."""
    values = {
        **trait_values(identity.traits),
        "attribute": identity.attribute,
        "sender": identity.sender,
        "version": identity.version,
        "changed_at": identity.changed_at,
        "absorbed_into_id": identity.absorbed_into_id,
        "absorbed_told_into": identity.absorbed_told_into,
        "absorbed_told_at": identity.absorbed_told_at,
        "absorbed_told_by": identity.absorbed_told_by,
        "told_at": identity.told_at,
        "told_by": identity.told_by,
        "digest": identity.digest,
        "stamps": orjson.dumps(identity.stamps).decode(),
        "own_attribute": identity.own_attribute,
        "marked": identity.marked,
    }
    changes = ", ".join(f"{name} = %s" for name in values)
    return f"update source_identity set {changes} where id = %s", [*values.values(), identity.id]


def keep_late_version(identity: SourceIdentity, settled: rules.Settled, told: rules.Told) -> bool:
    """Keep what an older message said; False when it was kept before. It may have claimed an INS first."""
    same = IdentityVersion.objects.filter(identity=identity, told_at=told[0], by=told[1])
    if same.filter(**trait_values(settled.traits)).exists():
        return False
    identity.version += 1
    write(
        insert(
            "identity_version",
            {
                "id": uuid7(), "identity_id": identity.id, "patient_id": identity.patient_id,
                "version": identity.version, "at": datetime.now(UTC), "told_at": told[0],
                "by": told[1], **trait_values(settled.traits), "attribute": settled.attribute,
            },
        )
    )  # fmt: skip
    return True


def write(*parts: Part) -> None:
    """Run parts that touch different rows as one statement."""
    *first, (last, last_params) = parts
    heads = ", ".join(f"part_{index} as ({sql})" for index, (sql, _) in enumerate(first))
    params = [value for _, values in first for value in values] + last_params
    with connection.cursor() as cursor:
        cursor.execute(f"with {heads} {last}" if heads else last, params)


def insert_new(rows: dict[str, dict[str, Any]]) -> None:
    """Insert a new identity with all that comes with it: see `identity_insert` in `policies.sql`."""
    with connection.cursor() as cursor:
        cursor.execute("select identity_insert(%s::jsonb)", [orjson.dumps(rows).decode()])


# --- values --------------------------------------------------------------------------------------


def trait_values(traits: rules.Traits) -> dict[str, Any]:
    """The columns of the traits."""
    return {name: getattr(traits, name) for name in rules.TRAIT_FIELDS}


def apply_traits(identity: SourceIdentity, traits: rules.Traits, attribute: str) -> None:
    """Put traits on an instance."""
    for name, value in trait_values(traits).items():
        setattr(identity, name, value)
    identity.attribute = attribute


def version_values(identity: SourceIdentity, by: str) -> dict[str, Any]:
    """The row that keeps this version of the traits."""
    return {
        "id": uuid7(),
        "identity_id": identity.id,
        "patient_id": identity.patient_id,
        "version": identity.version,
        "at": identity.changed_at,
        "told_at": identity.told_at,
        "by": by[:200],
        **trait_values(identity.traits),
        "attribute": identity.attribute,
    }


def identity_values(identity: SourceIdentity) -> dict[str, Any]:
    """Every column of a new identity."""
    return {
        "id": identity.id,
        "system": identity.system,
        "value": identity.value,
        "sender": identity.sender,
        "patient_id": identity.patient_id,
        "absorbed_into_id": identity.absorbed_into_id,
        "absorbed_told_into": identity.absorbed_told_into,
        "absorbed_told_at": identity.absorbed_told_at,
        "absorbed_told_by": identity.absorbed_told_by,
        "told_at": identity.told_at,
        "told_by": identity.told_by,
        "digest": identity.digest,
        "stamps": identity.stamps,
        "own_attribute": identity.own_attribute,
        "marked": identity.marked,
        "version": identity.version,
        "created_at": identity.created_at,
        "changed_at": identity.changed_at,
        **trait_values(identity.traits),
        "attribute": identity.attribute,
    }


def link_values(
    identity: SourceIdentity,
    *,
    rule: str,
    by: str,
    at: datetime,
    reason: str = "",
    evidence: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The open link of an identity to its patient."""
    return {
        "id": uuid7(),
        "identity_id": identity.id,
        "patient_id": identity.patient_id,
        "rule": rule,
        "evidence": evidence or {},
        "by": by[:200],
        "reason": reason,
        "at": at,
    }


def regional_values(
    patient_id: UUID, identities: Sequence[SourceIdentity], at: datetime
) -> dict[str, Any]:
    """The regional identity that the identities of a patient make."""
    alive = [one for one in identities if one.absorbed_into_id is None] or list(identities)
    candidates = {
        rules.Candidate(
            one.traits, one.attribute, one.told_at or one.changed_at, f"{one.system}|{one.value}"
        ): one.id
        for one in alive
    }
    source = candidates[rules.ranked(candidates)[0]]
    chosen = rules.best(list(candidates))
    shows_ins = chosen.status == "qualified"
    return {
        "patient_id": patient_id,
        **trait_values(chosen.traits),
        "status": chosen.status,
        "ins": chosen.traits.ins if shows_ins else "",
        "ins_oid": chosen.traits.ins_oid if shows_ins else "",
        "attribute": chosen.attribute,
        "source_id": source,
        **key_values(chosen.traits),
        "replaced_by_id": None,
        "changed_at": at,
    }


def key_values(traits: rules.Traits) -> dict[str, str]:
    """The keys by which a person is found."""
    return {
        "name_key": rules.name_key(traits.birth_name),
        "used_key": rules.name_key(traits.used_name),
        "given_key": rules.given_key(traits.first_given_name),
    }


def show(
    patient_id: UUID, regional: dict[str, Any], identities: Sequence[SourceIdentity], kind: str
) -> None:
    """Publish the Patient resource and tell the open pages."""
    domain = settings.REGION.identity_domain
    replaces = next((one.former_patients for one in identities if one.former_patients), ())
    resource, keys = fhir.patient(regional, identities, domain=domain, replaces=replaces)
    publish(resource, patient_id=patient_id, category="identity", keys=keys)
    tell(kind, patient_id)


def tell(kind: str, patient_id: UUID, **more: Any) -> None:
    """Emit an identity event on one patient."""
    emit(
        kind,
        patient_id=patient_id,
        topics=[f"patient:{patient_id}"],
        payload={"kind": "identity", "ids": [str(patient_id)], **more},
    )

"""What the batch pass writes, many rows at a time: likenesses, links of plain groups, the work list.

Tables of the session: `new_edge` (likenesses above the work threshold), `shift` (identities that go to another
patient). Each step is one transaction; `enrs identity match` may be stopped and run again at any moment.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from enrs.core.ids import uuid7
from enrs.core.subjects.commands import clinical_models
from enrs.referentials.identity.matching.engine import bits
from enrs.referentials.identity.matching.grouping import Shift
from enrs.referentials.identity.rules.clusters import BY_SCORE, RANKS
from enrs.referentials.identity.rules.severities import SEVERITIES
from enrs.referentials.identity.rules.statuses import EMERGENCY, PRECEDENCE, UNTRUSTED
from enrs.referentials.identity.rules.traits import COMPLEMENTARY, TRAIT_FIELDS

KIND: Final = "possible_duplicate"

WORTH_A_LOOK: Final = "not (barrier = 'ins' and substr(levels, 2, 1) in ('6', '7'))"
"""Of two people with two INS and two given names there is nothing to decide: twins, brothers and sisters."""


def put_edges(path: Path) -> None:
    """Copy likenesses (id, first, second, weight, levels, barrier) from a CSV file to `new_edge`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "drop table if exists new_edge; create temp table new_edge"
            " (id uuid, first_id uuid, second_id uuid, weight float8, levels text, barrier text)"
        )
        with cursor.copy("copy new_edge from stdin (format csv)") as copy, path.open("rb") as file:
            while block := file.read(1 << 20):
                copy.write(block)
        cursor.execute("create unique index on new_edge (first_id, second_id); analyze new_edge")


def write_pairs(*, model: str, since: datetime) -> tuple[int, int]:
    """Bring `identity_pair` to `new_edge`; returns how many were written and withdrawn.

    A pair of which a person decided stays, with its new weight. Identities that changed after `since`, when
    the pass read them, keep what their own message wrote.
    """
    with connection.cursor() as cursor:
        cursor.execute("lock table identity_pair in share row exclusive mode")
        cursor.execute(
            "delete from new_edge e using source_identity s"
            " where s.changed_at > %s and s.id in (e.first_id, e.second_id)",
            [since],
        )
        cursor.execute(
            """
            insert into identity_pair
              (id, first_id, second_id, weight, levels, barrier, model, decision, decided_by, reason, history)
            select id, first_id, second_id, weight, levels, coalesce(barrier, ''), %s, '', '', '', '[]' from new_edge
            on conflict (first_id, second_id) do update set
              weight = excluded.weight, levels = excluded.levels, barrier = excluded.barrier, model = excluded.model
            where (identity_pair.weight, identity_pair.levels, identity_pair.barrier, identity_pair.model)
              is distinct from (excluded.weight, excluded.levels, excluded.barrier, excluded.model)
            """,
            [model],
        )
        written = cursor.rowcount
        cursor.execute(
            """
            delete from identity_pair p
            where p.decision = ''
              and not exists (
                select from new_edge e where e.first_id = p.first_id and e.second_id = p.second_id)
              and not exists (
                select from source_identity s where s.id in (p.first_id, p.second_id) and s.changed_at > %s)
            """,
            [since],
        )
        return written, cursor.rowcount


def write_hot_keys(keys: Iterable[int]) -> None:
    """Bring the list of keys that too many share to these."""
    with connection.cursor() as cursor:
        cursor.execute("delete from identity_hot_key")
        with cursor.copy("copy identity_hot_key (key) from stdin") as copy:
            for key in keys:
                copy.write_row([key])


def put_shifts(shifts: Sequence[Shift], ids: dict[int, UUID], *, model: str) -> None:
    """Copy plain shifts to the table `shift`; `ids` are the identities by their number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "drop table if exists shift; create temp table shift"
            " (id uuid, identity_id uuid, holder_id uuid, rule text, evidence jsonb)"
        )
        with cursor.copy(
            "copy shift (id, identity_id, holder_id, rule, evidence) from stdin"
        ) as copy:
            for one in shifts:
                evidence: dict[str, Any] = {"ins": True, "differs": []}
                if one.rank == BY_SCORE:
                    evidence = {"weight": one.weight, "levels": one.levels, "model": model}
                copy.write_row(
                    [
                        uuid7(),
                        ids[one.n],
                        ids[one.to],
                        RANKS[one.rank],
                        orjson.dumps(evidence).decode(),
                    ]
                )
        cursor.execute(
            "alter table shift add column from_id uuid, add column to_id uuid; "
            "update shift set from_id = s.patient_id, to_id = h.patient_id from source_identity s, source_identity h"
            " where s.id = shift.identity_id and h.id = shift.holder_id; "
            "create index on shift (from_id); create index on shift (to_id); analyze shift"
        )


def take_out_busy(*, since: datetime) -> list[UUID]:
    """Take out of `shift` whole groups where a patient is more than an identity: those go one by one.

    A patient with facts, rights or published resources takes all of that along, and one group changes as a
    whole. Returns one identity of each group taken out.
    """
    tables = [model._meta.db_table for model in clinical_models()] + [
        "access_grant",
        "fhir_resource",
    ]
    facts = " or ".join(
        f"exists (select from {table} t where t.patient_id = p.id)" for table in sorted(set(tables))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with person as (select from_id as id, to_id from shift union select to_id, to_id from shift),
              busy as (select distinct to_id from person p where {facts}
                union select s.to_id from shift s join source_identity i on i.id = s.identity_id
                  where i.changed_at > %s or i.patient_id <> s.from_id)
            delete from shift s using busy where s.to_id = busy.to_id returning s.identity_id, s.to_id
            """,
            [since],
        )
        return list({to: identity for identity, to in cursor.fetchall()}.values())


def write_shifts(*, by: str) -> int:
    """Carry out `shift`: links, versions, regional identities; returns how many identities went."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from patient where id in (select from_id from shift union select to_id from shift)"
            " order by id for update"
        )
        cursor.execute(
            "update identity_link l set until = now() from shift s"
            " where l.identity_id = s.identity_id and l.until is null"
        )
        cursor.execute(
            'insert into identity_link (id, identity_id, patient_id, rule, evidence, "by", reason, at)'
            " select id, identity_id, to_id, rule, evidence, %s, '', now() from shift",
            [by],
        )
        cursor.execute(
            "update source_identity i set patient_id = s.to_id from shift s where i.id = s.identity_id"
        )
        moved = cursor.rowcount
        cursor.execute(
            "update identity_version v set patient_id = s.to_id from shift s where v.identity_id = s.identity_id"
        )
        cursor.execute(
            "update regional_identity r set replaced_by_id = s.to_id, ins = '', ins_oid = '', changed_at = now()"
            " from shift s where r.patient_id = s.from_id"
            " and not exists (select from source_identity i where i.patient_id = s.from_id)"
        )
        write_regional(cursor, "select distinct to_id as patient_id from shift")
        return moved


def write_regional(cursor: Any, patients: str) -> None:
    """Bring the regional identities of some patients (a query) to what their identities tell."""
    cursor.execute(f"drop table if exists best; create temp table best as {regional_sql(patients)}")
    cursor.execute("create index on best (ins) where ins <> ''; analyze best")
    # An INS is unique among patients: who showed it loses it before another one shows it.
    cursor.execute(
        "update regional_identity r set ins = '', ins_oid = '' from best b"
        " where r.ins = b.ins and b.ins <> '' and r.patient_id <> b.patient_id"
    )
    columns = (*_REGIONAL, "used_key", "ins", "ins_oid")
    cursor.execute(
        f"""
        update regional_identity r set {", ".join(f"{one} = b.{one}" for one in columns)},
          source_id = b.id, replaced_by_id = null, changed_at = now(), version = r.version + 1
        from best b where r.patient_id = b.patient_id
        """
    )


def regional_sql(patients: str) -> str:
    """The best traits of some patients by their identities: `store.regional_values`, for many."""
    ranks = " ".join(f"when '{status}' then {place}" for status, place in PRECEDENCE.items())
    rank = f"case when attribute = '{EMERGENCY}' then 9 else case shown {ranks} end end"
    shown = f"case when s.attribute in {UNTRUSTED} then 'provisional' else s.status end"
    order = 'order by place, told desc, key collate "C" desc'
    filled = ", ".join(_filled(name, order) for name in COMPLEMENTARY)
    chosen = ", ".join(
        f"(array_agg({name} {order}))[1] as {name}"
        for name in (
            *_FIRST,
            "ins",
            "ins_oid",
            "status",
            "attribute",
            "id",
            "name_key",
            "given_key",
        )
    )
    return f"""
      with every as (
        select s.*, s.absorbed_into_id is null as alive, {shown} as shown,
          coalesce(s.told_at, s.changed_at) as told, s.system || '|' || s.value as key,
          coalesce(f.birth_name, '') as name_key, coalesce(f.used_name, '') as used_key,
          case when f.given <> '' then f.given else identity_plain(s.first_given_name) end as given_key
        from ({patients}) p join source_identity s on s.patient_id = p.patient_id
          join identity_feature f on f.identity_id = s.id),
      ranked as (select *, {rank} as place from every),
      best as (
        select patient_id, {chosen}, {filled}, (array_agg(used_key {order}) filter (where used_name <> ''))[1] as used
        from (select patient_id, {", ".join(f"{one}" for one in _EVERY)}, shown as status from ranked) r
        group by patient_id)
      select patient_id, id, {", ".join(_REGIONAL)}, coalesce(used, '') as used_key,
        case when status = 'qualified' then ins else '' end as ins,
        case when status = 'qualified' then ins_oid else '' end as ins_oid
      from best
    """


_FIRST: Final = tuple(
    one for one in TRAIT_FIELDS if one not in {*COMPLEMENTARY, "ins", "ins_oid", "status"}
)
_REGIONAL: Final = (*_FIRST, *COMPLEMENTARY, "status", "attribute", "name_key", "given_key")
_EVERY: Final = (
    *(name for name in TRAIT_FIELDS if name != "status"), "attribute", "id", "name_key", "given_key", "used_key",
    "place", "told", "key",
)  # fmt: skip


def _filled(name: str, order: str) -> str:
    """The first that is told, best identity first; empty when none tells it."""
    if name == "deceased_at":
        return f"(array_agg({name} {order}) filter (where {name} is not null))[1] as {name}"
    return f"coalesce((array_agg({name} {order}) filter (where {name} <> ''))[1], '') as {name}"


def write_work(*, automatic: float, since: datetime) -> tuple[int, int]:
    """Bring the list of possible duplicates to `new_edge`; returns how many were opened and closed.

    One for two patients, by their heaviest pair; none where a person decided, where both are together, or
    where both show one INS (its contest is on the list already). What a message opened after `since`, when the
    pass read the identities, is the message's; what a person saw (no weight) waits until both are together.
    """
    severity = SEVERITIES[KIND]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            drop table if exists wanted; create temp table wanted as
            select e.id, e.first_id, e.second_id, e.weight, e.levels, coalesce(e.barrier, '') as barrier,
              least(a.patient_id, b.patient_id) as one, greatest(a.patient_id, b.patient_id) as other, b.sender,
              '{KIND}:' || e.first_id || ':' || e.second_id as key
            from new_edge e join source_identity a on a.id = e.first_id join source_identity b on b.id = e.second_id
            where (e.weight < {bits(automatic)} or e.barrier <> '') and a.patient_id <> b.patient_id
              and (a.ins = '' or a.ins <> b.ins) and {WORTH_A_LOOK}
              and not exists (
                select from identity_pair p
                where p.first_id = e.first_id and p.second_id = e.second_id and p.decision <> '');
            create index on wanted (key); analyze wanted
            """
        )
        cursor.execute(
            f"""
            update identity_work_item w set closed_at = now(), outcome = 'by_rule'
            where w.kind = '{KIND}' and w.closed_at is null and (
              (w.weight is not null and w.opened_at <= %s
                and not exists (select from wanted where wanted.key = w.key)
                and not exists (
                  select from source_identity s where s.id = any(w.identity_ids) and s.changed_at > %s))
              or (cardinality(w.identity_ids) > 1 and not exists (
                select from source_identity a, source_identity b
                where a.id = any(w.identity_ids) and b.id = any(w.identity_ids) and a.patient_id <> b.patient_id)))
            """,
            [since, since],
        )
        closed = cursor.rowcount
        cursor.execute(
            f"""
            insert into identity_work_item (id, kind, identity_ids, patient_ids, evidence, sender, severity,
              weight, key, opened_at, closed_by, closed_reason, outcome)
            select id, '{KIND}', array[first_id, second_id], array[one, other],
              jsonb_build_object('levels', levels, 'barrier', barrier), sender, {severity},
              weight, key, now(), '', '', ''
            from (select distinct on (one, other) * from wanted order by one, other, weight desc, key) w
            where not exists (
              select from identity_work_item i join wanted v on v.key = i.key
              where i.closed_at is null and v.one = w.one and v.other = w.other)
            on conflict (key) where closed_at is null do nothing
            """
        )
        return cursor.rowcount, closed

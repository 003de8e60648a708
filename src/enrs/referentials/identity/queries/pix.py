"""Reads for systems that ask: whose a number is, which other ones they have, who has these traits.

Nothing here decides who may be told what, nor leaves a line: the caller does. They read the whole region,
under the feed's role.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from enrs.formats.ins import ins_oid_kind
from enrs.referentials.identity import rules
from enrs.referentials.identity.commands import store
from enrs.referentials.identity.models import IdentityLink, SourceIdentity

Number = tuple[str, str]
"""A domain (URI) and a value in it."""

OWNERS = """
select k.system, k.value, coalesce(r.replaced_by_id, s.patient_id)
from unnest(%s::text[], %s::text[]) as k (system, value)
join source_identity s on s.system = k.system and s.value = k.value
left join regional_identity r on r.patient_id = s.patient_id
"""

ABSORBED = """
select s.system, s.value from source_identity s join source_identity kept on kept.id = s.absorbed_into_id
where (s.system, s.value, kept.system, kept.value) in ((%s, %s, %s, %s), (%s, %s, %s, %s))
order by s.changed_at desc limit 1
"""


def patients_of_numbers(numbers: Sequence[Number]) -> dict[Number, UUID]:
    """The patient of each number that is known, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(OWNERS, [[one for one, _ in numbers], [one for _, one in numbers]])
        return {(system, value): patient for system, value, patient in cursor.fetchall()}


def living_number(identity_id: UUID) -> Number | None:
    """The number of a source identity that its source has not merged into another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select system, value from source_identity where id = %s and absorbed_into_id is null",
            [identity_id],
        )
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def absorbed_among(one: Number, other: Number) -> Number | None:
    """Which of two numbers its source merged into the other, if it did."""
    with connection.cursor() as cursor:
        cursor.execute(ABSORBED, [*one, *other, *other, *one])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


# --- who is known by which numbers ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crossing:
    """A patient and the numbers that are theirs now: those that a source merged away are left out.

    `is_by_likeness` when one of them is theirs by a likeness alone: no message ever said so.
    """

    patient_id: UUID
    numbers: tuple[Number, ...]
    traits: rules.Traits
    attribute: str = ""
    is_by_likeness: bool = False

    @property
    def ins(self) -> Number | None:
        """The INS, under a qualified identity that nothing makes doubtful."""
        is_sure = self.traits.status == "qualified" and not self.attribute
        return (
            (f"urn:oid:{self.traits.ins_oid}", self.traits.ins)
            if is_sure and self.traits.ins
            else None
        )

    def in_domains(self, systems: Collection[str]) -> list[Number]:
        """The numbers of these domains."""
        return [number for number in self.numbers if number[0] in systems]


CROSSINGS = """
select to_jsonb(r), coalesce(n.numbers, '[]'::jsonb), exists (
    select from identity_link l where l.patient_id = k.id and l.until is null and l.rule = 'score')
from unnest(%s::uuid[]) with ordinality k (id, place)
join regional_identity r on r.patient_id = k.id and r.replaced_by_id is null
left join lateral (
    select jsonb_agg(jsonb_build_array(s.system, s.value) order by s.id) as numbers from source_identity s
    where s.patient_id = k.id and s.absorbed_into_id is null and position('@' in s.system) = 0
) n on true
order by k.place
"""


def crossings(patient_ids: Sequence[UUID]) -> list[Crossing]:
    """Patients with their numbers, in the order given; who became another is left out."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(CROSSINGS, [list(patient_ids)])
        for body, numbers, is_by_likeness in cursor.fetchall():
            row = store.row_of(body)
            traits = rules.Traits(**{name: row[name] for name in rules.TRAIT_FIELDS})
            pairs = numbers if isinstance(numbers, list) else orjson.loads(numbers)
            told = tuple((system, value) for system, value in pairs)
            found.append(
                Crossing(row["patient_id"], told, traits, row["attribute"], is_by_likeness)
            )
    return found


def is_by_likeness(patient_id: UUID) -> bool:
    """Whether a likeness alone ties an identity to this patient."""
    tied = IdentityLink.objects.filter(patient=patient_id, until=None)
    return tied.filter(rule=IdentityLink.Rule.SCORE).exists()


def patient_of_number(system: str, value: str) -> UUID | None:
    """Whose number it is: a source's, the region's own, or a qualified INS. One who was replaced is followed."""
    if ins_oid_kind(system) is not None:
        found = _one(
            "select patient_id from regional_identity where ins = %s and ins <> ''"
            " and 'urn:oid:' || ins_oid = %s and replaced_by_id is null",
            [value, system],
        )
    elif system == settings.REGION.identity_domain:
        try:
            key = UUID(value)
        except ValueError:
            return None
        found = _one(FOLLOW, [key])
    else:
        found = patients_of_numbers([(system, value)]).get((system, value))
    return found


FOLLOW = """
with recursive step (id, next, depth) as (
    select patient_id, replaced_by_id, 0 from regional_identity where patient_id = %s
    union all
    select r.patient_id, r.replaced_by_id, s.depth + 1
    from step s join regional_identity r on r.patient_id = s.next where s.depth < 20
)
select id from step where next is null limit 1
"""


def is_domain(system: str) -> bool:
    """Whether numbers of this domain are known here: the region's, an INS, or a source's."""
    if system == settings.REGION.identity_domain or ins_oid_kind(system) is not None:
        return True
    return _one("select id from source_identity where system = %s limit 1", [system]) is not None


# --- looking for somebody by traits, without making anybody ---------------------------------------


def is_told_by_others(system: str, values: Sequence[str], sender: str) -> bool:
    """Whether somebody else than this sender last spoke of one of these numbers."""
    rows = SourceIdentity.objects.filter(system=system, value__in=values)
    return rows.exclude(sender=sender).exists()


MOST_FOUND = 200
"""A question that more people answer is too wide to be one about somebody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a demographic question asks: an INS, or a birth (or used) name with a full birth date."""

    family: str = ""
    birth_date: str = ""
    given: str = ""
    sex: str = ""
    city: str = ""
    postal_code: str = ""
    ins: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether it is exact enough to be answered."""
        has_name = len(rules.name_key(self.family).replace(" ", "")) > 1
        return bool(self.ins) or (has_name and len(self.birth_date) == 10)


BY_TRAITS = """
select r.patient_id from regional_identity r
where r.replaced_by_id is null and r.birth_date = %(birth)s
  and (r.name_key = %(name)s or (r.used_key <> '' and r.used_key = %(name)s))
  and (%(given)s = '' or r.given_key = %(given)s or left(r.given_key, length(%(given)s) + 1) = %(given)s || ' ')
  and (%(sex)s = '' or r.sex = %(sex)s)
  and (%(postal)s = '' or r.postal_code = %(postal)s)
  and (%(city)s = '' or identity_plain(r.city) = %(city)s)
order by r.patient_id limit %(limit)s
"""


def patients_like(wanted: Wanted) -> list[UUID]:
    """Who answers a demographic question, in a stable order, `MOST_FOUND` and one more at most."""
    if wanted.ins:
        found = _one(
            "select patient_id from regional_identity where ins = %s and ins <> '' and replaced_by_id is null",
            [wanted.ins.replace(" ", "").upper()],
        )
        return [found] if found else []
    given = rules.given_key(wanted.given)
    values: dict[str, str | int] = {
        "birth": wanted.birth_date,
        "name": rules.name_key(wanted.family),
        "given": given,
        "sex": wanted.sex if wanted.sex in ("F", "M") else "",
        "postal": wanted.postal_code.strip(),
        "city": rules.plain(wanted.city),
        "limit": MOST_FOUND + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_TRAITS, values)
        return [row[0] for row in cursor.fetchall()]


def _one(sql: str, params: list[Any]) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return row[0] if row else None

"""Records whose time of keeping is over: how they are found, and what the officer's screens list."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from enrs.core.moments import legal_day, partial_bounds
from enrs.core.subjects.holdings import care_moments
from enrs.services.rights.models import Approval, Elimination, Retention, Sweep
from enrs.services.rights.rules import requests as requests_rules
from enrs.services.rights.rules import retention as rules

PAGE = 50
VIEWS = {
    "": (Retention.State.DUE, Retention.State.FAILED),
    "prolonges": (Retention.State.KEPT, Retention.State.WAITING),
    "approuves": (Retention.State.APPROVED,),
}
OPENING = "aucun passage connu : ouverture du dossier"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule asks of one record."""

    patient_id: UUID
    last_on: date
    last_kind: str
    birth_date: str
    died_on: date | None
    is_disputed: bool
    suspensions: tuple[tuple[date, date], ...] = ()
    """Appeals that ended, of the records that were merged into this one."""

    def term(self, suspensions: Collection[tuple[date, date]] = ()) -> rules.Term:
        """Its term by the rule."""
        return rules.term(
            last_on=self.last_on,
            birth=partial_bounds(self.birth_date)[1] if self.birth_date else None,
            death_on=self.died_on,
            suspensions=(*suspensions, *self.suspensions),
        )


def facts_of(patient_ids: Collection[UUID]) -> list[Facts]:
    """What the rule asks of those of these people whose term may be over, or who are on the list already.

    No term is shorter than ten years after the last day of care. What was merged into a record would go with it:
    a request that is open there, a restriction, or a decision to keep it, keeps both. Run by the platform, which sees
    every record.
    """
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [list(requests_rules.OPEN_STATES), list(patient_ids)])
        rows = cursor.fetchall()
    return [
        Facts(
            patient_id=patient_id,
            last_on=legal_day(at or opened_at),
            last_kind=word or OPENING,
            birth_date=birth_date,
            died_on=legal_day(deceased_at) if deceased_at else None,
            is_disputed=is_disputed,
            suspensions=tuple(
                (date.fromisoformat(first), date.fromisoformat(last))
                for periods in json.loads(suspended or "[]")
                for first, last in periods
            ),
        )
        for patient_id, opened_at, birth_date, deceased_at, at, word, is_disputed, suspended in rows
    ]


@cache
def _sql() -> str:
    moments = " union all ".join(
        f"select '{word}' as word, max({moment}) as at from {table}"
        " where patient_id = p.id and withdrawn_at is null"
        for table, (word, moment) in care_moments().items()
    )
    return f"""
        select p.id, p.created_at, i.birth_date, i.deceased_at, x.at, x.word,
          exists (select 1 from rights_request q where q.patient_id = any(w.ids) and q.state = any(%s))
            or exists (select 1 from rights_retention t where t.patient_id = any(w.ids) and t.patient_id <> p.id
              and t.state = 'kept' and (t.hold_until is null or t.hold_until >= current_date))
            or exists (select 1 from rights_restriction l where l.patient_id = any(w.ids) and l.lifted_at is null),
          (select jsonb_agg(t.suspensions) from rights_retention t
            where t.patient_id = any(w.ids) and t.patient_id <> p.id)
        from patient p
        join regional_identity i on i.patient_id = p.id and i.replaced_by_id is null
        cross join lateral (
          with recursive merged as (
            select p.id union select r.patient_id from regional_identity r join merged m on r.replaced_by_id = m.id
          ) select array_agg(id) as ids from merged) w
        left join lateral (select word, at from ({moments}) m where at is not null order by at desc limit 1) x on true
        where p.id = any(%s)
          and (coalesce(x.at, p.created_at) < now() - interval '{rules.YEARS_AFTER_DEATH} years'
            or exists (select 1 from rights_retention t where t.patient_id = p.id))
    """


def records(
    *, view: str, text: str = "", before: tuple[date, UUID] | None = None
) -> tuple[list[Retention], Retention | None]:
    """One page of a list, the oldest term first, and its last row when there are more."""
    rows = Retention.objects.filter(state__in=VIEWS[view]).select_related("approval")
    if text:
        rows = rows.filter(person_name__icontains=text)
    if before:
        day, key = before
        rows = rows.filter(Q(kept_until__gt=day) | Q(kept_until=day, id__gt=key))
    found = list(rows.order_by("kept_until", "id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None


def record_of_desk(record_id: UUID) -> Retention | None:
    """One record of the lists."""
    return Retention.objects.filter(pk=record_id).select_related("approval").first()


def approvals(*, before: UUID | None = None) -> tuple[list[Any], Any]:
    """One page of the approvals under which something was erased, the newest first, with how many records."""
    rows = Approval.objects.annotate(erased=Count("eliminations")).filter(erased__gt=0)
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None


def approval_of_desk(approval_id: UUID) -> Approval | None:
    """One approval."""
    return Approval.objects.filter(pk=approval_id).first()


def eliminations(approval: Approval) -> list[Elimination]:
    """Every record erased under an approval, in the order of their erasure; an approval has two hundred at most."""
    return list(Elimination.objects.filter(approval=approval).order_by("at", "id"))


def waiting_count(approval: Approval) -> int:
    """How many records of an approval are not erased yet."""
    return Retention.objects.filter(approval=approval, state=Retention.State.APPROVED).count()


def sweep() -> Sweep | None:
    """How far the search for due records went."""
    return Sweep.objects.first()

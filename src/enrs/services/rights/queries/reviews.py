"""Who of a place opened which record: one line for each person and record, the unusual first; what was marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from enrs.core.access.actor import current_actor
from enrs.referentials.identity.queries import patient_names
from enrs.services.rights.models import AccessReview, AccessReviewAct
from enrs.services.rights.queries.desk import Desk
from enrs.services.rights.rules import reviews as rules

PAGE: Final = 50
MOST_EXPORTED: Final = 2_000
State = AccessReview.State


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment to another, which stays while pages follow one another."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ends: what its last line weighs, and its keys."""

    weight: int
    last_at: datetime
    user_id: UUID
    patient_id: UUID


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """The accesses of one person to one record in a period. `name` is empty for who may not see that identity."""

    organisation_id: UUID
    user_id: UUID
    user_name: str
    user_role: str
    patient_id: UUID
    act_count: int
    day_count: int
    first_at: datetime
    last_at: datetime
    signs: tuple[str, ...]
    review_id: UUID | None
    review_state: str
    is_covered: bool
    cut_at: datetime | None
    weight: int
    reference: str
    name: str = ""

    @property
    def position(self) -> Position:
        """Where the next page begins."""
        return Position(self.weight, self.last_at, self.user_id, self.patient_id)


_SUM = " + ".join(f"{one.weight} * (is_{name})::integer" for name, one in rules.SIGNS.items())
_ORDER = "weight, last_at, user_id, patient_id"
# What somebody looked at comes after the rest, until the person opens that record again.
_SQL = f"""
    select user_id, user_name, user_role, patient_id, act_count, day_count, first_at, last_at, is_glass, is_night,
      is_alone, is_many, review_id, review_state, is_covered, cut_at, weight
    from (select o.*, coalesce(o.seen_until >= o.last_at, false) as is_covered,
        case when o.seen_until >= o.last_at and o.review_state = 'seen' then -1 else {_SUM} end as weight
      from rights_openings(%s, %s, %s, %s, %s, %s, %s, %s) o) x
    where (%s::uuid is null or user_id = %s) and strpos(lower(user_name), lower(%s)) > 0
      and (%s::integer is null or ({_ORDER}) < (%s, %s, %s, %s))
    order by weight desc, last_at desc, user_id desc, patient_id desc limit %s
"""


def opened_lines(
    *,
    place: UUID,
    period: Period,
    text: str = "",
    user_id: UUID | None = None,
    before: Position | None = None,
    limit: int = PAGE + 1,
) -> list[OpenedLine]:
    """Lines of a place that the actor answers for, the most unusual first; nothing of any other place."""
    after = (
        (before.weight, before.weight, before.last_at, before.user_id, before.patient_id)
        if before
        else (None,) * 5
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            [
                place, period.since, period.until, settings.TIME_ZONE, rules.NIGHT_FROM, rules.NIGHT_UNTIL,
                rules.MANY_A_DAY, rules.MOST_LINES, user_id, user_id, text, *after, limit,
            ],
        )  # fmt: skip
        rows = cursor.fetchall()
    # The database gives the names of those whom the referent follows themselves, and of nobody else.
    names = patient_names({row[3] for row in rows})
    return [_line(place, row, names) for row in rows]


def _line(place: UUID, row: Sequence[Any], names: dict[UUID, str]) -> OpenedLine:
    signs = zip(rules.SIGNS, row[8:12], strict=True)
    key = settings.SECRETS.blob_address_key
    return OpenedLine(
        organisation_id=place,
        user_id=row[0],
        user_name=row[1],
        user_role=row[2],
        patient_id=row[3],
        act_count=row[4],
        day_count=row[5],
        first_at=row[6],
        last_at=row[7],
        signs=tuple(name for name, is_there in signs if is_there),
        review_id=row[12],
        review_state=row[13] or "",
        is_covered=row[14],
        cut_at=row[15],
        weight=row[16],
        reference=rules.reference(key, place, row[3]),
        name=names.get(row[3], ""),
    )


def line_of(*, place: UUID, user_id: UUID, reference: str, period: Period) -> OpenedLine | None:
    """The line of one person that a reference names."""
    found = opened_lines(place=place, period=period, user_id=user_id, limit=rules.MOST_LINES)
    return next((one for one in found if one.reference == reference), None)


def reviews(desk: Desk, *, before: UUID | None = None) -> tuple[list[AccessReview], UUID | None]:
    """One page of what waits for a word on this desk, the oldest first, and where the next begins."""
    rows = _of_desk(desk).filter(state__in=(State.ASKED, State.EXPLAINED))
    if before:
        rows = rows.filter(id__gt=before)
    found = list(rows.order_by("id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def review_of_desk(desk: Desk, review_id: UUID) -> AccessReview | None:
    """One marked line, when it is this desk's."""
    return _of_desk(desk).filter(pk=review_id).first()


def _of_desk(desk: Desk) -> QuerySet[AccessReview]:
    rows = AccessReview.objects.all()
    return rows if desk.is_whole else rows.filter(organisation_id__in=list(desk.places))


def own_reviews() -> list[AccessReview]:
    """What the current user is, or was, asked to explain, what waits for their answer first."""
    user_id = current_actor().user_id
    if user_id is None:
        return []
    rows = AccessReview.objects.filter(user_id=user_id).exclude(asked_by_id=None).order_by("-id")
    return sorted(rows[:100], key=lambda one: one.state != State.ASKED)


def own_review(review_id: UUID) -> AccessReview | None:
    """One of them."""
    user_id = current_actor().user_id
    if user_id is None:
        return None
    rows = AccessReview.objects.filter(user_id=user_id, pk=review_id)
    return rows.exclude(asked_by_id=None).first()


def acts_of(review: AccessReview) -> list[AccessReviewAct]:
    """Everything that was said of a marked line, in order."""
    return list(AccessReviewAct.objects.filter(review=review).order_by("at", "id"))


def names_of(found: Iterable[AccessReview]) -> dict[UUID, str]:
    """Whose records these marked lines are about, by their identifier, for who may know: see `policies.sql`.

    A referent is given the names of those whom they follow themselves.
    """
    rows = list(found)
    with connection.cursor() as cursor:
        cursor.execute("select id, name from rights_reviewed_names(%s)", [[one.pk for one in rows]])
        names = dict(cursor.fetchall())
    known = patient_names({one.patient_id for one in rows})
    return {one.pk: known[one.patient_id] for one in rows if one.patient_id in known} | names

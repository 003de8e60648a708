"""The openings to be read again: lists by keyset, one opening, what was done during it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.services.rights.models import Glass, GlassAct
from enrs.services.rights.queries.desk import Desk
from enrs.services.rights.rules import glasses as rules

PAGE = 50
MOST_LINES = 300
"""Lines of the journal that one page shows: a shift of reading."""
MOST_EXPORTED = 20_000

VIEWS = {"": rules.OPEN_STATES, "relus": rules.CLOSED_STATES}
"""What waits, the most late first; what was judged, the newest first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the list; `before` is the last row of the page before."""

    view: str = ""
    state: str = ""
    kind: str = ""
    is_late: bool = False
    place: UUID | None = None
    text: str = ""
    before: tuple[datetime, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One line of the journal, as a code: no word of the record's content."""

    at: datetime
    action: str
    outcome: str
    actor_role: str


def glasses(desk: Desk, asked: Asked) -> tuple[list[Glass], Glass | None]:
    """One page of the desk's openings, and its last row when there are more."""
    rows = _ordered(desk, asked)
    if asked.before:
        at, key = asked.before
        name = "lt" if asked.view else "gt"
        rows = rows.filter(
            Q(**{f"due_at__{name}": at}) | Q(**{"due_at": at, f"id__{name}": key}),
        )
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None


def exported(desk: Desk, asked: Asked) -> Iterator[Glass]:
    """Every opening of the same choice, read by pieces."""
    return _ordered(desk, asked)[:MOST_EXPORTED].iterator(chunk_size=500)


def _ordered(desk: Desk, asked: Asked) -> QuerySet[Glass]:
    rows = Glass.objects.filter(state__in=VIEWS[asked.view])
    if not desk.is_whole:
        rows = rows.filter(organisation_id__in=list(desk.places))
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.place:
        rows = rows.filter(organisation_id=asked.place)
    if asked.is_late:
        rows = rows.filter(due_at__lt=timezone.now())
    if asked.text:
        rows = rows.filter(
            Q(user_name__icontains=asked.text) | Q(patient_name__icontains=asked.text)
        )
    sign = "-" if asked.view else ""
    return rows.order_by(f"{sign}due_at", f"{sign}id")


def late_count(desk: Desk) -> int:
    """How many openings have waited too long on this desk."""
    return _ordered(desk, Asked(is_late=True)).count()


def places_with_glasses(desk: Desk) -> list[tuple[UUID, str]]:
    """The places from which records were opened, by name."""
    rows = Glass.objects.exclude(organisation_id=None)
    if not desk.is_whole:
        rows = rows.filter(organisation_id__in=list(desk.places))
    pairs = rows.order_by("organisation_name", "organisation_id")
    found = pairs.values_list("organisation_id", "organisation_name").distinct()[:200]
    return [(one, name) for one, name in found if one]


def glass_of_desk(desk: Desk, glass_id: UUID) -> Glass | None:
    """One opening, when it is this desk's."""
    found = Glass.objects.filter(pk=glass_id).first()
    return found if found and desk.holds(found.organisation_id) else None


def own_glasses() -> list[Glass]:
    """What the current user opened in an emergency, those that wait for their answer first."""
    user_id = current_actor().user_id
    if user_id is None:
        return []
    rows = Glass.objects.filter(user_id=user_id).order_by("-opened_at", "-id")
    return sorted(rows[:200], key=lambda one: one.state != Glass.State.ASKED)


def own_glass(glass_id: UUID) -> Glass | None:
    """One of them."""
    user_id = current_actor().user_id
    return Glass.objects.filter(user_id=user_id, pk=glass_id).first() if user_id else None


def acts_of(glass: Glass) -> list[GlassAct]:
    """Everything that was said of an opening, in order."""
    return list(GlassAct.objects.filter(glass=glass).order_by("at", "id"))


def read_during(glass: Glass) -> list[Read]:
    """What its opener did with the record meanwhile, in order; one line more than is shown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select at, action, outcome, actor_role from rights_glass_lines(%s, %s)",
            [glass.pk, MOST_LINES + 1],
        )
        return [Read(*row) for row in cursor.fetchall()]

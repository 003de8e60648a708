"""Reading returns home: the week with its gaps, what was asked of whom, what an agency may know."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Q
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.models import Grant
from enrs.core.access.queries import valid_denials, valid_grants
from enrs.core.access.rules import WRITE, permits
from enrs.core.accounts.models import Position, User
from enrs.core.moments import legal_day
from enrs.core.workflow.models import Task, TaskStep
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.queries import patient_names
from enrs.services.home_support.models import Ask, AskedVisit, HomeReport, HomeReturn, Slot, Visit
from enrs.services.home_support.rules import week, words
from enrs.services.home_support.rules.week import Gap, Passage

SHOWN = 40
PENDING = ("sent", "more")
USUAL = 8
"""Agencies that are offered first: those that the place asked last."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an agency knows of the return that it was asked for; names, address and keys once it holds a visit."""

    ask_id: UUID
    return_id: UUID
    patient_id: UUID
    leaving_at: datetime
    home_at: datetime | None
    ended_at: datetime | None
    city: str
    needs: list[str]
    place_name: str
    unit: str
    sex: str
    age: int | None
    is_held: bool
    birth_name: str
    used_name: str
    first_given_name: str
    used_given_name: str
    address: str
    postal_code: str
    phone: str
    contact_name: str
    contact_link: str
    contact_phone: str
    access_notes: str

    @property
    def leaving_day(self) -> date:
        """The legal day of the discharge."""
        return legal_day(self.leaving_at)


def local(moment: datetime) -> datetime:
    """A moment on the region's clock."""
    return timezone.localtime(moment)


def find(patient_id: UUID, return_id: UUID) -> HomeReturn | None:
    """One return of this person."""
    rows = HomeReturn.objects.filter(patient_id=patient_id, pk=return_id, withdrawn_at=None)
    return rows.select_related("task").first()


def returns(patient_id: UUID) -> list[HomeReturn]:
    """The returns of a person, the newest first."""
    rows = HomeReturn.objects.filter(patient_id=patient_id, withdrawn_at=None)
    return list(rows.select_related("task").order_by("-opened_at", "-id")[:SHOWN])


def own_returns() -> list[HomeReturn]:
    """The open returns of those for whom the actor, a person, has a space: their own first."""
    grants = valid_grants(current_actor().grantees).filter(purpose__in=("self", "proxy"))
    purposes = dict(grants.order_by("purpose").values_list("patient_id", "purpose")[:50])
    rows = HomeReturn.objects.filter(
        patient_id__in=list(purposes), ended_at=None, withdrawn_at=None
    )
    found = list(rows.select_related("task").order_by("-opened_at", "-id")[:SHOWN])
    return sorted(found, key=lambda one: purposes[one.patient_id] != "self")


def names(patient_ids: set[UUID]) -> dict[UUID, str]:
    """The names of some people, for who may see them."""
    return patient_names(patient_ids)


def is_keeper(home_return: HomeReturn, actor: Actor) -> bool:
    """Whether somebody is of the place that opened a return, or opened it themselves."""
    opened_by = {home_return.task.requester_grantee_id, home_return.place_id}
    return bool(opened_by & set(actor.grantees))


def visits(home_return: HomeReturn) -> list[Visit]:
    """The standing lines of a week, by hour, with their slots and who holds them."""
    rows = Visit.objects.filter(home_return=home_return, removed_at=None)
    return list(rows.prefetch_related("slots__ask").order_by("starts", "kind", "id"))


def asks(home_return: HomeReturn) -> list[Ask]:
    """What was asked of agencies, the last first, with its visits, its slots and what was said of it."""
    rows = Ask.objects.filter(home_return=home_return).select_related("task")
    said = Prefetch("task__steps", TaskStep.objects.exclude(reason="").order_by("-version"))
    return list(rows.prefetch_related("visits", "slots", said).order_by("-asked_at", "-id")[:SHOWN])


def passages(return_ids: Collection[UUID]) -> dict[UUID, list[Passage]]:
    """The slots of some returns with what is known of them, in two queries."""
    slots = Slot.objects.filter(visit__home_return__in=list(return_ids), visit__removed_at=None)
    asked = AskedVisit.objects.filter(
        ask__home_return__in=list(return_ids), ask__task__state__in=PENDING
    )
    denied = _denied(return_ids)
    waiting: dict[UUID, list[str]] = {}
    for visit_id, name, agency_id, return_id in asked.order_by("ask__asked_at", "id").values_list(
        "visit_id", "ask__agency_name", "ask__agency_id", "ask__home_return_id"
    ):
        if (return_id, agency_id) not in denied:
            waiting.setdefault(visit_id, []).append(name)
    found: dict[UUID, list[Passage]] = {one: [] for one in return_ids}
    for one in slots.select_related("visit", "ask").order_by("id"):
        visit = one.visit
        # An agency that the person opposes no longer reads where to go: what it took is taken by nobody.
        holder = one.ask
        if holder and (visit.home_return_id, holder.agency_id) in denied:
            holder = None
        found[visit.home_return_id].append(
            Passage(
                one.id, visit.id, visit.get_kind_display(), one.weekday, visit.starts, visit.minutes,
                once_on=visit.once_on, agency=holder.agency_name if holder else "",
                from_on=one.from_on if holder else None, is_retained=one.retained_at is not None,
                awaited=tuple(waiting.get(visit.id, ())),
            )
        )  # fmt: skip
    return found


def _denied(return_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """The agencies that people oppose, among those of some returns."""
    asked = Ask.objects.filter(home_return__in=list(return_ids)).values_list(
        "home_return_id", "home_return__patient_id", "agency_id"
    )
    rows = valid_denials().filter(
        patient_id__in=HomeReturn.objects.filter(pk__in=list(return_ids)).values("patient_id")
    )
    denied = set(rows.values_list("patient_id", "grantee_id"))
    return (
        {(one, agency) for one, patient, agency in asked if (patient, agency) in denied}
        if denied
        else set()
    )


def gaps_of(home_return: HomeReturn) -> list[Gap]:
    """Where nobody comes in the days to come."""
    return gaps_in(home_return, passages([home_return.id])[home_return.id])


def gaps_in(home_return: HomeReturn, found: Collection[Passage]) -> list[Gap]:
    """Where nobody comes, of slots that were read already."""
    return week.gaps(found, leaving=local(home_return.leaving_at), now=local(timezone.now()))


def reports(home_return: HomeReturn) -> list[HomeReport]:
    """What happened at home, the last first."""
    rows = HomeReport.objects.filter(visit__home_return=home_return)
    return list(rows.select_related("visit").order_by("-day", "-at", "-id")[:SHOWN])


def may_answer(actor: Actor) -> bool:
    """Whether somebody's profession answers requests: the matrix says who writes them."""
    return actor.kind == "professional" and permits(actor.role, "request", WRITE)


def known(task_id: UUID) -> Known | None:
    """What the current actor's agency may know of the return behind what it was asked; None for anybody else."""
    with connection.cursor() as cursor:
        cursor.execute("select * from home_support_known(%s)", [task_id])
        row = cursor.fetchone()
        names_ = [one.name for one in cursor.description]
    if row is None:
        return None
    values = dict(zip(names_, row, strict=True))
    values = {
        key: "" if value is None and key in _TEXTS else value for key, value in values.items()
    }
    return Known(**values | {"needs": json.loads(values["needs"])})


_TEXTS = frozenset({
    "sex", "birth_name", "used_name", "first_given_name", "used_given_name", "address",
    "postal_code", "phone", "contact_name", "contact_link", "contact_phone", "access_notes",
})  # fmt: skip


def asked_slots(found: Known) -> list[Slot]:
    """The slots of the visits that were asked of an agency, by hour and by day, whoever holds them."""
    rows = Slot.objects.filter(visit__asked__ask_id=found.ask_id, visit__removed_at=None)
    return list(rows.select_related("visit").order_by("visit__starts", "visit_id", "weekday"))


def asked_reports(found: Known) -> list[HomeReport]:
    """What happened at home in the visits that an agency held, the last first; absences while it still comes."""
    rows = HomeReport.objects.filter(ask_id=found.ask_id)
    if not found.is_held:
        rows = rows.filter(kind="started")
    return list(rows.select_related("visit").order_by("-day", "-at", "-id")[:SHOWN])


def ask_of(task_id: UUID) -> Ask | None:
    """What was asked, by its task, for its agency and for whoever prepares the return."""
    return Ask.objects.filter(task_id=task_id).select_related("task", "home_return").first()


def usual_agencies() -> list[Organisation]:
    """The agencies that the actor's place asked last: offered before any search."""
    place = current_actor().organisation_id
    if place is None:
        return []
    rows = Ask.objects.filter(task__requester_organisation_id=place).order_by("-asked_at")
    last = list(dict.fromkeys(rows.values_list("agency_id", flat=True)[:60]))[:USUAL]
    found = Organisation.objects.defer("search").filter(pk__in=last, is_closed=False).in_bulk()
    return [found[key] for key in last if key in found]


def places(keys: Collection[UUID]) -> list[Organisation]:
    """Structures of the directory, by name."""
    rows = Organisation.objects.defer("search").filter(pk__in=list(keys))
    return list(rows.order_by("name", "id"))


def load_returns(tasks: Sequence[Task]) -> dict[str, object]:
    """What the hospital's board says of its rows: the returns, and where nobody comes; a fixed number of queries."""
    rows = HomeReturn.objects.filter(task_id__in=[one.id for one in tasks])
    found = {one.task_id: one for one in rows}
    known_ = passages([one.id for one in found.values()])
    return {
        "returns": found,
        "gaps": {key: gaps_in(one, known_[one.id]) for key, one in found.items()},
        "awaited": {key: len(week.awaited_visits(known_[one.id])) for key, one in found.items()},
    }


def colleagues(home_return: HomeReturn) -> set[UUID]:
    """The accounts of those who prepare returns in its place and are in the person's circle: one of them is there."""
    now = timezone.now()
    circle = Grant.objects.filter(
        patient_id=home_return.patient_id, valid_from__lte=now, valid_until__gt=now
    ).values("grantee_id")
    positions = Position.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), organisation_id=home_return.place_id,
        role__in=words.HOSPITAL_ROLES, user__is_active=True, user__grantee_id__in=circle,
    )  # fmt: skip
    return set(positions.values_list("user_id", flat=True)) if home_return.place_id else set()


def users_of_person(patient_id: UUID) -> set[UUID]:
    """The accounts of the person and of those who stand for them."""
    now = timezone.now()
    held = Grant.objects.filter(
        patient_id=patient_id,
        purpose__in=("self", "proxy"),
        valid_from__lte=now,
        valid_until__gt=now,
    ).values_list("grantee_id", flat=True)
    people = User.objects.filter(is_active=True, grantee_id__in=list(held))
    return set(people.values_list("id", flat=True))

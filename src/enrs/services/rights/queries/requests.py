"""Requests about somebody's data: what the desk owes, and what one asked oneself."""

from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.models import Level
from enrs.core.access.queries import valid_grants
from enrs.core.access.rules import PERSON_ROLES
from enrs.core.moments import legal_day
from enrs.referentials.identity.queries import patient_names
from enrs.services.rights.models import RequestAct, RightsRequest
from enrs.services.rights.rules import requests as rules

PAGE = 50
VIEWS = {"": rules.OPEN_STATES, "closes": rules.CLOSED_STATES}


def requests(
    *,
    view: str = "",
    kind: str = "",
    is_late: bool = False,
    text: str = "",
    before: tuple[date, UUID] | None = None,
) -> tuple[list[RightsRequest], RightsRequest | None]:
    """One page of the desk's requests, the first to answer first (closed ones newest first)."""
    rows = RightsRequest.objects.filter(state__in=VIEWS[view])
    if kind:
        rows = rows.filter(kind=kind)
    if is_late:
        rows = rows.filter(due_on__lt=legal_day(timezone.now()))
    if text:
        rows = rows.filter(
            Q(person_name__icontains=text)
            | Q(asker_name__icontains=text)
            | Q(number__icontains=text)
        )
    sign, name = ("-", "lt") if view else ("", "gt")
    if before:
        day, key = before
        rows = rows.filter(Q(**{f"due_on__{name}": day}) | Q(**{"due_on": day, f"id__{name}": key}))
    found = list(rows.order_by(f"{sign}due_on", f"{sign}id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None


def request_of_desk(request_id: UUID) -> RightsRequest | None:
    """One request."""
    return RightsRequest.objects.filter(pk=request_id).first()


def own_requests() -> list[RightsRequest]:
    """What the current user asked, the newest first."""
    rows = RightsRequest.objects.filter(asked_by_id=current_actor().user_id)
    return list(rows.order_by("-id")[:100])


def own_request(request_id: UUID) -> RightsRequest | None:
    """One of them."""
    return RightsRequest.objects.filter(asked_by_id=current_actor().user_id, pk=request_id).first()


def acts_of(asked: RightsRequest) -> list[RequestAct]:
    """Everything that was done with a request, in order."""
    return list(RequestAct.objects.filter(asked=asked).order_by("at", "id"))


def people_one_speaks_for() -> list[tuple[UUID, str]]:
    """The current person themselves and those in whose place they act, with their names."""
    rows = valid_grants(current_actor().grantees).filter(purpose__in=PERSON_ROLES)
    rows = rows.filter(Q(purpose="self") | Q(level__gte=Level.CONTRIBUTE))
    held = dict(rows.order_by("-purpose").values_list("patient_id", "purpose"))
    names = patient_names(held.keys())
    first = sorted(held, key=lambda one: (held[one] != "self", names.get(one, "")))
    return [(one, names[one]) for one in first if one in names]


def own_patient_id() -> UUID | None:
    """The record of the current person themselves, if the region knows one."""
    rows = valid_grants(current_actor().grantees).filter(purpose="self")
    found: UUID | None = rows.values_list("patient_id", flat=True).first()
    return found

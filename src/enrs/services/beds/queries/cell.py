"""The crisis cell: requests to place, beds that may be given, crises that are open."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from enrs.core.access.actor import current_actor
from enrs.services.beds import tables
from enrs.services.beds.models import (
    BedRequest,
    Capacity,
    Crisis,
    CrisisAnswer,
    FeedFile,
    RefusedLine,
    Reservation,
)
from enrs.services.beds.queries import rights

MOST = 100


def requests() -> list[BedRequest]:
    """The requests that the actor follows: all those under way for the cell, their place's for whoever asks."""
    rows = BedRequest.objects.exclude(state__in=("arrived", "cancelled"))
    by = current_actor()
    if not rights.is_of_cell(by):
        rows = rows.filter(place_id=by.organisation_id) if by.organisation_id else rows.none()
    return list(rows.order_by("opened_at", "pk")[:MOST])


def request(request_id: UUID) -> BedRequest | None:
    """A request that the actor follows."""
    found = BedRequest.objects.filter(pk=request_id).first()
    return found if found is not None and rights.may_follow(found) else None


def reservations(asked: BedRequest) -> list[Reservation]:
    """Every bed that was kept for a request, the last one first."""
    rows = asked.reservations.select_related("capacity__unit", "request")
    return list(rows.order_by("-pk"))


def reservation(reservation_id: UUID) -> Reservation | None:
    """A reservation whose unit or request the actor has a part in."""
    rows = Reservation.objects.select_related("capacity__unit", "request")
    found = rows.filter(pk=reservation_id).first()
    if found is None:
        return None
    is_seen = rights.may_enter(found.capacity.unit) or rights.may_follow(found.request)
    return found if is_seen else None


def beds_for(asked: BedRequest, *, wide: bool = False) -> list[Capacity]:
    """Rows of figures that have a bed to give, those of the same département and freshest first.

    Wide, every critical kind is shown, and not the asked one alone.
    """
    kinds = tables.critical_kinds() if wide else (asked.kind,)
    rows = Capacity.objects.select_related("unit").filter(
        unit__is_active=True, unit__kind__in=kinds, available__gt=F("held"), crisis=""
    )
    if asked.age != "any":
        rows = rows.filter(age__in=(asked.age, "any"))
    if asked.sex != "any":
        rows = rows.filter(sex__in=(asked.sex, "any"))
    near = Q(unit__department=asked.department) if asked.department else Q(pk=None)
    ordered = rows.alias(is_far=~near).order_by(
        "is_far", "unit__region", F("measured_at").desc(nulls_last=True), "pk"
    )
    return list(ordered[:MOST])


def crises(site_id: UUID | None = None) -> QuerySet[Crisis]:
    """The crises that are open, of a site or everywhere."""
    rows = Crisis.objects.select_related("site").defer("site__search").filter(closed_at=None)
    if site_id is not None:
        rows = rows.filter(site=site_id)
    return rows.order_by("-pk")


def crisis(crisis_id: UUID) -> Crisis | None:
    """A crisis, open or not."""
    rows = Crisis.objects.select_related("site").defer("site__search")
    return rows.filter(pk=crisis_id).first()


def answered(found: Sequence[Crisis]) -> dict[tuple[UUID, str], int]:
    """The sum of the answers to each question of each crisis."""
    rows = CrisisAnswer.objects.filter(crisis__in=[one.pk for one in found])
    sums = rows.values("crisis", "question").annotate(total=Sum("count")).order_by("crisis")
    return {(one["crisis"], one["question"]): one["total"] for one in sums}


def files() -> list[FeedFile]:
    """The last files: the operator's view is whole, a site's own otherwise."""
    rows = FeedFile.objects.all()
    by = current_actor()
    if by.role != "operator":
        rows = rows.filter(site_id=by.organisation_id)
    return list(rows.order_by("-pk")[:20])


def refused() -> list[RefusedLine]:
    """The lines that wait to be tried again, of the files that the actor sees."""
    rows = RefusedLine.objects.select_related("file").filter(state="waiting")
    by = current_actor()
    if by.role != "operator":
        rows = rows.filter(file__site_id=by.organisation_id)
    return list(rows.order_by("-pk")[:MOST])


def refused_line(line_id: UUID) -> RefusedLine | None:
    """A refused line, by its address."""
    return RefusedLine.objects.select_related("file").filter(pk=line_id).first()

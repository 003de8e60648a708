"""The crisis cell: a bed is asked, proposed for a time, confirmed by its unit, given back.

A bed is kept by one statement that changes the row of figures only while a bed is left: of two cells that
want the last one, the second changes nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.beds import rules, tables
from enrs.services.beds.commands.shared import (
    BedsRefusedError,
    demand_cell,
    figures_of,
    hint,
    locked,
    now,
    store,
    tell,
    text,
)
from enrs.services.beds.models import BedRequest, Capacity, Reservation, Unit
from enrs.services.beds.queries import rights

MOST_EXPIRED = 100
LIVE = (Reservation.State.HELD, Reservation.State.CONFIRMED)


def ask_bed(
    *,
    kind: str,
    age: str = "adult",
    sex: str = "any",
    needs: Sequence[str] = (),
    words: str = "",
    phone: str = "",
    department: str = "",
) -> BedRequest:
    """Ask the cell for a critical-care bed, from the place where one works.

    Raises:
        AccessRefusedError: not a caregiver with a place of work, nor the cell.
        BedsRefusedError: `kind`, for something that is not asked of the cell.
    """
    by = current_actor()
    if by.organisation_id is None or (
        by.role not in rules.ASKING_ROLES and not rights.is_of_cell(by)
    ):
        raise AccessRefusedError("profession")
    is_known = (
        kind in tables.critical_kinds()
        and age in rules.AGES
        and sex in rules.SEXES
        and set(needs) <= set(tables.needs())
    )
    if not is_known:
        raise BedsRefusedError("kind")
    made = BedRequest(
        id=uuid7(), kind=kind, age=age, sex=sex, needs=sorted(set(needs)), words=text(words, 400),
        phone=text(phone, 30), department=text(department, 3), place_id=by.organisation_id,
        place_name=by.organisation_name[:300], user_id=by.user_id, by_name=by.name,
    )  # fmt: skip
    with act():
        made.save(force_insert=True)
        _trace(made, "request.opened")
    return made


def hold_bed(
    *,
    asked: BedRequest,
    capacity: Capacity,
    expected_version: int,
    minutes: int = rules.HOLD_MINUTES,
) -> Reservation:
    """Keep a bed of a unit for a request, until the unit has answered or the time has passed.

    Raises:
        AccessRefusedError: not the cell.
        StaleSaveError: the request was answered meanwhile.
        BedsRefusedError: `taken`, when no bed is left; `minutes`; `closed`, for a unit that is gone.
    """
    demand_cell()
    if not 1 <= minutes <= 24 * 60:
        raise BedsRefusedError("minutes")
    by, at = current_actor(), now()
    with act():
        request = _locked(asked, expected_version, BedRequest.State.OPEN)
        if not Unit.objects.filter(pk=capacity.unit_id, is_active=True).exists():
            raise BedsRefusedError("closed")
        # The condition stands on the row itself: through a join it would be a subquery, which the database
        # does not ask again once it has waited for another cell's bed.
        free = Capacity.objects.filter(pk=capacity.pk, available__gt=F("held"))
        if not free.update(held=F("held") + 1):
            raise BedsRefusedError("taken")
        made = Reservation(
            id=uuid7(), request=request, capacity=capacity, until=at + timedelta(minutes=minutes),
            made_at=at, cell_id=by.organisation_id, cell_name=by.organisation_name[:300], by_name=by.name,
        )  # fmt: skip
        made.save(force_insert=True)
        _move(request, BedRequest.State.HELD)
        tell([capacity.unit], "held", details={"reservation": str(made.pk)})
    return made


def confirm_hold(*, reservation: Reservation) -> Reservation:
    """The unit says yes (or the cell, on its word by telephone): the bed waits for the patient.

    Raises:
        AccessRefusedError: neither of the unit's site, nor the cell.
        BedsRefusedError: `ended`, when the bed was given back or the time has passed.
    """
    _demand_side(reservation, with_asker=False)
    with act():
        row = _live(reservation, (Reservation.State.HELD,))
        at = now()
        row.state, row.confirmed_at, row.confirmed_by = (
            Reservation.State.CONFIRMED,
            at,
            current_actor().name,
        )
        row.until = at + timedelta(hours=rules.CONFIRMED_HOURS)
        row.save(update_fields=["state", "confirmed_at", "confirmed_by", "until"])
        _move(row.request, BedRequest.State.CONFIRMED)
        _trace(row.request, "confirmed", site_id=row.capacity.unit.site_id)
    return row


def release_hold(*, reservation: Reservation, reason: str) -> Reservation:
    """Give a bed back: the unit says no, or it is no longer needed. The request is open again.

    Raises:
        AccessRefusedError: neither the unit, nor the place that asked, nor the cell.
        BedsRefusedError: `reason`, without one; `ended`, when it was given back already.
    """
    _demand_side(reservation, with_asker=True)
    words = text(reason, 200)
    if len(words) < 3:
        raise BedsRefusedError("reason")
    with act():
        row = _live(reservation, LIVE)
        _give_back([row], Reservation.State.RELEASED, words)
        _move(row.request, BedRequest.State.OPEN)
    return row


def arrive(*, reservation: Reservation) -> Reservation:
    """The patient is in the bed: it is occupied from now on, whatever the next feed says of it.

    Raises:
        BedsRefusedError: `ended`, for a bed that is not confirmed.
    """
    _demand_side(reservation, with_asker=False)
    with act():
        row = _live(reservation, (Reservation.State.CONFIRMED,))
        capacity = locked([row.capacity_id])[row.capacity_id]
        figures, at = figures_of(capacity), now()
        Capacity.objects.filter(pk=capacity.pk).update(held=Greatest(F("held") - 1, 0))
        if figures.available:
            figures = figures._replace(
                available=figures.available - 1, occupied=figures.occupied + 1
            )
            store(
                capacity, act="arrived", figures=figures, moments=capacity.moments,
                changed=("available", "occupied"), at=at, source=Capacity.Source.HAND,
            )  # fmt: skip
        _end(row, Reservation.State.ARRIVED, "")
        _move(row.request, BedRequest.State.ARRIVED)
        tell([capacity.unit], "arrived", details={"reservation": str(row.pk)})
    return row


def cancel_ask(*, asked: BedRequest, reason: str, expected_version: int) -> BedRequest:
    """The bed is no longer needed; one that was kept is given back.

    Raises:
        AccessRefusedError: neither the place that asked, nor the cell.
        StaleSaveError: somebody answered meanwhile.
    """
    if current_actor().kind != "system" and not rights.may_follow(asked):
        raise AccessRefusedError("profession")
    words = text(reason, 200)
    if len(words) < 3:
        raise BedsRefusedError("reason")
    with act():
        request = _locked(asked, expected_version)
        if request.state in (BedRequest.State.ARRIVED, BedRequest.State.CANCELLED):
            raise BedsRefusedError("ended", request)
        kept = list(request.reservations.filter(state__in=LIVE))
        if kept:
            _give_back(kept, Reservation.State.RELEASED, words)
        request.closed_reason = words
        _move(request, BedRequest.State.CANCELLED)
        _trace(request, "request.cancelled", words)
    return request


def expire_holds() -> bool:
    """Give back the beds whose time has passed; true when more are waiting."""
    due = Reservation.objects.filter(state__in=LIVE, until__lte=now()).order_by("until")
    wanted = list(due.values_list("request_id", flat=True)[:MOST_EXPIRED])
    with act():
        # Requests first, as every other act; one that somebody is answering waits for the next round.
        held = BedRequest.objects.select_for_update(skip_locked=True).filter(pk__in=wanted)
        requests = {one.pk: one for one in held.order_by("pk")}
        rows = list(due.select_related("capacity__unit").filter(request__in=requests))
        if rows:
            _give_back(rows, Reservation.State.EXPIRED, "Délai passé")
        for row in rows:
            _move(requests[row.request_id], BedRequest.State.OPEN)
    return len(wanted) == MOST_EXPIRED and bool(rows)


def _demand_side(reservation: Reservation, *, with_asker: bool) -> None:
    by = current_actor()
    if by.kind == "system" or rights.may_enter(reservation.capacity.unit):
        return
    if rights.is_of_cell(by) or (with_asker and rights.may_follow(reservation.request)):
        return
    raise AccessRefusedError("profession")


def _locked(
    asked: BedRequest, expected: int | None, state: BedRequest.State | None = None
) -> BedRequest:
    row = BedRequest.objects.select_for_update().get(pk=asked.pk)
    if expected is not None and row.version != expected:
        raise StaleSaveError(row)
    if state is not None and row.state != state:
        raise BedsRefusedError("ended", row)
    return row


def _live(reservation: Reservation, states: Sequence[str]) -> Reservation:
    """The reservation, its request locked first, as every other act does."""
    BedRequest.objects.select_for_update().get(pk=reservation.request_id)
    rows = Reservation.objects.select_for_update(of=("self",)).select_related(
        "request", "capacity__unit"
    )
    row = rows.get(pk=reservation.pk)
    if row.state not in states or row.until <= now():
        raise BedsRefusedError("ended", row)
    return row


def _give_back(rows: Sequence[Reservation], state: str, reason: str) -> None:
    capacities = locked([one.capacity_id for one in rows])
    for row in rows:
        Capacity.objects.filter(pk=row.capacity_id).update(held=Greatest(F("held") - 1, 0))
        _end(row, state, reason)
    tell(
        list({one.unit_id: one.unit for one in capacities.values()}.values()),
        "given_back",
        reason=reason,
    )


def _end(row: Reservation, state: str, reason: str) -> None:
    row.state, row.ended_at, row.ended_by = state, now(), current_actor().name
    row.ended_reason = reason
    row.save(update_fields=["state", "ended_at", "ended_by", "ended_reason"])


def _move(request: BedRequest, state: str) -> None:
    request.state, request.changed_at = state, now()
    request.version += 1
    request.save(update_fields=["state", "changed_at", "version", "closed_reason"])
    hint([request.pk])


def _trace(request: BedRequest, what: str, reason: str = "", site_id: UUID | None = None) -> None:
    note(f"beds.{what}", object_kind="bed_request", object_id=request.pk, reason=reason)
    hint([request.pk], [site_id])

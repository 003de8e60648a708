"""The crisis cell: a bed is asked, searched, proposed, confirmed, given back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.numbers import whole
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.beds import commands, rules, tables, words
from enrs.services.beds.commands import BedsRefusedError
from enrs.services.beds.forms import AskForm
from enrs.services.beds.models import BedRequest, Reservation
from enrs.services.beds.queries import cell as reading
from enrs.services.beds.queries import rights, site
from enrs.services.beds.views.shared import READERS, known, page

TONES = {
    "open": ("attention", "hourglass-split"),
    "held": ("information", "lock"),
    "confirmed": ("sûr", "check-circle-fill"),
    "arrived": ("sûr", "house-check"),
    "cancelled": ("neutre", "slash-circle"),
    "released": ("neutre", "arrow-counterclockwise"),
    "expired": ("attention", "clock-history"),
}


@permission(READERS)
@require_safe
def cell(request: HttpRequest) -> HttpResponse:
    """The requests under way that one follows."""
    by = current_actor()
    context = {
        "requests": [_line(one) for one in reading.requests()],
        "may_ask": by.role in rules.ASKING_ROLES and by.organisation_id is not None,
        "place": by.organisation_name,
    }
    return page(request, "cell", "cell", context)


def _line(one: BedRequest) -> tuple[BedRequest, tables.UnitKind, list[str], tuple[str, str]]:
    needs = tables.needs()
    return (
        one,
        tables.unit_kinds()[one.kind],
        [needs[code] for code in one.needs if code in needs],
        TONES[one.state],
    )


@permission(READERS)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the cell for a bed."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.ask_bed(**form.cleaned_data)
        except BedsRefusedError as error:
            form.add_error(None, words.refusal(error.reason))
        else:
            messages.success(request, "La cellule a votre demande.")
            return redirect("beds:asked", made.pk)
    return page(request, "ask", "cell", {"form": form}, 422 if form.errors else 200)


@permission(READERS)
@require_safe
def asked(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: what was done for it, and for the cell the beds that may be given."""
    found = known(reading.request(request_id))
    is_cell, is_wide = rights.is_of_cell(), request.GET.get("large") == "1"
    rows = reading.reservations(found)
    last = rows[0] if rows and rows[0].state in ("held", "confirmed") else None
    lines = []
    if is_cell and found.state == BedRequest.State.OPEN:
        lines = site.lines(reading.beds_for(found, wide=is_wide))
    context: dict[str, Any] = {
        "line": _line(found),
        "asked": found,
        "last": last,
        "past": [(one, TONES[one.state]) for one in rows if one is not last],
        "lines": lines,
        "is_wide": is_wide,
        "here": request.get_full_path(),
        "may_answer": last is not None and (is_cell or rights.may_enter(last.capacity.unit)),
        "minutes": rules.HOLD_MINUTES,
        "states": words.STATES,
        "is_over": found.state in ("arrived", "cancelled"),
    }
    return page(request, "asked", "cell", context)


@permission(READERS)
@require_POST
def hold(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Propose a bed: it is kept from this moment."""
    found = known(reading.request(request_id))
    try:
        capacity = known(site.capacity(UUID(request.POST.get("capacity", ""))))
    except ValueError:
        messages.error(request, words.SORRY)
        return redirect("beds:asked", request_id)

    def act() -> None:
        commands.hold_bed(
            asked=found,
            capacity=capacity,
            expected_version=whole(request.POST.get("version", "")),
        )

    told = f"Lit gardé {rules.HOLD_MINUTES} minutes : appelez {capacity.unit.name}."
    return _done(request, found.pk, act, told)


@permission(READERS)
@require_POST
def cancel(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The bed is no longer needed."""
    found = known(reading.request(request_id))

    def act() -> None:
        commands.cancel_ask(
            asked=found,
            reason=request.POST.get("reason", ""),
            expected_version=whole(request.POST.get("version", "")),
        )

    return _done(request, found.pk, act, "Demande annulée.")


@permission(READERS)
@require_POST
def accept(request: HttpRequest, reservation_id: UUID) -> HttpResponse:
    """The unit says yes."""
    row = known(reading.reservation(reservation_id))
    told = "Lit confirmé : il attend le patient."
    return _done(request, row, lambda: commands.confirm_hold(reservation=row), told)


@permission(READERS)
@require_POST
def release(request: HttpRequest, reservation_id: UUID) -> HttpResponse:
    """The bed goes back."""
    row, reason = known(reading.reservation(reservation_id)), request.POST.get("reason", "")
    told = "Lit rendu : la demande est de nouveau à placer."
    return _done(request, row, lambda: commands.release_hold(reservation=row, reason=reason), told)


@permission(READERS)
@require_POST
def arrived(request: HttpRequest, reservation_id: UUID) -> HttpResponse:
    """The patient is there."""
    row = known(reading.reservation(reservation_id))
    told = "Patient arrivé : le lit est compté occupé."
    return _done(request, row, lambda: commands.arrive(reservation=row), told)


def _done(
    request: HttpRequest, where: UUID | Reservation, act: Callable[[], object], told: str
) -> HttpResponse:
    """Do it and say so; back to the request for who follows it, to the unit's entry for its people."""
    try:
        act()
    except StaleSaveError:
        messages.error(request, words.STALE)
    except BedsRefusedError as error:
        messages.error(request, words.refusal(error.reason))
    else:
        messages.success(request, told)
    if isinstance(where, Reservation):
        if not rights.may_follow(where.request):
            return redirect("beds:mine")
        where = where.request_id
    return redirect("beds:asked", where)

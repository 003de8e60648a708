"""« Agenda »: a week of the agendas that one holds, as columns on a desk, as a list on a phone."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.gate import permission
from enrs.core.agenda import queries, rules
from enrs.core.agenda.views.shared import WORKERS, monday_of, week_name
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.moments import day_bounds, holiday_name, legal_day
from enrs.core.ui.shapes import Choice

USUAL = ("booked", "fulfilled")


@dataclass(frozen=True, slots=True)
class Block:
    """One appointment of a column."""

    row: queries.Row
    agenda: str
    word: str
    icon: str
    tone: str

    @property
    def status(self) -> str:
        """The state in a word, when it is neither simply planned nor simply kept."""
        one = self.row.appointment
        return one.get_status_display() if one and one.status not in USUAL else ""

    @property
    def length(self) -> str:
        """How long it lasts: « 30 min », « 1 h 30 »."""
        hours, minutes = divmod(int((self.row.end - self.row.start).total_seconds()) // 60, 60)
        if not hours:
            return f"{minutes}\u00a0min"
        return f"{hours}\u00a0h\u00a0{minutes:02d}" if minutes else f"{hours}\u00a0h"

    @property
    def is_kept(self) -> bool:
        """Whether it took place: what most of the past is, said by a mark alone."""
        one = self.row.appointment
        return bool(one and one.status == "fulfilled")


@dataclass(frozen=True, slots=True)
class Day:
    """A column: a legal day and what stands in it."""

    day: date
    is_today: bool
    blocks: list[Block]
    holiday: str = ""


@permission(WORKERS)
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """One week of the agendas that I hold, or of one of them."""
    monday = monday_of(request.GET.get("semaine", ""))
    held = queries.held_agendas()
    wanted = request.GET.get("agenda", "")
    chosen = [one for one in held if str(one.agenda.id) == wanted] or held
    since, until = day_bounds(monday)[0], day_bounds(monday + timedelta(days=7))[0]
    rows = queries.week(chosen, since, until)
    shown = [one.appointment for one in rows if one.appointment]
    people = sorted({one.patient_id for one in shown if one.patient_id})
    if people and not getattr(request, "htmx", False):
        note("agenda.week.read", patient_ids=people, object_kind="list")
    by = current_actor()
    mine = any(one.agenda.owner_id == by.grantee_id for one in held)
    context: dict[str, Any] = {
        "days": _days(monday, rows, {one.agenda.id: one.agenda.label for one in held}),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": week_name(monday - timedelta(days=7)),
        "after": week_name(monday + timedelta(days=7)),
        "agendas": _choices(held, chosen),
        "chosen": chosen[0] if len(chosen) == 1 else None,
        "wanted": wanted if len(chosen) == 1 else "",
        "has_none": not held,
        "lacks_own": bool(held) and not mine,
        "shows_agenda": len(chosen) > 1,
        "invitations": _invitations(since, until, rows),
        "here": request.get_full_path(),
        "live": live_context(f"user:{by.user_id}"),
    }
    return render(request, "agenda/week.html", context)


def _choices(held: list[queries.HeldAgenda], chosen: list[queries.HeldAgenda]) -> list[Choice]:
    one = chosen[0].agenda.id if len(chosen) == 1 and len(held) > 1 else None
    return [
        Choice(str(held_one.agenda.id), held_one.agenda.label, held_one.agenda.id == one)
        for held_one in held
    ]


def _invitations(since: Any, until: Any, rows: list[queries.Row]) -> list[queries.Row]:
    """What counts me among its participants, in agendas that I do not hold."""
    by = current_actor()
    seen = {row.id for row in rows}
    found = queries.appointments_for(by.grantees, since=since, until=until)
    return [
        queries.Row(one.id, one.agenda_id, one.period.lower, one.period.upper, one)
        for one in found
        if one.id not in seen and one.status != "cancelled"
    ]


def _days(monday: date, rows: list[queries.Row], labels: dict[Any, str]) -> list[Day]:
    today = legal_day(timezone.now())
    found = []
    for rank in range(7):
        day = monday + timedelta(days=rank)
        start, end = day_bounds(day)
        blocks = [_block(row, labels) for row in rows if row.start < end and row.end > start]
        found.append(Day(day, day == today, blocks, holiday_name(day)))
    return found


def _block(row: queries.Row, labels: dict[Any, str]) -> Block:
    one = row.appointment
    label = labels.get(row.agenda_id, "")
    if one is None or one.is_busy_only:
        return Block(row, label, "Occupé", "dash-circle", "neutre")
    word, icon = rules.KINDS.get(one.kind, rules.KINDS["other"])
    return Block(row, label, word, icon, rules.TONES[one.status])

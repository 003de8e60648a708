"""Booking, changing, cancelling appointments, and answering an invitation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.agenda import queries, rules
from enrs.core.agenda.commands.refusals import (
    AgendaRefusedError,
    PeriodTakenError,
    checked_period,
    checked_words,
    demand_agenda,
    demand_appointment,
    demand_person,
    one_at_a_time,
)
from enrs.core.agenda.commands.traces import tell
from enrs.core.agenda.models import Agenda, Appointment, Participant, Series, Slot
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.persons import carrier_of

MOST_PARTICIPANTS = 20
MIN_REASON = 3
SCOPES = ("one", "following", "all")


def book(
    *,
    start: datetime,
    end: datetime,
    agenda: Agenda | None = None,
    patient_id: UUID | None = None,
    kind: str = "consultation",
    title: str = "",
    place: str = "",
    comment: str = "",
    participants: Sequence[rules.Person] = (),
    subject: tuple[str, UUID] | None = None,
    slot: Slot | None = None,
    series: Series | None = None,
    status: str = "booked",
    over_busy: bool = False,
    identifiers: Sequence[dict[str, Any]] = (),
) -> Appointment:
    """Book an appointment in an agenda, about a person, or both.

    A slot may be taken by whoever may write for the person; elsewhere the agenda must be held too. A
    booking gives no right on the person to anybody. `over_busy` books over what an imported calendar
    tells as occupied.

    Raises:
        AccessRefusedError: the actor may write neither for the person nor in the agenda.
        AgendaRefusedError: a period, kind or length that is not taken.
        PeriodTakenError: another appointment stands there.
    """
    checked_period(start, end)
    words = checked_words(kind, title, place, comment)
    if status not in ("booked", "proposed"):
        raise AgendaRefusedError("status")
    invited = list({one.id: one for one in participants}.values())
    if len(invited) > MOST_PARTICIPANTS:
        raise AgendaRefusedError("participants")
    _demand(agenda, patient_id, slot)
    with act():
        _lock(agenda)
        if agenda and not over_busy:
            _refuse_busy(agenda, start, end)
        row = Appointment(
            id=uuid7(),
            identity_id=carrier_of(patient_id),
            patient_id=patient_id,
            agenda=agenda,
            slot=slot,
            series=series,
            period=(start, end),
            starts_at=start,
            status=status,
            author_id=current_actor().user_id,
            author_name=current_actor().name,
            subject_kind=subject[0] if subject else "",
            subject_id=subject[1] if subject else None,
            recorded_at=timezone.now(),
            identifiers=list(identifiers),
            **words,
        )
        _insert(row, start, end)
        taking_part = _invite(row, invited)
        tell(row, "booked", participants=taking_part)
    return row


def _demand(agenda: Agenda | None, patient_id: UUID | None, slot: Slot | None) -> None:
    if agenda is None and patient_id is None:
        raise AgendaRefusedError("nobody")
    if patient_id is not None:
        demand_person(patient_id)
    is_slot = slot is not None and agenda is not None and slot.agenda_id == agenda.pk
    if slot is not None and (not is_slot or slot.closed_at):
        raise AgendaRefusedError("slot")
    if agenda is not None and not (is_slot and patient_id):
        demand_agenda(agenda)


def _lock(agenda: Agenda | None) -> None:
    """One booking of an agenda at a time: the second waits instead of failing on a deadlock."""
    if agenda is not None:
        Agenda.objects.select_for_update().filter(pk=agenda.pk).first()


def _refuse_busy(agenda: Agenda, start: datetime, end: datetime) -> None:
    busy = Appointment.objects.filter(
        agenda=agenda, is_busy_only=True, status="booked", period__overlap=(start, end)
    )
    if busy.exists():
        raise PeriodTakenError(start, is_external=True)


def _insert(row: Appointment, start: datetime, end: datetime) -> None:
    with one_at_a_time(start):
        row.save(force_insert=True)
    row.period = TimestamptzRange(start, end)


def _invite(row: Appointment, people: Sequence[rules.Person]) -> list[Participant]:
    invited = [
        Participant(id=uuid7(), appointment=row, grantee_id=one.id, display=one.display[:200])
        for one in people
    ]
    Participant.objects.bulk_create(invited)
    return invited


def _participants(row: Appointment) -> list[Participant]:
    return list(row.participants.filter(left_at=None).order_by("id"))


def change(
    *,
    appointment: Appointment,
    expected_version: int,
    start: datetime,
    end: datetime,
    kind: str,
    title: str = "",
    place: str = "",
    comment: str = "",
    over_busy: bool = False,
) -> Appointment:
    """Move an appointment or change its words; participants are asked again when it moves.

    Who does not hold its agenda changes words alone: to move it they cancel, and take another slot.
    `over_busy` is that of `book`.

    Raises:
        AccessRefusedError, AgendaRefusedError, PeriodTakenError: as `book`.
        StaleSaveError: somebody saved it meanwhile.
    """
    demand_appointment(appointment)
    if appointment.status not in ("proposed", "booked") or appointment.is_busy_only:
        raise AgendaRefusedError("status")
    checked_period(start, end)
    words = checked_words(kind, title, place, comment)
    is_moved = (appointment.period.lower, appointment.period.upper) != (start, end)
    if is_moved and appointment.agenda:
        demand_agenda(appointment.agenda)
    with act():
        _lock(appointment.agenda)
        if is_moved:
            _check_place(appointment, start, end, over_busy=over_busy)
        appointment.period, appointment.starts_at = (start, end), start
        appointment.updated_at = timezone.now()
        for name, value in words.items():
            setattr(appointment, name, value)
        with one_at_a_time(start):
            save_version(
                appointment,
                expected=expected_version,
                fields=["period", "starts_at", "slot_id", "updated_at", *words],
            )
        appointment.refresh_from_db(fields=["period"])
        if is_moved:
            asked = appointment.participants.filter(left_at=None)
            asked.update(answer=Participant.Answer.NEEDED)
        tell(appointment, "changed", participants=_participants(appointment))
    return appointment


def _check_place(
    appointment: Appointment, start: datetime, end: datetime, *, over_busy: bool
) -> None:
    """Refuse an occupied hour; an appointment that leaves its slot frees it for another."""
    if appointment.agenda and not over_busy:
        _refuse_busy(appointment.agenda, start, end)
    if appointment.slot_id is None:
        return
    stays = Slot.objects.filter(pk=appointment.slot_id, period__contains=(start, end))
    if not stays.exists():
        appointment.slot = None


def move_status(*, appointment: Appointment, status: str, expected_version: int) -> Appointment:
    """Say that an appointment is confirmed, begun, kept or missed (`cancel` asks for its reason).

    Raises:
        AgendaRefusedError: not a status that follows the present one (`status`).
        PeriodTakenError: the time was given to another meanwhile.
        StaleSaveError: somebody saved it meanwhile.
    """
    demand_appointment(appointment)
    if status == "cancelled" or not rules.may_move(appointment.status, status):
        raise AgendaRefusedError("status")
    if current_actor().kind == "person" and appointment.status != "proposed":
        raise AccessRefusedError("profession")
    with act():
        appointment.status, appointment.updated_at = status, timezone.now()
        with one_at_a_time(appointment.starts_at):
            save_version(appointment, expected=expected_version, fields=["status", "updated_at"])
        tell(appointment, status, participants=_participants(appointment))
    return appointment


def cancel(*, appointment: Appointment, reason: str, scope: str = "one") -> int:
    """Cancel an appointment, with its reason; or those of its series that follow it, or all to come.

    Returns how many were cancelled; what already took place stays as it was.

    Raises:
        AgendaRefusedError: no reason, a scope that is none, or nothing left to cancel.
    """
    demand_appointment(appointment)
    words = reason.strip()
    if len(words) < MIN_REASON or len(words) > 400 or "\x00" in words:
        raise AgendaRefusedError("reason")
    if scope not in SCOPES:
        raise AgendaRefusedError("scope")
    with act():
        rows = _cancellable(appointment, scope)
        if not rows:
            raise AgendaRefusedError("status")
        for row in rows:
            row.status, row.cancelled_reason = "cancelled", words
            row.updated_at = timezone.now()
            save_version(
                row,
                expected=row.version,
                fields=["status", "cancelled_reason", "updated_at"],
            )
            tell(row, "cancelled", participants=_participants(row), reason=words)
    appointment.refresh_from_db()
    return len(rows)


def _cancellable(appointment: Appointment, scope: str) -> list[Appointment]:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("agenda")
    rows = rows.filter(status__in=["proposed", "booked", "arrived"], is_busy_only=False)
    if scope == "one" or appointment.series_id is None:
        rows = rows.filter(pk=appointment.pk)
    else:
        since = appointment.starts_at if scope == "following" else timezone.now()
        rows = rows.filter(series_id=appointment.series_id, starts_at__gte=since)
    return list(rows.order_by("starts_at", "id"))


def answer(*, appointment: Appointment, answer: str) -> Participant:
    """Answer an invitation, each for themselves.

    Raises:
        AgendaRefusedError: not invited, not an answer, or it was cancelled.
    """
    by = current_actor()
    if answer not in Participant.Answer.values or appointment.status == "cancelled":
        raise AgendaRefusedError("answer")
    mine = appointment.participants.filter(grantee_id__in=by.grantees, left_at=None)
    found = mine.order_by("id").first()
    if found is None or queries.appointment(appointment.pk) is None:
        raise AccessRefusedError("participant")
    with act():
        found.answer = answer
        found.save(update_fields=["answer"])
        tell(appointment, "answered", participants=_participants(appointment))
    return found

"""The agency's part: what it can take and from when, what it must know, why not; and what happens at home."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.workflow.commands import StaleMoveError, comment_task, move_task
from enrs.core.workflow.models import Task
from enrs.services.home_support import queries
from enrs.services.home_support.commands.shared import (
    SupportRefusedError,
    clean,
    demand_witness,
    free,
    hint,
    line,
    locked,
    locked_slots,
    tell,
    week_changed,
)
from enrs.services.home_support.models import Ask, HomeReport, HomeReturn, Slot, Visit
from enrs.services.home_support.queries import Known
from enrs.services.home_support.rules import words

FARTHEST = timedelta(days=180)


def accept_ask(
    *, task: Task, slot_ids: Collection[UUID], from_on: date, note: str = "", expected_version: int
) -> Ask:
    """Take visits, all those asked or some days of them, « à partir du » a day: the first who takes a slot has it.

    Raises:
        AccessRefusedError: not of the agency that was asked.
        SupportRefusedError: `slots` (none, or not among those asked), `from` (a day that cannot be), `taken` (another
            agency, or a colleague, took one meanwhile: nothing is taken), `once` (a visit that comes once, before
            that day), `ended`, `long`.
        TakenError, StaleMoveError, TaskRefusedError: the engine's.
    """
    by, known = demand_agency(task)
    today = legal_day(timezone.now())
    if not today - timedelta(days=1) <= from_on <= today + FARTHEST:
        raise SupportRefusedError("from")
    if not slot_ids:
        raise SupportRefusedError("slots")
    text, wanted = clean(note), set(slot_ids)
    with act():
        asked = Slot.objects.filter(
            visit__asked__ask_id=known.ask_id, visit__removed_at=None, pk__in=wanted
        )
        if asked.count() != len(wanted):
            raise SupportRefusedError("slots")
        slots = [one for one in locked_slots(wanted) if one.ask_id is None]
        if len(slots) != len(wanted):
            raise SupportRefusedError("taken")
        # Again, now that nobody else moves them: the hospital may have removed a line while this waited.
        lines = Visit.objects.filter(pk__in={one.visit_id for one in slots})
        if any(one.removed_at is not None for one in lines):
            raise SupportRefusedError("slots")
        if any(one.once_on and one.once_on < from_on for one in lines):
            raise SupportRefusedError("once")
        now = timezone.now()
        for one in slots:
            one.ask_id, one.from_on = known.ask_id, from_on
            one.taken_at, one.taken_by = now, by.name[:200]
        Slot.objects.bulk_update(slots, ["ask", "from_on", "taken_at", "taken_by"])
        ask = Ask.objects.get(pk=known.ask_id)
        ask.from_on, ask.note = from_on, text
        ask.save(update_fields=["from_on", "note"])
        move_task(task=task, transition="accept", note=text, expected_version=expected_version)
        _tell(known, "accepted")
        week_changed(known.patient_id, known.return_id)
    return ask


def question_ask(*, task: Task, text: str, expected_version: int) -> None:
    """Ask the hospital for something before deciding.

    Raises:
        AccessRefusedError; TaskRefusedError, StaleMoveError: the engine's; SupportRefusedError: `ended`, `long`.
    """
    _, known = demand_agency(task)
    words_ = clean(text)
    with act():
        move_task(task=task, transition="ask", reason=words_, expected_version=expected_version)
        _tell(known, "questioned")


def refuse_ask(*, task: Task, code: str, note: str = "", expected_version: int) -> None:
    """Say that the agency cannot take what is asked, and why.

    Raises:
        AccessRefusedError; TaskRefusedError, StaleMoveError: the engine's; SupportRefusedError: `ended`,
            `code`, `long`.
    """
    _, known = demand_agency(task)
    if code not in dict(words.REFUSALS):
        raise SupportRefusedError("code")
    text = clean(note)
    with act():
        # The event first: the refusal ends what lets the agency see the return.
        _tell(known, "refused")
        week_changed(known.patient_id, known.return_id)
        move_task(
            task=task, transition="refuse", reason_code=code, reason=text,
            expected_version=expected_version,
        )  # fmt: skip


def adjust_ask(*, task: Task, from_on: date, note: str = "", expected_version: int) -> Ask:
    """Say another day from which the agency comes, or a word, once it took something; what changed is confirmed anew.

    Raises:
        AccessRefusedError; StaleMoveError: the task moved since it was read.
        SupportRefusedError: `ended`, `free` (it holds nothing), `from`, `once`, `same` (nothing changes), `long`.
    """
    _, known = demand_agency(task)
    today = legal_day(timezone.now())
    text = clean(note)
    with act():
        current = Task.objects.select_for_update().get(pk=task.pk)
        if current.version != expected_version:
            raise StaleMoveError(current, "")
        keys = Slot.objects.filter(ask_id=known.ask_id).values_list("id", flat=True)
        slots = [one for one in locked_slots(keys) if one.ask_id == known.ask_id]
        if not slots:
            raise SupportRefusedError("free")
        ask = Ask.objects.get(pk=known.ask_id)
        if from_on != ask.from_on:
            if not today - timedelta(days=1) <= from_on <= today + FARTHEST:
                raise SupportRefusedError("from")
            lines = Visit.objects.filter(pk__in={one.visit_id for one in slots}, removed_at=None)
            if any(one.once_on and today <= one.once_on < from_on for one in lines):
                raise SupportRefusedError("once")
            for one in slots:
                one.from_on, one.retained_at, one.retained_by = from_on, None, ""
            Slot.objects.bulk_update(slots, ["from_on", "retained_at", "retained_by"])
        elif not text or text == ask.note:
            raise SupportRefusedError("same")
        ask.from_on, ask.note = from_on, text or ask.note
        ask.save(update_fields=["from_on", "note"])
        comment_task(task=current, note=f"À partir du {from_on:%d/%m/%Y}. {text}".strip())
        _tell(known, "adjusted")
        week_changed(known.patient_id, known.return_id)
    return ask


def give_back(*, task: Task, code: str, note: str = "", expected_version: int) -> None:
    """Give back everything that the agency holds: the hospital is told, others may take it.

    Raises:
        AccessRefusedError; TaskRefusedError, StaleMoveError: the engine's; SupportRefusedError: `ended`,
            `code`, `free`, `long`.
    """
    _, known = demand_agency(task)
    if code not in dict(words.REFUSALS):
        raise SupportRefusedError("code")
    text = clean(note)
    with act():
        keys = Slot.objects.filter(ask_id=known.ask_id).values_list("id", flat=True)
        slots = [one for one in locked_slots(keys) if one.ask_id == known.ask_id]
        if not slots:
            raise SupportRefusedError("free")
        free(slots)
        _tell(known, "given_back")
        week_changed(known.patient_id, known.return_id)
        move_task(
            task=task, transition="give_back", reason_code=code, reason=text,
            expected_version=expected_version,
        )  # fmt: skip


def report_start(*, task: Task, visit_id: UUID, day: date, note: str = "") -> HomeReport:
    """The agency confirms that it came for the first time; the same day again gives the same report.

    Raises:
        AccessRefusedError; SupportRefusedError: `visit` (it does not hold it), `day`, `ended`, `long`.
    """
    _, known = demand_agency(task)
    text = clean(note)
    with act():
        rows = Visit.objects.filter(pk=visit_id, slots__ask_id=known.ask_id, removed_at=None)
        visit = rows.distinct().first()
        if visit is None:
            raise SupportRefusedError("visit")
        ask = Ask.objects.get(pk=known.ask_id)
        _check_day(day, known.leaving_day)
        made, is_new = _report(visit, "started", day, text, ask=ask)
        if is_new:
            current = Task.objects.get(pk=task.pk)
            comment_task(task=current, note=f"Venu le {day:%d/%m/%Y}. {text}".strip())
            _tell(known, "started")
    return made


def report_missed(
    *, home_return: HomeReturn, visit_id: UUID, day: date, note: str = ""
) -> HomeReport:
    """Say that nobody came on a day: the person, who acts for them, or somebody of the circle. Both sides are told.

    Raises:
        AccessRefusedError; SupportRefusedError: `visit` (nobody was to come on that day), `day`, `ended`, `long`.
    """
    demand_witness(home_return)
    text = clean(note)
    with act():
        held = locked(home_return)
        rows = Slot.objects.filter(
            visit_id=visit_id, visit__home_return=held, visit__removed_at=None, weekday=day.weekday(),
            ask__isnull=False, from_on__lte=day,
        )  # fmt: skip
        slot = rows.select_related("visit", "ask").first()
        if slot is None or slot.ask is None:
            raise SupportRefusedError("visit")
        _check_day(day, legal_day(held.leaving_at))
        is_told = HomeReport.objects.filter(
            visit_id=visit_id, day=day, kind="missed", ask=slot.ask
        ).exists()
        made, _ = _report(slot.visit, "missed", day, text, ask=slot.ask)
        if not is_told:
            agency = slot.ask.agency_id
            tell(held, "missed")
            # Its own event: the agency reads another notice, which names nobody.
            hint(held.patient_id, held.id, "absent", agencies=[agency], told=[str(agency)])
    return made


def demand_agency(task: Task) -> tuple[Actor, Known]:
    """The actor and what they know of a return, if it was asked of their agency and they may answer for it.

    Their profession must be one that writes requests: the matrix decides, as for every act on a request.

    Raises:
        AccessRefusedError: `outside_circle`, or `profession`.
        SupportRefusedError: `ended`.
    """
    by = current_actor()
    if not queries.may_answer(by):
        raise AccessRefusedError("profession")
    known = queries.known(task.pk)
    if known is None:
        raise AccessRefusedError("outside_circle")
    if known.ended_at is not None:
        raise SupportRefusedError("ended")
    return by, known


def _check_day(day: date, leaving: date) -> None:
    """Refuse (SupportRefusedError) a day before the discharge, or to come."""
    if not leaving <= day <= legal_day(timezone.now()):
        raise SupportRefusedError("day")


def _report(visit: Visit, kind: str, day: date, note: str, *, ask: Ask) -> tuple[HomeReport, bool]:
    """The report and whether it is new: the same person says it once for a visit and a day."""
    by = current_actor()
    same = HomeReport.objects.filter(visit=visit, kind=kind, day=day, author_id=by.user_id)
    if known := same.first():
        return known, False
    made = HomeReport(
        id=uuid7(), visit=visit, ask=ask, kind=kind, day=day, note=note, agency_name=ask.agency_name, at=timezone.now(),
        author_id=by.user_id, author_name=by.name[:200], author_label=by.label[:200],
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return same.get(), False
    return made, True


def _tell(known: Known, what: str) -> None:
    line(known.patient_id, known.return_id, what, ask=str(known.ask_id))
    hint(known.patient_id, known.return_id, what, agencies=[], ask=str(known.ask_id))

"""What the worker does: call the people of an alert in their order, and tell the readings that did not come.

Each step of an alert is a row unique by (alert, rank), written in the transaction that tells people: killed at
any moment, a worker leaves both or none, and another one goes on.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import holiday_name, legal_day
from enrs.core.notifications.commands import notify
from enrs.core.rosters.queries import on_duty
from enrs.core.workflow.queries.people import users_of
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands.readings import open_alert
from enrs.services.home_monitoring.commands.shared import CATEGORY, hint, place_on_board, zone
from enrs.services.home_monitoring.models import Alert, Call, FollowUp
from enrs.services.home_monitoring.rules import rhythm
from enrs.services.home_monitoring.rules.protocols import Content, Step

BATCH = 100
"""Alerts, or follow-ups, handled in one transaction of the job."""
NOTICE = "home_monitoring.alert"
AGAIN = {"red": timedelta(minutes=30), "amber": timedelta(hours=12), "silent": timedelta(hours=12)}
"""How long after its last step an alert that nobody answered calls from the first again."""

MORNING = 100
"""The rank of the call that gives an alert back to its watcher at the end of the night: past every step."""


def call_due(limit: int = BATCH) -> bool:
    """Do what the open alerts call for now, once each; true when more may be waiting."""
    now = timezone.now()
    with acting(SYSTEM), act():
        due = Alert.objects.filter(answered_at=None, next_at__lte=now, withdrawn_at=None)
        found = list(due.order_by("next_at", "id").values_list("id", "follow_up_id")[:limit])
        for alert_id, follow_up_id in found:
            # The follow-up before its alert: the same order as in a reading or an answer.
            held = _free(follow_up_id)
            row = due.filter(pk=alert_id).select_for_update().first() if held else None
            if held and row:
                _call(held, row, now)
    return len(found) == limit


def _free(follow_up_id: UUID) -> FollowUp | None:
    """A follow-up that nobody is writing to now, locked."""
    rows = FollowUp.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.select_related("protocol").filter(pk=follow_up_id).first()


def _call(held: FollowUp, row: Alert, now: datetime) -> None:
    """Every step whose time has come, in its order; a step that finds nobody gives way to the next at once."""
    content = queries.content_of(held.protocol)
    steps = content.steps[row.kind]
    morning = _morning(row, content, now)
    if morning and morning <= now:
        # Before any new round: whoever stood in at night gives the alert back to the watcher.
        _record(held, row, (MORNING, "watcher"), _users(held, "watcher"), now)
        morning = None
    elif row.calls.filter(round=row.round, rank__lt=len(steps)).count() >= len(steps) > 0:
        row.round, row.round_at = row.round + 1, now
    done = set(row.calls.filter(round=row.round).values_list("rank", flat=True))
    pending = [(rank, step) for rank, step in enumerate(steps) if rank not in done]
    called = True
    while pending and (_moment(row, pending[0][1]) <= now or not called):
        called = _step(held, row, content, pending.pop(0), now)
    if not called and not pending:
        _tell_circle(held, row, len(steps), now)
    again = now + AGAIN[row.kind] if steps else None
    following = _moment(row, pending[0][1]) if pending else again
    looked_at = (following, morning or _morning(row, content, now))
    row.next_at = min((one for one in looked_at if one), default=None)
    row.save(update_fields=["next_at", "round", "round_at"])


def _morning(row: Alert, content: Content, now: datetime) -> datetime | None:
    """When the watcher for whom somebody stood in is called; now when the night is over, None when none is owed."""
    steps, night = content.steps[row.kind], content.night
    made = dict(row.calls.filter(round=row.round).values_list("rank", "who"))
    owed = any(
        rank < len(steps) and steps[rank].who == "watcher" != who for rank, who in made.items()
    )
    if night is None or not owed or MORNING in made:
        return None
    if not rhythm.is_night(night, at=now, zone=zone(), is_holiday=_is_holiday):
        return now
    return rhythm.night_end(night, at=now, zone=zone(), is_holiday=_is_holiday)


def _is_holiday(day: date) -> bool:
    return bool(holiday_name(day))


def _tell_circle(held: FollowUp, row: Alert, rank: int, now: datetime) -> None:
    """Nobody whom the protocol names could be told: whoever writes in the record is."""
    if not row.calls.filter(round=row.round).exclude(users=[]).exists():
        users = _openers(held, queries.grantees(held.patient_id))
        _record(held, row, (rank, "circle"), users, now)


def _moment(row: Alert, step: Step) -> datetime:
    return row.round_at + timedelta(minutes=step.after)


def _step(
    held: FollowUp, row: Alert, content: Content, place: tuple[int, Step], now: datetime
) -> bool:
    """One step, by whoever stands in at night; whether somebody was called."""
    rank, step = place
    who, night = step.who, content.night
    if who == "watcher" and night and rhythm.is_night(
        night, at=now, zone=zone(), is_holiday=_is_holiday
    ):  # fmt: skip
        who = night.who
    users = _users(held, who)
    if not users and who != step.who:
        who, users = step.who, _users(held, step.who)
    _record(held, row, (rank, who), users, now)
    return bool(users)


def _record(
    held: FollowUp, row: Alert, place: tuple[int, str], users: set[UUID], now: datetime
) -> None:
    """The row of a step, its notices and its line."""
    rank, who = place
    made = Call(
        id=uuid7(), alert=row, patient_id=row.patient_id, identity_id=row.identity_id, rank=rank, who=who,
        round=row.round, at=now, users=sorted(str(one) for one in users),
    )  # fmt: skip
    made.save(force_insert=True)
    audit(
        "home_monitoring.alert.called", patient_id=row.patient_id, object_kind="monitoring_alert",
        object_id=row.id, details={"rank": rank, "who": who},
    )  # fmt: skip
    emit(
        "home_monitoring.called", patient_id=row.patient_id,
        topics=[f"patient:{row.patient_id}", f"grantee:{held.watcher_id}"],
        payload=hint(held),
    )  # fmt: skip
    notify(
        users=users,
        kind=f"{NOTICE}.person" if who == "person" else NOTICE,
        patient_id=row.patient_id,
        event_id=made.id,
        details={
            "at": now.isoformat(), "title": held.title, "kind": row.kind, "step": rank + row.round,
            "patient": str(row.patient_id), "follow_up": str(held.id),
        },
    )  # fmt: skip


def _users(held: FollowUp, who: str) -> set[UUID]:
    """The accounts behind a word of the protocol.

    Where an organisation watches and somebody is on call there, the first of them is called, else its team.
    """
    if who == "person":
        return queries.users_of_person(held.patient_id)
    grantees: set[UUID] = set()
    if who == "watcher":
        return _openers(held, _on_call(held, most=1)) or _openers(held, {held.watcher_id})
    if who == "on_call":
        grantees = _on_call(held)
    elif who == "starter" and held.starter_id:
        grantees = {held.starter_id}
    elif who == "cell":
        grantees = {one.organisation_id for one in queries.cells()}
    return _openers(held, grantees)


def _openers(held: FollowUp, grantees: set[UUID]) -> set[UUID]:
    """The accounts behind some grantees that may open the record."""
    return queries.who_may_open(held.patient_id, users_of(grantees, category=CATEGORY))


def _on_call(held: FollowUp, most: int | None = None) -> set[UUID]:
    """Who is on call now where the watcher works, at most so many ranks of each roster."""
    if held.watcher_kind != "organisation":
        return set()
    called: set[UUID] = set()
    for duty in on_duty([held.watcher_id]):
        turn = sorted({one.rank for one in duty.now})[:most]
        called |= {one.grantee_id for one in duty.now if one.rank in turn}
    return called


def tell_silent(limit: int = BATCH) -> bool:
    """Mark the follow-ups whose reading did not come, and open their alert; true when more may be waiting."""
    now, count = timezone.now(), 0
    with acting(SYSTEM), act():
        rows = FollowUp.objects.filter(ended_at=None, silent_at__lte=now, withdrawn_at=None)
        rows = rows.select_for_update(skip_locked=True, of=("self",)).select_related("protocol")
        for held in list(rows.order_by("silent_at", "id")[:limit]):
            count += 1
            _silence(held, now)
    return count == limit


def _silence(held: FollowUp, now: datetime) -> None:
    """One follow-up whose reading did not come: its alert, its place on the board, when the next is looked for."""
    content = queries.content_of(held.protocol)
    if content.steps["silent"]:
        open_alert(held, "silent", [], now)
    if not held.is_silent:
        held.turn_at = now
    held.is_silent = True
    held.due_at = rhythm.next_due(
        content, after=max(held.due_at or now, now - timedelta(minutes=content.grace_minutes)),
        started_on=legal_day(held.started_at), ends_at=held.ends_at, zone=zone(),
    )  # fmt: skip
    held.silent_at = held.due_at and held.due_at + timedelta(minutes=content.grace_minutes)
    place_on_board(held)
    fields = ["due_at", "silent_at", "is_silent", "turn_at", "state", "rank"]
    held.save(update_fields=fields)
    emit(
        "home_monitoring.silent", patient_id=held.patient_id,
        topics=[f"patient:{held.patient_id}", f"grantee:{held.watcher_id}"],
        payload=hint(held),
    )  # fmt: skip

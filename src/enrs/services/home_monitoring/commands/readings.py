"""Readings: measures go to the record, thresholds speak in the same transaction, alerts open and are answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.measures import TakenMeasure, measures_since, write_measures
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands.shared import (
    MonitoringRefusedError,
    clean,
    demand,
    demand_entry,
    locked,
    place_on_board,
    tell,
    zone,
)
from enrs.services.home_monitoring.models import Alert, FollowUp, Reading
from enrs.services.home_monitoring.rules import rhythm
from enrs.services.home_monitoring.rules.protocols import Content
from enrs.services.home_monitoring.rules.thresholds import Judgement, judge

AHEAD = timedelta(minutes=5)
"""How far a moment may lie in the future: clocks differ."""
RISE_POINTS = 200


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody enters: by kind the text of the first value and of the second, codes of the questions
    answered yes, words, an aware moment (now when it is not told), and by a call rather than beside the person.
    """

    values: Mapping[str, tuple[str, str]]
    yes: Collection[str] = ()
    note: str = ""
    at: datetime | None = None
    by_call: bool = False


def enter_reading(*, follow_up: FollowUp, entered: Entered) -> Reading:
    """Enter a reading: its measures are written in the record, its level decided, its alert opened, at once.

    Raises:
        AccessRefusedError: neither the person, nor who writes the summary.
        MeasureRefusedError: a value cannot be.
        MonitoringRefusedError: `ended`, `missing` (a measure that the protocol wants), `unknown`, `future`,
            `early` (before the beginning), `long`.
    """
    is_person = demand_entry(follow_up.patient_id)
    now = timezone.now()
    at = entered.at or now
    if at > now + AHEAD:
        raise MonitoringRefusedError("future")
    if at < follow_up.started_at - timedelta(days=1):
        raise MonitoringRefusedError("early")
    with act():
        held = locked(follow_up)
        content = queries.content_of(held.protocol)
        _demand_asked(content, entered)
        # Before what is entered now is written: a rise is measured against what came before.
        before = earlier(held, content, at)
        taken = write_measures(held.patient_id, _rows(entered, at), held.identity_id)
        said = judge(
            content,
            values={one.kind: one.value for one in taken},
            answers=set(entered.yes),
            earlier=before,
            at=at,
        )
        means = "person" if is_person else "nurse"
        reading = _write(held, entered, said, taken, at=at, means=means)
        _follow(held, content, reading, now)
        tell(held, "entered", reading.id)
    return reading


def _demand_asked(content: Content, entered: Entered) -> None:
    """The protocol's measures and questions, and no others."""
    given = {kind for kind, (first, _) in entered.values.items() if first.strip()}
    if not given <= set(content.kinds) or not set(entered.yes) <= {
        one.code for one in content.questions
    }:
        raise MonitoringRefusedError("unknown")
    if any(one.is_required and one.kind not in given for one in content.measures):
        raise MonitoringRefusedError("missing")


def _rows(entered: Entered, at: datetime) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "value": first.strip(), "second": second.strip() or None, "measured_at": at}
        for kind, (first, second) in entered.values.items()
        if first.strip()
    ]


def earlier(held: FollowUp, content: Content, at: datetime) -> dict[str, list[Any]]:
    """The measures of the record that a rise is measured against, by kind."""
    rising = {one.kind: one.rise_days for one in content.measures if one.rise is not None}
    if not rising:
        return {}
    since = at - timedelta(days=max(rising.values()))
    found: dict[str, list[Any]] = {kind: [] for kind in rising}
    for one in measures_since(held.patient_id, list(rising), since, RISE_POINTS):
        found[one.kind].append((one.at, one.value))
    return found


def _write(
    held: FollowUp,
    entered: Entered,
    said: Judgement,
    taken: list[TakenMeasure],
    *,
    at: datetime,
    means: str,
) -> Reading:
    by = current_actor()
    row = Reading(
        id=uuid7(), follow_up=held, patient_id=held.patient_id, identity_id=held.identity_id, at=at,
        level=said.level, findings=said.findings, answers=sorted(entered.yes),
        measure_ids=[str(one.id) for one in taken], note=clean(entered.note, 2000),
        means="call" if means == "nurse" and entered.by_call else means, author_id=by.user_id,
        author_name=by.name[:200], author_label=by.label[:200],
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def _follow(held: FollowUp, content: Content, reading: Reading, now: datetime) -> None:
    """What a reading changes: the alert that it opens, the silence that it ends, the board."""
    if reading.level != "green":
        open_alert(held, reading.level, reading.findings, now)
    is_newest = held.last_at is None or reading.at >= held.last_at
    fields = ["state", "rank", "turn_at"]
    if is_newest:
        silent = Alert.objects.filter(follow_up=held, kind="silent", answered_at=None)
        silent.update(
            answered_at=now, answered_by=reading.author_name, answer="Relevé reçu", next_at=None
        )
        due = rhythm.due_after(
            content, at=reading.at, awaited=held.due_at, is_silent=held.is_silent,
            started_on=legal_day(held.started_at), ends_at=held.ends_at, zone=zone(),
        )  # fmt: skip
        held.level, held.last_at, held.last_findings = reading.level, reading.at, reading.findings
        held.is_silent = False
        held.due_at = due
        held.silent_at = due and due + timedelta(minutes=content.grace_minutes)
        fields += ["level", "last_at", "last_findings", "due_at", "silent_at", "is_silent"]
    held.turn_at = now
    place_on_board(held)
    held.save(update_fields=fields)


def open_alert(held: FollowUp, kind: str, findings: list[Any], now: datetime) -> Alert | None:
    """Open an alert of a follow-up that the caller has locked; one of its kind that is open calls again.

    Its first step calls as soon as the worker sees it (`calls.call_due`).
    """
    standing = Alert.objects.filter(follow_up=held, kind=kind, answered_at=None)
    if standing.exists():
        if kind != "silent":
            call_again(standing, now, findings=findings)
        return None
    row = Alert(
        id=uuid7(), follow_up=held, patient_id=held.patient_id, identity_id=held.identity_id, kind=kind,
        findings=findings, opened_at=now, round_at=now, next_at=now,
    )  # fmt: skip
    row.save(force_insert=True)
    tell(held, "alert.opened", row.id)
    return row


def call_again(alerts: QuerySet[Alert], now: datetime, **values: Any) -> None:
    """Have alerts that nobody answered call from their first step again; the caller has locked their follow-up.

    `values` are what they say since: whoever saw them before has not seen it.
    """
    if values:
        values["version"] = F("version") + 1
    alerts.update(round=F("round") + 1, round_at=now, next_at=now, **values)


def answer_alert(*, alert: Alert, text: str) -> Alert:
    """Say that an alert is in one's hands, and what is done: nobody else is called for it.

    Raises:
        AccessRefusedError: may not write the summary.
        MonitoringRefusedError: `answered` (by somebody else before), `text`, `ended`, `long`.
    """
    demand(alert.patient_id)
    kept = clean(text, 2000)
    if not kept:
        raise MonitoringRefusedError("text")
    with act():
        held = locked(alert.follow_up)
        row = Alert.objects.select_for_update().get(pk=alert.pk)
        if row.answered_at is not None:
            raise MonitoringRefusedError("answered")
        by = current_actor()
        row.answered_at, row.next_at, row.answer = timezone.now(), None, kept
        row.answered_by_id, row.answered_by = by.user_id, by.name[:200]
        row.save(
            update_fields=["answered_at", "next_at", "answer", "answered_by_id", "answered_by"]
        )
        place_on_board(held)
        held.save(update_fields=["state", "rank"])
        tell(held, "alert.answered", row.id)
    return row

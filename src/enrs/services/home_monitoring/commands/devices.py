"""Measures that reach the record by themselves, of a device, an application or another page: judged by the thresholds.

The rules:

- such a measure is judged alone. It may open an alert; it never ends one, nor a silence, and does not stand for the
  reading that is awaited, which asks for more;
- one that was taken more than a day ago, or before the follow-up, is history;
- while an alert of its kind waits, crossing the same threshold only changes what it says: a device that measures
  each minute does not call each minute. Nor does it open a new one for it in the hour after an answer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from enrs.core.events.outbox import OutboxEvent
from enrs.core.ids import uuid7
from enrs.core.subjects.measures import TakenMeasure, measure_of
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands.readings import AHEAD, call_again, earlier, open_alert
from enrs.services.home_monitoring.commands.shared import place_on_board, tell
from enrs.services.home_monitoring.models import Alert, FollowUp, Reading
from enrs.services.home_monitoring.rules.thresholds import Judgement, judge, worst

RECENT = timedelta(days=1)
QUIET = timedelta(hours=1)
SOURCE = "Mesure du dossier"
"""Who is said to have made such a reading: the measure itself names its author, in the record."""


def followed_among(events: Sequence[OutboxEvent]) -> set[UUID]:
    """Of the measures of a batch, those of people who are followed: one query, whatever the region receives."""
    people = {one.patient_id for one in events if one.patient_id}
    rows = FollowUp.objects.filter(patient_id__in=people, ended_at=None, withdrawn_at=None)
    followed = set(rows.values_list("patient_id", flat=True))
    return {one.id for one in events if one.patient_id in followed}


def judge_received(event: OutboxEvent) -> None:
    """Judge one measure by the thresholds of each open follow-up of its person that asks for it."""
    if event.patient_id is None:
        return
    now = timezone.now()
    rows = FollowUp.objects.filter(patient_id=event.patient_id, ended_at=None, withdrawn_at=None)
    held = rows.select_for_update(of=("self",)).select_related("protocol").order_by("id")
    followed = list(held)
    for key in event.payload["ids"]:
        taken = measure_of(event.patient_id, UUID(key)) if followed else None
        if taken is not None and now - RECENT <= taken.at <= now + AHEAD:
            for one in followed:
                _judge(one, taken, now)


def _judge(held: FollowUp, taken: TakenMeasure, now: datetime) -> None:
    content = queries.content_of(held.protocol)
    if taken.kind not in content.kinds or taken.at < held.started_at:
        return
    said = judge(
        content,
        values={taken.kind: taken.value},
        answers=(),
        earlier=earlier(held, content, taken.at),
        at=taken.at,
    )
    if said.level == "green" or _is_entered(held, taken):
        return
    standing = Alert.objects.filter(follow_up=held, kind=said.level, answered_at=None)
    waiting = standing.first()
    if waiting is not None:
        _say_again(waiting, said, now)
        tell(held, "received", taken.id)
    elif not _is_quiet(held, said, now):
        _open(held, taken, said, now)


def _say_again(waiting: Alert, said: Judgement, now: datetime) -> None:
    """An alert that waits says the last value of each threshold; one that it did not say calls its people again."""
    crossed, rows = _crossed(said.findings), Alert.objects.filter(pk=waiting.pk)
    kept = [one for one in waiting.findings if not _crossed([one]) & crossed]
    findings = [*said.findings, *kept]
    if crossed <= _crossed(waiting.findings):
        rows.update(findings=findings, version=F("version") + 1)
    else:
        call_again(rows, now, findings=findings)


def _is_entered(held: FollowUp, taken: TakenMeasure) -> bool:
    """Whether a reading of the follow-up holds the measure: it was judged in the transaction of that reading."""
    rows = Reading.objects.filter(follow_up=held, at=taken.at)
    return rows.filter(measure_ids__contains=[str(taken.id)]).exists()


def _is_quiet(held: FollowUp, said: Judgement, now: datetime) -> bool:
    """Whether somebody answered for the same thresholds less than an hour ago."""
    recent = Alert.objects.filter(
        follow_up=held, kind=said.level, answered_at__gte=now - QUIET, withdrawn_at=None
    )
    crossed = _crossed(said.findings)
    return any(crossed <= _crossed(one.findings) for one in recent)


def _crossed(findings: Sequence[dict[str, str]]) -> set[tuple[str, str]]:
    return {(one.get("kind") or one.get("code", ""), one["rule"]) for one in findings}


def _open(held: FollowUp, taken: TakenMeasure, said: Judgement, now: datetime) -> None:
    """The reading that says it, its alert, the board."""
    Reading(
        id=uuid7(), follow_up=held, patient_id=held.patient_id, identity_id=held.identity_id, at=taken.at,
        level=said.level, findings=said.findings, measure_ids=[str(taken.id)], means="device",
        author_name=SOURCE,
    ).save(force_insert=True)  # fmt: skip
    open_alert(held, said.level, said.findings, now)
    held.level, held.turn_at = worst([held.level or "green", said.level]), now
    held.last_findings = said.findings
    place_on_board(held)
    held.save(update_fields=["level", "turn_at", "last_findings", "state", "rank"])
    tell(held, "received", taken.id)

"""Measures that reach the record by themselves, of a device, an application or another page: judged by the thresholds.

The rules:

- such a measure is judged alone. It may open an alert; it never ends one, nor a silence, and does not stand for the
  reading that is awaited, which asks for more;
- one that was taken more than a day ago, or before the follow-up, is history;
- while an alert of its kind waits, crossing the same threshold only changes what it says, and an older measure than
  the one that it says changes nothing: a device that measures each minute does not call each minute;
- nor does it open a new one in the hour after an answer, for a threshold of the same level and a value that is not
  worse than the answered one by `WORSE`: the reading and the board say it, nobody is called.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
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
WORSE = Decimal("0.04")
"""By which part of its threshold a value is worse than the one answered: four points of saturation below 92."""
WORSE_RISE = Decimal("0.5")
"""The same for a rise, whose threshold is small: one kilogram more where two alert."""
SOURCE = "Mesure du dossier"
"""Who is said to have made such a reading: the measure itself names its author, in the record."""


def followed_among(events: Sequence[OutboxEvent]) -> set[UUID]:
    """Of the measures of a batch, those of people who are followed and that no reading holds, which judged them.

    Two queries, whatever the region receives.
    """
    people = {one.patient_id for one in events if one.patient_id}
    rows = FollowUp.objects.filter(patient_id__in=people, ended_at=None, withdrawn_at=None)
    followed = set(rows.values_list("patient_id", flat=True))
    kept = [one for one in events if one.patient_id in followed]
    if not kept:
        return set()
    keys = {key for one in kept for key in one.payload["ids"]}
    # What a reading holds has its moment; what is older is not judged.
    readings = Reading.objects.filter(patient_id__in=followed, at__gte=timezone.now() - RECENT)
    readings = readings.filter(measure_ids__has_any_keys=sorted(keys))
    judged = {key for ids in readings.values_list("measure_ids", flat=True) for key in ids}
    return {one.id for one in kept if not judged.issuperset(one.payload["ids"])}


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
        _say_again(waiting, said, taken, now)
        tell(held, "received", taken.id)
    else:
        _open(held, taken, said, now, is_quiet=_is_quiet(held, said, now))


def _say_again(waiting: Alert, said: Judgement, taken: TakenMeasure, now: datetime) -> None:
    """An alert that waits says the latest value of each threshold; one that it did not say calls its people again.

    Its version grows with the thresholds and with a worse value: whoever is about to end the follow-up has not seen
    these.
    """
    rows = Alert.objects.filter(pk=waiting.pk)
    # What a reading entered bears no moment: it is of the round that it began.
    before = {_place(one): one for one in _dated(waiting.findings, waiting.round_at)}
    is_new = not _crossed(said.findings) <= _crossed(waiting.findings)
    told = [
        one
        for one in _dated(said.findings, taken.at)
        if _crossed([one]) - _crossed(waiting.findings) or one["at"] >= before[_place(one)]["at"]
    ]
    findings = [*told, *(one for key, one in before.items() if key not in map(_place, told))]
    if is_new:
        call_again(rows, now, findings=findings)
    elif any(_is_worse(one, before[_place(one)]) for one in told):
        rows.update(findings=findings, version=F("version") + 1)
    elif told:
        rows.update(findings=findings)


def _dated(findings: Sequence[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """What was found, with the moment of its measure: what is told late does not pass for the latest."""
    return [{"at": at.astimezone(UTC).isoformat()} | one for one in findings]


def _is_entered(held: FollowUp, taken: TakenMeasure) -> bool:
    """Whether a reading of the follow-up holds the measure: it was judged in the transaction of that reading."""
    rows = Reading.objects.filter(follow_up=held, at=taken.at)
    return rows.filter(measure_ids__contains=[str(taken.id)]).exists()


def _is_quiet(held: FollowUp, said: Judgement, now: datetime) -> bool:
    """Whether somebody answered for the same thresholds less than an hour ago, and for values as grave."""
    recent = Alert.objects.filter(
        follow_up=held, kind=said.level, answered_at__gte=now - QUIET, withdrawn_at=None
    )
    return any(_covers(one.findings, said.findings) for one in recent)


def _covers(answered: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> bool:
    known = {_place(one): one for one in answered}
    return _crossed(found) <= _crossed(answered) and not any(
        _is_worse(one, known[_place(one)], by=WORSE_RISE if one["rule"] == "rise" else WORSE)
        for one in found
    )


def _is_worse(one: dict[str, Any], other: dict[str, Any], by: Decimal = Decimal(0)) -> bool:
    """Whether a value lies further past its threshold than another, by a part of this threshold at least."""
    if "value" not in one or "value" not in other:
        return False
    further = Decimal(one["value"]) - Decimal(other["value"])
    further = -further if one["rule"] == "low" else further
    return further > 0 and further >= abs(Decimal(one["limit"])) * by


def _place(one: dict[str, Any]) -> tuple[str, str]:
    return one.get("kind") or one.get("code", ""), one["rule"]


def _crossed(findings: Sequence[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """The thresholds that were crossed: the red one is not the amber one."""
    return {(*_place(one), one["level"]) for one in findings}


def _open(
    held: FollowUp, taken: TakenMeasure, said: Judgement, now: datetime, *, is_quiet: bool
) -> None:
    """The reading that says it, its alert unless somebody has just answered for it, the board."""
    Reading(
        id=uuid7(), follow_up=held, patient_id=held.patient_id, identity_id=held.identity_id, at=taken.at,
        level=said.level, findings=said.findings, measure_ids=[str(taken.id)], means="device",
        author_name=SOURCE,
    ).save(force_insert=True)  # fmt: skip
    if not is_quiet:
        open_alert(held, said.level, _dated(said.findings, taken.at), now)
        held.turn_at = now
    held.level = worst([held.level or "green", said.level])
    held.last_findings = said.findings
    place_on_board(held)
    held.save(update_fields=["level", "turn_at", "last_findings", "state", "rank"])
    tell(held, "received", taken.id)

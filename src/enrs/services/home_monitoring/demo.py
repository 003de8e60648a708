"""Invented follow-ups: stable, to watch, alerting, silent; their readings judged by the protocol's own rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from enrs.core.demo import Patient, Rows, Someone, key
from enrs.core.moments import legal_day, region_zone_name
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp, Protocol, Reading, Team
from enrs.services.home_monitoring.rules import rhythm
from enrs.services.home_monitoring.rules.protocols import Content
from enrs.services.home_monitoring.rules.thresholds import Judgement, Point, judge, state_of

Measured = Callable[[Patient, Someone, str, str, datetime], UUID]
"""Writes one measure in the record: who, by whom, its kind, its value, when; gives its identifier."""
BASES = {
    "saturation": (96.6, 0.8), "temperature": (37.2, 0.4), "pulse": (78, 6), "weight": (72, 0.3),
    "pressure": (128, 8), "breathing": (17, 1.5),
}  # fmt: skip
"""What a stable person measures, and how far it wanders."""
ENDS = {
    ("covid-domicile", "amber"): {"saturation": "93"},
    ("covid-domicile", "red"): {"saturation": "89", "breathing": "31"},
    ("insuffisance-cardiaque", "amber"): {"weight": "74.6"},
    ("insuffisance-cardiaque", "red"): {"pressure": "82", "pulse": "118"},
}
"""The last reading of those who are not stable."""
WHOLE = ("saturation", "pulse", "pressure", "breathing")


@dataclass(frozen=True, slots=True)
class Watched:
    """One person: under which protocol, since how many days, what they come to, who watches and who measures."""

    patient: Patient
    code: str
    days: int
    end: str
    watcher: Someone
    starter: Someone
    enters: Someone
    means: str = "person"
    is_place: bool = False
    is_delegated: bool = False
    residence: str = ""


def cell(place: Someone, phone: str) -> Team | None:
    """The region's support cell, unless it is there."""
    if Team.objects.filter(organisation_id=place.grantee_id).exists():
        return None
    return Team.objects.create(
        organisation_id=place.grantee_id, name=place.name, kind="cell",
        hours="tous les jours, de 8 h à 22 h", phone=phone,
    )  # fmt: skip


def fill(
    rows: Rows, *, watched: Sequence[Watched], measured: Measured, now: datetime, rng: Random
) -> None:
    """Write the follow-ups of these people, with every reading that was due since they began."""
    in_service = {one.code: one for one in queries.in_service()}
    for one in watched:
        if one.code in in_service:
            _follow(rows, one, in_service[one.code], measured=measured, now=now, rng=rng)


def _follow(
    rows: Rows, one: Watched, protocol: Protocol, *, measured: Measured, now: datetime, rng: Random
) -> None:
    content = queries.content_of(protocol)
    started = now - timedelta(days=one.days)
    follow_up = rows.add(_row(one, protocol, content, started))
    rows.add(_entry(follow_up, one, started))
    earlier: dict[str, list[Point]] = {}
    moments, quiet = _moments(content, follow_up, now), timedelta(hours=40)
    kept = [at for at in moments if one.end != "silent" or at < now - quiet]
    for rank, at in enumerate(kept):
        last = rank == len(kept) - 1
        values = _values(one, content, rng, ENDS.get((one.code, one.end), {}) if last else {})
        said = judge(
            content, values={kind: Decimal(value) for kind, value in values.items()}, answers=(),
            earlier=earlier, at=at,
        )  # fmt: skip
        ids = [measured(one.patient, one.enters, kind, value, at) for kind, value in values.items()]
        rows.add(_reading(follow_up, one, said, at, ids))
        for kind, value in values.items():
            earlier.setdefault(kind, []).append((at, Decimal(value)))
        follow_up.level, follow_up.last_at = said.level, at
        follow_up.last_findings, follow_up.turn_at = said.findings, at
        if said.level != "green":
            rows.add(
                _alert(follow_up, said.level, said.findings, at, "" if last else one.watcher.name)
            )
    _settle(rows, follow_up, content, one, now)


def _settle(rows: Rows, follow_up: FollowUp, content: Content, one: Watched, now: datetime) -> None:
    """Its place on the board, and when it is looked at again."""
    follow_up.is_silent = one.end == "silent"
    waiting = [
        row.kind
        for row in rows.of(Alert)
        if row.follow_up_id == follow_up.id and row.answered_at is None
    ]
    if follow_up.is_silent:
        rows.add(_alert(follow_up, "silent", [], now - timedelta(hours=5), ""))
        waiting.append("silent")
        follow_up.turn_at = now - timedelta(hours=5)
    follow_up.due_at = rhythm.next_due(
        content, after=now + timedelta(minutes=content.grace_minutes),
        started_on=legal_day(follow_up.started_at), ends_at=follow_up.ends_at,
        zone=ZoneInfo(region_zone_name()),
    )  # fmt: skip
    grace = timedelta(minutes=content.grace_minutes)
    follow_up.silent_at = follow_up.due_at and follow_up.due_at + grace
    follow_up.state, follow_up.rank = state_of(
        level=follow_up.level, is_silent=follow_up.is_silent, open_alerts=waiting
    )


def _row(one: Watched, protocol: Protocol, content: Content, started: datetime) -> FollowUp:
    return FollowUp(
        id=key(started), patient_id=one.patient.id, identity_id=one.patient.identity_id,
        recorded_at=started, protocol=protocol, code=protocol.code, title=protocol.title,
        started_at=started, ends_at=started + timedelta(days=content.days), entry_means=one.means,
        phone="01 99 00 44 12" if one.means == "call" else "", residence=one.residence,
        watcher_id=one.watcher.grantee_id, watcher_kind="organisation" if one.is_place else "person",
        watcher_name=one.watcher.name, watcher_label=one.watcher.label, is_delegated=one.is_delegated,
        starter_id=one.starter.grantee_id, starter_name=one.starter.name,
        starter_label=one.starter.label, starter_place=one.starter.place_name, turn_at=started,
    )  # fmt: skip


def _entry(follow_up: FollowUp, one: Watched, at: datetime) -> Entry:
    return Entry(
        id=key(at), follow_up=follow_up, patient_id=one.patient.id, identity_id=one.patient.identity_id,
        recorded_at=at, kind="started", at=at, author_id=one.starter.user_id,
        author_name=one.starter.name, author_label=one.starter.label,
    )  # fmt: skip


def _moments(content: Content, follow_up: FollowUp, now: datetime) -> list[datetime]:
    """Every due time of a follow-up that has passed."""
    found: list[datetime] = []
    at, zone = follow_up.started_at, ZoneInfo(region_zone_name())
    while True:
        due = rhythm.next_due(
            content, after=at, started_on=legal_day(follow_up.started_at), ends_at=now, zone=zone
        )
        if due is None:
            return found
        found.append(due)
        at = due


def _values(one: Watched, content: Content, rng: Random, forced: dict[str, str]) -> dict[str, str]:
    """What is measured at one reading, by kind."""
    values = {}
    for asked in content.measures:
        base, span = BASES[asked.kind]
        value = base + rng.uniform(-span, span)
        plain = str(round(value)) if asked.kind in WHOLE else f"{value:.1f}"
        values[asked.kind] = forced.get(asked.kind, plain)
    return values


def _reading(
    follow_up: FollowUp, one: Watched, said: Judgement, at: datetime, ids: list[UUID]
) -> Reading:
    return Reading(
        id=key(at), follow_up=follow_up, patient_id=one.patient.id, identity_id=one.patient.identity_id,
        recorded_at=at, at=at, level=said.level, findings=said.findings, answers=[],
        measure_ids=[str(row) for row in ids], means=one.means, author_id=one.enters.user_id,
        author_name=one.enters.name, author_label=one.enters.label,
    )  # fmt: skip


def _alert(
    follow_up: FollowUp, kind: str, findings: list[dict[str, str]], at: datetime, by: str
) -> Alert:
    """An alert whose people were called already; answered half an hour later when somebody is named."""
    return Alert(
        id=key(at), follow_up=follow_up, patient_id=follow_up.patient_id,
        identity_id=follow_up.identity_id, recorded_at=at, kind=kind, findings=findings, opened_at=at, round_at=at,
        answered_at=at + timedelta(minutes=30) if by else None, answered_by=by,
        answer="Appel passé, consignes rappelées." if by else "",
    )  # fmt: skip

"""A follow-up from its beginning to its end: who watches, hand-over, notes."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import legal_day
from enrs.core.subjects.commands import save_version, settle_twins
from enrs.core.subjects.persons import carrier_of
from enrs.referentials.circles.commands import CircleError
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands.places import STAYS, bring
from enrs.services.home_monitoring.commands.readings import call_again
from enrs.services.home_monitoring.commands.shared import (
    MonitoringRefusedError,
    clean,
    demand,
    hint,
    locked,
    place_on_board,
    tell,
    write_entry,
    zone,
)
from enrs.services.home_monitoring.models import ENTRY_MEANS, Alert, Entry, FollowUp, Protocol
from enrs.services.home_monitoring.rules import rhythm, words


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is told when a follow-up begins: who enters readings, where to call, where the person lives, why."""

    entry_means: str = "person"
    phone: str = ""
    residence: str = ""
    reason: str = ""


def start_follow_up(
    *,
    patient_id: UUID,
    protocol: Protocol,
    watcher: str,
    informed_on: date,
    beginning: Beginning | None = None,
) -> FollowUp:
    """Begin a follow-up now; `watcher` is the key of one of `queries.watchers`.

    The organisation that watches joins the circle, and the support cell where the protocol calls it:
    `informed_on` is the day the person was told of it (L1110-12 3°, formal coordination).

    Raises:
        AccessRefusedError: may not write the summary, or change the circle.
        CircleError: the person opposes, or was not informed.
        MonitoringRefusedError: `protocol` (not in service), `watcher`, `means`, `phone` (to be called without
            a number), `open` (followed under this protocol already), `long`.
    """
    demand(patient_id)
    told = beginning or Beginning()
    if protocol.status != Protocol.Status.PUBLISHED:
        raise MonitoringRefusedError("protocol")
    if told.entry_means not in dict(ENTRY_MEANS):
        raise MonitoringRefusedError("means")
    if told.entry_means == "call" and not told.phone.strip():
        raise MonitoringRefusedError("phone")
    chosen = queries.watcher(patient_id, watcher)
    if chosen is None:
        raise MonitoringRefusedError("watcher")
    with act():
        made = _beginning(patient_id, protocol, chosen, told)
        try:
            with act(savepoint=True):
                made.save(force_insert=True)
        except IntegrityError as error:
            raise MonitoringRefusedError("open") from error
        bring(made, chosen, informed_on)
        if queries.content_of(protocol).calls_cell:
            for cell in queries.cells():
                one = queries.Watcher("organisation", cell.organisation_id, cell.name, "cellule")
                # A person who opposes the cell is watched without it: its step gives way.
                with suppress(CircleError):
                    bring(made, one, informed_on)
        if made.brought:
            made.save(update_fields=["brought"])
        write_entry(made, Entry.Kind.STARTED, made.reason)
        tell(made, "started", follow_up=str(made.id))
        if chosen.id not in current_actor().grantees:
            payload = hint(made) | {"follow_up": str(made.id), "by": current_actor().name}
            emit("home_monitoring.handed_over", patient_id=patient_id, payload=payload)
    return made


def _beginning(
    patient_id: UUID, protocol: Protocol, chosen: queries.Watcher, told: Beginning
) -> FollowUp:
    """The row of a follow-up that begins now, its first reading awaited at the next due time."""
    by, now = current_actor(), timezone.now()
    content = queries.content_of(protocol)
    ends = now + timedelta(days=content.days)
    due = rhythm.next_due(content, after=now, started_on=legal_day(now), ends_at=ends, zone=zone())
    return FollowUp(
        id=uuid7(), patient_id=patient_id, identity_id=carrier_of(patient_id), protocol=protocol,
        code=protocol.code, title=protocol.title, started_at=now, ends_at=ends,
        entry_means=told.entry_means, phone=clean(told.phone, 40),
        residence=clean(told.residence, 200), reason=clean(told.reason),
        watcher_id=chosen.id, watcher_kind=chosen.kind, watcher_name=chosen.name[:200],
        watcher_label=chosen.label[:200], is_delegated=chosen.is_delegated,
        starter_id=by.grantee_id, starter_name=by.name[:200], starter_label=by.label[:200],
        starter_place=by.organisation_name[:200], turn_at=now, due_at=due,
        silent_at=due and due + timedelta(minutes=content.grace_minutes),
    )  # fmt: skip


def hand_over(
    *, follow_up: FollowUp, watcher: str, reason: str, informed_on: date, expected_version: int
) -> FollowUp:
    """Give a follow-up to another watcher, who is told; alerts that nobody answered go with it.

    Raises:
        AccessRefusedError, CircleError, StaleSaveError.
        MonitoringRefusedError: `ended`, `watcher` (nobody of that key, or the same), `reason`, `long`.
    """
    demand(follow_up.patient_id)
    if follow_up.ended_at is not None:
        raise MonitoringRefusedError("ended")
    chosen = queries.watcher(follow_up.patient_id, watcher)
    if chosen is None or chosen.id == follow_up.watcher_id:
        raise MonitoringRefusedError("watcher")
    why = clean(reason)
    if not why:
        raise MonitoringRefusedError("reason")
    with act():
        before = follow_up.watcher_name
        bring(follow_up, chosen, informed_on)
        # Those who watched until now see it leave their board.
        emit(
            "home_monitoring.left",
            topics=[f"grantee:{follow_up.watcher_id}"],
            payload=hint(follow_up),
        )
        follow_up.watcher_id, follow_up.watcher_kind = chosen.id, chosen.kind
        follow_up.watcher_name, follow_up.watcher_label = chosen.name[:200], chosen.label[:200]
        follow_up.is_delegated = chosen.is_delegated
        follow_up.places_at = timezone.now() + STAYS
        # Past its planned end, whoever watches from now on is told of it too.
        follow_up.over_told_at = None
        fields = [
            "watcher_id", "watcher_kind", "watcher_name", "watcher_label", "is_delegated", "brought",
            "places_at", "over_told_at",
        ]  # fmt: skip
        save_version(follow_up, expected=expected_version, fields=fields)
        waiting = Alert.objects.filter(follow_up=follow_up, answered_at=None)
        call_again(waiting, timezone.now())
        write_entry(follow_up, Entry.Kind.HANDED, f"De {before} à {chosen.name}. {why}")
        tell(follow_up, "handed_over", follow_up=str(follow_up.id), by=current_actor().name)
    return follow_up


def write_note(*, follow_up: FollowUp, text: str) -> Entry:
    """Write a note in the follow-up's journal.

    Raises:
        AccessRefusedError; MonitoringRefusedError: `text`, `long`.
    """
    demand(follow_up.patient_id)
    kept = clean(text)
    if not kept:
        raise MonitoringRefusedError("text")
    with act():
        row = write_entry(follow_up, Entry.Kind.NOTE, kept)
        tell(follow_up, "noted")
    return row


def end_follow_up(
    *,
    follow_up: FollowUp,
    code: str,
    note: str = "",
    seen: Collection[tuple[UUID, int]] = (),
    expected_version: int,
) -> FollowUp:
    """End a follow-up with one of `words.ENDINGS`; what waits for an answer is answered by it.

    `seen` are the alerts without an answer that whoever ends it was shown, each with its version.

    Raises:
        AccessRefusedError, StaleSaveError.
        MonitoringRefusedError: `ended`, `code`, `note` (another reason without its words), `long`, `unseen` (an
            alert waits that was not shown, or says something else since).
    """
    demand(follow_up.patient_id)
    if follow_up.ended_at is not None:
        raise MonitoringRefusedError("ended")
    if code not in words.ENDINGS:
        raise MonitoringRefusedError("code")
    said = clean(note)
    if code == "other" and not said:
        raise MonitoringRefusedError("note")
    with act():
        # Locked, so that no reading opens an alert meanwhile.
        locked(follow_up)
        waiting = Alert.objects.filter(follow_up=follow_up, answered_at=None, withdrawn_at=None)
        if not set(waiting.values_list("id", "version")) <= set(seen):
            raise MonitoringRefusedError("unseen")
        close(follow_up, code, said, expected_version=expected_version)
    return follow_up


def close(follow_up: FollowUp, code: str, said: str, *, expected_version: int) -> None:
    """The end of a follow-up that the caller has locked and decided: nothing is awaited, nobody is called any more.

    Raises:
        StaleSaveError.
    """
    now, by = timezone.now(), current_actor()
    follow_up.ended_at, follow_up.ended_code, follow_up.ended_note = now, code, said
    follow_up.due_at = follow_up.silent_at = None
    follow_up.places_at = now + STAYS
    fields = ["ended_at", "ended_code", "ended_note", "due_at", "silent_at", "places_at"]
    save_version(follow_up, expected=expected_version, fields=fields)
    settle_twins(FollowUp, [follow_up.patient_id])
    answer: Mapping[str, object] = {
        "answered_at": now, "answered_by_id": by.user_id, "answered_by": by.name[:200],
        "answer": "Fin de la surveillance", "next_at": None,
    }  # fmt: skip
    Alert.objects.filter(follow_up=follow_up, answered_at=None, withdrawn_at=None).update(**answer)
    place_on_board(follow_up)
    follow_up.save(update_fields=["state", "rank"])
    write_entry(follow_up, Entry.Kind.ENDED, said)
    tell(follow_up, "ended")

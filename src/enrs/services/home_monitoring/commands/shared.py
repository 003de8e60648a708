"""What every act of home monitoring asks: who may, what is left behind."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.queries import may, rights_on
from enrs.core.audit.commands import note as audit
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.moments import region_zone_name
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp
from enrs.services.home_monitoring.rules.thresholds import state_of

CATEGORY = "summary"
"""What is asked of access for follow-ups: they stand on the measures of the summary."""
PERSON_CATEGORY = "assessment"
"""Where the person and who stands for them write."""
MOST_TEXT = 4000


class MonitoringRefusedError(Exception):
    """A rule of home monitoring refuses; `reason` is its code, whose sentence is in `forms.REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def demand(patient_id: UUID) -> None:
    """Refuse who may not write the summary of this person.

    Raises:
        AccessRefusedError: with the reason of the access decision.
    """
    decision = may(access_rules.WRITE, CATEGORY, patient_id=patient_id)
    if not decision.allowed:
        raise AccessRefusedError(decision.reason)


def demand_entry(patient_id: UUID) -> bool:
    """Whether the actor is the person or stands for them; refuse who may enter no reading.

    Raises:
        AccessRefusedError: neither a writer of the summary, nor the person or who acts for them.
    """
    rights = rights_on(patient_id)
    decision = may(access_rules.WRITE, CATEGORY, patient_id=patient_id, rights=rights)
    if decision.allowed:
        return False
    own = may(access_rules.WRITE, PERSON_CATEGORY, patient_id=patient_id, rights=rights)
    if own.allowed and own.role in ("patient", "proxy"):
        return True
    raise AccessRefusedError(decision.reason)


def demand_region() -> None:
    """Refuse who is not of the region's team: its exploitation, in an open session.

    Raises:
        AccessRefusedError: `profession`.
    """
    if current_actor().role != access_rules.OPERATOR:
        raise AccessRefusedError("profession")


def zone() -> ZoneInfo:
    """The region's zone, in which the hours of protocols are legal hours."""
    return ZoneInfo(region_zone_name())


def locked(follow_up: FollowUp) -> FollowUp:
    """The follow-up under its lock: readings, answers and calls take turns.

    Raises:
        MonitoringRefusedError: `ended`.
    """
    held = FollowUp.objects.select_for_update(of=("self",)).select_related("protocol")
    found = held.get(pk=follow_up.pk)
    if found.ended_at is not None or found.withdrawn_at is not None:
        raise MonitoringRefusedError("ended")
    return found


def place_on_board(follow_up: FollowUp) -> None:
    """Give a follow-up its state and its rank: its last level, its silence, the alerts that nobody answered.

    The caller saves it (`state`, `rank`).
    """
    waiting = Alert.objects.filter(follow_up=follow_up, answered_at=None, withdrawn_at=None)
    kinds = list(waiting.values_list("kind", flat=True))
    follow_up.state, follow_up.rank = state_of(
        level=follow_up.level, is_silent=follow_up.is_silent, open_alerts=kinds
    )


def write_entry(follow_up: FollowUp, kind: str, text: str) -> Entry:
    """One line of the follow-up's journal, by the current actor."""
    by = current_actor()
    row = Entry(
        id=uuid7(), follow_up=follow_up, patient_id=follow_up.patient_id,
        identity_id=follow_up.identity_id, kind=kind, at=timezone.now(), text=text, author_id=by.user_id,
        author_name=by.name[:200], author_label=by.label[:200],
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def tell(follow_up: FollowUp, what: str, object_id: UUID | None = None, /, **payload: Any) -> None:
    """The audit line and the event of an act; open pages of the person and of the watcher are hinted."""
    audit(
        f"home_monitoring.{what}",
        patient_id=follow_up.patient_id,
        object_kind="monitoring_follow_up",
        object_id=object_id or follow_up.id,
    )
    emit(
        f"home_monitoring.{what}",
        patient_id=follow_up.patient_id,
        topics=[f"patient:{follow_up.patient_id}", f"grantee:{follow_up.watcher_id}"],
        payload=hint(follow_up) | payload,
    )


def hint(follow_up: FollowUp) -> dict[str, Any]:
    """What open pages are told: which follow-up changed."""
    return {"kind": "monitoring", "ids": [str(follow_up.id)]}


def clean(text: str, most: int = MOST_TEXT) -> str:
    """A text as it is kept.

    Raises:
        MonitoringRefusedError: `long`.
    """
    kept = text.strip()
    if len(kept) > most or "\x00" in kept:
        raise MonitoringRefusedError("long")
    return kept

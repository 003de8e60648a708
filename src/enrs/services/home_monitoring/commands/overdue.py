"""Follow-ups past their planned end: the watcher is told, then they end by themselves, and their places with them.

The rule: a week after its planned end, or after the last reading, answer, note or hand-over when that came later, a
follow-up that nobody ended and that no alert waits on ends. Nothing was awaited of it any more; an alert that waits
keeps it, and goes on calling.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.services.home_monitoring.commands.follow_ups import close
from enrs.services.home_monitoring.commands.shared import hint
from enrs.services.home_monitoring.models import Alert, Entry, FollowUp, Reading
from enrs.services.home_monitoring.rules.rhythm import WAITS
from enrs.services.home_monitoring.rules.words import LAPSED

BATCH = 100


def _open(now: datetime) -> QuerySet[FollowUp]:
    rows = FollowUp.objects.filter(ended_at=None, withdrawn_at=None, ends_at__lte=now)
    return rows.select_for_update(skip_locked=True, of=("self",)).order_by("ends_at", "id")


def tell_overdue(limit: int = BATCH) -> bool:
    """Tell whoever watches, once, that the planned end is past; true when more may be waiting."""
    now = timezone.now()
    with acting(SYSTEM), act():
        found = list(_open(now).filter(over_told_at=None)[:limit])
        for held in found:
            held.over_told_at = now
            held.save(update_fields=["over_told_at"])
            emit(
                "home_monitoring.over", patient_id=held.patient_id,
                topics=[f"patient:{held.patient_id}", f"grantee:{held.watcher_id}"],
                payload=hint(held) | {"follow_up": str(held.id)},
            )  # fmt: skip
    return len(found) == limit


def end_overdue(limit: int = BATCH) -> bool:
    """End the follow-ups whose time is over by the rule; true when more may be waiting."""
    past = timezone.now() - WAITS
    with acting(SYSTEM), act():
        found = list(_lapsed(_open(past), past)[:limit])
        # Asked again once they are locked: an alert may have opened, or somebody written, before the lock.
        keys = [one.pk for one in found]
        still = set(
            _lapsed(FollowUp.objects.filter(pk__in=keys), past).values_list("pk", flat=True)
        )
        for held in found:
            if held.pk in still:
                _end(held)
    return len(found) == limit


def _lapsed(rows: QuerySet[FollowUp], past: datetime) -> QuerySet[FollowUp]:
    """Those on which nobody decided since a moment, whose watcher was told before it, and that no alert holds."""
    waiting = Alert.objects.filter(follow_up=OuterRef("pk"), answered_at=None, withdrawn_at=None)
    recent = [
        Reading.objects.filter(follow_up=OuterRef("pk"), at__gt=past, withdrawn_at=None),
        Alert.objects.filter(follow_up=OuterRef("pk"), answered_at__gt=past),
        Entry.objects.filter(follow_up=OuterRef("pk"), at__gt=past),
    ]
    # Nobody's end comes without the week that they were told of.
    rows = rows.filter(~Exists(waiting), over_told_at__lte=past)
    return rows.filter(*(~Exists(one) for one in recent))


def _end(held: FollowUp) -> None:
    """The end, of which whoever watched, who began it, and the person are told."""
    close(held, LAPSED, "", expected_version=held.version)
    for kind in ("home_monitoring.lapsed", "home_monitoring.lapsed.person"):
        payload = hint(held) | {"follow_up": str(held.id)}
        emit(kind, patient_id=held.patient_id, payload=payload)

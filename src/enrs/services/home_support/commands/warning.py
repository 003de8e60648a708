"""Shortly before a discharge, whoever prepares it is told of the gaps that are left: once for each discharge."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.services.home_support import queries
from enrs.services.home_support.commands.shared import hint, line
from enrs.services.home_support.models import HomeReturn

BEFORE = timedelta(hours=48)
BATCH = 100


def warn_of_gaps(limit: int = BATCH) -> bool:
    """Tell the gaps of the returns whose discharge is near; true when more may be waiting."""
    now = timezone.now()
    with acting(SYSTEM), act():
        rows = HomeReturn.objects.filter(
            Q(warned_for=None) | ~Q(warned_for=F("leaving_at")),
            ended_at=None, home_at=None, withdrawn_at=None, leaving_at__gt=now, leaving_at__lte=now + BEFORE,
        )  # fmt: skip
        rows = rows.select_for_update(skip_locked=True, of=("self",)).order_by("leaving_at", "id")
        found = list(rows[:limit])
        for one in found:
            one.warned_for = one.leaving_at
            one.save(update_fields=["warned_for"])
            if queries.gaps_of(one):
                line(one.patient_id, one.id, "warned")
                hint(one.patient_id, one.id, "gap", is_near=True)
    return len(found) == limit

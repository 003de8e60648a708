"""Shortly before a discharge, whoever prepares it is told of the gaps that are left: once for each discharge."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.services.home_support import queries
from enrs.services.home_support.commands.shared import hint, line
from enrs.services.home_support.models import HomeReturn

BEFORE = timedelta(hours=48)
BATCH = 100


def warn_of_gaps() -> bool:
    """Tell the gaps of the returns whose discharge is near; a week that has none is looked at again next time.

    All of them at each run, in batches: those of two days. Never more to do at once.
    """
    after: tuple[datetime, UUID] | None = None
    while found := _warn(after):
        after = (found[-1].leaving_at, found[-1].id)
    return False


def _warn(after: tuple[datetime, UUID] | None) -> list[HomeReturn]:
    """One batch, from a discharge on; what was looked at."""
    now = timezone.now()
    with acting(SYSTEM), act():
        rows = HomeReturn.objects.filter(
            Q(warned_for=None) | ~Q(warned_for=F("leaving_at")),
            ended_at=None, home_at=None, withdrawn_at=None, leaving_at__gt=now, leaving_at__lte=now + BEFORE,
        )  # fmt: skip
        if after:
            rows = rows.filter(Q(leaving_at__gt=after[0]) | Q(leaving_at=after[0], id__gt=after[1]))
        rows = rows.select_for_update(skip_locked=True, of=("self",)).order_by("leaving_at", "id")
        found = list(rows[:BATCH])
        known = queries.passages([one.id for one in found])
        for one in found:
            if queries.gaps_in(one, known[one.id]):
                one.warned_for = one.leaving_at
                one.save(update_fields=["warned_for"])
                line(one.patient_id, one.id, "warned")
                hint(one.patient_id, one.id, "gap", is_near=True)
    return found

"""What home monitoring adds to a copy of somebody's data: follow-ups and readings, which are not published as FHIR."""

from collections.abc import Iterator
from uuid import UUID

from enrs.core.copies import add_to_copies
from enrs.core.ui import filters
from enrs.services.home_monitoring.commands.shared import CATEGORY
from enrs.services.home_monitoring.models import FollowUp, Reading

LEVELS = {"green": "stable", "amber": "à surveiller", "red": "alerte"}


def _rows(patient_id: UUID, _role: str, limit: int) -> Iterator[tuple[str, str]]:
    followed = FollowUp.objects.filter(patient_id=patient_id, withdrawn_at=None)
    for one in followed.order_by("-started_at", "-id")[:limit]:
        yield (
            f"Surveillance « {one.title} », veille : {one.watcher_name}",
            filters.moment(one.started_at),
        )
    entered = Reading.objects.filter(patient_id=patient_id, withdrawn_at=None)
    for row in entered.select_related("follow_up").order_by("-at", "-id")[:limit]:
        said = " ".join(
            filter(None, [f"Relevé {LEVELS[row.level]} ({row.author_name}).", row.note])
        )
        yield said, filters.moment(row.at)


def register() -> None:
    """Declare the part; called when the application loads."""
    add_to_copies("Surveillance à domicile", category=CATEGORY, rows=_rows)

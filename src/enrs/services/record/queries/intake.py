"""The active lists that a place handed in."""

from uuid import UUID

from enrs.services.record.models import Intake, IntakeLine
from enrs.services.record.queries.paging import PAGE

REFUSED_SHOWN = 20_000


def intakes(organisation_id: UUID) -> list[Intake]:
    """The newest files of a place."""
    rows = Intake.objects.filter(organisation_id=organisation_id)
    return list(rows.order_by("-created_at", "-id")[:PAGE])


def intake(intake_id: UUID, organisation_id: UUID | None) -> Intake | None:
    """One file of this place."""
    if organisation_id is None:
        return None
    return Intake.objects.filter(id=intake_id, organisation_id=organisation_id).first()


def intake_lines(found: Intake, *, state: str = "", after: int = 0) -> list[IntakeLine]:
    """Lines after a number, one more than a page; `state` keeps those of one state."""
    rows = IntakeLine.objects.filter(intake=found, number__gt=after)
    if state in ("waiting", "refused", "outside", "created", "known"):
        rows = rows.filter(state=state)
    return list(rows.order_by("number")[: PAGE + 1])


def refused_lines(found: Intake) -> list[IntakeLine]:
    """Every line that was left aside, refused or outside of the circle."""
    rows = IntakeLine.objects.filter(intake=found, state__in=("refused", "outside"))
    return list(rows.order_by("number")[:REFUSED_SHOWN])

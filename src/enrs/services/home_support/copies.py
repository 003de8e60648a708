"""What a copy of somebody's data says of their returns home: the visits, who made them, what happened."""

from collections.abc import Iterator
from uuid import UUID

from enrs.core.copies import add_to_copies
from enrs.core.ui import filters
from enrs.services.home_support.models import HomeReport, HomeReturn, Slot
from enrs.services.home_support.rules import words

CATEGORY = "request"


def _rows(patient_id: UUID, _role: str, limit: int) -> Iterator[tuple[str, str]]:
    found = HomeReturn.objects.filter(patient_id=patient_id, withdrawn_at=None)
    for one in found.order_by("-opened_at", "-id")[:limit]:
        yield (
            f"Retour à domicile, {one.address} {one.postal_code} {one.city}. {', '.join(one.needs)}".strip(),
            filters.moment(one.leaving_at),
        )
    held = Slot.objects.filter(visit__home_return__patient_id=patient_id, ask__isnull=False)
    agencies = held.order_by("visit__starts").values_list(
        "visit__kind", "ask__agency_name", "from_on"
    )
    for kind, agency, from_on in dict.fromkeys(agencies[: limit * 7]):
        yield f"{dict(words.KINDS)[kind]} : {agency}", filters.date_fr(from_on)
    told = HomeReport.objects.filter(visit__home_return__patient_id=patient_id)
    for row in told.order_by("-day", "-id")[:limit]:
        yield (
            f"{row.get_kind_display()}, {row.agency_name} ({row.author_name}). {row.note}".strip(),
            filters.date_fr(row.day),
        )


def register() -> None:
    """Declare the part; called when the application loads."""
    add_to_copies("Retours à domicile", category=CATEGORY, rows=_rows)

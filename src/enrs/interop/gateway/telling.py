"""From committed events of identity to deliveries that wait for the partners concerned."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enrs.core.events.outbox import OutboxEvent
from enrs.core.events.subscribers import subscribe
from enrs.core.ids import uuid7
from enrs.interop.gateway.models_out import Delivery, Recipient
from enrs.referentials.identity.queries_pix import Crossing, Number, crossings, living_number

Kind = Delivery.Kind
KNOWN_SECONDS = 5.0
NUMBERS_MAY_DIFFER = frozenset({"identity.created", "identity.linked", "identity.parted"})
TOLD = NUMBERS_MAY_DIFFER | {"identity.moved", "identity.replaced"}

_recipients: list[tuple[float, list[Recipient]]] = []


def tell(event: OutboxEvent) -> None:
    """Make what an event calls for, for each partner whom it concerns; nothing is sent here."""
    everybody = _active()
    if not everybody or event.patient_id is None:
        return
    if event.kind in NUMBERS_MAY_DIFFER:
        _numbers(event.patient_id, everybody)
    elif event.kind == "identity.replaced":
        _merged(event.patient_id, UUID(event.payload["replaced_by"]), everybody)
    elif event.kind == "identity.moved":
        _moved(event.payload, everybody)


def _active() -> list[Recipient]:
    """Who is told, read at most every few seconds: most events of most regions concern nobody."""
    now = time.monotonic()
    if not _recipients or now - _recipients[0][0] > KNOWN_SECONDS:
        found = Recipient.objects.filter(is_active=True, partner__is_active=True)
        _recipients[:] = [(now, list(found.order_by("id")))]
    return _recipients[0][1]


def forget() -> None:
    """Read again who is told (tests, and after an edit)."""
    _recipients.clear()


def _concerned(recipient: Recipient, crossing: Crossing) -> bool:
    return not recipient.domain or bool(crossing.in_domains([recipient.domain]))


def _numbers(patient_id: UUID, everybody: Iterable[Recipient]) -> None:
    for crossing in crossings([patient_id]):
        for one in everybody:
            if one.wants_numbers and _concerned(one, crossing):
                _add(one, Kind.NUMBERS, crossing.patient_id)


def _merged(former_id: UUID, patient_id: UUID, everybody: Iterable[Recipient]) -> None:
    for crossing in crossings([patient_id]):
        for one in everybody:
            if one.wants_merges and _concerned(one, crossing):
                _add(one, Kind.MERGED, crossing.patient_id, former_id=former_id)


def _moved(payload: dict[str, Any], everybody: Iterable[Recipient]) -> None:
    """A number that changed patients is now with, and no more with, other numbers of its own domain."""
    number = living_number(UUID(payload["ids"][0]))
    concerned = [one for one in everybody if number and one.wants_links and one.domain == number[0]]
    if number is None or not concerned:
        return
    before, after = UUID(payload["from"]), UUID(payload["to"])
    found = {one.patient_id: one for one in crossings([before, after])}
    for one in concerned:
        for patient_id, kind in ((before, Kind.PARTED), (after, Kind.LINKED)):
            crossing = found.get(patient_id)
            other = _other(crossing, number) if crossing else None
            if other is not None:
                _add(one, kind, after, numbers=[list(number), list(other)])


def _other(crossing: Crossing, number: Number) -> Number | None:
    same = [one for one in crossing.in_domains([number[0]]) if one != number]
    return same[0] if same else None


def _add(recipient: Recipient, kind: str, patient_id: UUID, **more: Any) -> None:
    """Put a delivery in the recipient's queue; two A31 in a row would say the same."""
    waiting = Delivery.objects.filter(
        recipient=recipient, patient_id=patient_id, state=Delivery.State.WAITING
    )
    last = waiting.order_by("-id").values_list("kind", flat=True).first()
    if kind == Kind.NUMBERS and last == Kind.NUMBERS:
        return
    Delivery.objects.create(
        id=uuid7(), recipient=recipient, kind=kind, patient_id=patient_id, created_at=datetime.now(UTC), **more
    )  # fmt: skip


class _WhenSomebodyListens:
    """The kinds of `TOLD`, while somebody is told: an event that concerns nobody costs no transaction."""

    def __contains__(self, kind: object) -> bool:
        return kind in TOLD and bool(_active())


subscribe("gateway.numbers", _WhenSomebodyListens(), tell)

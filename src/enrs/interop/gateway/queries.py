"""Reads of the message screen; row security lets operators alone see the inbox."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import QuerySet

from enrs.formats.hl7v2 import Hl7Error, parse, sniff_header
from enrs.interop.gateway.models import Inbox, Partner
from enrs.interop.gateway.models_out import Delivery, Recipient
from enrs.interop.gateway.rules import milliseconds_of

PAGE = 50
LINE_LENGTH = 1_500
"""Characters of a segment that the screen shows: a document in Base64 says nothing to a reader."""

LINES = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A segment on the screen: its name apart from its fields, and how much was left out."""

    name: str
    text: str
    left_out: int = 0


def messages(
    *, state: str = "", sender: str = "", kind: str = "", before: UUID | None = None
) -> tuple[list[Inbox], UUID | None]:
    """A page of messages, newest first, without their bodies; the last id when there is more."""
    found: QuerySet[Inbox] = Inbox.objects.defer("body", "body_hash", "effects")
    if state:
        found = found.filter(state=state)
    if sender:
        found = found.filter(sender=sender)
    if kind:
        found = found.filter(message_type__startswith=kind)
    if before is not None:
        found = found.filter(received_at__lte=moment_of(before), id__lt=before)
    page = list(found.order_by("-received_at", "-id")[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].id if len(page) > PAGE else None


def message(identifier: UUID) -> Inbox | None:
    """One message; its partition is known from its id."""
    return Inbox.objects.filter(received_at=moment_of(identifier), id=identifier).first()


def moment_of(identifier: UUID) -> datetime:
    """The moment inside a message's id."""
    return datetime.fromtimestamp(milliseconds_of(identifier) / 1000, UTC)


def partners() -> QuerySet[Partner]:
    """Every partner, by name."""
    return Partner.objects.order_by("name", "id")


def names_of_partners() -> dict[str, str]:
    """Display names by sender key."""
    return dict(Partner.objects.order_by("name").values_list("sender", "name"))


def lines_of(body: bytes) -> list[Line]:
    """A message's segments for the screen, whatever state it is in."""
    try:
        lines = parse(body).lines
    except Hl7Error:
        codec = "utf-8" if sniff_header(body).charset.startswith("UNICODE") else "latin-1"
        lines = body.decode(codec, errors="replace").replace("\n", "\r").split("\r")
    shown = []
    for line in lines[:LINES]:
        clean = "".join(mark if mark.isprintable() else "·" for mark in line[:LINE_LENGTH])
        shown.append(Line(clean[:3], clean[3:], max(len(line) - LINE_LENGTH, 0)))
    return shown


def recipients() -> list[Recipient]:
    """Who is told of changes of numbers, with their partners, by name."""
    return list(Recipient.objects.select_related("partner").order_by("partner__name", "id"))


def deliveries(
    *, state: str = "", partner_id: UUID | None = None, before: UUID | None = None
) -> tuple[list[Delivery], UUID | None]:
    """A page of deliveries, newest first, without their bodies; the last id when there is more."""
    found = Delivery.objects.select_related("recipient__partner").defer("body")
    if state:
        found = found.filter(state=state)
    if partner_id is not None:
        found = found.filter(recipient__partner_id=partner_id)
    if before is not None:
        found = found.filter(id__lt=before)
    page = list(found.order_by("-id")[: PAGE + 1])
    return page[:PAGE], page[PAGE - 1].id if len(page) > PAGE else None

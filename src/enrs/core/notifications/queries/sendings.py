"""What left and what waits, for the exploitation; the accounts of the members and their use."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from enrs.core.accounts.models import Position
from enrs.core.moments import day_bounds, legal_day
from enrs.core.notifications.models import (
    Sending,
    SendingReceipt,
    SmsAccount,
    SmsKey,
    SmsStop,
    SmsUsage,
    StandInMessage,
)
from enrs.core.notifications.rules.signing import key_hash

PAGE = 50
OFFERED = 20
State = Sending.State


def sendings(
    *, state: str = "", channel: str = "", account: UUID | None = None, before: UUID | None = None
) -> tuple[list[Sending], UUID | None]:
    """One page of sendings, newest first, and the last identifier when there are more."""
    rows = Sending.objects.select_related("account").order_by("-id")
    if state in State.values:
        rows = rows.filter(state=state)
    if channel in Sending.Channel.values:
        rows = rows.filter(channel=channel)
    if account:
        rows = rows.filter(account_id=account)
    return _page(rows, before)


def _page(rows: QuerySet[Any], before: UUID | None) -> tuple[list[Any], UUID | None]:
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def sending(sending_id: UUID) -> Sending | None:
    """One sending; None when there is none, or when row security hides it."""
    return Sending.objects.select_related("account").filter(pk=sending_id).first()


def receipts_of(sending_id: UUID) -> list[SendingReceipt]:
    """What was told of one sending, in order."""
    return list(SendingReceipt.objects.filter(sending_id=sending_id).order_by("at", "id"))


def to_look_at() -> int:
    """How many sendings wait for a person: uncertain or failed."""
    return Sending.objects.filter(state__in=(State.UNCERTAIN, State.FAILED)).count()


def stand_in_messages(before: UUID | None = None) -> tuple[list[StandInMessage], UUID | None]:
    """One page of what would have left, newest first."""
    return _page(StandInMessage.objects.order_by("-id"), before)


def stops(before: UUID | None = None) -> tuple[list[SmsStop], UUID | None]:
    """One page of the numbers that take no more SMS, newest first."""
    rows = SmsStop.objects.filter(lifted_at=None).select_related("account").order_by("-id")
    return _page(rows, before)


def accounts() -> list[SmsAccount]:
    """Every member's account, by name."""
    return list(SmsAccount.objects.order_by("organisation_name", "id"))


def account(account_id: UUID) -> SmsAccount | None:
    """One account."""
    return SmsAccount.objects.filter(pk=account_id).first()


def keys_of(account_id: UUID) -> list[SmsKey]:
    """The keys of an account, newest first."""
    return list(SmsKey.objects.filter(account_id=account_id).order_by("-id"))


def used_this_month(account_id: UUID) -> int:
    """SMS (segments) that an account recorded in this legal month."""
    month = f"{legal_day(timezone.now()):%Y-%m}"
    row = SmsUsage.objects.filter(account_id=account_id, month=month).first()
    return row.count if row else 0


def organisations_without_account(text: str) -> list[tuple[UUID, str]]:
    """Organisations in which somebody works, by a part of their name, that have no account yet."""
    taken = SmsAccount.objects.values_list("organisation_id", flat=True)
    rows = Position.objects.filter(organisation_name__icontains=text).exclude(organisation_id=None)
    found = rows.exclude(organisation_id__in=taken).order_by("organisation_name", "organisation_id")
    pairs = found.values_list("organisation_id", "organisation_name").distinct()[:OFFERED]
    return [(one, name) for one, name in pairs if one]


def organisation_name(organisation_id: UUID) -> str:
    """The name of an organisation in which somebody works; "" when nobody does."""
    rows = Position.objects.filter(organisation_id=organisation_id).order_by("id")
    return rows.values_list("organisation_name", flat=True).first() or ""


def account_of_key(key: str) -> tuple[SmsAccount, SmsKey] | None:
    """The open account whose key this is; None for a key that is unknown, revoked, or of a closed one."""
    rows = SmsKey.objects.select_related("account").filter(
        hash=key_hash(key), revoked_at=None, account__is_active=True
    )
    found = rows.order_by("id").first()
    return (found.account, found) if found else None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One member's month: `messages` as asked, `segments` as billed, then where they stand."""

    name: str
    sender_name: str
    messages: int
    segments: int
    delivered: int
    sent: int
    failed: int
    uncertain: int
    cancelled: int
    waiting: int


def month_bounds(first: date) -> tuple[datetime, datetime]:
    """First moment of a legal month and of the next one, in UTC."""
    start = first.replace(day=1)
    following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return day_bounds(start)[0], day_bounds(following)[0]


def statement(first: date) -> list[StatementLine]:
    """The SMS of each member in the legal month of `first`, by name; then the platform's own."""
    start, end = month_bounds(first)
    rows = Sending.objects.filter(channel="sms", created_at__gte=start, created_at__lt=end)

    def counted(*states: str) -> Count:
        return Count("id", filter=Q(state__in=states))

    groups = rows.values("account__organisation_name", "account__sender_name").annotate(
        messages=Count("id"),
        segments=Sum("segments", filter=~Q(state=State.CANCELLED), default=0),
        delivered=counted(State.DELIVERED),
        sent=counted(State.SENT),
        failed=counted(State.FAILED),
        uncertain=counted(State.UNCERTAIN),
        cancelled=counted(State.CANCELLED),
        waiting=counted(State.WAITING, State.LEAVING),
    )
    lines = []
    for row in groups.order_by("account__organisation_name"):
        figures: dict[str, Any] = dict(row)
        name = figures.pop("account__organisation_name") or ""
        sender = figures.pop("account__sender_name") or ""
        lines.append(StatementLine(name=name, sender_name=sender, **figures))
    return sorted(lines, key=lambda line: (not line.name, line.name))

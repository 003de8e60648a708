"""The members' accounts and keys, and the SMS that their own software records."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F, Q
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.moments import legal_day
from enrs.core.notifications.commands.receipts import narrow
from enrs.core.notifications.commands.refusals import demand_desk
from enrs.core.notifications.commands.sendings import body_hash, build, insert_once
from enrs.core.notifications.models import Sending, SmsAccount, SmsKey, SmsStop, SmsUsage
from enrs.core.notifications.rules import signing, texts
from enrs.core.notifications.rules.phones import mobile
from enrs.core.subjects.commands import save_version

ACCOUNT_FIELDS = ("sender_name", "month_quota", "minute_quota", "callback_url", "is_active")
REFERENCE_LENGTH = 100
KEY_LENGTH = 100


class AccountError(ValueError):
    """The account cannot be opened; the message says why, in French."""


class RefusedSmsError(Exception):
    """An SMS of a member that is not taken: HTTP status, code, French sentence, seconds to wait."""

    def __init__(self, status: int, code: str, words: str, wait: int = 0) -> None:
        super().__init__(words)
        self.status, self.code, self.words, self.wait = status, code, words, wait


@dataclass(frozen=True, slots=True)
class AskedSms:
    """What a member's software asks: `key` is its own idempotency key, or ""."""

    to: str
    text: str
    reference: str = ""
    sender: str = ""
    key: str = ""


def open_account(*, organisation_id: UUID, organisation_name: str, sender_name: str) -> SmsAccount:
    """Open the account of a member organisation.

    Raises:
        AccountError: it has one already, or the name cannot be shown by a telephone.
        AccessRefusedError: not the exploitation.
    """
    demand_desk()
    if not texts.is_sender_name(sender_name):
        raise AccountError("De 3 à 11 lettres sans accent ou chiffres, dont une lettre au moins.")
    made = SmsAccount(
        organisation_id=organisation_id,
        organisation_name=organisation_name,
        sender_name=sender_name,
    )
    with act():
        try:
            with act(savepoint=True):
                made.save(force_insert=True)
        except IntegrityError as error:
            raise AccountError("Cette structure a déjà un compte.") from error
        note("sms.account.opened", object_kind="sms_account", object_id=made.id)
    return made


def edit_account(*, account: SmsAccount, expected_version: int) -> None:
    """Save an account's editable fields, set on it by a form.

    Raises:
        StaleSaveError: somebody else saved it meanwhile.
        AccessRefusedError: not the exploitation.
    """
    demand_desk()
    with act():
        save_version(account, expected=expected_version, fields=ACCOUNT_FIELDS)
        details = {name: getattr(account, name) for name in ACCOUNT_FIELDS}
        note("sms.account.edited", object_kind="sms_account", object_id=account.id, details=details)


def create_key(*, account: SmsAccount, label: str) -> str:
    """A new key of an account's software, shown this once: only its hash is kept (AccessRefusedError)."""
    demand_desk()
    key = signing.new_key()
    with act():
        made = SmsKey.objects.create(
            account=account, label=label, head=key[:10], hash=signing.key_hash(key)
        )
        note("sms.key.created", object_kind="sms_key", object_id=made.id)
    return key


def revoke_key(*, key_id: UUID) -> None:
    """End a key at once; nothing when it has ended already (AccessRefusedError)."""
    demand_desk()
    with act():
        if SmsKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=timezone.now()):
            note("sms.key.revoked", object_kind="sms_key", object_id=key_id)


def record_sms(*, account_id: UUID, asked: AskedSms) -> tuple[Sending, bool]:
    """Record one SMS of a member, to leave after the commit; True when it is new.

    The same idempotency key with the same SMS gives the first one back. The account's row is locked, so
    that the quotas hold whatever comes at once.

    Raises:
        RefusedSmsError: what is wrong, with its HTTP status.
    """
    phone, text, cost = _checked(asked)
    now = timezone.now()
    with act():
        account = SmsAccount.objects.select_for_update().get(pk=account_id)
        if asked.sender and asked.sender != account.sender_name:
            raise RefusedSmsError(422, "sender", "Ce nom d’expéditeur n’est pas celui du compte.")
        made = build(
            channel="sms",
            kind="member.sms",
            recipient=phone,
            content={"text": text},
            key=f"api:{account.id}:{asked.key}" if asked.key else "",
            account=account,
            sender_name=account.sender_name,
            reference=asked.reference,
        )
        made.key = made.key or f"api:{account.id}:{made.id}"
        known = Sending.objects.filter(key=made.key).order_by("id").first()
        if known is not None:
            return _same(known, made), False
        _refuse_stopped(phone, account)
        _count(account, cost, now)
        insert_once(made)
    return made, True


def _checked(asked: AskedSms) -> tuple[str, str, int]:
    """The number, the text as it will leave and its cost in segments."""
    if len(asked.reference) > REFERENCE_LENGTH or len(asked.key) > KEY_LENGTH:
        raise RefusedSmsError(422, "too_long", "Référence ou clé de plus de 100 caractères.")
    try:
        phone = mobile(asked.to)
    except ValueError as error:
        raise RefusedSmsError(422, "recipient", str(error)) from error
    text = texts.for_sms(asked.text)
    cost = texts.segments(text)
    if not text or cost > texts.MOST_SEGMENTS:
        words = f"Le texte est vide, ou prend plus de {texts.MOST_SEGMENTS} SMS."
        raise RefusedSmsError(422, "text", words)
    found = texts.health_data(text)
    if found:
        words = f"Un SMS ne porte pas de donnée de santé : « {found} »."
        raise RefusedSmsError(422, "health_data", words)
    return phone, text, cost


def _same(known: Sending, asked: Sending) -> Sending:
    if (known.recipient, known.body_hash) != (asked.recipient, body_hash(asked.content)):
        words = "Cette clé d’idempotence a déjà servi pour un autre SMS."
        raise RefusedSmsError(409, "idempotency", words)
    return known


def _refuse_stopped(phone: str, account: SmsAccount) -> None:
    narrow("phone", phone)
    stops = SmsStop.objects.filter(phone=phone, lifted_at=None)
    if stops.filter(Q(account=None) | Q(account=account)).exists():
        raise RefusedSmsError(422, "stopped", "Cette personne a demandé à ne plus recevoir de SMS.")


def _count(account: SmsAccount, cost: int, now: datetime) -> None:
    """Take one call of the minute and `cost` SMS of the legal month, or refuse; the row is locked."""
    minute = now.replace(second=0, microsecond=0)
    used = account.minute_count if account.minute_at == minute else 0
    if used >= account.minute_quota:
        wait = int((minute + timedelta(minutes=1) - now).total_seconds()) + 1
        raise RefusedSmsError(429, "minute_quota", "Trop de SMS cette minute.", wait)
    month = f"{legal_day(now):%Y-%m}"
    values: dict[str, Any] = {"account": account, "month": month}
    SmsUsage.objects.bulk_create([SmsUsage(**values)], ignore_conflicts=True)
    room = SmsUsage.objects.filter(**values, count__lte=account.month_quota - cost)
    if not room.update(count=F("count") + cost):
        raise RefusedSmsError(429, "month_quota", "Le quota de SMS du mois est atteint.", 3600)
    SmsAccount.objects.filter(pk=account.pk).update(minute_at=minute, minute_count=used + 1)

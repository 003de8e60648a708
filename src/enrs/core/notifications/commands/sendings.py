"""Recording what is to leave, in the transaction of the act that wants it: nothing leaves from here."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.notifications.commands.values import values_of
from enrs.core.notifications.models import Sending
from enrs.core.notifications.registry import KINDS, NoticeKind
from enrs.core.notifications.rules import texts
from enrs.core.notifications.rules.phones import mobile


class RecipientError(ValueError):
    """The address of mail is none."""


def send_mail(
    *,
    kind: str,
    to: str,
    key: str,
    values: Mapping[str, Any] | None = None,
    user_id: UUID | None = None,
    account_id: UUID | None = None,
    due_at: datetime | None = None,
) -> Sending | None:
    """Record one mail by the sentences of a kind, to leave after the act has committed.

    `key` names what it is for (`"invitation:<id>"`): a second call with it records nothing and returns
    None. `values` fill the variables that may leave; `region`, `link` and `contact` are known.

    Raises:
        RecipientError: `to` is no address.
        UnsafeTextError: a value holds a clinical word.
    """
    whose = {"user_id": user_id, "account_id": account_id, "due_at": due_at}
    return _one("mail", kind, values, recipient=_address(to), key=key, **whose)


def send_sms(
    *,
    kind: str,
    to: str,
    key: str,
    values: Mapping[str, Any] | None = None,
    user_id: UUID | None = None,
    account_id: UUID | None = None,
    due_at: datetime | None = None,
) -> Sending | None:
    """Record one SMS by the sentence of a kind; as `send_mail`.

    Raises:
        PhoneError: `to` is not a French mobile.
        UnsafeTextError: a value holds a clinical word.
    """
    whose = {"user_id": user_id, "account_id": account_id, "due_at": due_at}
    return _one("sms", kind, values, recipient=mobile(to), key=key, **whose)


def _one(
    channel: str, kind: str, values: Mapping[str, Any] | None, **fields: Any
) -> Sending | None:
    made = new_sending(
        channel=channel, kind=KINDS[kind], values=values_of({}) | dict(values or {}), **fields
    )
    texts.check_text(made.content["text"])
    return made if insert_once(made) else None


def insert_once(made: Sending) -> bool:
    """Insert a sending and its line of the journal; False when its key is already there."""
    with act():
        try:
            with act(savepoint=True):
                made.save(force_insert=True)
        except IntegrityError:
            return False
        note(
            "sending.recorded",
            object_kind="sending",
            object_id=made.id,
            details={"channel": made.channel, "kind": made.kind},
        )
        refresh()
    return True


def record(sendings: Sequence[Sending]) -> None:
    """Insert sendings in one statement, each once by its key."""
    with act():
        Sending.objects.bulk_create(sendings, ignore_conflicts=True)
        refresh()


def refresh() -> None:
    """Have the open screens of the exploitation ask again."""
    emit("sendings.changed", topics=["inbox"], payload={"kind": "sendings", "ids": []})


def new_sending(
    *,
    channel: str,
    kind: NoticeKind,
    recipient: str,
    values: Mapping[str, Any],
    key: str,
    user_id: UUID | None = None,
    account_id: UUID | None = None,
    due_at: datetime | None = None,
) -> Sending:
    """A sending by the sentences of a kind, not yet inserted."""
    if channel == "sms":
        content = {"text": texts.for_sms(texts.fill(kind.sms, values))}
    else:
        content = {
            "subject": texts.one_line(texts.fill(kind.mail_subject, values)),
            "text": texts.fill(kind.mail_text, values),
            "link": str(values.get("link", "")),
        }
    return build(
        channel=channel,
        kind=kind.kind,
        recipient=recipient,
        content=content,
        key=key,
        user_id=user_id,
        account_id=account_id,
        next_at=due_at or timezone.now(),
    )


def build(*, channel: str, content: dict[str, str], **fields: Any) -> Sending:
    """A sending with the hash of its content and its number of segments, not yet inserted."""
    return Sending(
        channel=channel,
        content=content,
        body_hash=body_hash(content),
        segments=texts.segments(content["text"]) if channel == "sms" else 0,
        **fields,
    )


def body_hash(content: Mapping[str, str]) -> str:
    """SHA-256 of a content, whatever the order of its parts: what stays once it is emptied."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise RecipientError("Cette adresse électronique n’en est pas une.") from error
    return text

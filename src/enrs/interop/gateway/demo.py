"""Invented messages, kept as the gateway keeps them and applied as the worker applies them, at past moments."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson
from django.db import connection
from psycopg import Cursor

from enrs.core.demo import key
from enrs.core.ids import uuid7
from enrs.interop.gateway.flows.dispatch import apply
from enrs.interop.gateway.models import Inbox, Partner
from enrs.interop.gateway.models_out import Delivery, Recipient
from enrs.interop.gateway.reading import Incoming, finess_of_sender, read
from enrs.interop.gateway.worker import Worker
from enrs.interop.gateway.writer import COLUMNS, PARTNER, STORE, received_at, values_of

REMOTE = "192.0.2.10"
"""An address kept for documentation (RFC 5737)."""


def receive(messages: Sequence[tuple[bytes, datetime]], *, zone: str) -> int:
    """Keep messages as if each came at its moment, then apply them; returns how many were applied.

    Partners are made at their first message; `zone` is theirs.
    """
    found = [(read(body, REMOTE), at) for body, at in messages]
    rows = []
    for one, at in found:
        identifier = key(at)
        row = dict(zip(COLUMNS, values_of(one), strict=True)) | {"is_reused_id": False}
        rows.append(row | {"id": identifier, "received_at": received_at(identifier)})
    incoming = [one for one, _ in found]
    bodies, hashes = [one.body for one in incoming], [one.body_hash for one in incoming]
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.execute(STORE, [orjson.dumps(rows).decode(), bodies, hashes])
        for sender, one in {one.sender: one for one in incoming}.items():
            cursor.execute(PARTNER, _partner(sender, one, zone))
    worker = Worker(apply)
    while worker.drain():
        pass
    return Inbox.objects.filter(state=Inbox.State.APPLIED).count()


def _partner(sender: str, one: Incoming, zone: str) -> list[object]:
    application, _, facility = sender.partition("|")
    name = " · ".join(part for part in (facility, application) if part) or "Émetteur inconnu"
    environment = "production" if one.is_production else "test"
    return [
        uuid7(), sender, application[:150], facility[:150], name[:200], finess_of_sender(one.body), zone,
        environment, True,
    ]  # fmt: skip


def tell_numbers(*, sender: str, until: datetime) -> None:
    """What a partner was told of its patients' numbers before `until`; it may ask, and is told no more now."""
    partner = Partner.objects.get(sender=sender)
    Partner.objects.filter(pk=partner.pk).update(asking=Partner.Asking.OWN)
    recipient = Recipient.objects.create(
        partner=partner, host="pix.exemple.invalid", domain=f"urn:finess:{partner.finess}", is_active=False
    )  # fmt: skip
    told = Inbox.objects.filter(sender=sender).exclude(patient_id=None).order_by("id")
    found = told.values_list("patient_id", flat=True)
    patients = list(dict.fromkeys(one for one in found if one))[:8]
    rows = []
    for rank, patient_id in enumerate(patients):
        at = until - timedelta(minutes=47 * (len(patients) - rank))
        is_refused = rank == len(patients) - 2
        state = Delivery.State.REFUSED if is_refused else Delivery.State.SENT
        rows.append(
            Delivery(
                id=key(at), recipient=recipient, kind=Delivery.Kind.NUMBERS, patient_id=patient_id,
                state=state, attempts=1, created_at=at, sent_at=None if is_refused else at,
                error="Patient inconnu dans le domaine de l’établissement." if is_refused else "",
            )
        )  # fmt: skip
    Delivery.objects.bulk_create(rows)

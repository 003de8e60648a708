"""The gateway's screens: what the exploitation does to messages and partners."""

from typing import Any

from django.db import connection
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.interop.gateway import reading, writer
from enrs.interop.gateway.models import Inbox, Partner
from enrs.interop.gateway.models_out import Delivery, Recipient
from tests.hostile.table import case
from tests.hostile.world import World
from tests.interop.gateway import messages

GATEWAY = "interop.gateway"
DESK: dict[str, Any] = {"roles": ("operator",)}


def partner(w: World) -> Any:
    return Partner.objects.create(
        sender="ESSAI|CABINET", application="ESSAI", facility="CABINET", name="Cabinet"
    )


def message(w: World, state: str) -> Any:
    """A message of that partner, as the listener keeps it."""
    incoming = reading.read(messages.adt())
    keeper = writer.Writer("", "Europe/Paris")
    with connection.cursor() as cursor:
        cursor.execute(writer.STORE, keeper._rows([incoming]))
    Inbox.objects.update(state=state)
    return Inbox.objects.get()


@case(f"{GATEWAY}.replay", "operator", **DESK)
def replay(w: World) -> dict[str, Any]:
    return {"message": message(w, "parked")}


@case(f"{GATEWAY}.park", "operator", **DESK)
def park(w: World) -> dict[str, Any]:
    return {"message": message(w, "waiting"), "reason": "Doublon"}


@case(f"{GATEWAY}.edit_partner", "operator", **DESK)
def edit_partner(w: World) -> dict[str, Any]:
    made = partner(w)
    return {"partner": made, "expected_version": made.version}


def recipient(w: World) -> Any:
    return Recipient.objects.create(
        partner=partner(w), host="localhost", domain="urn:finess:750099991", is_encrypted=False
    )


@case(f"{GATEWAY}.edit_recipient", "operator", **DESK)
def edit_recipient(w: World) -> dict[str, Any]:
    made = recipient(w)
    return {"recipient": made, "expected_version": made.version}


@case(f"{GATEWAY}.resend_delivery", "operator", **DESK)
def resend_delivery(w: World) -> dict[str, Any]:
    made = Delivery.objects.create(
        id=uuid7(), recipient=recipient(w), kind="A31", patient_id=w.patient.pk, state="refused",
        created_at=timezone.now(),
    )  # fmt: skip
    return {"delivery": made}

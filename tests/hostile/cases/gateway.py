"""The gateway's screens: what the exploitation does to messages and partners."""

from typing import Any

from django.db import connection

from enrs.interop.gateway import reading, writer
from enrs.interop.gateway.models import Inbox, Partner
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

"""The notices of adverse events of identity: to the unit when one is declared, to who declared it when it is closed.

Neither says what happened nor to whom: its page does, to those who may read it.
"""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.registry import Telling, register_kind
from enrs.referentials.identity.models import IdentityIncident
from enrs.referentials.identity.queries.unit import officers


def _incident(event: OutboxEvent) -> IdentityIncident:
    return IdentityIncident.objects.get(pk=event.payload["ids"][0])


def _unit(event: OutboxEvent) -> Telling:
    told = _incident(event)
    place = told.declared_from or told.declared_by
    return Telling(set(officers()), {"place": place, "incident": str(told.id)})


def _declarer(event: OutboxEvent) -> Telling:
    told = _incident(event)
    return Telling({told.declared_by_id}, {"incident": str(told.id)})


def _page(details: Mapping[str, Any]) -> str:
    return reverse("identity:incident", args=[details["incident"]])


for kind, label, text, tell in (
    ("declared", "Un événement indésirable d’identité est déclaré",
     "{place} déclare un événement indésirable d’identitovigilance.", _unit),
    ("closed", "Ma déclaration d’identitovigilance est close",
     "La cellule d’identité a clos l’événement que vous avez déclaré.", _declarer),
):  # fmt: skip
    register_kind(
        f"identity.incident.{kind}",
        label=label,
        text=text,
        icon="person-vcard",
        link=_page,
        link_label="Lire",
        tell=tell,
        channels=("mail",),
        audience=("professional",),
    )

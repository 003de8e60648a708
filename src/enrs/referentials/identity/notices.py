"""The notices of the identity unit: a question to a source's team, its reminder, its answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from enrs.core.events.outbox import OutboxEvent
from enrs.core.notifications.registry import Telling, register_kind
from enrs.referentials.identity.models import IdentityContact, IdentityQuestion
from enrs.referentials.identity.queries_unit import source_names


def _question(event: OutboxEvent) -> IdentityQuestion:
    return IdentityQuestion.objects.get(pk=event.payload["ids"][0])


def _team(event: OutboxEvent) -> Telling:
    asked = _question(event)
    team = IdentityContact.objects.filter(source__system=asked.system, user_id__isnull=False)
    users = team.exclude(until__lte=datetime.now(UTC)).values_list("user_id", flat=True)
    return Telling({one for one in users if one is not None}, _details(asked))


def _asker(event: OutboxEvent) -> Telling:
    asked = _question(event)
    return Telling({asked.asked_by_id} if asked.asked_by_id else set(), _details(asked))


def _details(asked: IdentityQuestion) -> dict[str, Any]:
    name = source_names([asked.system]).get(asked.system, asked.system)
    return {"by": asked.asked_by, "source": name, "question": str(asked.id)}


def _page(details: Mapping[str, Any]) -> str:
    return reverse("identity:question", args=[details["question"]])


for kind, label, text, tell in (
    ("asked", "La cellule d’identité a une question",
     "{by} demande à {source} de vérifier une identité.", _team),
    ("reminded", "Une question de la cellule d’identité attend",
     "Une identité de {source} est toujours à vérifier.", _team),
    ("answered", "Une source a répondu à ma question", "{source} a répondu au sujet d’une identité.", _asker),
):  # fmt: skip
    register_kind(
        f"identity.question.{kind}",
        label=label,
        text=text,
        icon="person-vcard",
        link=_page,
        link_label="Répondre" if tell is _team else "Lire",
        tell=tell,
        channels=("mail",),
        audience=("professional",),
    )

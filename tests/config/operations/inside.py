"""Runs inside an installation of its own: fills a small region, or tells what it holds (as JSON)."""

import json
import sys
from typing import Any

import django

LETTER = "Madame, votre bilan du mois est stable. À revoir dans six mois.".encode()


def seed() -> None:
    """Twelve records with a document each, a sealed journal, a mail that waits and one that left."""
    from django.db import transaction  # noqa: PLC0415

    from enrs.core.access.actor import SYSTEM, acting  # noqa: PLC0415
    from enrs.core.audit.commands import note, seal  # noqa: PLC0415
    from enrs.core.effects import act  # noqa: PLC0415
    from enrs.core.notifications.models import Sending  # noqa: PLC0415
    from tests.services.record import factories  # noqa: PLC0415

    for rank in range(12):
        patient = factories.patient(str(100 + rank), **factories.BARE)
        factories.document(patient, LETTER + b" %d" % rank)
    with transaction.atomic(), acting(SYSTEM), act():
        note("record.opened", object_kind="essai")
    seal()
    for key, state in (("attend", "waiting"), ("part", "leaving"), ("parti", "sent")):
        Sending.objects.create(
            channel="mail", state=state, kind="essai", recipient="awa@exemple.test",
            body_hash="", key=key,
        )  # fmt: skip
    with transaction.atomic(), acting(SYSTEM), act():
        note("record.opened", object_kind="pas encore scellé")


def tell() -> dict[str, Any]:
    """Rows, documents that open, the journal's verification, epoch and sendings."""
    from django.db import connection  # noqa: PLC0415

    from enrs.core.audit.verification import verify  # noqa: PLC0415
    from enrs.core.documents import store  # noqa: PLC0415
    from enrs.core.documents.models import Document  # noqa: PLC0415
    from enrs.core.notifications.models import Sending  # noqa: PLC0415

    opened, closed = [], []
    for document in Document.objects.select_related("blob").order_by("id"):
        try:
            opened.append(store.take(document.blob).decode())
        except KeyError as error:
            closed.append(str(error))
    outcome = verify()
    with connection.cursor() as cursor:
        cursor.execute("select epoch from enrs_epoch")
        epoch = cursor.fetchone()[0]
        cursor.execute("select max(epoch), count(*) from event")
        events = cursor.fetchone()
    return {
        "opened": opened,
        "closed": closed,
        "journal": [outcome.is_intact, outcome.sentence],
        "epoch": epoch,
        "events": events,
        "sendings": dict(Sending.objects.order_by("key").values_list("key", "state")),
    }


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "seed":
        seed()
    else:
        print(json.dumps(tell()))  # noqa: T201

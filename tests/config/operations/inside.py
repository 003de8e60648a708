"""Runs inside an installation of its own: fills a small region, or tells what it holds (as JSON)."""

import json
import sys
from typing import Any

import django

LETTER = "Madame, votre bilan du mois est stable. À revoir dans six mois.".encode()


def seed() -> None:
    """Twelve records with a document each, a sealed journal, a mail that waits and one that left, a session, a
    token, and an event that its readers have passed.
    """
    from django.db import transaction  # noqa: PLC0415

    from enrs.core.access.actor import SYSTEM, acting  # noqa: PLC0415
    from enrs.core.audit.commands import note, seal  # noqa: PLC0415
    from enrs.core.effects import act  # noqa: PLC0415
    from enrs.core.notifications.models import Sending  # noqa: PLC0415
    from tests.services.record import factories  # noqa: PLC0415

    sign_in()
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
    deliver()


def sign_in() -> None:
    """A browser that is signed in, and a program that has a token."""
    from datetime import timedelta  # noqa: PLC0415

    from django.test import Client  # noqa: PLC0415

    from enrs.core.accounts.commands import issue_token  # noqa: PLC0415
    from tests.factories import user_of_role  # noqa: PLC0415

    user = user_of_role("nurse")
    Client().force_login(user)
    issue_token(login=user.login, scopes=["user/*.rs"], lifetime=timedelta(days=30))


def deliver() -> int:
    """Something happens; how many events its readers then pass, and what becomes of what they had passed."""
    from enrs.core.access.actor import SYSTEM, acting  # noqa: PLC0415
    from enrs.core.effects import act  # noqa: PLC0415
    from enrs.core.events.commands import emit  # noqa: PLC0415
    from enrs.core.events.relay import relay  # noqa: PLC0415
    from enrs.core.events.subscribers import deliver_all  # noqa: PLC0415

    with acting(SYSTEM), act():
        emit("essai.arrive", payload={"kind": "essai", "ids": []})
    passed = 0
    while step := relay():
        passed += step
    while deliver_all():
        pass
    return passed


def rotate() -> None:
    """One more document, under the key that was just added."""
    from tests.services.record import factories  # noqa: PLC0415

    factories.document(factories.patient("300", **factories.BARE), LETTER + b" apres")


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
    from allauth.idp.oidc.models import Token  # noqa: PLC0415
    from django.contrib.sessions.models import Session  # noqa: PLC0415

    return {
        "doors": Session.objects.count() + Token.objects.count(),
        "opened": opened,
        "closed": closed,
        "journal": [outcome.is_intact, outcome.sentence],
        "epoch": epoch,
        "events": events,
        "sendings": dict(Sending.objects.order_by("key").values_list("key", "state")),
    }


if __name__ == "__main__":
    django.setup()
    act = {"seed": seed, "tell": tell, "deliver": deliver, "rotate": rotate}[sys.argv[1]]
    print(json.dumps(act()))  # noqa: T201

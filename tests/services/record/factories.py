"""A small invented record: Awa's, or a whole ward's, filed by the same commands as the feeds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, Actor, acting
from enrs.core.access.commands import give_grant
from enrs.core.accounts.models import Position, User
from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.services.record import commands
from enrs.services.record.models import Encounter, Note, Report
from enrs.services.record.rules import DocumentMeta, NewObservation, NewReport, NewStay
from tests.referentials.identity.factories import actor_in, receive, user_of

LAB = "Laboratoire de la Brie"
ANALYTES = (
    ("718-7", "Hémoglobine", "g/dL", "10.8", "12", "16", "Hématologie"),
    ("777-3", "Plaquettes", "G/L", "240", "150", "400", "Hématologie"),
    ("2823-3", "Potassium", "mmol/L", "6.4", "3.5", "5", "Ionogramme"),
    ("2160-0", "Créatinine", "µmol/L", "71", "45", "84", "Fonction rénale"),
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"


BARE = {"ins": "", "ins_oid": "", "status": "provisional"}
"""Traits of somebody without an INS."""


def ago(days: float) -> datetime:
    """A moment some days before now."""
    return timezone.now() - timedelta(days=days)


@contextmanager
def feed() -> Iterator[None]:
    """As the gateway does."""
    with acting(SYSTEM):
        yield


def patient(value: str = "100", **traits: Any) -> UUID:
    """A person known by a hospital."""
    with feed():
        return receive(value, **traits).patient_id


def signed_in(client: Client, actor: Actor) -> Client:
    """The same client, signed in as this actor."""
    client.force_login(user_of(actor), backend="enrs.core.accounts.sessions.AuthenticationBackend")
    return client


def person(name: str = "Awa Ndiaye", kind: str = "patient") -> Actor:
    """Somebody with a personal account."""
    user = User.objects.create_user(f"{kind}-{uuid7()}", name=name, kind=kind)
    return Actor(
        kind="person", name=name, role="person", user_id=user.id, grantee_id=user.grantee_id
    )


def give(patient_id: UUID, actor: Actor, purpose: str = "care_team", level: int = 2) -> None:
    """A right on a record."""
    assert actor.grantee_id is not None
    give_grant(
        patient_id=patient_id, grantee_id=actor.grantee_id, source_kind="member",
        source_id=uuid7(), purpose=purpose, level=level,
    )  # fmt: skip


def member(patient_id: UUID, role: str = "nurse", name: str = "Camille Roche") -> Actor:
    """A professional of the circle."""
    actor = actor_in(role, name)
    give(patient_id, actor)
    return actor


def owner(patient_id: UUID) -> Actor:
    """The person whose record it is."""
    actor = person()
    give(patient_id, actor, "self", 3)
    return actor


def proxy(patient_id: UUID) -> Actor:
    """Somebody who represents them."""
    actor = person("Fatou Ndiaye", "relative")
    give(patient_id, actor, "proxy", 3)
    return actor


def document(
    patient_id: UUID, content: bytes = b"Bonjour", mime: str = "text/plain", **changes: Any
) -> Document:
    """A document filed by a hospital."""
    values: dict[str, Any] = {
        "unique_id": f"1.2.250.1.999.{uuid7().int}", "type_code": "11488-4",
        "type_display": "Compte rendu de consultation", "title": "Consultation de cardiologie",
        "mime_type": mime, "happened_at": timezone.now() - timedelta(hours=2),
        "author_name": "Dr Hélène Vasseur", "author_organisation": "CH de Brie",
    }  # fmt: skip
    with feed():
        return commands.file_document(
            identity_id=None, patient_id=patient_id, content=content,
            meta=DocumentMeta(**values | changes), source="CH de Brie",
        )  # fmt: skip


def observation(
    row: tuple[str, ...], at: datetime, shift: float = 0, **changes: Any
) -> NewObservation:
    """One analyte at one moment."""
    code, display, unit, value, low, high, chapter = row
    number = (Decimal(value) + Decimal(str(shift))).quantize(Decimal("0.1"))
    values: dict[str, Any] = {
        "code": code, "code_system": "2.16.840.1.113883.6.1", "display": display,
        "observed_at": at, "value": number, "unit": unit, "low": Decimal(low),
        "high": Decimal(high), "chapter": chapter,
    }  # fmt: skip
    return NewObservation(**values | changes)


def report(patient_id: UUID, days: float = 0.1, shift: float = 0, **changes: Any) -> Report:
    """A laboratory report of a few days ago."""
    at = timezone.now() - timedelta(days=days)
    values: dict[str, Any] = {
        "number": f"R-{uuid7()}", "code": "11502-2", "display": "Bilan sanguin", "issued_at": at,
        "observations": tuple(observation(row, at, shift) for row in ANALYTES), "organisation": LAB,
    }  # fmt: skip
    with feed():
        return commands.file_results(
            identity_id=None,
            patient_id=patient_id,
            report=NewReport(**values | changes),
            source=LAB,
        )


def note(
    patient_id: UUID, actor: Actor, text: str = "Pansement refait.", audience: str = "care"
) -> Note:
    """A note by a member of the circle."""
    with acting(actor):
        return commands.write_note(patient_id=patient_id, text=text, audience=audience)


def stay(patient_id: UUID, number: str = "V1", **changes: Any) -> Encounter:
    """An admission, three days ago."""
    at = timezone.now() - timedelta(days=3)
    values: dict[str, Any] = {
        "system": "urn:oid:1.2.250.1.999.7.1", "number": number, "event": "A01", "happened_at": at,
        "admitted_at": at, "organisation_name": "CH de Brie", "unit": "Médecine polyvalente",
        "room": "214", "bed": "P", "attending_name": "Dr Paul Imbert",
    }  # fmt: skip
    with feed():
        return commands.record_stay(
            identity_id=None,
            patient_id=patient_id,
            stay=NewStay(**values | changes),
            source="CH de Brie",
        )


def position(actor: Actor, organisation_id: UUID, name: str) -> None:
    """Another place where a professional works."""
    Position.objects.create(
        user_id=actor.user_id, organisation_id=organisation_id, organisation_name=name,
        role=actor.role, label="Infirmière",
    )  # fmt: skip


def whole(patient_id: UUID, by: Actor) -> None:
    """A record with something in each part."""
    stay(patient_id)
    document(patient_id)
    report(patient_id)
    report(patient_id, days=30, shift=0.9)
    note(patient_id, by)
    note(patient_id, by, "Aide au repas demandée par la famille.", "shared")

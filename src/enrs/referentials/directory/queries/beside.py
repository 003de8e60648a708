"""Mailboxes and qualifications of many owners at once, for what publishes thousands: current ones, in a fixed order.

The same rows as the cards show: what a file no longer has is ended, and neither shown nor published.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from enrs.referentials.directory.models import LegalEntity, Mailbox, Qualification


class Box(NamedTuple):
    """A mailbox as it is published."""

    kind: str
    address: str
    service: str
    takes_documents: bool


class Skill(NamedTuple):
    """A skill, a diploma or an authorisation as it is published."""

    kind: str
    type_code: str
    type_label: str
    code: str
    label: str


Owner = TypeVar("Owner")
Value = TypeVar("Value")
Pair = tuple[UUID, UUID]
"""A professional and the structure for which they have a mailbox."""


def mailboxes_of_people(ids: Collection[UUID]) -> dict[UUID, list[Box]]:
    """Every mailbox of these professionals, those of a structure of theirs included."""
    return _by_owner(
        (owner, Box(*box)) for owner, _, *box in _boxes().filter(practitioner_id__in=ids)
    )


def mailboxes_of_places(ids: Collection[UUID]) -> dict[UUID, list[Box]]:
    """The mailboxes of these structures themselves (ORG, APP), not those of their people."""
    own = _boxes().filter(
        organisation_id__in=ids, kind__in=(Mailbox.Kind.ORGANISATION, Mailbox.Kind.APPLICATION)
    )
    return _by_owner((owner, Box(*box)) for _, owner, *box in own)


def mailboxes_of_roles(people: Collection[UUID]) -> dict[Pair, list[Box]]:
    """The mailboxes that these professionals have for a structure, by both."""
    rows = _boxes().filter(practitioner_id__in=people, organisation_id__isnull=False)
    return _by_owner(((person, place), Box(*box)) for person, place, *box in rows)


def qualifications_of(ids: Collection[UUID]) -> dict[UUID, list[Skill]]:
    """What these professionals are qualified for."""
    rows = Qualification.objects.filter(practitioner_id__in=ids, is_active=True)
    ordered = rows.order_by("kind", "type_code", "code", "id")
    found = ordered.values_list("practitioner_id", *Skill._fields)
    return _by_owner((owner, Skill(*skill)) for owner, *skill in found)


def known_entities(numbers: Collection[str]) -> dict[str, UUID]:
    """The legal entities of these FINESS numbers that a file described, by number."""
    rows = LegalEntity.objects.filter(finess__in=numbers).order_by("finess")
    return dict(rows.values_list("finess", "id"))


def _boxes() -> "QuerySet[Mailbox, Any]":
    rows = Mailbox.objects.filter(is_active=True).order_by("kind", "address")
    return rows.values_list("practitioner_id", "organisation_id", *Box._fields)


def _by_owner(rows: Iterable[tuple[Owner, Value]]) -> dict[Owner, list[Value]]:
    found: dict[Owner, list[Value]] = {}
    for owner, value in rows:
        found.setdefault(owner, []).append(value)
    return found

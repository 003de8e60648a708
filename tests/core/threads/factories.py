"""Conversations for tests."""

from collections.abc import Sequence
from typing import Any

from enrs.core.accounts.models import User
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.core.threads.models import Membership, Thread


def conversation(
    members: Sequence[User] = (), patient: Patient | None = None, **fields: Any
) -> Thread:
    """A conversation and its members, written without its command."""
    values = {"subject_kind": "essai", "subject_id": uuid7(), "title": "Sortie d'hôpital"} | fields
    made = Thread.objects.create(id=uuid7(), patient=patient, **values)
    for one in members:
        Membership.objects.create(thread=made, grantee_id=one.grantee_id, display=one.name)
    return made

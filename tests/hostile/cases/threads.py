"""Conversations: their members, who also hold a right on the person they are about."""

from typing import Any

from enrs.core.ids import uuid7
from enrs.core.threads import commands
from enrs.core.threads.rules import Person
from tests.core.threads.factories import conversation
from tests.hostile.table import case
from tests.hostile.world import World

THREADS = "core.threads"
MEMBER = {"category": "messages", "own": True}
"""A colleague of the same circle, who was not invited, is as much outside."""


def thread(w: World) -> Any:
    return conversation([w.right], w.patient, author_id=w.right.id)


def message(w: World) -> Any:
    made = thread(w)
    with w.as_right():
        return commands.post(thread=made, text="Bonjour")


@case(f"{THREADS}.open_thread", "nurse", category="messages")
def open_thread(w: World) -> dict[str, Any]:
    return {"subject": ("record", uuid7()), "patient_id": w.patient.pk, "title": "Sortie"}


@case(f"{THREADS}.post", "nurse", **MEMBER)
def post(w: World) -> dict[str, Any]:
    return {"thread": thread(w), "text": "Bonjour"}


@case(f"{THREADS}.edit_message", "nurse", **MEMBER)
def edit_message(w: World) -> dict[str, Any]:
    made = message(w)
    return {"message": made, "text": "Bonsoir", "expected_version": made.version}


@case(f"{THREADS}.withdraw_message", "nurse", **MEMBER)
def withdraw_message(w: World) -> dict[str, Any]:
    return {"message": message(w)}


@case(f"{THREADS}.add_members", "nurse", **MEMBER)
def add_members(w: World) -> dict[str, Any]:
    guest = w.inside("physician")
    return {"thread": thread(w), "members": [Person(guest.grantee_id, guest.name)]}


@case(f"{THREADS}.leave", "nurse", **MEMBER)
def leave(w: World) -> dict[str, Any]:
    guest = w.inside("physician")
    made = conversation([w.right, guest], w.patient, author_id=w.right.id)
    return {"thread": made, "grantee_id": guest.grantee_id}


@case(f"{THREADS}.read_until", "nurse", **MEMBER, but={"reader": "reading is all that it takes"})
def read_until(w: World) -> dict[str, Any]:
    made = thread(w)
    with w.acting_as(w.right):
        commands.post(thread=made, text="Bonjour")
    return {"thread": made, "number": 5}


@case(f"{THREADS}.close_thread", "nurse", **MEMBER)
def close_thread(w: World) -> dict[str, Any]:
    return {"thread": thread(w)}


@case(f"{THREADS}.reopen_thread", "nurse", **MEMBER)
def reopen_thread(w: World) -> dict[str, Any]:
    made = thread(w)
    with w.as_right():
        commands.close_thread(thread=made)
    return {"thread": made}

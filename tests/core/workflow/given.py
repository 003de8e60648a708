"""A small invented workflow, its board, and the people around one request."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client

from enrs.core.access.actor import Actor, acting
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import actor_of
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.core.workflow import columns, commands
from enrs.core.workflow.models import Addressee, Task
from enrs.core.workflow.registry import Board, Choice, Column
from enrs.core.workflow.rules import (
    ADDRESSEE,
    ASSIGNEE,
    REQUESTER,
    SYSTEM,
    Limit,
    State,
    To,
    Transition,
    Workflow,
)
from tests.factories import GrantFactory, PositionFactory, UserFactory, known_patient

NAME = "essai.request"


def not_cursed(task: Task, _actor: Actor) -> str:
    """A guard: a title that holds this word is never accepted."""
    return "Cette demande attend une pièce." if "pièce" in task.title else ""


WORKFLOW = Workflow(
    name=NAME,
    label="Demande d’essai",
    plural="Demandes d’essai",
    category="request",
    openers=("physician", "nurse", "coordinator", "secretary"),
    states=(
        State("sent", "Envoyée", "information", "send", fhir="requested"),
        State("accepted", "Acceptée", "action", "check2", fhir="in-progress"),
        State("paused", "En attente", "attention", "pause", fhir="on-hold"),
        State("closed", "Close", "neutre", "check-circle", is_final=True, fhir="completed"),
        State("refused", "Refusée", "alerte", "x-circle", is_final=True, fhir="rejected"),
    ),
    limit=Limit("answer", "Réponse attendue", 48, remind_before=(24,), escalate_after=(0, 24)),
    transitions=(
        Transition(
            "accept", "Accepter", ("sent",), "accepted", who=(ADDRESSEE, "nurse", "coordinator", "physician"),
            guard=not_cursed, claims=True, closes="others", tells=("requester",), undo_minutes=15,
        ),
        Transition(
            "pause", "Mettre en attente", ("accepted",), "paused", who=(ASSIGNEE,), undo_minutes=15,
            deadline=Limit("wait", "Fin de l’attente", 72, escalate_after=(), then="resume"),
        ),
        Transition("resume", "Reprendre", ("paused",), "accepted", who=(ASSIGNEE, SYSTEM)),
        Transition(
            "close", "Clore", ("accepted",), "closed", who=(ASSIGNEE,), needs_reason=True, is_rare=True,
            reasons=(("done", "Besoin couvert"), ("moved", "Déménagement")), closes="all", tells=("requester",),
        ),
        Transition("cancel", "Renoncer", ("sent", "accepted", "paused"), "refused", who=(REQUESTER,), needs_reason=True,
                   is_rare=True, is_dangerous=True, closes="all"),
        Transition("expire", "Sans réponse", ("sent",), "refused", who=(SYSTEM,), tells=("requester",)),
    ),
    agreed="accept",
    refused="expire",
)  # fmt: skip


def only_urgent(rows: Any, value: str, _actor: Actor) -> Any:
    """A declared filter of the board."""
    return rows.filter(priority="urgent") if value == "urgent" else rows.filter(priority="routine")


BOARD = Board(
    name="essai",
    workflow=NAME,
    label="Demandes d’essai",
    lead="Ce que l’on vous demande.",
    columns=(*columns.STANDARD, Column("secret", "Réservé", lambda _: "vu", roles=("coordinator",))),
    filters=(Choice("urgence", "Urgence", (("urgent", "Urgentes"), ("normale", "Normales")), only_urgent),),
    bulk=("close", "accept"),
    roles=("nurse", "coordinator", "physician", "secretary"),
)  # fmt: skip


@dataclass
class Place:
    """An organisation and the people who work there."""

    id: UUID
    name: str

    def person(self, role: str = "coordinator", name: str = "") -> User:
        """Somebody who works here."""
        user = UserFactory(**({"name": name} if name else {}))
        PositionFactory(user=user, role=role, organisation_id=self.id, organisation_name=self.name)
        return user

    @property
    def to(self) -> To:
        """Where a task may be sent."""
        return To(self.id, self.name)


def place(name: str = "DAC de la Brie") -> Place:
    """A new organisation."""
    return Place(uuid7(), name)


def actor(user: User) -> Actor:
    """The actor of a user in their usual position."""
    return actor_of(user)


def doctor_of(patient: Patient, role: str = "physician") -> User:
    """A professional of the circle, who may open requests."""
    user = UserFactory(role=role)
    GrantFactory(patient=patient, grantee_id=user.grantee_id, level=2)
    return user


@dataclass
class Request:
    """A request sent by a doctor of the circle to some places."""

    patient: Patient | None
    doctor: User
    places: Sequence[Place]
    task: Task

    @property
    def sendings(self) -> list[Addressee]:
        found = {
            one.grantee_id: one
            for one in self.task.addressees.select_related("task").order_by("id")
        }
        return [found[one.id] for one in self.places]

    def fresh(self) -> Task:
        self.task = Task.objects.get(pk=self.task.pk)
        return self.task


def request(
    *places: Place,
    patient: Patient | None = None,
    doctor: User | None = None,
    is_about_nobody: bool = False,
    **fields: Any,
) -> Request:
    """A task of the small workflow, opened as its doctor."""
    about = None if is_about_nobody else patient or known_patient()
    by = doctor or (doctor_of(about) if about else UserFactory(role="physician"))
    sent_to = places or (place(),)
    values = {"title": "Retour à domicile", "reason": "Vit seule au 4e étage."} | fields
    with acting(actor(by)):
        task = commands.open_task(
            workflow=NAME, patient_id=about.pk if about else None,
            addressees=[one.to for one in sent_to], **values,
        )  # fmt: skip
    return Request(about, by, sent_to, task)


def as_user(user: User) -> AbstractContextManager[Any]:
    """Act as a user, without row security."""
    return acting(actor(user))


def move(task: Task, transition: str, **words: Any) -> Task:
    """Take a transition from the version at hand."""
    fresh = Task.objects.get(pk=task.pk)
    return commands.move_task(
        task=fresh, transition=transition, expected_version=fresh.version, **words
    )


def browser_of(user: User) -> Client:
    """A browser where a user is signed in."""
    browser = Client()
    browser.force_login(user)
    return browser


def colleague(user: User, role: str = "coordinator") -> User:
    """Somebody of the same place."""
    held = Position.objects.get(user=user)
    assert held.organisation_id is not None
    return Place(held.organisation_id, held.organisation_name).person(role)

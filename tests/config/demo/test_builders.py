"""The builders of requests, conversations and forms write what the commands would have written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from enrs.core.accounts.models import User
from enrs.core.demo import Rows, key
from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient
from enrs.core.threads import commands as threads
from enrs.core.threads.demo import Said, tell_thread
from enrs.core.threads.rules import NewFile, Person
from enrs.core.workflow import commands
from enrs.core.workflow.demo import Move, Teller
from enrs.core.workflow.models import Task
from enrs.core.workflow.registry import forget, register
from enrs.core.workflow.rules import To
from tests.config.demo.twice import (
    IN_FORCE,
    NOW,
    REMINDED,
    Story,
    ago,
    assert_same,
    at,
    by,
    in_bulk,
    somebody,
    someone,
    whom,
)
from tests.core.workflow.given import NAME, WORKFLOW
from tests.factories import known_patient

pytestmark = pytest.mark.django_db

MOVES = {
    "waiting": [],
    "accepted": [("accept", 20, "nurse", {})],
    "paused": [("accept", 20, "nurse", {}), ("pause", 30, "nurse", {"note": "Attend le SSIAD."})],
    "back": [("accept", 60, "nurse", {}), ("pause", 66, "nurse", {}), ("resume", 70, "nurse", {})],
    "lapsed": [
        ("accept", 2, "nurse", {}),
        ("pause", 10, "nurse", {}),
        ("resume", 82, None, {"note": "Fin de l’attente"}),
    ],
    "closed": [("accept", 80, "nurse", {}), ("close", 90, "nurse", {"reason_code": "done"})],
    "cancelled": [("cancel", 50, "doctor", {"reason": "Entrée en EHPAD."})],
}
"""What became of a request opened a hundred hours ago: act, hours after, by whom (nobody: the periodic job, at
the end of a limit), with which words."""


@pytest.fixture(autouse=True)
def small_workflow() -> Iterator[None]:
    register(WORKFLOW)
    yield
    forget(NAME)


@pytest.fixture
def patient(db: None) -> Patient:
    return known_patient()


@pytest.fixture
def cast(patient: Patient) -> dict[str, User]:
    return {one: somebody(role, patient) for one, role in
            (("doctor", "physician"), ("nurse", "nurse"), ("other", "coordinator"))}  # fmt: skip


def place_of(user: User) -> To:
    held = someone(user)
    assert held.place_id is not None
    return To(held.place_id, held.place_name)


def in_person(user: User) -> To:
    held = someone(user)
    return To(held.grantee_id, held.name, "person", held.label)


def asked_by_hand(patient: Patient, cast: dict[str, User], moves: Sequence[Any]) -> Story:
    """Opened, moved and reminded by the commands, each at its moment."""

    def tell() -> None:
        with by(cast["doctor"], ago(100)):
            task = commands.open_task(
                workflow=NAME, patient_id=patient.pk, title="Retour à domicile", reason="Vit seule.",
                addressees=[place_of(cast["nurse"]), in_person(cast["other"])],
            )  # fmt: skip
        left = list(moves)
        for hours in range(0, 101, 2):
            with at(ago(100 - hours)):
                commands.remind_due()
            if left and left[0][1] == hours:
                act, _, who, words = left.pop(0)
                task.refresh_from_db()
                if who is None:  # The job has just done it.
                    continue
                with by(cast[who], ago(100 - hours)):
                    commands.move_task(
                        task=task, transition=act, expected_version=task.version, **words
                    )
        assert not left

    return tell


def asked_in_bulk(patient: Patient, cast: dict[str, User], moves: Sequence[Any]) -> Story:
    """The same by the builder."""
    doctor, about = someone(cast["doctor"]), whom(patient)

    def build(rows: Rows) -> None:
        opened = ago(100)
        task = Task(
            id=key(opened), patient_id=about.id, identity_id=about.identity_id, workflow=NAME,
            title="Retour à domicile", reason="Vit seule.", requester_id=doctor.user_id,
            requester_grantee_id=doctor.grantee_id, requester_name=doctor.name,
            requester_label=doctor.label, requester_organisation_id=doctor.place_id,
            requester_organisation_name=doctor.place_name, opened_at=opened, changed_at=opened,
        )  # fmt: skip
        teller = Teller(rows, task, NOW)
        teller.send(_place(someone(cast["nurse"])), opened)
        teller.send(someone(cast["other"]), opened, kind="person")
        teller.tell(doctor, [_move(cast, one) for one in moves])

    return in_bulk(build)


def _place(who: Any) -> Any:
    return type(who)(who.place_id, who.place_name, "")


def _move(cast: dict[str, User], told: Any) -> Move:
    act, hours, login, words = told
    said = {"code" if name == "reason_code" else name: words[name] for name in words}
    return Move(act, ago(100 - hours), someone(cast[login]) if login else None, **said)


@pytest.mark.parametrize("fate", MOVES)
def test_a_request_by_bulk_is_that_of_the_commands(patient, cast, fate):
    told = assert_same(
        asked_by_hand(patient, cast, MOVES[fate]),
        asked_in_bulk(patient, cast, MOVES[fate]),
        "workflow",
        but=REMINDED,
        only=IN_FORCE,
    )
    assert len(told["task_step"]) == len(MOVES[fate]) + 1


# --- conversations --------------------------------------------------------------------------------

LINES = (
    (90, "nurse", "Le pansement a été refait ce matin."),
    (72, "doctor", "Merci. Je passe demain."),
    (50, "nurse", "Elle a mal dormi."),
)
"""Messages of a conversation: hours ago, by whom, what."""
PDF = NewFile("Compte rendu.pdf", b"%PDF-1.4 essai")


def test_a_conversation_by_bulk_is_that_of_the_commands(patient, cast):
    """Opened, answered, one message changed, one withdrawn with its file, then closed."""
    subject = ("record", patient.pk)

    def by_hand() -> None:
        thread = None
        for rank, (hours, login, text) in enumerate(LINES):
            with by(cast[login], ago(hours)):
                thread = thread or threads.open_thread(
                    subject=subject, patient_id=patient.pk, title="Plaie du talon", members=_members(cast)
                )  # fmt: skip
                former = "Le pansement est refait." if rank == 0 else text
                posted = threads.post(
                    thread=thread, text=former, attachments=[PDF] if rank == 1 else []
                )
                if rank == 0:
                    threads.edit_message(message=posted, text=text, expected_version=1)
                if rank == 2:
                    threads.withdraw_message(message=posted)
        with by(cast["nurse"], ago(50)):
            threads.close_thread(thread=thread)
        with by(cast["doctor"], ago(50)):
            threads.read_until(thread=thread, number=3)

    def build(rows: Rows) -> None:
        said = [Said(someone(cast[login]), ago(hours), text) for hours, login, text in LINES]
        said[0] = replace(said[0], former="Le pansement est refait.")
        said[1] = replace(said[1], files=[PDF])
        said[2] = replace(said[2], is_withdrawn=True)
        tell_thread(
            rows, subject=subject, patient=whom(patient), title="Plaie du talon", said=said,
            members=[someone(cast["other"])], unread={cast["other"].grantee_id: 3}, closed_at=ago(50),
        )  # fmt: skip

    told = assert_same(by_hand, in_bulk(build), "threads")
    assert len(told["thread_former_text"]) == 2
    assert len(told["thread_attachment"]) == 1


def test_a_conversation_about_nobody_by_bulk_is_that_of_the_commands(cast):
    """One who was named has read the first message alone."""
    subject = ("essai", uuid7())
    lines = LINES[:2]

    def by_hand() -> None:
        thread = None
        for hours, login, text in lines:
            with by(cast[login], ago(hours)):
                thread = thread or threads.open_thread(
                    subject=subject, title="Planning", members=_members(cast)
                )
                threads.post(thread=thread, text=text)
        for login, number in (("other", 1), ("nurse", 2)):
            with by(cast[login], ago(lines[-1][0])):
                threads.read_until(thread=thread, number=number)

    def build(rows: Rows) -> None:
        other = someone(cast["other"])
        tell_thread(
            rows, subject=subject, title="Planning", members=[other], unread={other.grantee_id: 1},
            said=[Said(someone(cast[login]), ago(hours), text) for hours, login, text in lines],
        )  # fmt: skip

    told = assert_same(by_hand, in_bulk(build), "threads")
    assert sorted(one["number"] for one in told["thread_read_mark"]) == ["1", "2", "2"]


@pytest.mark.parametrize("audience", ["circle", "all"])
def test_a_conversation_of_the_circle_by_bulk_is_that_of_the_commands(patient, cast, audience):
    subject = ("record", patient.pk)

    def by_hand() -> None:
        with by(cast["nurse"], ago(20)):
            thread = threads.open_thread(subject=subject, patient_id=patient.pk, audience=audience)
            threads.post(thread=thread, text="Bonjour.")

    def build(rows: Rows) -> None:
        said = [Said(someone(cast["nurse"]), ago(20), "Bonjour.")]
        tell_thread(
            rows, subject=subject, patient=whom(patient), audience=audience, members=[], said=said
        )

    assert_same(by_hand, in_bulk(build), "threads")


def _members(cast: dict[str, User]) -> list[Person]:
    return [Person(one.grantee_id, one.name) for one in cast.values() if one.grantee_id]

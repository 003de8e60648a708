"""Asking a source's identity team about an item: the question, its answer, its reminders."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from enrs.core.access.actor import Actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.identity.commands.desk import OFFICER, demand_officer, record_act
from enrs.referentials.identity.models import (
    IdentityContact,
    IdentityQuestion,
    ItemAct,
    WorkItem,
)

REMIND_AFTER = timedelta(days=7)
"""A question without an answer is told again after this long, and again."""

MOST_REMINDERS = 100
"""Questions that one round of the job reminds of."""


def ask_source(*, item_id: UUID, system: str, text: str, by: Actor) -> IdentityQuestion:
    """Ask the identity team of one of an item's sources; asked twice, the first question stands.

    Raises:
        AccessRefusedError: `profession`, or `reason` when nothing is asked.
        WorkItem.DoesNotExist: no such item with an identity of this source.
    """
    demand_officer(by, text)
    now = datetime.now(UTC)
    with act():
        asking = WorkItem.objects.select_for_update()
        item = asking.get(pk=item_id, systems__contains=[system])
        waiting = IdentityQuestion.objects.filter(item=item, system=system, answered_at=None)
        asked = waiting.first()
        if asked is not None:
            return asked
        asked = IdentityQuestion.objects.create(
            item=item, system=system, text=text.strip(), asked_by_id=by.user_id, asked_by=by.name,
            asked_at=now, remind_at=now + REMIND_AFTER,
        )  # fmt: skip
        record_act(item.id, ItemAct.Kind.ASKED, by, text.strip())
        note("identity.question.asked", object_kind="identity_question", object_id=asked.id,
             patient_ids=item.patient_ids, details={"system": system})  # fmt: skip
        _tell("asked", asked)
    return asked


def answer_question(*, question_id: UUID, answer: str, text: str, by: Actor) -> None:
    """Answer for a source: somebody of its team, or the unit on their behalf (a call, a letter).

    It decides nothing: the unit reads the answer and decides.

    Raises:
        AccessRefusedError: `profession`: neither the unit nor the source's team.
        StaleSaveError: answered meanwhile.
    """
    asked = IdentityQuestion.objects.get(pk=question_id)
    if by.role != OFFICER and not answers_for(asked.system, by):
        raise AccessRefusedError("profession")
    if answer not in IdentityQuestion.Answer.values:
        raise ValueError(answer)
    with act():
        changed = IdentityQuestion.objects.filter(pk=asked.pk, answered_at=None).update(
            answer=answer, answer_text=text.strip(), answered_by=by.name,
            answered_at=datetime.now(UTC),
        )  # fmt: skip
        if not changed:
            raise StaleSaveError(asked)
        words = str(IdentityQuestion.Answer(answer).label)
        record_act(asked.item_id, ItemAct.Kind.ANSWERED, by, f"{words}. {text.strip()}".strip())
        note("identity.question.answered", object_kind="identity_question", object_id=asked.id,
             details={"system": asked.system, "answer": answer})  # fmt: skip
        _tell("answered", asked)


def answers_for(system: str, by: Actor) -> bool:
    """Whether somebody is of the identity team of a source now."""
    if by.user_id is None:
        return False
    own = IdentityContact.objects.filter(user_id=by.user_id, source__system=system)
    return own.exclude(until__lte=datetime.now(UTC)).exists()


def remind_of_questions() -> bool:
    """Tell again of the questions that wait for too long (the job); whether more are due."""
    now = datetime.now(UTC)
    due = IdentityQuestion.objects.filter(answered_at=None, remind_at__lte=now)
    found = list(due.order_by("remind_at", "id").select_for_update()[:MOST_REMINDERS])
    with act():
        for one in found:
            one.reminded_count, one.remind_at = one.reminded_count + 1, now + REMIND_AFTER
            one.save(update_fields=["reminded_count", "remind_at"])
            note("identity.question.reminded", object_kind="identity_question", object_id=one.id)
            _tell("reminded", one)
    return len(found) == MOST_REMINDERS


def _tell(what: str, asked: IdentityQuestion) -> None:
    emit(
        f"identity.question.{what}",
        payload={"kind": "identity_question", "ids": [str(asked.id)]},
        topics=["identity-unit"],
    )

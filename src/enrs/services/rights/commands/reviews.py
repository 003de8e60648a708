"""Reviewing the ordinary accesses of a place: a line is seen, or its opener is asked to explain it."""

from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.services.rights.commands.glasses import RightsError
from enrs.services.rights.models import AccessReview, AccessReviewAct
from enrs.services.rights.queries.desk import desk_of
from enrs.services.rights.queries.reviews import Period, line_of
from enrs.services.rights.rules import reviews as rules

State = AccessReview.State
MARKS: Final = (State.SEEN, State.ASKED)
WORDS: Final = {
    "gone": "Cette ligne n’est plus dans la période : revenez à la liste.",
    "waits": "Une explication est déjà demandée sur cette ligne : ouvrez-la depuis « À expliquer ».",
    "text": f"Dites ce que vous demandez : au moins {rules.TEXT_LENGTH} caractères.",
    "not_asked": "Personne n’attend d’explication sur cet accès.",
    "closed": "Cet accès est déjà classé.",
}


def mark_line(
    *, place: UUID, user_id: UUID, reference: str, period: Period, mark: str, text: str = ""
) -> AccessReview:
    """Mark a line of accesses of a place: seen, or to be explained; then its opener and the officer are told.

    What is marked is read again in the journal: nothing of it comes from the page.

    Raises:
        AccessRefusedError: the actor does not answer for that place, or made these accesses.
        RightsError: no such line in the period, somebody waits for an answer already, or nothing is asked.
    """
    by, desk = current_actor(), desk_of()
    if mark not in MARKS:
        raise ValueError(mark)
    if by.user_id is None or desk is None or desk.is_whole or not desk.holds(place):
        raise AccessRefusedError("reviewer")
    if user_id == by.user_id:
        raise AccessRefusedError("self")
    if mark == State.ASKED and not rules.is_text(text):
        raise RightsError(WORDS["text"])
    with act():
        line = line_of(place=place, user_id=user_id, reference=reference, period=period)
        if line is None:
            raise RightsError(WORDS["gone"])
        if not rules.may_mark(line.review_state):
            raise RightsError(WORDS["waits"])
        made = AccessReview(
            state=mark,
            organisation_id=place,
            organisation_name=desk.places[place],
            user_id=user_id,
            user_name=line.user_name,
            patient_id=line.patient_id,
            reference=line.reference,
            act_count=line.act_count,
            day_count=line.day_count,
            first_at=line.first_at,
            until_at=line.last_at,
            signs=",".join(line.signs),
            asked_by_id=by.user_id if mark == State.ASKED else None,
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:  # Another referent of the place asked at the same moment.
            raise RightsError(WORDS["waits"]) from error
        _say(made, by, AccessReviewAct.Kind(mark), text)
    return made


def explain_line(*, review: AccessReview, text: str) -> None:
    """Answer what is asked about one's own accesses; who asked is told.

    Raises:
        AccessRefusedError: somebody else opened that record.
        RightsError: nobody asked, or the answer is empty.
    """
    by = current_actor()
    with act():
        held = AccessReview.objects.select_for_update().filter(pk=review.pk).first()
        if held is None or by.user_id is None or held.user_id != by.user_id:
            raise AccessRefusedError("opener")
        if not rules.is_text(text):
            raise RightsError(WORDS["text"])
        if not rules.may_explain(held.state):
            raise RightsError(WORDS["not_asked"])
        held.state = State.EXPLAINED
        held.save(update_fields=["state"])
        _say(held, by, AccessReviewAct.Kind.EXPLAINED, text)


def close_line(*, review: AccessReview, text: str = "") -> None:
    """Say that what was asked is seen, with or without an answer; the opener is told.

    Raises:
        AccessRefusedError: it is not the actor's to review.
        RightsError: it is closed already.
    """
    by, desk = current_actor(), desk_of()
    if desk is None or not desk.holds(review.organisation_id):
        raise AccessRefusedError("reviewer")
    if review.user_id == by.user_id:
        raise AccessRefusedError("self")
    with act():
        held = AccessReview.objects.select_for_update().get(pk=review.pk)
        if not rules.may_close(held.state):
            raise RightsError(WORDS["closed"])
        held.state = State.SEEN
        held.save(update_fields=["state"])
        _say(held, by, AccessReviewAct.Kind.SEEN, text)


def _say(held: AccessReview, by: Actor, kind: AccessReviewAct.Kind, text: str) -> None:
    """Write what was said, leave the line, tell whom it concerns."""
    if by.user_id is None:
        raise AccessRefusedError("reviewer")
    said = AccessReviewAct(
        review=held, kind=kind, by_id=by.user_id, by_name=by.name, text=text.strip()
    )
    said.save(force_insert=True)
    note(
        f"rights.access.{kind.value}",
        patient_id=held.patient_id,
        object_kind="access_review",
        object_id=held.pk,
    )
    if held.asked_by_id is None:
        return
    # Without the patient: a notice about a review is for who asks and who answers, whatever their rights.
    payload = {"kind": "rights", "ids": [str(held.pk), str(said.pk)]}
    emit(f"rights.access.{kind.value}", payload=payload)
    if kind == AccessReviewAct.Kind.ASKED:
        emit("rights.access.listed", payload=payload)

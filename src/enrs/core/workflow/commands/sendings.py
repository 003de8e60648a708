"""What each addressee of a task answers, alone; and the sender who withdraws a sending."""

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.effects import act
from enrs.core.workflow import rules
from enrs.core.workflow.commands.errors import TakenError, TaskRefusedError
from enrs.core.workflow.commands.moves import Words, check_move, take, take_by_platform
from enrs.core.workflow.commands.shared import (
    addressees_of,
    check_among,
    check_claim,
    cleaned,
    demand,
    end_rights,
    keep_parties,
    locked,
    record_step,
    refusal,
    tell,
)
from enrs.core.workflow.models import Addressee, Task

ANSWER_LABELS = {"studied": "À l’étude", "agreed": "Accord", "declined": "Refus"}


def answer_sending(*, addressee: Addressee, answer: str, reason: str = "") -> Task:
    """Answer one sending, for oneself or for one's place of work; the others' answers do not change.

    `seen` and `studied` leave the task as it is; `agreed` takes the table's transition, where exactly one
    wins; `declined` wants a reason and ends the right.

    Raises:
        AccessRefusedError: not the addressee, or no right to write here.
        TakenError: somebody else won meanwhile.
        TaskRefusedError: answered already, closed, no reason.
    """
    if answer not in rules.ANSWERABLE:
        raise TaskRefusedError("state", "Choisissez une réponse.")
    words = cleaned(reason, what="Le motif")
    if answer == "declined" and len(words) < 3:
        raise TaskRefusedError("reason", "Dites pourquoi vous refusez, en quelques mots.")
    with act():
        current, mine, everybody = _mine(addressee)
        demand(current)
        _check_open(current, mine)
        if answer == "agreed" and current.table.agreed:
            declared = current.table.acts[current.table.agreed]
            check_move(current, declared, everybody)
            take(current, declared, everybody, Words(reason=words))
        elif answer in ("agreed", "declined"):
            _decide(current, mine, everybody, answer, words)
        else:
            _mark(current, mine, answer)
    return current


def mark_seen(*, task: Task, addressees: list[Addressee]) -> bool:
    """Say once that the current actor's sendings were seen; whether one was new."""
    by = current_actor()
    fresh = [one for one in addressees if one.answer == "sent" and one.grantee_id in by.grantees]
    for one in fresh:
        answer_sending(addressee=one, answer="seen")
        one.answer = "seen"
    return bool(fresh)


def withdraw_sending(*, addressee: Addressee, reason: str = "") -> Task:
    """Take a sending back: its addressee leaves the task, and loses the right that it gave.

    Raises:
        AccessRefusedError; TaskRefusedError: not the sender, or it is in hand there already.
    """
    words = cleaned(reason, what="Le motif")
    with act():
        current = locked(addressee.task)
        demand(current)
        everybody = addressees_of(current)
        check_among(current.table.senders, current, everybody)
        sending = next(one for one in everybody if one.id == addressee.id)
        if sending.is_winner or sending.answer in ("withdrawn", "declined", "closed"):
            raise TaskRefusedError(
                "state", "Cet envoi n’attend plus de réponse\u00a0: il ne peut plus être retiré."
            )
        sending.answer, sending.reason = "withdrawn", words
        sending.answered_at = timezone.now()
        sending.save(update_fields=["answer", "reason", "answered_at"])
        step = record_step(
            current, act="withdraw", label=f"Envoi retiré à {sending.name}"[:200],
            from_state=current.state, reason=words,
        )  # fmt: skip
        grantees = keep_parties(current, everybody)
        tell(
            current, "withdrawn", grantees=[*grantees, sending.grantee_id], step=step, reason=words
        )
        end_rights(current, [sending])
    return current


def _mine(addressee: Addressee) -> tuple[Task, Addressee, list[Addressee]]:
    """The locked task, the actor's sending as it now stands, and all of them."""
    current = locked(addressee.task)
    everybody = addressees_of(current)
    mine = next((one for one in everybody if one.id == addressee.id), None)
    if mine is None or mine.grantee_id not in current_actor().grantees:
        raise refusal(current, "addressee")
    return current, mine, everybody


def _check_open(current: Task, mine: Addressee) -> None:
    if mine.is_pending:
        return
    if mine.answer == "closed":
        check_claim(current, 0)
        raise TaskRefusedError(
            "state", "Cette demande n’attend plus de réponse\u00a0: elle a été traitée."
        )
    if mine.answered_by and mine.answered_by != current_actor().name:
        raise TakenError(mine.answered_by, mine.answered_at)
    raise TaskRefusedError("state", "Cette demande a déjà votre réponse.")


def _mark(current: Task, mine: Addressee, answer: str) -> None:
    """Seen or under study: the sending alone changes, nobody's move becomes stale."""
    now = timezone.now()
    if answer == "studied" or mine.answer == "sent":
        mine.answer = answer
    mine.seen_at = mine.seen_at or now
    mine.answered_by = current_actor().name[:200] if answer == "studied" else mine.answered_by
    mine.save(update_fields=["answer", "seen_at", "answered_by"])
    requester = current.requester_grantee_id
    tell(current, answer, grantees=[requester] if requester else [])


def _decide(
    current: Task, mine: Addressee, everybody: list[Addressee], answer: str, reason: str
) -> None:
    """An agreement that moves nothing by itself, or a refusal."""
    mine.answer, mine.reason = answer, reason
    mine.answered_by, mine.answered_at = current_actor().name[:200], timezone.now()
    mine.save(update_fields=["answer", "reason", "answered_by", "answered_at"])
    step = record_step(
        current, act=answer, label=f"{ANSWER_LABELS[answer]} de {mine.name}"[:200],
        from_state=current.state, reason=reason,
    )  # fmt: skip
    grantees = keep_parties(current, everybody)
    tell(current, answer, grantees=grantees, step=step, tells=("requester",), reason=reason)
    if answer != "declined":
        return
    is_over = all(one.answer in ("declined", "withdrawn") for one in everybody)
    if is_over and current.table.refused:
        take_by_platform(current, current.table.refused)
    end_rights(current, [mine])

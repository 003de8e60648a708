"""Referents of a structure: named, ended; what they answer to those who enrol; the region's letters."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.services.portal import rules
from enrs.services.portal.commands.access import demand_operator, demand_referent
from enrs.services.portal.commands.codes import issue_code
from enrs.services.portal.models import Enrolment, OneTimeCode, Referent
from enrs.services.portal.queries import people

LONGEST = timedelta(days=366)
"""A delegation is renewed each year."""


class ReferentError(Exception):
    """A rule of the desk was broken; `reason` is its code."""

    SENTENCES = {
        "colleague": "Cette personne n’a pas de compte ouvert dans la structure.",
        "already": "Cette personne répond déjà pour la structure.",
        "reason": "Dites pourquoi cette personne est nommée.",
        "until": "Une délégation a une fin, dans l’année.",
        "answered": "Cette demande a déjà reçu sa réponse.",
        "oneself": "On ne se porte pas garant de soi-même.",
        "last": "Nommez quelqu’un d’autre avant de vous retirer : la structure n’aurait plus de référent.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def name_referent(
    *,
    organisation_id: UUID,
    user_id: UUID,
    kind: str = "delegate",
    until: datetime | None = None,
    reason: str = "",
) -> Referent:
    """Have somebody of a structure answer for it; a delegate or an on-call referent until a date.

    A referent delegates; the region's exploitation (or the platform) names the referents themselves.

    Raises:
        AccessRefusedError: the actor neither answers for the structure nor runs the region.
        ReferentError: `colleague`, `already`, `until`.
    """
    is_delegation = kind != Referent.Kind.REFERENT
    by = current_actor()
    if is_delegation and by.role != "operator":
        _demand_full(organisation_id)
    else:
        demand_operator()
    now = timezone.now()
    if is_delegation and (until is None or not now < until <= now + LONGEST):
        raise ReferentError("until")
    user = people.colleague(organisation_id, user_id)
    if user is None:
        raise ReferentError("colleague")
    if any(one.user_id == user_id for one in people.referents_of(organisation_id)):
        raise ReferentError("already")
    held = people.live_positions().filter(user=user, organisation_id=organisation_id)
    position = held.order_by("id").first()
    with act():
        made = Referent.objects.create(
            organisation_id=organisation_id,
            organisation_name=position.organisation_name if position else "",
            user_id=user_id,
            name=user.name,
            kind=kind,
            valid_until=until if is_delegation else None,
            named_by_id=by.user_id,
            named_by=by.name,
        )
        note(
            "portal.referent.named",
            object_kind="user",
            object_id=user_id,
            reason=reason,
            details={"organisation": str(organisation_id), "kind": kind},
        )
        emit("portal.referent.named", payload={"ids": [str(made.id)]})
    return made


def name_first_referent(*, organisation_id: UUID, user_id: UUID, reason: str) -> Referent:
    """Have somebody answer for a structure, for a reason that the journal keeps: the exploitation's act.

    Raises:
        AccessRefusedError: not the exploitation.
        ReferentError: `reason` when none is given; `colleague`, `already` as in `name_referent`.
    """
    demand_operator()
    if not reason.strip():
        raise ReferentError("reason")
    return name_referent(
        organisation_id=organisation_id,
        user_id=user_id,
        kind=Referent.Kind.REFERENT,
        reason=reason.strip(),
    )


def end_referent(*, referent: Referent) -> None:
    """End a place on a desk, one's own included.

    Raises:
        AccessRefusedError: the actor does not answer for the structure.
        ReferentError: `last`, nobody would answer for it any more.
    """
    if current_actor().role != "operator":
        own = demand_referent(referent.organisation_id)
        if own is not None and own.user_id != referent.user_id:
            _demand_full(referent.organisation_id)
    others = [
        one
        for one in people.referents_of(referent.organisation_id)
        if one.pk != referent.pk and one.kind == Referent.Kind.REFERENT
    ]
    if referent.kind == Referent.Kind.REFERENT and not others:
        raise ReferentError("last")
    with act():
        Referent.objects.filter(pk=referent.pk).update(valid_until=timezone.now())
        note(
            "portal.referent.ended",
            object_kind="user",
            object_id=referent.user_id,
            details={"organisation": str(referent.organisation_id)},
        )


def _demand_full(organisation_id: UUID) -> None:
    """A delegate does not delegate in turn."""
    held = demand_referent(organisation_id)
    if held is not None and held.kind != Referent.Kind.REFERENT:
        demand_operator()


def vouch(*, enrolment: Enrolment) -> str:
    """Vouch for somebody whom one knows: returns the code to give them in person or by voice.

    The code, not the answer, opens the account: whoever asked in their name does not have it.

    Raises:
        AccessRefusedError: the actor does not answer for the structure that was asked.
        ReferentError: `answered`.
    """
    demand_referent(enrolment.organisation_id)
    with act():
        held = _waiting(enrolment, Enrolment.Way.REFERENT)
        code = issue_code(
            use=OneTimeCode.Use.VOUCH,
            subject_id=held.subject_id,
            good_for=rules.VOUCH_GOOD_FOR,
        )
        _answer(held, "vouched")
    return code


def refuse_enrolment(*, enrolment: Enrolment, reason: str) -> None:
    """Say that one does not know somebody, or not there.

    Raises:
        AccessRefusedError: as `vouch`.
        ReferentError: `answered`.
    """
    demand_referent(enrolment.organisation_id)
    with act():
        held = _waiting(enrolment, Enrolment.Way.REFERENT)
        held.state, held.answer, held.ended_at = (
            Enrolment.State.REFUSED, reason[:400], timezone.now(),
        )  # fmt: skip
        _answer(held, "refused")


def print_letter(*, enrolment: Enrolment) -> str:
    """The code of a letter, for the paper alone: printed again, the former paper is worth nothing.

    Raises:
        AccessRefusedError: not the region's exploitation.
        ReferentError: `answered`, the person got in otherwise.
    """
    demand_operator()
    with act():
        held = _waiting(enrolment, Enrolment.Way.LETTER)
        code = issue_code(
            use=OneTimeCode.Use.LETTER,
            subject_id=held.subject_id,
            good_for=rules.LETTER_GOOD_FOR,
        )
        held.printed_at = timezone.now()
        _answer(held, "printed")
    return code


def _waiting(enrolment: Enrolment, way: str) -> Enrolment:
    held = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if held.state != Enrolment.State.ASKED or held.way != way:
        raise ReferentError("answered")
    return held


def _answer(held: Enrolment, what: str) -> None:
    by = current_actor()
    held.answered_by_id, held.answered_by = by.user_id, by.name
    held.save()
    note(f"portal.enrolment.{what}", object_kind="enrolment", object_id=held.id, reason=held.answer)

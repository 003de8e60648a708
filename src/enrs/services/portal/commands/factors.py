"""A second factor lost or left at home: solved at any hour by a referent who recognises the person."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.services.portal import rules
from enrs.services.portal.commands.access import demand_referent
from enrs.services.portal.commands.codes import CodeError, issue_code, take_code
from enrs.services.portal.models import FactorHelp, OneTimeCode
from enrs.services.portal.queries import people

RECOGNISED = {
    "face": "En face à face",
    "voice": "J’ai reconnu sa voix",
    "call_back": "Je l’ai rappelée sur le poste du service",
}
"""How a referent knows to whom they speak."""


class FactorError(Exception):
    """Why a referent does not help; `reason` is its code."""

    SENTENCES = {
        "colleague": "Cette personne n’a pas de compte ouvert dans la structure.",
        "oneself": "On ne se dépanne pas soi-même : appelez un autre référent.",
        "recognised": "Dites comment vous avez reconnu la personne.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def help_factor(
    *, organisation_id: UUID, user_id: UUID, recognised: str, is_lost: bool, reason: str = ""
) -> str:
    """A code of thirty minutes in place of somebody's second factor; both are told.

    `is_lost` also withdraws the former second factor, once the code is used: the person makes another.

    Raises:
        AccessRefusedError: the actor does not answer for the structure.
        FactorError: `colleague`, `oneself`, `recognised`.
    """
    demand_referent(organisation_id)
    by = current_actor()
    user = people.colleague(organisation_id, user_id)
    if user is None:
        raise FactorError("colleague")
    if user.id == by.user_id:
        raise FactorError("oneself")
    if recognised not in RECOGNISED:
        raise FactorError("recognised")
    with act():
        code = issue_code(
            use=OneTimeCode.Use.FACTOR, subject_id=user.id, good_for=rules.FACTOR_GOOD_FOR
        )
        made = FactorHelp.objects.create(
            user_id=user.id,
            name=user.name,
            organisation_id=organisation_id,
            helped_by_id=by.user_id or user.id,
            helped_by=by.name,
            recognised=recognised,
            is_lost=is_lost,
            reason=reason.strip()[:400],
        )
        note(
            "portal.factor.helped",
            object_kind="user",
            object_id=user.id,
            reason=made.reason,
            details={"recognised": recognised, "is_lost": is_lost},
        )
        emit("portal.factor.helped", payload={"ids": [str(made.id)]})
    return code


def use_help(*, user: User, code: str) -> FactorHelp:
    """Take a referent's code in place of the second factor of who has just given their password.

    Raises:
        CodeError: it is not the code, or not any more.
    """
    take_code(subject_id=user.id, typed=code, uses=[OneTimeCode.Use.FACTOR])
    with act():
        rows = FactorHelp.objects.select_for_update().filter(user_id=user.id, used_at=None)
        held = rows.order_by("-given_at").first()
        if held is None:
            raise CodeError("late")
        rows.update(used_at=timezone.now())
        if held.is_lost:
            Authenticator.objects.filter(user=user).delete()
        note(
            "portal.factor.help_used",
            object_kind="user",
            object_id=user.id,
            actor=actor_of(user),
            details={"help": str(held.id), "is_lost": held.is_lost},
        )
    return held

"""What the ways of opening an account have in common: a fresh proof, the account of who was let in, the end."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.services.portal import rules
from enrs.services.portal.models import Enrolment, Invitation


class EnrolmentError(Exception):
    """Why an enrolment does not go on, in French; `reason` is its code."""

    SENTENCES = {
        "unknown": "L’annuaire ne connaît pas ce numéro sous ce nom, ou ne lui connaît plus d’activité. "
        "Vérifiez les chiffres et votre nom d’exercice.",
        "way": "Ce moyen n’est pas possible pour vous : choisissez-en un autre.",
        "many": "Cette boîte a reçu assez de codes aujourd’hui : réessayez demain, ou choisissez un autre moyen.",
        "proof": "Votre identité n’est plus confirmée : recommencez à partir de votre numéro.",
        "already": "Vous avez déjà un compte.",
        "login": "Cet identifiant est déjà pris : choisissez-en un autre.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def proved(enrolment: Enrolment) -> Enrolment:
    """The row, locked, of an enrolment whose proof is fresh."""
    alone(enrolment.subject_id)
    held = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    since: datetime = timezone.now() - rules.PROOF_GOOD_FOR
    if held.state != Enrolment.State.PROVED or held.proved_at is None or held.proved_at < since:
        raise EnrolmentError("proof")
    return held


def alone(subject_id: UUID) -> None:
    """One act at a time for one person: two browsers open one account."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"portal:{subject_id}"])


def account_of_person(invited: Invitation, login: str, password: str | None, email: str) -> User:
    """A patient acts as their own anchor, a relative as their own account: their rights are there."""
    is_patient = invited.kind == Invitation.Kind.PATIENT
    user = User.objects.create_user(
        login, password, email=email, name=str(invited), grantee_id=invited.grantee_id,
        kind=User.Kind.PATIENT if is_patient else User.Kind.RELATIVE,
        **({} if is_patient else {"id": invited.grantee_id}),
    )  # fmt: skip
    note("accounts.user.enrolled", object_kind="user", object_id=user.id)
    return user


def finish(held: Enrolment, user: User) -> None:
    """The enrolment is done: it opened, or renewed, this account."""
    held.state, held.user_id, held.ended_at = Enrolment.State.DONE, user.id, timezone.now()
    held.save(update_fields=["state", "user_id", "ended_at"])
    note("portal.enrolment.done", object_kind="user", object_id=user.id, actor=actor_of(user))

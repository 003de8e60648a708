"""Patients and relatives let in at a desk: their rights first, then a code on paper by which they sign in."""

import secrets
from datetime import datetime
from uuid import UUID

from enrs.core.access import queries as access
from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError, give_grant
from enrs.core.access.models import Level
from enrs.core.access.rules import WRITE
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.referentials.circles.commands import add_member
from enrs.referentials.circles.measures import Decided
from enrs.referentials.circles.rules import RELATIVES
from enrs.referentials.directory.rules import name_key
from enrs.services.portal import rules
from enrs.services.portal.commands.codes import issue_code
from enrs.services.portal.models import Invitation, OneTimeCode


class InvitationError(Exception):
    """Why somebody is not let in; `reason` is its code."""

    SENTENCES = {
        "login": "Aucun compte de patient ou de proche n’a cet identifiant avec ce nom.",
        "owner": "Ce compte a déjà son propre dossier : une personne n’en a qu’un.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def invite_person(
    *, patient_id: UUID, kind: str, given: str, family: str, proof: str, proxy_kind: str = "",
    role_label: str = "", until: datetime | None = None, decided: Decided | None = None, login: str = "",
) -> tuple[Invitation, str] | None:  # fmt: skip
    """Let a patient, or who represents or helps them, sign in: an invitation and its code, for paper.

    Who has an account already (`login`), as a patient or as somebody's relative, needs none: the right joins
    those that they hold, and None is returned. `proof` is the kind of paper that was seen. A parent's right ends
    when the child comes of age, that of a measure of protection at the end that was `decided`, another at `until`.

    Raises:
        AccessRefusedError: the actor may change neither this identity nor, for a relative, this circle.
        CircleError: a rule of the circle refuses.
        InvitationError: `login`, `owner`.
    """
    by = current_actor()
    if by.kind != "professional" or by.user_id is None:
        raise AccessRefusedError("profession")
    is_relative = kind == Invitation.Kind.RELATIVE
    categories = ("circle",) if is_relative else ("identity", "circle")
    if not any(access.may(WRITE, one, patient_id=patient_id).allowed for one in categories):
        raise AccessRefusedError("profession")
    known = _account(login, family if is_relative else f"{given} {family}") if login else None
    if known is not None and not is_relative and _has_own(known):
        raise InvitationError("owner")
    with act():
        made = Invitation(
            number=_free_number(), kind=kind, given=given.strip()[:100], family=family.strip()[:100],
            grantee_id=known.grantee_id if known else uuid7() if is_relative else patient_id,
            invited_by_id=by.user_id, invited_by=by.name, organisation_name=by.organisation_name,
        )  # fmt: skip
        if is_relative:
            add_member(
                patient_id=patient_id, block=RELATIVES, grantee_id=made.grantee_id, display=str(made),
                role_label=role_label, basis="proxy", proxy_kind=proxy_kind, until=until,
                decided=decided,
            )  # fmt: skip
        else:
            give_grant(
                patient_id=patient_id, grantee_id=made.grantee_id, source_kind="desk",
                source_id=made.id, purpose="self", level=Level.MANAGE,
            )  # fmt: skip
        note(
            "portal.person.invited",
            patient_id=patient_id,
            object_kind="invitation",
            object_id=made.id,
            details={"kind": kind, "proof": proof.strip()[:100], "proxy_kind": proxy_kind},
        )
        made.save(
            force_insert=True
        )  # It stands as the source of the right, even when no sheet is printed.
        if known is not None:
            return None
        code = issue_code(
            use=OneTimeCode.Use.INVITATION,
            subject_id=made.grantee_id,
            good_for=rules.LETTER_GOOD_FOR,
        )
    return made, code


def _account(login: str, name: str) -> User:
    """The open account of a person, whose name holds these words."""
    found = User.objects.filter(
        login=login.strip().lower(),
        kind__in=(User.Kind.RELATIVE, User.Kind.PATIENT),
        is_active=True,
    ).first()
    words = set(name_key(name).split())
    if found is None or not words or not words <= set(name_key(found.name).split()):
        raise InvitationError("login")
    return found


def _has_own(user: User) -> bool:
    """Whether an account has a record of its own already, since it opened or by a former invitation."""
    if user.kind == User.Kind.PATIENT:
        return True
    kind = Invitation.Kind.PATIENT
    return Invitation.objects.filter(kind=kind, grantee_id=user.grantee_id).exists()


def _free_number() -> str:
    """« P » and seven signs."""
    while True:
        number = "P" + "".join(secrets.choice(rules.ALPHABET) for _ in range(7))
        if not Invitation.objects.filter(number=number).exists():
            return number

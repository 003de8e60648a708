"""The first time that somebody comes by FranceConnect: their civil status is proved, their right is not.

Either they hold the code of their desk invitation, which gave the right; or their five strict traits are those
of one qualified identity, whose record is then opened to them. A refusal is one sentence, whatever the reason:
it says nothing of whether a record is there. Sources: RNIV (strict traits, qualified identities); arrêté du
28 mars 2022, PGSSI-S, electronic identification of users.
"""

from contextlib import suppress

from enrs.core.access.actor import acting
from enrs.core.access.commands import give_grant
from enrs.core.access.models import Level
from enrs.core.accounts.commands.identities import link_identity
from enrs.core.accounts.models import User
from enrs.core.accounts.queries import actor_of
from enrs.core.accounts.queries.federation import linked_subject, user_of_subject
from enrs.core.accounts.rules.civil_status import CivilStatus
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import RecipientError, send_mail
from enrs.referentials.directory.rules import name_key
from enrs.referentials.identity import queries as identity
from enrs.referentials.identity.rules import given_key
from enrs.services.portal import rules
from enrs.services.portal.commands.enrolment import begin_enrolment, prove
from enrs.services.portal.commands.opening import account_of_person, alone, finish, proved
from enrs.services.portal.models import Invitation
from enrs.services.portal.queries.people import account_of

OPENED = "portal.access.opened"


class ArrivalError(Exception):
    """Why an arrival opens nothing, in French; `reason` is its code."""

    SENTENCES = {
        "unknown": "Nous n’avons pas pu ouvrir votre accès.",
        "invitation": "Ce numéro d’invitation ne va pas avec l’identité que FranceConnect a donnée. Vérifiez-le "
        "sur la feuille ; si votre nom y est écrit autrement, demandez-en une autre au guichet.",
        "linked": "Cette identité, ou ce compte, est déjà reliée à un autre. Connectez-vous comme d’habitude, "
        "puis ouvrez « Sécurité du compte ».",
        "closed": "Ce compte est fermé. Adressez-vous au guichet qui vous a donné la feuille.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def open_own_access(*, provider: str, subject: str, civil: CivilStatus) -> User:
    """Open a person's own record to them: an account linked to their identity, and the right on the record.

    The address that the record knows, if any, is told.

    Raises:
        ArrivalError: `unknown`, the same whatever does not fit; `linked`.
    """
    with act():
        if user_of_subject(provider, subject) is not None:
            raise ArrivalError("linked")
        found = identity.patient_of_civil_status(
            birth_name=civil.family, given_names=civil.given, birth_date=civil.birth_date,
            sex=civil.sex, birth_place_code=civil.birth_place,
        )  # fmt: skip
        if found is not None:
            alone(found)
        if found is None or account_of(found) is not None:
            note(
                "portal.arrival.unknown",
                outcome="refused",
                object_kind="provider",
                object_id=provider,
            )
            unknown = True
        else:
            unknown = False
            user = User.objects.create_user(
                _login(civil), None, name=civil.name, kind=User.Kind.PATIENT, grantee_id=found
            )
            with acting(actor_of(user)):
                give_grant(
                    patient_id=found, grantee_id=found, source_kind="franceconnect", source_id=uuid7(),
                    purpose="self", level=Level.MANAGE,
                )  # fmt: skip
                link_identity(user=user, provider=provider, subject=subject)
                note(
                    "portal.access.opened", patient_id=found, object_kind="user", object_id=user.id,
                    details={"provider": provider},
                )  # fmt: skip
                address = identity.regional_identity(found).email
            with suppress(RecipientError):  # whatever a hospital wrote there
                send_mail(kind=OPENED, to=address, key=f"opened:{user.id}", user_id=user.id)
    if unknown:
        raise ArrivalError("unknown")
    return user


def open_by_invitation(
    *, number: str, code: str, provider: str, subject: str, civil: CivilStatus
) -> User:
    """Link an identity to the account that a desk's invitation opens, made now when there is none.

    The name on the invitation is the person's; for a patient, their birth date and sex are the record's too:
    the code of a child, or of a husband, is not taken by another of the family.

    Raises:
        ArrivalError: `invitation`, `linked`, `closed`.
        CodeError: it is not the code, or not any more.
        EnrolmentError: `proof`.
    """
    invited = Invitation.objects.filter(number=rules.typed_code(number)).first()
    if invited is None or not _fits(invited, civil):
        note(
            "portal.arrival.refused", outcome="refused", object_kind="provider", object_id=provider
        )
        raise ArrivalError("invitation")
    known = account_of(invited.grantee_id)
    owner = user_of_subject(provider, subject)
    if owner is not None or (known is not None and linked_subject(known, provider)):
        raise ArrivalError("linked")
    if known is not None and not known.is_active:
        raise ArrivalError("closed")
    begun = begin_enrolment(number=invited.number, family=invited.family)
    prove(enrolment=begun, code=code)
    with act():
        held = proved(begun)
        user = account_of(held.subject_id)
        if user is None:
            user = account_of_person(invited, _login(civil), None, "")
        with acting(actor_of(user)):
            link_identity(user=user, provider=provider, subject=subject)
        finish(held, user)
    return user


def _fits(invited: Invitation, civil: CivilStatus) -> bool:
    """Whether an invitation is this person's: the birth name or the one in use, and given names of theirs."""
    written = name_key(invited.family)
    if written not in {name_key(one) for one in (civil.family, civil.used) if one}:
        return False
    given = given_key(invited.given).split()
    if not given or not set(given) <= set(given_key(civil.given).split()):
        return False
    if invited.kind == Invitation.Kind.RELATIVE:
        return True
    return identity.may_be(invited.grantee_id, birth_date=civil.birth_date, sex=civil.sex)


def _login(civil: CivilStatus) -> str:
    """A login that nobody has: the person may need it one day, with a password."""
    first, last = civil.first_given, civil.used or civil.family
    near = User.objects.filter(login__contains=rules.proposed_login(first, last, ()))
    return rules.proposed_login(first, last, set(near.values_list("login", flat=True)))

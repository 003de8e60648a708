"""Opening one's own account: a number of the directory, a code that reaches its owner, a password.

Nobody is signed in here: what says who somebody is, is the code. A stranger learns nothing that the public
directory does not say, and never whether an account exists.
"""

from uuid import UUID

from django.utils import timezone

from enrs.core.access.rules import role_for
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.core.notifications.commands import send_mail
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.directory.rules import name_key
from enrs.services.portal import rules
from enrs.services.portal.commands.codes import issue_code, take_code
from enrs.services.portal.commands.opening import (
    EnrolmentError,
    account_of_person,
    alone,
    finish,
    proved,
)
from enrs.services.portal.models import Enrolment, LocalPerson, OneTimeCode
from enrs.services.portal.queries import enrolment as queries
from enrs.services.portal.queries.people import account_of

CODE, TOLD = "portal.enrolment.code", "portal.account.opened"
WAYS = (
    OneTimeCode.Use.MAIL,
    OneTimeCode.Use.LETTER,
    OneTimeCode.Use.VOUCH,
    OneTimeCode.Use.INVITATION,
)


def begin_enrolment(*, number: str, family: str) -> Enrolment:
    """Begin for the person of a national (or local) number who bears this name in the directory.

    Raises:
        EnrolmentError: `unknown`, the same whatever is wrong.
    """
    person = queries.subject(number)
    if person is None or _bare(person.family) != _bare(family):
        note("portal.enrolment.unknown", outcome="refused", object_kind="enrolment")
        raise EnrolmentError("unknown")
    with act():
        made = Enrolment.objects.create(
            subject_id=person.id, name=person.name, label=person.label, number=person.number
        )
        note("portal.enrolment.begun", object_kind="enrolment", object_id=made.id)
    return made


def ask_mail(*, enrolment: Enrolment, mailbox: str) -> Enrolment:
    """Send a code to a mailbox that the directory holds; `mailbox` is its key (`queries.Mailbox.key`).

    Raises:
        EnrolmentError: `way` (no such mailbox), `many`.
    """
    boxes = {one.key: one for one in queries.mailboxes(enrolment.subject_id)}
    box = boxes.get(mailbox)
    if box is None:
        raise EnrolmentError("way")
    with act():
        alone(enrolment.subject_id)
        since = timezone.now() - rules.MAIL_WINDOW
        sent = OneTimeCode.objects.filter(
            use=OneTimeCode.Use.MAIL, subject_id=enrolment.subject_id, made_at__gt=since
        )
        if sent.count() >= rules.MOST_MAILS:
            raise EnrolmentError("many")
        code = issue_code(
            use=OneTimeCode.Use.MAIL,
            subject_id=enrolment.subject_id,
            good_for=rules.MAIL_GOOD_FOR,
            shape=rules.SHORT,
        )
        send_mail(
            kind=CODE, to=box.address, key=f"enrolment:{uuid7()}",
            values={"code": rules.grouped(code)},
        )  # fmt: skip
        _ask(enrolment, way=Enrolment.Way.MAIL, mailbox=box.masked)
    return enrolment


def ask_letter(*, enrolment: Enrolment, organisation_id: UUID) -> Enrolment:
    """Have a letter with a code sent to a place of work, at the address that the directory gives.

    Raises:
        EnrolmentError: `way`, the person does not work there or it has no address.
    """
    place = queries.place_of(enrolment.subject_id, organisation_id)
    if place is None or not place.address:
        raise EnrolmentError("way")
    with act():
        _ask(
            enrolment,
            way=Enrolment.Way.LETTER,
            organisation_id=place.id,
            organisation_name=place.name,
            address=place.address,
        )
    return enrolment


def ask_referent(*, enrolment: Enrolment, organisation_id: UUID) -> Enrolment:
    """Ask the referents of one's structure to vouch: they are told at once.

    Raises:
        EnrolmentError: `way`, the person does not work there or nobody answers for it.
    """
    place = queries.place_of(enrolment.subject_id, organisation_id)
    if place is None or not place.has_referent:
        raise EnrolmentError("way")
    with act():
        _ask(
            enrolment,
            way=Enrolment.Way.REFERENT,
            organisation_id=place.id,
            organisation_name=place.name,
        )
        emit("portal.vouch.asked", payload={"ids": [str(enrolment.id)]})
    return enrolment


def _ask(enrolment: Enrolment, *, way: str, **where: object) -> None:
    values = {
        "organisation_id": None,
        "organisation_name": "",
        "address": "",
        "mailbox": "",
    } | where
    enrolment.way, enrolment.state = way, Enrolment.State.ASKED
    enrolment.asked_at, enrolment.printed_at = timezone.now(), None
    for name, value in values.items():
        setattr(enrolment, name, value)
    enrolment.save()
    note(
        "portal.enrolment.asked",
        object_kind="enrolment",
        object_id=enrolment.id,
        details={"way": way},
    )


def prove(*, enrolment: Enrolment, code: str) -> Enrolment:
    """Take the code that reached the person: they are who they say.

    Raises:
        CodeError: it is not the code, or not any more.
    """
    taken = take_code(subject_id=enrolment.subject_id, typed=code, uses=WAYS)
    with act():
        enrolment.state, enrolment.proved_at = Enrolment.State.PROVED, timezone.now()
        enrolment.save(update_fields=["state", "proved_at"])
        note(
            "portal.enrolment.proved",
            object_kind="enrolment",
            object_id=enrolment.id,
            details={"use": taken.use},
        )
    return enrolment


def open_account(*, enrolment: Enrolment, login: str, password: str, email: str = "") -> User:
    """Open the account of somebody who has shown who they are, with the positions that they hold.

    The mailbox of the directory is told, so that its owner learns of an account that they did not open.

    Raises:
        EnrolmentError: `proof` (none, or too long ago), `already`, `login` (taken).
    """
    with act():
        held = proved(enrolment)
        if account_of(held.subject_id) is not None:
            raise EnrolmentError("already")
        if User.objects.filter(login=login.lower()).exists():
            raise EnrolmentError("login")
        user = _create(held, login, password, email)
        finish(held, user)
        for box in queries.mailboxes(held.subject_id)[:1]:
            send_mail(kind=TOLD, to=box.address, key=f"opened:{user.id}", user_id=user.id)
    return user


def renew_password(*, enrolment: Enrolment, password: str) -> User:
    """A new password for who already has an account; the second factor stays what it is.

    Raises:
        EnrolmentError: `proof`, or `unknown` when there is no account.
    """
    with act():
        held = proved(enrolment)
        user = account_of(held.subject_id)
        if user is None:
            raise EnrolmentError("unknown")
        user.set_password(password)
        user.save(update_fields=["password"])
        finish(held, user)
        note(
            "account.password.changed",
            object_kind="user",
            object_id=user.id,
            actor=actor_of(user),
            details={"enrolment": str(held.id)},
        )
    return user


def _create(held: Enrolment, login: str, password: str, email: str) -> User:
    practitioner = Practitioner.objects.defer("search").filter(pk=held.subject_id).first()
    if practitioner is not None:
        return enrol(login=login, password=password, practitioner=practitioner, email=email)
    if invited := queries.invitation_of(held.subject_id):
        return account_of_person(invited, login, password, email)
    person = LocalPerson.objects.get(pk=held.subject_id)
    user = User.objects.create_user(
        login, password, email=email, name=str(person), kind=User.Kind.PROFESSIONAL,
        grantee_id=person.id,
    )  # fmt: skip
    Position.objects.create(
        user=user,
        organisation_id=person.organisation_id,
        organisation_name=person.organisation_name[:200],
        function_code=person.function_code,
        label=queries.FUNCTIONS[person.function_code],
        role=role_for("", person.function_code),
    )
    note("accounts.user.enrolled", object_kind="user", object_id=user.id)
    return user


def _bare(name: str) -> str:
    return name_key(name).replace(" ", "")

"""Confirming, closing and reopening accesses, by a referent or because the directory says that somebody left."""

import logging
from uuid import UUID

from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.accounts.models import User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.notifications.commands import send_mail
from enrs.referentials.directory.commands.accounts import sync_positions
from enrs.referentials.directory.models import Practitioner
from enrs.services.portal import rules
from enrs.services.portal.commands.access import demand_operator, demand_referent
from enrs.services.portal.commands.referents import ReferentError
from enrs.services.portal.models import Closing, Review
from enrs.services.portal.queries import people

BATCH = 200
"""Accounts that one round of the sweep looks at."""

log = logging.getLogger("enrs.portal")


def confirm_person(*, organisation_id: UUID, user_id: UUID) -> None:
    """Say that somebody still works in the structure: their next confirmation is six months away.

    Raises:
        AccessRefusedError: the actor does not answer for it.
        ReferentError: `colleague`.
    """
    demand_referent(organisation_id)
    if people.colleague(organisation_id, user_id) is None:
        raise ReferentError("colleague")
    with act():
        Review.objects.update_or_create(
            organisation_id=organisation_id,
            user_id=user_id,
            defaults={"confirmed_at": timezone.now(), "confirmed_by": current_actor().name},
        )
        details = {"organisation": str(organisation_id)}
        note("portal.person.confirmed", object_kind="user", object_id=user_id, details=details)


def close_access(*, organisation_id: UUID, user_id: UUID, reason: str) -> Closing:
    """End somebody's access at one structure, now; the account itself when no place is left.

    It holds until it is reopened, whatever the directory says meanwhile.

    Raises:
        AccessRefusedError: the actor does not answer for it.
        ReferentError: `colleague`, `oneself`.
    """
    place = demand_referent(organisation_id)
    user = people.colleague(organisation_id, user_id)
    if user is None:
        raise ReferentError("colleague")
    if user.id == current_actor().user_id:
        raise ReferentError("oneself")
    with act():
        made = Closing.objects.create(
            user_id=user.id,
            name=user.name,
            organisation_id=organisation_id,
            organisation_name=place.organisation_name if place else "",
            cause=Closing.Cause.REFERENT,
            reason=reason.strip()[:400],
            closed_by=current_actor().name,
        )
        _trace("closed", made)
        _apply(user)
    return made


def close_account(*, user_id: UUID, reason: str) -> Closing:
    """Close a whole account, for the region's exploitation.

    Raises:
        AccessRefusedError: another role.
        ReferentError: `colleague` (no such open account), `oneself`.
    """
    demand_operator()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise ReferentError("colleague")
    if user.id == current_actor().user_id:
        raise ReferentError("oneself")
    with act():
        return _close(user, Closing.Cause.OPERATOR, reason.strip()[:400])


def reopen_access(*, closing: Closing) -> None:
    """Undo a closing: the positions that the directory still gives come back.

    Raises:
        AccessRefusedError: the actor neither answers for the structure nor runs the region.
        ReferentError: `answered`, it is open again already.
    """
    if closing.organisation_id is None or current_actor().role == "operator":
        demand_operator()
    else:
        demand_referent(closing.organisation_id)
    with act():
        held = Closing.objects.select_for_update().get(pk=closing.pk)
        if held.reopened_at is not None:
            raise ReferentError("answered")
        held.reopened_at, held.reopened_by = timezone.now(), current_actor().name
        held.save(update_fields=["reopened_at", "reopened_by"])
        _trace("reopened", held)
        user = User.objects.get(pk=held.user_id)
        person = Practitioner.objects.defer("search").filter(pk=user.grantee_id).first()
        if person is not None:
            sync_positions(person)
        elif held.organisation_id is not None:
            user.positions.filter(organisation_id=held.organisation_id).update(valid_until=None)
        _apply(user, may_open=True)


def follow_positions(user_id: UUID) -> None:
    """Bring an account to what its positions say, after the directory changed them."""
    user = User.objects.filter(pk=user_id, kind=User.Kind.PROFESSIONAL).first()
    if user is not None:
        with act():
            _apply(user)


def sweep_accounts() -> bool:
    """Look for accounts that no position keeps open, or that one opens again; true when more wait.

    A directory that seems to have emptied itself closes nobody: somebody must look first.
    """
    held = people.live_positions().filter(user_id=OuterRef("pk"))
    pros = User.objects.filter(kind=User.Kind.PROFESSIONAL)
    left = pros.filter(
        ~Exists(held), is_active=True, created_at__lt=timezone.now() - rules.SETTLING
    )
    back = pros.filter(
        Exists(held), is_active=False, id__in=_open("directory").values("user_id")
    )  # fmt: skip
    active = pros.filter(is_active=True).count()
    gone = list(left.order_by("id")[:BATCH])
    if not rules.may_close_many(
        active=active, gone=left.count() if len(gone) == BATCH else len(gone)
    ):
        log.error("%s accounts of %s have no position left: none was closed", len(gone), active)
        gone = []
    for user in [*gone, *back.order_by("id")[:BATCH]]:
        follow_positions(user.id)
    return len(gone) == BATCH


def _open(cause: str) -> QuerySet[Closing]:
    return Closing.objects.filter(cause=cause, organisation_id=None, reopened_at=None)


def _apply(user: User, *, may_open: bool = False) -> None:
    """End positions at closed places, then close or reopen the account as a whole.

    An account that something else closed stays closed, unless `may_open`.
    """
    now = timezone.now()
    closed = Closing.objects.filter(user_id=user.id, reopened_at=None)
    places = [one.organisation_id for one in closed if one.organisation_id]
    live = people.live_positions().filter(user=user)
    live.filter(organisation_id__in=places).update(valid_until=now, is_default=False)
    whole = closed.filter(organisation_id=None).first()
    has_place = live.exists()
    if has_place and whole is not None and whole.cause == Closing.Cause.DIRECTORY:
        whole.reopened_at, whole.reopened_by = now, current_actor().name
        whole.save(update_fields=["reopened_at", "reopened_by"])
        _trace("reopened", whole)
        whole, may_open = None, True
    if may_open and has_place and whole is None and not user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=True)
    elif not has_place and whole is None and user.is_active:
        _close(user, Closing.Cause.DIRECTORY, "")


def _close(user: User, cause: str, reason: str) -> Closing:
    made = Closing.objects.create(
        user_id=user.id, name=user.name, cause=cause, reason=reason, closed_by=current_actor().name
    )
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sessions(user)
    if user.email:
        send_mail(kind="portal.account.closed", to=user.email, key=f"closed:{made.id}")
    _trace("closed", made)
    return made


def end_sessions(user: User) -> None:
    """Close every session of somebody, now; inside an act that decided it."""
    get_adapter().end_sessions(list(UserSession.objects.filter(user_id=user.pk)))


def _trace(what: str, closing: Closing) -> None:
    note(
        f"portal.access.{what}",
        object_kind="user",
        object_id=closing.user_id,
        reason=closing.reason,
        details={"cause": closing.cause, "organisation": str(closing.organisation_id or "")},
    )
    emit(f"portal.access.{what}", payload={"ids": [str(closing.id)]})

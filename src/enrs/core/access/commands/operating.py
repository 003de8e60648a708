"""Opening and ending an exploitation session: the only way to its power, and each leaves its line."""

from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.access.commands.grants import AccessRefusedError
from enrs.core.access.models import OperatingSession
from enrs.core.access.rules import operating as rules
from enrs.core.access.rules.operating import OperatingError
from enrs.core.audit.commands import note
from enrs.core.effects import act

BATCH = 200
LOCK = 4_610_338
"""Seed of the advisory lock of one person's openings."""


def open_session(
    *, reason: str, minutes: int, ticket: str = "", proof: str = ""
) -> OperatingSession:
    """Give the current actor the exploitation's power for a time.

    `proof` says how they showed lately who they are (`mfa`, `password`; empty: by nothing of ours); the
    page asks for it, the line keeps it.

    Raises:
        AccessRefusedError: not somebody of the exploitation.
        OperatingError: `reason`, `duration`, or `running` when one is open: it is never made longer.
    """
    by = current_actor()
    if not by.runs or by.user_id is None:
        raise AccessRefusedError("role")
    text, duration = rules.checked(reason, minutes)
    with act():
        _lock(by.user_id)
        now = timezone.now()
        own = OperatingSession.objects.filter(user_id=by.user_id, ended_at=None)
        _end(own.filter(valid_until__lte=now), OperatingSession.End.TIME)
        if own.exists():
            raise OperatingError("running")
        made = OperatingSession.objects.create(
            user_id=by.user_id,
            user_name=by.name,
            reason=text,
            ticket=ticket.strip()[: rules.MOST_TICKET],
            proof=proof,
            opened_at=now,
            valid_until=now + duration,
        )
        note(
            "access.session.opened",
            object_kind="operating_session",
            object_id=made.id,
            reason=text,
            details={"minutes": minutes, "ticket": made.ticket, "proof": proof},
        )
    return made


def end_session(*, session: OperatingSession) -> None:
    """End a session before its time: one's own, or a colleague's by whoever has one open.

    Raises:
        AccessRefusedError: another's, without a session of one's own.
        OperatingError: `ended`, it is over already.
    """
    by = current_actor()
    is_own = by.user_id is not None and session.user_id == by.user_id
    if not is_own and by.role != rules.OPERATOR:
        raise AccessRefusedError("role")
    how = OperatingSession.End.ONESELF if is_own else OperatingSession.End.COLLEAGUE
    with act():
        running = OperatingSession.objects.filter(
            pk=session.pk, ended_at=None, valid_until__gt=timezone.now()
        )
        if not _end(running, how):
            raise OperatingError("ended")


def end_sessions_of(*, user_id: UUID) -> None:
    """What signing out ends: the session that its holder has open, whatever browser they leave.

    Raises:
        AccessRefusedError: somebody else's.
    """
    if current_actor().user_id != user_id:
        raise AccessRefusedError("role")
    with act():
        running = OperatingSession.objects.filter(
            user_id=user_id, ended_at=None, valid_until__gt=timezone.now()
        )
        _end(running, OperatingSession.End.SIGN_OUT)


def settle_sessions() -> bool:
    """Write the end of those whose time is over, with its line; true when more wait."""
    with act():
        over = OperatingSession.objects.filter(ended_at=None, valid_until__lte=timezone.now())
        return _end(over, OperatingSession.End.TIME) == BATCH


def _end(rows: QuerySet[OperatingSession], how: OperatingSession.End) -> int:
    """The line first: what is read as done in a session lies within it."""
    by = current_actor()
    held = list(rows.select_for_update().order_by("id")[:BATCH])
    for one in held:
        note(
            "access.session.ended",
            object_kind="operating_session",
            object_id=one.id,
            details={"how": how.value, "holder": str(one.user_id)},
        )
        is_by_itself = how == OperatingSession.End.TIME
        one.ended_at = one.valid_until if is_by_itself else timezone.now()
        one.ended_how = how
        one.ended_by_id = None if is_by_itself else by.user_id
        one.ended_by = "" if is_by_itself else by.name
        one.save(update_fields=["ended_at", "ended_how", "ended_by_id", "ended_by"])
    return len(held)


def _lock(user_id: UUID) -> None:
    """Two openings by one person, in two tabs, come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(user_id), LOCK]
        )

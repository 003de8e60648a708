"""Our sessions as applications know them: opened, ended, and the applications told of the end."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from enrs.core.accounts.commands.tokens import revoke_tokens
from enrs.core.accounts.models import (
    ApplicationSession,
    HeardLogout,
    LogoutNotice,
    ProviderSession,
    UsedGrant,
    User,
)
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.jobs.upkeep import remove_rows

RETRIES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""Delays before an application that does not answer is told again; after the last, one gives up."""

BATCH = 20
SWEPT = 200
"""Rows of each kind that one round of the cleaning forgets."""
KEPT = timedelta(days=30)
"""How long the trace of a session stays, for whoever looks into a logout that was not heard."""


def open_to_application(*, application_id: str, user: User, sid: UUID, session_key: str) -> None:
    """Keep that this session was opened to an application; once per session."""
    ApplicationSession.objects.bulk_create(
        [
            ApplicationSession(
                sid=sid, user=user, application_id=application_id, session_key=session_key
            )
        ],
        ignore_conflicts=True,
    )


def end_sessions(session_keys: Sequence[str]) -> int:
    """End what these sessions opened: tokens (but those kept offline), and notices to the applications.

    Returns how many sessions of applications ended.
    """
    now = timezone.now()
    with act():
        open_ones = ApplicationSession.objects.filter(
            session_key__in=session_keys, ended_at=None
        ).select_related("application")
        ended = list(open_ones.select_for_update(of=("self",)).order_by("id"))
        for one in ended:
            revoke_tokens(
                client_id=one.application_id,
                user_id=one.user_id,
                data__sid=str(one.sid),
                data__is_offline=False,
            )
        ApplicationSession.objects.filter(pk__in=[one.pk for one in ended]).update(ended_at=now)
        LogoutNotice.objects.bulk_create(
            LogoutNotice(session=one, due_at=now)
            for one in ended
            if one.application.backchannel_logout_uri
        )
        for one in ended:
            note(
                "application.session.ended",
                object_kind="application",
                object_id=one.application_id,
            )
    return len(ended)


def take_notices() -> list[LogoutNotice]:
    """The notices that are due, put off so that nobody else sends them meanwhile."""
    now = timezone.now()
    with act():
        due = LogoutNotice.objects.filter(done_at=None, due_at__lte=now).select_related(
            "session__application"
        )
        taken = list(
            due.select_for_update(of=("self",), skip_locked=True).order_by("due_at")[:BATCH]
        )
        for one in taken:
            delay = RETRIES[min(one.attempts, len(RETRIES) - 1)]
            LogoutNotice.objects.filter(pk=one.pk).update(
                due_at=now + delay, attempts=F("attempts") + 1
            )
            one.attempts += 1
    return taken


def settle_notice(notice: LogoutNotice, error: str = "") -> None:
    """Keep how an attempt went; the last failure gives up, with its line in the journal."""
    is_over = not error or notice.attempts > len(RETRIES)
    with act():
        LogoutNotice.objects.filter(pk=notice.pk).update(
            last_error=error[:200], done_at=timezone.now() if is_over else None
        )
        if is_over:
            note(
                "application.logout.told" if not error else "application.logout.unheard",
                outcome="done" if not error else "refused",
                object_kind="application",
                object_id=notice.session.application_id,
                reason=error,
            )


def ended() -> list[QuerySet[Any]]:
    """Expired tokens, those of retired applications, sessions that ended and their old traces."""
    now = timezone.now()
    kept = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    return [
        Token.objects.filter(expires_at__lt=now),
        UsedGrant.objects.filter(expires_at__lt=now),
        Token.objects.filter(client__application__retired_at__isnull=False),
        ApplicationSession.objects.filter(started_at__lt=now - KEPT),
        UserSession.objects.filter(~Exists(kept)),
        ProviderSession.objects.filter(~Exists(kept)),
        HeardLogout.objects.filter(expires_at__lt=now),
        Session.objects.filter(expire_date__lt=now),
    ]


def purge_ended() -> int:
    """Delete some of what `ended` tells; returns how much.

    A session that ended by its hour is told to the applications that it opened, as one that was closed by
    hand (`signals`).
    """
    return sum(remove_rows(rows, SWEPT) for rows in ended())

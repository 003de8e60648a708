"""The exploitation sessions: the one that somebody has open, the list of all, what was done in each."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from enrs.core.access.actor import OpenSession
from enrs.core.access.models import OperatingSession

SHOWN = 30
"""Sessions of one page of the list."""
LINES = 50
"""Lines of the journal of one page of a session."""


def open_session_of(user_id: UUID) -> OpenSession | None:
    """The session that somebody has open now.

    By a function of the database: it is asked before row security knows who acts.
    """
    with connection.cursor() as cursor:
        cursor.execute("select id, valid_until, reason from access_open_session(%s)", [user_id])
        row = cursor.fetchone()
    return OpenSession(*row) if row else None


def opening_address(request: HttpRequest) -> str:
    """The form that opens a session, with the way back to where somebody was going.

    What was to be written is not: the way back is then the page that holds the form.
    """
    onward = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        onward = _path_of(request.headers.get("Referer", ""))
    return here_with(safe_onward(request, onward))


def _path_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def here_with(onward: str) -> str:
    """The form's own address, with where it leads."""
    return f"{reverse('access:open_session')}?{urlencode({'next': onward}, safe='/')}"


def safe_onward(request: HttpRequest, address: str) -> str:
    """An address of ours, or the first page."""
    is_ours = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if address and is_ours else "/"


def sessions(before: UUID | None = None) -> tuple[list[OperatingSession], str]:
    """The sessions, newest first, a page of them; and where the next begins.

    The identifiers are UUIDv7: their order is that of the openings.
    """
    rows = OperatingSession.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: SHOWN + 1])
    return found[:SHOWN], str(found[SHOWN - 1].id) if len(found) > SHOWN else ""


def session(session_id: UUID) -> OperatingSession | None:
    """One session that the current actor may read."""
    return OperatingSession.objects.filter(pk=session_id).first()


@dataclass(frozen=True, slots=True)
class Done:
    """One act of a session, as the journal keeps it."""

    id: UUID
    at: datetime
    action: str
    outcome: str
    reason: str


def done_in(
    session_id: UUID, before: tuple[datetime, UUID] | None = None
) -> tuple[list[Done], str]:
    """What its holder did while it was open, newest first, a page of it; and where the next begins."""
    at, line = before or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, action, outcome, reason from access_session_lines(%s, %s, %s, %s)",
            [session_id, at, line, LINES + 1],
        )
        found = [Done(*row) for row in cursor.fetchall()]
    if len(found) <= LINES:
        return found, ""
    last = found[LINES - 1]
    return found[:LINES], f"{last.at.isoformat()}~{last.id}"

"""« Notifications »: what the signed-in person was told, and the bell of the top bar."""

import string
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from enrs.core.access.actor import Actor, current_actor
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.access.rules import READ, Right, decide
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.core.notifications import queries
from enrs.core.notifications.commands import mark_read
from enrs.core.notifications.models import Notice
from enrs.core.notifications.registry import KINDS, NoticeKind, patient_names


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as the page shows it; `name` is empty when the reader may no longer see the person.

    `reason` and `url` are only for who may read that part of the record.
    """

    notice: Notice
    kind: NoticeKind
    by: str
    at: datetime
    name: str
    reason: str
    url: str
    is_own: bool
    sentence: str = ""


@permission(ACCOUNT)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first."""
    actor = current_actor()
    before = _identifier(request.GET.get("avant", ""))
    notices = queries.notices_of(actor.user_id, before=before) if actor.user_id else []
    shown = notices[: queries.PAGE]
    rows = lines(shown, actor)
    is_refresh = bool(getattr(request, "htmx", False)) and before is None
    named = {row.notice.patient_id for row in rows if row.name and row.notice.patient_id}
    if named and not is_refresh:
        note("notice.list.read", patient_ids=sorted(named), object_kind="list")
    context: dict[str, Any] = {
        "lines": rows,
        "newest": shown[0].created_at.isoformat() if shown else "",
        "has_unread": any(one.read_at is None for one in shown),
        "here": request.get_full_path(),
        "next_url": f"?avant={shown[-1].pk}" if len(notices) > len(shown) else "",
        "live": live_context(f"user:{actor.user_id}"),
    }
    return render(request, "notifications/list.html", context)


@permission(ACCOUNT)
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, asked again when something is told."""
    return render(request, "ui/_bell.html")


@permission(ACCOUNT)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what the page showed; what came meanwhile stays unread."""
    try:
        until = parse_datetime(request.POST.get("jusque", ""))
    except ValueError:
        until = None
    if until is not None and until.tzinfo is not None:
        mark_read(until=until)
    return redirect("notifications:list")


def lines(notices: list[Notice], actor: Actor) -> list[Line]:
    """The notices with names and links, narrowed to what the actor may still see: two queries."""
    ids = {one.patient_id for one in notices if one.patient_id}
    held = queries.rights_by_patient(ids, actor) if ids else {}
    names = patient_names(held.keys())
    return [
        _line(one, KINDS[one.kind], actor, held.get(one.patient_id or UUID(int=0), []), names)
        for one in notices
        if one.kind in KINDS
    ]


def _line(
    notice: Notice, kind: NoticeKind, actor: Actor, rights: list[Right], names: dict[UUID, str]
) -> Line:
    patient_id = notice.patient_id
    if patient_id is not None and kind.category:
        asked = decide(role=actor.role, category=kind.category, action=READ, rights=rights)
        is_open = asked.allowed
    elif patient_id is not None:
        is_open = bool(rights)
    else:
        is_open = True
    name = names.get(patient_id, "") if patient_id else ""
    return Line(
        notice=notice,
        kind=kind,
        by=notice.details.get("by", ""),
        at=_moment(notice),
        name=name,
        reason=notice.details.get("reason", "") if is_open else "",
        url=_url(notice, kind) if is_open else "",
        is_own=any(right.purpose == "self" for right in rights),
        sentence=_sentence(notice, kind, name) if is_open else kind.label,
    )


def _moment(notice: Notice) -> datetime:
    try:
        return datetime.fromisoformat(str(notice.details.get("at", "")))
    except ValueError:
        return notice.created_at


def _url(notice: Notice, kind: NoticeKind) -> str:
    if kind.link is not None:
        return kind.link(notice.details)
    if kind.address is not None and notice.patient_id:
        return kind.address(notice.patient_id)
    return ""


def _sentence(notice: Notice, kind: NoticeKind, name: str) -> str:
    """The kind's own sentence with the details; `{patient}` is named as the reader may see them."""
    words: defaultdict[str, object] = defaultdict(str, notice.details)
    words["patient"] = name or "une personne"
    return string.Formatter().vformat(kind.text, (), words)


def _identifier(text: str) -> UUID | None:
    """A position of the list from an address; one that is malformed means the first page."""
    try:
        return UUID(text)
    except ValueError:
        return None

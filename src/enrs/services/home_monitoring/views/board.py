"""The board of those whom one watches."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.access.rules import READ, permits
from enrs.core.audit.commands import note
from enrs.core.live.views import live_context
from enrs.services.home_monitoring import queries
from enrs.services.home_monitoring.commands.shared import CATEGORY
from enrs.services.home_monitoring.rules.thresholds import RANKS
from enrs.services.home_monitoring.views.shared import finding_words, look


@permission(PROFESSIONAL)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The people whom the actor watches, what waits first, by state when one is chosen."""
    actor = current_actor()
    if not permits(actor.role, CATEGORY, READ):
        raise AccessRefusedError("profession")
    state = request.GET.get("etat", "")
    state = state if state in RANKS else ""
    lines, following = queries.board(
        state=state, after=queries.After.parse(request.GET.get("apres", ""))
    )
    if lines:
        note(
            "home_monitoring.board.read",
            patient_ids=[one.follow_up.patient_id for one in lines],
            object_kind="list",
        )
    topics = [f"grantee:{one}" for one in actor.grantees]
    context = {
        "rows": [_row(one) for one in lines],
        "states": _states(state),
        "state": state,
        "next_url": _next_url(request, following),
        "here": request.get_full_path(),
        "now": timezone.now(),
        "live": live_context(f"user:{actor.user_id}", *topics),
    }
    return render(request, "home_monitoring/board.html", context)


def _row(line: queries.Line) -> dict[str, Any]:
    one = line.follow_up
    return {
        "one": one,
        "name": line.name,
        "is_waiting": line.is_waiting,
        "look": look(one.state if one.last_at or one.state != "green" else ""),
        "findings": finding_words(one.last_findings)[:3],
    }


def _states(chosen: str) -> list[dict[str, Any]]:
    counted = queries.counts()
    return [
        look(key)
        | {
            "key": key,
            "is_current": key == chosen,
            "count": f"{queries.COUNTED} +"
            if counted.get(key, 0) >= queries.COUNTED
            else counted.get(key, 0),
        }
        for key in RANKS
    ]


def _next_url(request: HttpRequest, following: queries.After | None) -> str:
    if following is None:
        return ""
    query = request.GET.copy()
    query["apres"] = str(following)
    return f"{request.path}?{query.urlencode()}"

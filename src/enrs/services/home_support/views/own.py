"""The person's own week."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import permission
from enrs.core.access.permissions import ACCOUNT
from enrs.core.live.views import live_context
from enrs.services.home_support import queries


@permission(ACCOUNT)
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The returns of the person and of those whom they represent; the only one opens at once."""
    if current_actor().kind != "person":
        raise AccessRefusedError("profession")
    rows = queries.own_returns()
    if len(rows) == 1:
        return redirect("home_support:show", rows[0].patient_id, rows[0].id)
    names = queries.names({one.patient_id for one in rows})
    context = {
        "rows": [(one, names.get(one.patient_id, "")) for one in rows],
        "live": live_context(f"user:{current_actor().user_id}"),
    }
    return render(request, "home_support/own.html", context)

"""Choosing the place where one works now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL
from enrs.core.accounts.queries import positions_of
from enrs.core.audit.commands import note


@permission(PROFESSIONAL)
@require_POST
def position(request: HttpRequest) -> HttpResponse:
    """Work from another of one's places; an unknown one changes nothing."""
    wanted = request.POST.get("place", "")
    held = {str(one.id) for one in positions_of(request.user)}  # type: ignore[arg-type]
    if wanted in held:
        request.session["position"] = wanted
        note("account.position.chosen", object_kind="position", object_id=wanted)
    back = request.headers.get("Referer", "/")
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return redirect(back if allowed else "/")

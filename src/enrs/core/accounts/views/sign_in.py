"""Signing in, and choosing the place where one works now."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PROFESSIONAL, PUBLIC
from enrs.core.accounts.queries import demo_accounts, positions_of
from enrs.core.accounts.queries.federation import identity_providers
from enrs.core.audit.commands import note

TOO_MANY = "too_many_login_attempts"
"""The sign-in library's code for a form that was refused for its rhythm."""


class SignIn(LoginView):
    """The library's sign-in, with the demo's accounts beside the form."""

    permission = PUBLIC

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        general = context["form"].errors.get("__all__")
        codes = {error.code for error in general.as_data()} if general else set()
        is_demo = settings.MODE == "demo"
        return context | {
            "is_slowed": TOO_MANY in codes,
            "identity_providers": identity_providers(),
            "next": self.request.GET.get("next", ""),
            "demo_accounts": demo_accounts() if is_demo else [],
            "demo_password": settings.DEMO_PASSWORD if is_demo else "",
        }


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

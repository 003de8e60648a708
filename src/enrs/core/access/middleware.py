"""One transaction per request, with its actor, and the gate before every view."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import connection, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.views.defaults import page_not_found

from enrs.core.access.actor import ANONYMOUS, Actor, acting, is_aborted
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.gate import declared_permission, is_open, open_patient, waits_for_session
from enrs.core.access.operating import opening_address
from enrs.core.access.permissions import Permission
from enrs.core.access.queries import rights_known
from enrs.core.accounts.proof import is_at_post
from enrs.core.accounts.queries import actor_of, positions_of
from enrs.core.accounts.second_factor import second_factor_address
from enrs.core.audit.commands import note

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Open the request's transaction, find who is acting and tell the database.

    In tests, which connect as the owner, `DATABASE_ROLE` also lowers the transaction to the
    application's role, so that row security holds there as it does in service.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if getattr(request, "is_self_transacted", False) or request.path.startswith("/fhir/"):
            return self.get_response(request)
        with transaction.atomic():
            actor = self._actor(request)
            request.actor = actor  # type: ignore[attr-defined]
            lowered = settings.DATABASE_ROLE
            keeping = rights_known(actor) if request.method in ("GET", "HEAD") else nullcontext()
            with acting(actor), keeping:
                if lowered:
                    _set_role(lowered)
                try:
                    response = self.get_response(request)
                finally:
                    if lowered and not is_aborted():
                        _set_role("none")
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    @staticmethod
    def _actor(request: HttpRequest) -> Actor:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return ANONYMOUS
        # The frame of the page offers them too.
        request.positions = positions_of(user)  # type: ignore[attr-defined]
        return actor_of(
            user,
            request.session.get("position"),
            positions=request.positions,  # type: ignore[attr-defined]
            is_at_post=is_at_post(request, user),
        )


class GateMiddleware:
    """Ask the declared permission before each view; a view without one does not open.

    Where `DEMANDS_SECOND_FACTOR` holds, a session without its second factor opens nothing of ours. The
    exploitation without a session is led to the form that opens one, and from there to where it was going.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        declared = declared_permission(view) or self._library_permission(request)
        if declared is None:
            if view.__module__.startswith("enrs."):
                raise LookupError(f"{view.__module__}.{view.__name__} declares no permission")
            raise Http404  # A library's page that `LIBRARY_PERMISSIONS` does not open.
        is_waiting = declared.audience != "public"
        name = self._view_name(request)
        if is_waiting and (address := second_factor_address(request, name)):
            return HttpResponseRedirect(address)
        if self._passes(request, declared, kwargs):
            return None
        if request.actor.kind == "anonymous":  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())
        if waits_for_session(declared):
            return _led_to_session(request)
        raise Http404

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """A command's refusal of access that no view put in words: its line, and nothing at this address."""
        refused = exception.__cause__ if isinstance(exception, Http404) else exception
        if not isinstance(refused, AccessRefusedError):
            return None
        opening = getattr(request, "opening", None)
        note(
            "access.refused",
            patient_id=opening.patient_id if opening else None,
            outcome="refused",
            object_kind=self._view_name(request),
            reason=refused.reason,
        )
        return page_not_found(request, Http404())

    @staticmethod
    def _passes(request: HttpRequest, declared: Permission, kwargs: dict[str, Any]) -> bool:
        if declared.audience != "patient":
            return is_open(declared, is_reading=request.method in ("GET", "HEAD"))
        request.opening = open_patient(declared, kwargs["patient_id"])  # type: ignore[attr-defined]
        return request.opening.decision.allowed  # type: ignore[attr-defined]

    @staticmethod
    def _library_permission(request: HttpRequest) -> Permission | None:
        return settings.LIBRARY_PERMISSIONS.get(GateMiddleware._view_name(request))

    @staticmethod
    def _view_name(request: HttpRequest) -> str:
        return request.resolver_match.view_name if request.resolver_match else ""


def _led_to_session(request: HttpRequest) -> HttpResponse:
    address = opening_address(request)
    if request.headers.get("HX-Request"):
        # The page goes there by itself, unless somebody is writing in it.
        return HttpResponse(status=401, headers={"Enrs-Onward": address})
    return HttpResponseRedirect(address)


def _set_role(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")

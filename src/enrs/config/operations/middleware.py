"""First of the list: answers probes and scrapes before anything asks the database, and times the rest."""

import hmac
import os
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse

from enrs.config.operations import answers, meters

LOOPBACK = {"127.0.0.1", "::1"}
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
"""What a proxy adds: its requests come from this machine, those who made them do not."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class OperationsMiddleware:
    """`/health` for anybody; `/health/ready` and `/metrics` for who may see them, else the usual door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.doors = {"/health/ready": answers.readiness, "/metrics": answers.metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path == "/health":
            return answers.liveness()
        door = self.doors.get(path)
        if door and request.method in ("GET", "HEAD"):
            allowed = may_see(request)
            if allowed:
                return door()
            if allowed is False:
                return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        began = perf_counter()
        response = self.get_response(request)
        meters.meter().observe(_key(request, path, response.status_code), perf_counter() - began)
        return response


def may_see(request: HttpRequest) -> bool | None:
    """Whether the caller is the supervision: its token, or this very machine where no token is set.

    None for a caller who shows nothing, whom the usual door may know; False for a wrong token.
    """
    token = os.environ.get("ENRS_METRICS_TOKEN", "")
    shown = request.META.get("HTTP_AUTHORIZATION", "")
    if shown:
        wanted = f"Bearer {token}"
        return bool(token) and hmac.compare_digest(shown.encode(), wanted.encode())
    is_near = request.META.get("REMOTE_ADDR") in LOOPBACK
    is_near &= not any(name in request.META for name in FORWARDED)
    return True if is_near and not token else None


def _key(request: HttpRequest, path: str, status: int) -> meters.Key:
    """View, method and status: names of our own, never a piece of the address."""
    match = request.resolver_match
    if match:
        view = match.view_name or "unnamed"
        if path.startswith("/fhir/") and not match.namespaces:
            view = f"fhir:{view}"
    else:
        view = "static" if path.startswith("/static/") else "unknown"
    method = request.method if request.method in METHODS else "OTHER"
    return view.replace(" ", "_"), str(method), str(status)

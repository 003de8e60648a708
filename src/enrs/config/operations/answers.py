"""The answers to probes and scrapes."""

from django.http import HttpResponse, JsonResponse

from enrs.config.operations import health
from enrs.config.operations.metrics import CONTENT_TYPE, exposition

NO_STORE = {"Cache-Control": "no-store"}


def liveness() -> HttpResponse:
    """The process answers: nothing else is asked, nothing else is said."""
    return JsonResponse({"status": "ok"}, headers=NO_STORE)


def readiness() -> HttpResponse:
    """The points of the health; 503 when the service can answer nobody."""
    status, content = health.report()
    return JsonResponse(content, status=status, headers=NO_STORE)


def metrics() -> HttpResponse:
    """The metrics, in Prometheus' text format."""
    return HttpResponse(exposition(), content_type=CONTENT_TYPE, headers=NO_STORE)

"""The same answers, for an operator who is signed in."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from enrs.config.operations import answers
from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC, role_permission

OPERATOR = role_permission("operator", reads_at_rest=True)


@permission(PUBLIC)
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Whether the process answers (the first middleware answers it, before this)."""
    return answers.liveness()


@permission(OPERATOR)
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """The points of the health."""
    return answers.readiness()


@permission(OPERATOR)
@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """The metrics."""
    return answers.metrics()

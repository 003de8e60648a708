"""Answers the FHIR API before sessions, cookies and pages' middleware: it uses none of them."""

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import get_resolver

from enrs.core.fhir.answers import RefusedError, refusal
from enrs.core.ui.bodies import refusal_of_body

PREFIX = "/fhir/R4/"
log = logging.getLogger("enrs.fhir")


class FhirMiddleware:
    """A path under `/fhir/R4/` goes straight to its view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.resolver = get_resolver("enrs.core.fhir.urls")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(PREFIX):
            if path != PREFIX[:-1]:
                return self.get_response(request)
            path = PREFIX  # The root of the API is where bundles are sent, with a slash or without.
        match = self.resolver.resolve(path[len(PREFIX) - 1 :])
        request.resolver_match = match
        try:
            response = refusal_of_body(request, match) or match.func(
                request, *match.args, **match.kwargs
            )
        except RequestDataTooBig:
            response = refusal(request, RefusedError(413))
        except TooManyFieldsSent:
            request.GET = QueryDict()  # answering reads it too
            response = refusal(request, RefusedError(400, "Trop de paramètres."))
        except Exception:
            log.exception("FHIR request failed: %s %s", request.method, match.url_name)
            response = refusal(request, RefusedError(500))
        return response

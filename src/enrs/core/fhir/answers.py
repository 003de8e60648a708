"""FHIR answers as bytes: resources, bundles, OperationOutcomes, and what the client accepts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from enrs.core.fhir.rules.negotiation import accepts_json
from enrs.core.fhir.rules.validation import Issue

FHIR_JSON = "application/fhir+json; charset=utf-8"
Pairs = Sequence[tuple[str, str]]

SENTENCES: dict[int, tuple[str, str]] = {
    400: ("invalid", "La demande n'a pas pu être lue."),
    401: ("login", "Un jeton d'accès valable est nécessaire."),
    403: ("forbidden", "Les portées de ce jeton ne permettent pas cette opération."),
    404: ("not-found", "Cette ressource n'existe pas, ou vous n'y avez pas accès."),
    405: ("not-supported", "Cette opération n'existe pas à cette adresse."),
    406: ("not-supported", "Seul le format JSON (application/fhir+json) est servi."),
    409: (
        "conflict",
        "Une autre écriture a changé ce qui est écrit ici : relisez, puis recommencez.",
    ),
    410: ("deleted", "Cette ressource a été retirée."),
    412: ("conflict", "La ressource a changé depuis la version que vous donnez : relisez-la."),
    413: ("too-long", "Le corps de la demande est trop grand."),
    415: ("not-supported", "Ce type de contenu n'est pas accepté à cette adresse."),
    422: ("processing", "Ce qui est demandé ne peut pas être fait."),
    428: ("required", "« If-Match » doit donner la version que vous remplacez."),
    429: ("throttled", "Trop d'identifiants inconnus demandés : attendez une minute."),
    500: ("exception", "Une erreur est survenue ; elle a été notée."),
    503: (
        "too-costly",
        "Cette recherche est trop large : précisez un patient, un identifiant ou une date.",
    ),
}
"""Issue type and French sentence of each refusal."""


class RefusedError(Exception):
    """A request that ends in an OperationOutcome: of one issue, or of the given `issues`."""

    def __init__(
        self,
        status: int,
        message: str = "",
        code: str = "",
        headers: Mapping[str, str] | None = None,
        issues: Sequence[Issue] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or SENTENCES[status][1]
        self.code = code or SENTENCES[status][0]
        self.headers = dict(headers or {})
        self.issues = list(issues) or [Issue(self.code, "", self.message)]


def base_address() -> str:
    """The API's own address, without a final slash."""
    return f"{settings.PUBLIC_URL}/fhir/R4"


def check_accepts(request: HttpRequest, *, form: str | None = None) -> None:
    """Refuse (406) a client that takes no JSON; `_format` counts before `Accept`."""
    wanted = form or request.GET.get("_format") or request.headers.get("Accept", "")
    if not accepts_json(wanted):
        raise RefusedError(406)


def answer(request: HttpRequest, body: str | bytes, *, status: int = 200) -> HttpResponse:
    """JSON bytes as a FHIR answer; indented when `_pretty=true`."""
    if request.GET.get("_pretty") == "true":
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
    response = HttpResponse(body, status=status, content_type=FHIR_JSON)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Vary"] = "Accept, Authorization"
    response.headers["Content-Length"] = str(len(response.content))
    if request.method == "HEAD":
        response.content = b""
    return response


def resource_answer(
    request: HttpRequest, body: str, version: int, updated_at: datetime
) -> HttpResponse:
    """One version of a resource, or 304 when the client has it."""
    tag = f'W/"{version}"'
    given = request.headers.get("If-None-Match", "")
    if given and tag.removeprefix("W/") in {
        one.strip().removeprefix("W/") for one in given.split(",")
    }:
        response = HttpResponse(status=304)
    else:
        response = answer(request, body)
    response.headers["ETag"] = tag
    response.headers["Last-Modified"] = http_date(updated_at.timestamp())
    return response


def outcome(faults: Iterable[Issue], severity: str = "error") -> dict[str, Any]:
    """An OperationOutcome: each issue with its French sentence and the FHIRPath of its element."""
    issues = []
    for one in faults:
        issue: dict[str, Any] = {
            "severity": severity,
            "code": one.code,
            "details": {"text": one.message},
            "diagnostics": one.message,
        }
        if one.path:
            issue["expression"] = [one.path]
        issues.append(issue)
    return {"resourceType": "OperationOutcome", "issue": issues}


def refusal(request: HttpRequest, error: RefusedError) -> HttpResponse:
    """An OperationOutcome with the error's status and headers."""
    response = answer(request, orjson.dumps(outcome(error.issues)), status=error.status)
    if error.status == 401:
        sent = ', error="invalid_token"' if request.headers.get("Authorization") else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="enrs"{sent}'
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


def entry(address: str, body: str, mode: str) -> str:
    """An entry of a searchset, around a resource's own text."""
    return f'{{"fullUrl":"{address}","resource":{body},"search":{{"mode":"{mode}"}}}}'


def bundle(kind: str, entries: Iterable[str], links: Pairs, total: int | None = None) -> str:
    """A Bundle around entries that are JSON text already; `links` are (relation, url) pairs."""
    head: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": kind,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links]
    text = orjson.dumps(head).decode()
    listed = ",".join(entries)
    return f'{text[:-1]},"entry":[{listed}]}}' if listed else text

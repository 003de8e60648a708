"""The FHIR R4 API: the token is the gate, and the database decides in the same round trip.

These views answer before sessions and cookies (see `fastpath`); each call is a transaction of its own.
"""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict

from enrs.core.access.gate import permission
from enrs.core.access.permissions import PUBLIC
from enrs.core.documents.models import Document
from enrs.core.documents.store import BlobErasedError, take
from enrs.core.fhir import searching
from enrs.core.fhir.answers import (
    RefusedError,
    answer,
    base_address,
    bundle,
    check_accepts,
    refusal,
    resource_answer,
)
from enrs.core.fhir.capability import capability_statement
from enrs.core.fhir.queries import calls
from enrs.core.fhir.rules.bodies import MOST_BYTES
from enrs.core.fhir.rules.negotiation import asks_for_fhir, is_lenient
from enrs.core.fhir.rules.parameters import SERVED
from enrs.core.fhir.rules.requests import SearchError, read_uuid
from enrs.core.numbers import whole
from enrs.core.ui.bodies import Most, takes_body

MAX_VERSION = 2**31 - 1
HISTORY_PAGE = 50
View = Callable[..., HttpResponse]


def fhir_view(*methods: str, most: Most = MOST_BYTES) -> Callable[[View], View]:
    """A view of the API: answers these methods, and every refusal as an OperationOutcome.

    `most` bytes of body reach it, which may depend on the parts of the address.
    """

    def mark(view: View) -> View:
        @permission(PUBLIC)
        @takes_body(most, refuse=lambda request: refusal(request, RefusedError(413)))
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise RefusedError(405, headers={"Allow": ", ".join(methods)})
                return view(request, *args, **kwargs)
            except RefusedError as error:
                return refusal(request, error)
            except SearchError as error:
                return refusal(request, RefusedError(400, str(error), error.code))
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != "57014":
                    raise
                return refusal(request, RefusedError(503))

        guarded.csrf_exempt = True  # type: ignore[attr-defined]
        return guarded

    return mark


def bearer(request: HttpRequest) -> str:
    """The hash of the request's token; refuses (401) a request without one."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise RefusedError(401)
    return calls.hash_token(value.strip())


def identifier_of(text: str) -> UUID:
    """The id in an address; what cannot be one of ours does not exist."""
    known = read_uuid(text)
    if known is None:
        raise RefusedError(404)
    return UUID(known)


def check_kind(kind: str) -> None:
    """Refuse (404) a type that is not served."""
    if kind not in SERVED:
        raise RefusedError(404, f"Le type « {kind[:40]} » n'est pas servi.", "not-supported")


def check_status(status: int) -> None:
    """Refuse with the status that the database gave, when it is not 200."""
    if status != 200:
        raise RefusedError(status, headers={"Retry-After": "60"} if status == 429 else None)


@fhir_view("GET", "HEAD")
def metadata(request: HttpRequest) -> HttpResponse:
    """What the server can do; public."""
    check_accepts(request)
    return answer(request, capability_statement(base_address()))


@fhir_view("GET", "HEAD")
def read(request: HttpRequest, kind: str, identifier: str, version: str = "") -> HttpResponse:
    """Read the current version of a resource, or the one asked for."""
    token = bearer(request)
    check_kind(kind)
    check_accepts(request)
    number = None
    if version:
        number = whole(version)
        if not number:
            raise RefusedError(404)
    found = calls.read(token, kind, identifier_of(identifier), number)
    check_status(found.status)
    assert found.updated_at is not None  # noqa: S101 - a found resource has its moment
    return resource_answer(request, found.body, found.version, found.updated_at)


@fhir_view("GET", "HEAD")
def history(request: HttpRequest, kind: str, identifier: str) -> HttpResponse:
    """The versions of one resource, newest first, fifty a page."""
    token = bearer(request)
    check_kind(kind)
    check_accepts(request)
    own = f"{base_address()}/{kind}/{identifier_of(identifier)}"
    before = whole(request.GET["_before"]) if "_before" in request.GET else MAX_VERSION
    if not before:
        raise RefusedError(400)
    found = calls.history(
        token, kind, identifier_of(identifier), before=before, limit=HISTORY_PAGE + 1
    )
    check_status(found.status)
    entries = []
    for number, is_deleted, body, moment in found.rows[:HISTORY_PAGE]:
        method, status = ("DELETE", "204") if is_deleted else ("PUT", "200")
        method, status = ("POST", "201") if number == 1 and not is_deleted else (method, status)
        head = {
            "request": {"method": method, "url": f"{kind}/{identifier}"},
            "response": {"status": status, "etag": f'W/"{number}"', "lastModified": moment},
        }
        # The versions of what is deleted now come without their bodies.
        resource = "" if is_deleted or body is None else f'"resource":{body},'
        entries.append(f'{{"fullUrl":"{own}",{resource}{orjson.dumps(head).decode()[1:]}')
    links = [("self", f"{own}/_history")]
    if len(found.rows) > HISTORY_PAGE:
        links.append(("next", f"{own}/_history?_before={found.rows[HISTORY_PAGE - 1][0]}"))
    return answer(request, bundle("history", entries, links))


@fhir_view("GET", "HEAD")
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """Search a type by GET."""
    return _search(request, kind, request.GET)


@fhir_view("POST")
def search_by_post(request: HttpRequest, kind: str) -> HttpResponse:
    """Search a type by POST: parameters in the address and in the form count alike."""
    if request.content_type not in ("application/x-www-form-urlencoded", ""):
        raise RefusedError(
            415, "Une recherche par POST est un formulaire (application/x-www-form-urlencoded)."
        )
    given = request.GET.copy()
    given.update(QueryDict(request.body, encoding="utf-8"))
    return _search(request, kind, given)


def _search(request: HttpRequest, kind: str, given: QueryDict) -> HttpResponse:
    token = bearer(request)
    check_accepts(request, form=given.get("_format"))
    pairs = [(name, value) for name, values in given.lists() for value in values]
    if any("\x00" in value for _, value in pairs):
        raise RefusedError(400)
    lenient = is_lenient(request.headers.get("Prefer", ""))
    if kind == "AuditEvent":
        return answer(request, searching.search_journal(token, pairs, is_lenient=lenient))
    check_kind(kind)
    status, body = searching.search(token, kind, pairs, is_lenient=lenient)
    check_status(status)
    return answer(request, body)


@fhir_view("GET", "HEAD")
def audit_event(request: HttpRequest, identifier: str) -> HttpResponse:
    """One line of the journal of a patient whose journal one may read."""
    token = bearer(request)
    check_accepts(request)
    return answer(request, searching.read_journal(token, identifier_of(identifier)))


@fhir_view("GET", "HEAD")
def binary(request: HttpRequest, identifier: str) -> HttpResponse:
    """The content of a document, in its own format or, when FHIR is asked for, as a Binary."""
    token = bearer(request)
    own = identifier_of(identifier)
    with transaction.atomic():
        found = calls.read(token, "DocumentReference", own, label="Binary")
        document = _document(own) if found.status == 200 else None
    check_status(found.status)
    if document is None:
        raise RefusedError(404)
    if document.status == Document.Status.WITHDRAWN:
        raise RefusedError(410)
    try:
        content = take(document.blob)
    except BlobErasedError as error:
        raise RefusedError(410) from error
    if asks_for_fhir(request.GET.get("_format") or request.headers.get("Accept", "")):
        tree = {
            "resourceType": "Binary",
            "id": str(own),
            "contentType": document.mime_type,
            "securityContext": {"reference": f"DocumentReference/{own}"},
            "data": base64.b64encode(content).decode(),
        }
        return answer(request, orjson.dumps(tree))
    response = answer(request, content)
    # It never opens inside our own pages: a document may hold script.
    response.headers["Content-Type"] = document.mime_type
    response.headers["Content-Disposition"] = "attachment"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _document(identifier: UUID) -> Document | None:
    """The document, inside the transaction in which `fhir_read` told row security who asks."""
    calls.lower()
    found = Document.objects.select_related("blob").filter(id=identifier).first()
    calls.lower("none")
    return found


@fhir_view("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
def unknown(request: HttpRequest) -> HttpResponse:
    """Nothing is served at this address by any method."""
    raise RefusedError(404)

"""Calling an operation by HTTP: the token, its scopes, one act, and a line for a refusal too."""

from uuid import UUID

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from enrs.core.access.actor import acting_as_told
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.fhir import views
from enrs.core.fhir.accepting import as_application
from enrs.core.fhir.answers import RefusedError, answer, base_address, check_accepts
from enrs.core.fhir.operations import Call, Operation, Tree, operation_of
from enrs.core.fhir.queries import callers
from enrs.core.fhir.rules.bodies import JSON_TYPES, MOST_BYTES, BodyError, read_body
from enrs.core.fhir.rules.references import localise
from enrs.core.fhir.rules.validation import Issue, validate
from enrs.core.fhir.writing import WriteError


@views.fhir_view("GET", "HEAD", "POST")
def of_type(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """An operation on a type."""
    return _operate(request, kind, name, None)


@views.fhir_view("GET", "HEAD", "POST")
def of_resource(request: HttpRequest, kind: str, identifier: str, name: str) -> HttpResponse:
    """An operation on one resource."""
    return _operate(request, kind, name, identifier)


def _operate(request: HttpRequest, kind: str, name: str, identifier: str | None) -> HttpResponse:
    token = views.bearer(request)
    views.check_kind(kind)
    check_accepts(request)
    operation = operation_of(kind, name)
    if operation is None:
        raise RefusedError(404, f"L'opération « ${name[:40]} » n'existe pas ici.", "not-supported")
    key = views.identifier_of(identifier) if identifier is not None else None
    body = _body(request)
    caller: callers.Caller | None = None
    try:
        with as_application():
            caller = callers.enter(token)
            if caller is None:
                raise RefusedError(401)
            tree = _run(operation, caller, body, key)
    except RefusedError as error:
        if caller is not None:
            _note_refusal(caller, operation, key, error)
        raise
    return answer(request, orjson.dumps(tree))


def _body(request: HttpRequest) -> Tree | None:
    """The resource that was sent, valid R4; for a GET, the address's own parameters as `Parameters`."""
    if request.method != "POST":
        given = [
            {"name": name, "valueString": text}
            for name, texts in request.GET.lists()
            for text in texts
        ]
        return {"resourceType": "Parameters", "parameter": given}
    length = request.headers.get("Content-Length") or "0"
    size = int(length) if length.isdigit() and len(length) < 12 else 0
    if size > MOST_BYTES:
        raise RefusedError(413)
    if not size:
        return None
    if request.content_type not in JSON_TYPES:
        raise RefusedError(415)
    try:
        tree = read_body(request.read(size))
    except BodyError as error:
        raise RefusedError(400, str(error), "structure") from error
    if issues := validate(tree):
        raise RefusedError(422, issues=issues)
    localise(tree, base_address() + "/")
    return tree


def _run(operation: Operation, caller: callers.Caller, body: Tree | None, key: UUID | None) -> Tree:
    given = callers.scopes_of(caller, operation.wants)
    if not all(given.values()):
        raise RefusedError(403)
    narrow = caller.launch_patient if "patient" in given.values() else None
    if narrow is None and "patient" in given.values():
        raise RefusedError(403)
    try:
        with acting_as_told(caller.actor), act():
            return operation.run(Call(caller.actor, body, key, narrow))
    except WriteError as error:
        issue = Issue(error.code, error.path, error.message)
        raise RefusedError(error.status, error.message, error.code, issues=[issue]) from error
    except (AccessRefusedError, PermissionDenied, Http404) as error:
        raise RefusedError(404) from error


def _note_refusal(
    caller: callers.Caller, operation: Operation, key: UUID | None, error: RefusedError
) -> None:
    """The line of a refusal, in a transaction of its own; too many misses turn it into a 429."""
    with as_application(), act():
        note(
            f"fhir.{operation.name}",
            object_kind=operation.kind,
            object_id=str(key or ""),
            outcome="refused",
            reason=error.code,
            actor=caller.actor,
        )
        user_id = caller.actor.user_id
        counts = error.status == 404 and user_id and not operation.is_public
        if counts and user_id and callers.count_miss(user_id):
            error.status = 429
            error.headers["Retry-After"] = "60"

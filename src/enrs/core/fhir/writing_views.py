"""Writing by HTTP: create, update, delete, and bundles at the root; reading keeps to `views`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from enrs.core.fhir import accepting, views
from enrs.core.fhir.accepting import Done
from enrs.core.fhir.ahead import creation_ahead
from enrs.core.fhir.answers import (
    RefusedError,
    answer,
    base_address,
    check_accepts,
    outcome,
)
from enrs.core.fhir.queries import calls
from enrs.core.fhir.rules.bodies import JSON_TYPES, MOST_BYTES, BodyError, most_bytes, read_body
from enrs.core.fhir.rules.bundles import (
    Entry,
    EntryError,
    check_full_urls,
    check_resource,
    read_entries,
    read_tag,
)
from enrs.core.fhir.rules.negotiation import preferred_return
from enrs.core.fhir.rules.references import localise
from enrs.core.fhir.rules.requests import SearchError, read_uuid
from enrs.core.fhir.rules.validation import Issue, validate
from enrs.core.fhir.searching import search
from enrs.core.fhir.writing import interactions, patcher_of
from enrs.core.numbers import whole
from enrs.core.prepared import Statement

Tree = dict[str, Any]
NAMES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
ACTIONS = {"POST": "fhir.create", "PUT": "fhir.update", "DELETE": "fhir.delete"}


def _most_at(parts: Mapping[str, Any]) -> int:
    return most_bytes(str(parts["kind"]))


@views.fhir_view("GET", "HEAD", "POST", "PATCH", most=_most_at)
def of_type(request: HttpRequest, kind: str) -> HttpResponse:
    """Search a type, create a resource of it, or patch the one of an identifier."""
    if request.method == "PATCH":
        return _patch(request, kind)
    return _write(request, kind) if request.method == "POST" else views.search(request, kind)


@views.fhir_view("GET", "HEAD", "PUT", "PATCH", "DELETE", most=_most_at)
def of_resource(request: HttpRequest, kind: str, identifier: str) -> HttpResponse:
    """Read a resource, replace it, patch it, or withdraw it."""
    if request.method in ("GET", "HEAD"):
        return views.read(request, kind, identifier)
    if request.method == "PATCH":
        return _patch(request, kind, identifier)
    return _write(request, kind, identifier)


def _write(request: HttpRequest, kind: str, identifier: str = "") -> HttpResponse:
    token = views.bearer(request)
    views.check_kind(kind)
    check_accepts(request)
    method = str(request.method)
    _check_offered(kind, method, is_type=not identifier)
    entry = Entry(method, kind, if_none_exist=request.headers.get("If-None-Exist", ""))
    if identifier:
        entry.identifier = views.identifier_of(identifier)
    body = b"" if method == "DELETE" else _body(request, token, kind)

    def load() -> Sequence[Entry]:
        entry.if_match = read_tag(request.headers.get("If-Match", ""))
        if method != "DELETE":
            entry.resource = read_body(body)
            _check(entry)
        return [entry]

    # Under a condition the creation may first wait for another, which changes what it then reads.
    is_free = method == "POST" and not entry.if_none_exist
    ahead = creation_ahead(kind, body) if is_free else ()
    done = _accept(token, load, ACTIONS[method], ahead)[0]
    return _written(request, done)


def _patch(request: HttpRequest, kind: str, identifier: str = "") -> HttpResponse:
    """Patch one resource by FHIRPath operations: `Parameters.parameter[operation]`.

    Without an id it is the one that the address designates (`?identifier=system|value`).
    """
    token = views.bearer(request)
    check_accepts(request)
    does = patcher_of(kind)
    if does is None:
        views.check_kind(kind)
        _check_offered(kind, "PATCH", is_type=not identifier)
        raise RefusedError(405)
    body = _body(request, token, kind)
    entry = Entry("PATCH", kind)
    if identifier:
        entry.identifier = views.identifier_of(identifier)

    def load() -> Tree:
        try:
            entry.if_match = read_tag(request.headers.get("If-Match", ""))
            return read_body(body)
        except BodyError as error:
            raise RefusedError(400, str(error), "structure") from error
        except EntryError as error:
            raise _refused(error) from error

    accepting.patch(token, entry, does, load, request.META.get("QUERY_STRING", ""))
    if preferred_return(request.headers.get("Prefer", "")) == "minimal":
        return HttpResponse(b"", status=200)
    tree = outcome([Issue("informational", "", "Enregistré.")], "information")
    return answer(request, orjson.dumps(tree))


def _check_offered(kind: str, method: str, *, is_type: bool) -> None:
    """Refuse (405) what no writer does, before the body is read; `Allow` says what may be."""
    offered = interactions(kind)
    if NAMES[method] in offered:
        return
    ways = ("POST", "PATCH") if is_type else ("PUT", "PATCH", "DELETE")
    listed = ["GET", "HEAD", *(one for one in ways if NAMES[one] in offered)]
    raise RefusedError(405, headers={"Allow": ", ".join(listed)})


@views.fhir_view("POST", most=most_bytes("Bundle"))
def bundle(request: HttpRequest) -> HttpResponse:
    """A transaction, all or nothing, or a batch of interactions that do not know one another."""
    token = views.bearer(request)
    check_accepts(request)
    body = _body(request, token, "Bundle")
    if not accepting.is_known(token):
        raise RefusedError(401)
    tree, entries = _read_bundle(body)
    wanted = preferred_return(request.headers.get("Prefer", "")) or "minimal"
    if tree["type"] == "transaction":
        listed = [_response(one, wanted) for one in _transaction(token, entries)]
    else:
        listed = [_batched(token, one, wanted) for one in entries]
    answered = {
        "resourceType": "Bundle",
        "type": f"{tree['type']}-response",
        "link": [{"relation": "self", "url": base_address()}],
    }
    text = orjson.dumps(answered).decode()
    return answer(request, f'{text[:-1]},"entry":[{",".join(listed)}]}}' if listed else text)


def _accept(
    token: str,
    load: accepting.Load,
    action: str,
    ahead: Sequence[Statement] = (),
) -> list[Done]:
    """Do it, with what is wrong in the body as a refusal too."""

    def checked() -> Sequence[Entry]:
        try:
            return load()
        except BodyError as error:
            raise RefusedError(400, str(error), "structure") from error
        except EntryError as error:
            raise _refused(error) from error

    return accepting.accept(token, checked, action=action, ahead=ahead)


def _refused(error: EntryError) -> RefusedError:
    issue = Issue(error.code, error.path, error.message)
    return RefusedError(error.status, error.message, error.code, issues=[issue])


def _body(request: HttpRequest, token: str, kind: str) -> bytes:
    """The body, of an allowed type and size; a large one is read from known callers only."""
    if request.content_type not in JSON_TYPES:
        raise RefusedError(415)
    if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise RefusedError(415)
    size = whole(request.headers.get("Content-Length") or "0")
    if size > most_bytes(kind):
        raise RefusedError(413)
    if size > MOST_BYTES and not accepting.is_known(token):
        raise RefusedError(401)
    return request.read(size)


def _check(entry: Entry) -> None:
    """The entry's resource against its address and R4; what the server alone writes is taken off."""
    check_resource(entry)
    resource = entry.resource or {}
    if issues := validate(resource, path=entry.path):
        raise RefusedError(422, issues=issues)
    entry.references = localise(resource, base_address() + "/")
    if entry.method == "POST":
        resource.pop("id", None)
    for name in ("versionId", "lastUpdated"):
        resource.get("meta", {}).pop(name, None)


def _read_bundle(body: bytes) -> tuple[Tree, list[Entry]]:
    """The envelope and its entries; resources are validated one by one, so that each has its own faults."""
    try:
        tree = read_body(body)
        listed = tree.get("entry")
        entries = [one for one in listed if type(one) is dict] if type(listed) is list else []
        resources = [one.pop("resource", None) for one in entries]
        if issues := validate(tree):
            raise RefusedError(422, issues=issues)
        if tree["resourceType"] != "Bundle" or tree["type"] not in ("transaction", "batch"):
            raise RefusedError(
                422, "Un Bundle de type « transaction » ou « batch » est attendu.", "not-supported"
            )
        for one, resource in zip(entries, resources, strict=True):
            if resource is not None:
                one["resource"] = resource
        return tree, read_entries(tree)
    except BodyError as error:
        raise RefusedError(400, str(error), "structure") from error
    except EntryError as error:
        raise _refused(error) from error


def _transaction(token: str, entries: list[Entry]) -> list[Done]:
    def load() -> Sequence[Entry]:
        for one in entries:
            if one.method == "GET":
                raise RefusedError(422, "Une transaction ne fait qu'écrire.", "not-supported")
            if one.method != "DELETE":
                _check(one)
        check_full_urls(entries)
        return entries

    return _accept(token, load, "fhir.transaction")


def _batched(token: str, entry: Entry, wanted: str) -> str:
    """One entry of a batch, in a transaction of its own; its refusal is its own too."""

    def load() -> Sequence[Entry]:
        if entry.method != "DELETE":
            _check(entry)
        return [entry]

    try:
        if entry.method == "GET":
            return _fetched(token, entry)
        return _response(_accept(token, load, ACTIONS[entry.method])[0], wanted)
    except RefusedError as error:
        status = HTTPStatus(error.status)
        tree = {"status": f"{status.value} {status.phrase}", "outcome": outcome(error.issues)}
        return orjson.dumps({"response": tree}).decode()


def _fetched(token: str, entry: Entry) -> str:
    """A reading inside a batch: one resource by its address, or a search."""
    address, _, query = entry.address.partition("?")
    kind, _, identifier = address.partition("/")
    views.check_kind(kind)
    if identifier:
        known = read_uuid(identifier)
        if known is None or query:
            raise RefusedError(404)
        found = calls.read(token, kind, UUID(known))
        views.check_status(found.status)
        return f'{{"resource":{found.body},"response":{{"status":"200 OK"}}}}'
    try:
        pairs = parse_qsl(query, keep_blank_values=True)
        status, body = search(token, kind, pairs, is_lenient=False)
    except SearchError as error:
        raise RefusedError(400, str(error), error.code) from error
    views.check_status(status)
    return f'{{"resource":{body},"response":{{"status":"200 OK"}}}}'


def _response(done: Done, wanted: str) -> str:
    """An entry of the response bundle."""
    status = HTTPStatus(done.status)
    tree: Tree = {"status": f"{status.value} {status.phrase}"}
    own = f"{done.entry.kind}/{done.id}"
    if done.version:
        tree |= {
            "location": f"{own}/_history/{done.version}",
            "etag": f'W/"{done.version}"',
            "lastModified": done.updated_at.isoformat(timespec="milliseconds").replace(
                "+00:00", "Z"
            ),
        }
    head = f'"fullUrl":"{base_address()}/{own}",'
    if wanted == "representation" and done.body:
        head += f'"resource":{done.body},'
    return f'{{{head}"response":{orjson.dumps(tree).decode()}}}'


def _written(request: HttpRequest, done: Done) -> HttpResponse:
    """The answer to one writing, as long as `Prefer: return=` wants it."""
    own = f"{base_address()}/{done.entry.kind}/{done.id}"
    wanted = preferred_return(request.headers.get("Prefer", ""))
    if done.status == 204 or wanted == "minimal":
        response = HttpResponse(b"", status=done.status)
    elif wanted == "OperationOutcome" or not done.body:
        tree = outcome([Issue("informational", "", "Enregistré.")], "information")
        response = answer(request, orjson.dumps(tree), status=done.status)
    else:
        response = answer(request, done.body, status=done.status)
    if done.version:
        response.headers["ETag"] = f'W/"{done.version}"'
        response.headers["Last-Modified"] = http_date(done.updated_at.timestamp())
    if done.entry.method == "POST":
        version = f"/_history/{done.version}" if done.version else ""
        response.headers["Location"] = f"{own}{version}"
    return response

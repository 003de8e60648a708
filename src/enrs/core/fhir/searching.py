"""Searches from their parameters to their Bundle."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.utils import timezone

from enrs.core.fhir.answers import RefusedError, base_address, bundle, entry
from enrs.core.fhir.audit_events import audit_event
from enrs.core.fhir.queries import callers, calls
from enrs.core.fhir.queries.paging import read_link, write_link
from enrs.core.fhir.queries.search import compose
from enrs.core.fhir.resolving import is_resolved, resolved
from enrs.core.fhir.rules.dates import DateError, ranges, read_span
from enrs.core.fhir.rules.parameters import (
    AUDIT_PARAMETERS,
    DEFAULT_COUNT,
    MAX_COUNT,
    SERVED,
    Served,
)
from enrs.core.fhir.rules.requests import (
    Request,
    SearchError,
    read_reference,
    read_request,
    read_uuid,
)

Pairs = list[tuple[str, str]]

JOURNAL = Served(AUDIT_PARAMETERS, sorts=("_lastUpdated", "date"))


def search(token: str, kind: str, pairs: Pairs, *, is_lenient: bool) -> tuple[int, str]:
    """The status and the Bundle of a search; raises SearchError on a bad parameter."""
    given, after = _page_of(kind, pairs)
    told = [pair for pair in given if is_resolved(kind, pair[0])]
    if told and callers.enter(token) is None:
        # What another room looks for is not looked for on behalf of nobody.
        return 401, ""
    others, answers = resolved(kind, given)
    request = read_request(kind, SERVED[kind], others, is_lenient=is_lenient)
    request = replace(request, filters=(*request.filters, *answers))
    used = request.used if not told else [*told, *(one for one in given if one in request.used)]
    statement = compose(request, base=base_address(), after=after)
    found = calls.search(token, kind, statement, _details(request))
    if found.status != 200:
        return found.status, ""
    base = base_address()
    count = min(len(found.ids), request.count)
    entries = [
        entry(f"{base}/{kind}/{identifier}", body, "match")
        for identifier, body in zip(found.ids[:count], found.bodies[:count], strict=True)
    ]
    entries += _included(token, request, found.ids[:count], found.bodies[:count])
    links = [("self", _address(kind, used))]
    if len(found.ids) > request.count:
        last = (found.sorts[count - 1], str(found.ids[count - 1]))
        links.append(("next", f"{base}/{kind}?_page={write_link(kind, given, last)}"))
    return 200, bundle("searchset", entries, links, found.total)


def _page_of(kind: str, pairs: Pairs) -> tuple[Pairs, tuple[str, str] | None]:
    """The search itself, and where its former page ended when `pairs` come from a `next` link."""
    link = dict(pairs).get("_page")
    return read_link(kind, link) if link else (pairs, None)


def _address(kind: str, used: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(used))
    return f"{base_address()}/{kind}" + (f"?{query}" if query else "")


def _details(request: Request) -> str:
    """What the journal keeps of a search: the names of its parameters, never their values."""
    names = sorted({one.name for one in request.filters})
    return orjson.dumps({"params": names}).decode() if names else ""


def _included(
    token: str, request: Request, ids: Iterable[UUID], bodies: Iterable[str]
) -> list[str]:
    """Entries that `_include` and `_revinclude` add; a type outside the scopes adds nothing.

    What the page holds already is not added: a Bundle names a resource once (bdl-7).
    """
    ids = list(ids)
    seen = {(request.type, str(one)) for one in ids}
    entries: list[str] = []
    wanted: dict[str, set[str]] = {}
    trees = [orjson.loads(body) for body in bodies] if request.includes else []
    for include in request.includes:
        references = {text for tree in trees for text in _references(tree.get(include.path))}
        local = {
            text.partition("/")[2] for text in references if text.startswith(f"{include.target}/")
        }
        wanted.setdefault(include.target, set()).update(filter(read_uuid, local))
    for kind, targets in wanted.items():
        missing = sorted(one for one in targets if (kind, one) not in seen)
        entries += _fetch(token, kind, "_id", missing, seen)
    for source, name in request.reverse_includes:
        own = [f"{request.type}/{identifier}" for identifier in ids]
        entries += _fetch(token, source, name, own, seen)
    return entries


def _references(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one["reference"] for one in listed if isinstance(one, dict) and "reference" in one]


def _fetch(
    token: str, kind: str, name: str, values: list[str], seen: set[tuple[str, str]]
) -> list[str]:
    entries: list[str] = []
    for start in range(0, len(values), MAX_COUNT):
        pairs = [(name, ",".join(values[start : start + MAX_COUNT])), ("_count", str(MAX_COUNT))]
        request = read_request(kind, SERVED[kind], pairs, is_lenient=False)
        found = calls.search(token, kind, compose(request, base=base_address()), _details(request))
        for identifier, body in zip(found.ids[:MAX_COUNT], found.bodies[:MAX_COUNT], strict=True):
            if (kind, str(identifier)) not in seen:
                seen.add((kind, str(identifier)))
                entries.append(entry(f"{base_address()}/{kind}/{identifier}", body, "include"))
    return entries


def read_journal(token: str, identifier: UUID) -> bytes:
    """One AuditEvent; raises RefusedError."""
    status, lines = calls.journal(token, line_id=identifier)
    if status != 200 or not lines:
        raise RefusedError(status if status != 200 else 404)
    return orjson.dumps(audit_event(lines[0], base_address()))


def search_journal(token: str, pairs: Pairs, *, is_lenient: bool) -> str:
    """The journal of one patient, newest first; `patient` is required. Raises RefusedError, SearchError."""
    given, after = _page_of("AuditEvent", pairs)
    request = read_request("AuditEvent", JOURNAL, given, is_lenient=is_lenient)
    patients = [value for one in request.filters if one.name == "patient" for value in one.values]
    if len(patients) != 1:
        raise SearchError("« patient » est nécessaire, et un seul.", "required")
    base = base_address()
    known = read_uuid(read_reference(patients[0], ["Patient"], base)[0].partition("/")[2])
    if known is None:
        raise RefusedError(404)
    dates = [value for one in request.filters if one.name == "date" for value in one.values]
    count = min(request.count, MAX_COUNT) or DEFAULT_COUNT
    before = (datetime.fromisoformat(after[0]), UUID(after[1])) if after else None
    status, lines = calls.journal(
        token, patient_id=UUID(known), span=_span(dates), before=before, limit=count + 1
    )
    if status != 200:
        raise RefusedError(status)
    entries = [
        entry(
            f"{base}/AuditEvent/{line['id']}",
            orjson.dumps(audit_event(line, base)).decode(),
            "match",
        )
        for line in lines[:count]
    ]
    links = [("self", _address("AuditEvent", request.used))]
    if len(lines) > count:
        last = (lines[count - 1]["at"], lines[count - 1]["id"])
        links.append(("next", f"{base}/AuditEvent?_page={write_link('AuditEvent', given, last)}"))
    return bundle("searchset", entries, links)


def _span(dates: list[str]) -> tuple[datetime, datetime]:
    """The one range that every `date` parameter allows (`ne` is refused: it would be two)."""
    low, high = calls.BEGINNING, calls.END
    for value in dates:
        try:
            span = read_span(value, zone=timezone.get_default_timezone(), now=timezone.now())
        except DateError as error:
            raise SearchError(f"« {value[:40]} » n'est pas une date FHIR.") from error
        pairs = ranges(span.prefix, span.low.isoformat(), span.high.isoformat())
        if len(pairs) > 1:
            raise SearchError("Le préfixe « ne » n'est pas pris en charge ici.", "not-supported")
        first, last = pairs[0]
        low = max(low, datetime.fromisoformat(first)) if first else low
        high = min(high, datetime.fromisoformat(last)) if last else high
    return low.astimezone(UTC), high.astimezone(UTC)

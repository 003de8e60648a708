"""How large the body of a request may be: a view that takes files says so, and the first middleware holds to it.

What is too large is refused by the length that it announces, before a byte of it is read; what announces none
is read in memory up to the usual limit and no further. Nothing larger is ever spooled to the disk.
"""

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve

from enrs.core.ui.middleware import secure
from enrs.core.ui.sizes import MEGABYTE, USUAL_BYTES

CHUNK = 64 * 1024

View = TypeVar("View", bound=Callable[..., HttpResponse])
Most = int | Callable[[Mapping[str, Any]], int]
"""Bytes, or how many of them the parts of the address allow."""
log = logging.getLogger("enrs.bodies")


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """The largest body of one view, and how that view says no (a page, unless told)."""

    most: Most = USUAL_BYTES
    refuse: Callable[[HttpRequest], HttpResponse] | None = None

    def bytes_for(self, parts: Mapping[str, Any]) -> int:
        return self.most if isinstance(self.most, int) else self.most(parts)


USUAL = BodyLimit()


def takes_body(
    most: Most = USUAL_BYTES, *, refuse: Callable[[HttpRequest], HttpResponse] | None = None
) -> Callable[[View], View]:
    """Declare the largest body of a view, in bytes; `refuse` answers what is larger (status 413)."""

    def mark(view: View) -> View:
        view.body_limit = BodyLimit(most, refuse)  # type: ignore[attr-defined]
        return view

    return mark


def takes_files(most: int, *, count: int = 1) -> Callable[[View], View]:
    """Declare that a view's form brings `count` files of `most` bytes each, besides what is typed.

    A file somewhat too large still reaches the view, which says so beside its field.
    """
    return takes_body(most * count + USUAL_BYTES)


def limit_of(match: ResolverMatch | None) -> tuple[BodyLimit, Mapping[str, Any]]:
    """The limit of what answers, with the parts of its address; an unknown address has the usual one."""
    if match is None:
        return USUAL, {}
    return getattr(match.func, "body_limit", USUAL), match.kwargs


def match_at(path: str) -> ResolverMatch | None:
    """What answers at an address: with a slash at its end too, for the API's root takes both."""
    for one in (path, f"{path}/"):
        try:
            return resolve(one)
        except Resolver404:
            continue
    return None


class BodyLimitMiddleware:
    """Refuse (413) a body larger than its view takes; before everything else, for reading it is the harm."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return refusal_of_body(request) or self.get_response(request)


def refusal_of_body(
    request: HttpRequest, match: ResolverMatch | None = None
) -> HttpResponse | None:
    """The refusal of a body larger than its view takes; None when it may come. `match` is who answers, if known."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    is_endless = not announced and bool(request.META.get("HTTP_TRANSFER_ENCODING"))
    if not is_endless and announced in ("", "0"):
        return None
    match = match or match_at(request.path_info)
    limit, parts = limit_of(match)
    most = limit.bytes_for(parts)
    if is_endless:
        body = _read(request, min(most, USUAL_BYTES))
        if body is None:
            return _refusal(request, match, min(most, USUAL_BYTES))
        _give_back(request, body)
    elif not _is_within(announced, most):
        return _refusal(request, match, most)
    return None


def _is_within(announced: str, most: int) -> bool:
    """Whether an announced length is a number, and not too large."""
    is_number = announced.isascii() and announced.isdecimal() and len(announced) <= 20
    return is_number and int(announced) <= most


def _read(request: HttpRequest, most: int) -> bytes | None:
    """A body without an announced length; None when it is larger than `most`."""
    stream = request.environ["wsgi.input"]  # type: ignore[attr-defined]
    held = io.BytesIO()
    while chunk := stream.read(min(CHUNK, most + 1 - held.tell())):
        held.write(chunk)
        if held.tell() > most:
            return None
    return held.getvalue()


def _give_back(request: HttpRequest, body: bytes) -> None:
    """Let Django read what was read, with the length that it needs to know."""
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = LimitedStream(io.BytesIO(body), len(body))  # type: ignore[assignment]


def _refusal(request: HttpRequest, match: ResolverMatch | None, most: int) -> HttpResponse:
    log.warning("Body refused at %s: %s", match.view_name if match else "no view", most)
    limit, _ = limit_of(match)
    if limit.refuse is not None:
        return limit.refuse(request)
    response = render(request, "413.html", {"most": most // MEGABYTE}, status=413)
    return secure(request, response)

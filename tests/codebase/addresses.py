"""Every address of the program, found by the resolver and filled with real identifiers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import RoutePattern

from enrs.core.access.gate import declared_permission
from enrs.core.access.permissions import Permission

ANYTHING = "^.*$"
"""A pattern that takes whatever the others left."""


@dataclass(frozen=True)
class Address:
    """One pattern: its route with `<converter:name>` parts, its full name and its view."""

    route: str
    name: str
    view: Callable[..., Any]
    converters: dict[str, Any]
    is_plain: bool

    @property
    def permission(self) -> Permission | None:
        return declared_permission(self.view)

    @property
    def is_ours(self) -> bool:
        return self.view.__module__.startswith("enrs.")

    @property
    def is_of_a_patient(self) -> bool:
        declared = self.permission
        return "patient_id" in self.converters or bool(declared and declared.audience == "patient")

    def path(self, given: dict[str, Any]) -> str:
        """The address with its parts filled: by name from `given`, else by their kind."""
        text = self.route
        for name, converter in self.converters.items():
            if name in given:
                value = given[name]
            elif isinstance(converter, UUIDConverter):
                value = given["patient_id"]
            else:
                value = 1 if isinstance(converter, IntConverter) else "essai"
            text = _filled(text, name, str(value))
        return f"/{text}"


def _filled(route: str, name: str, value: str) -> str:
    start = route.index(f":{name}>") if f":{name}>" in route else route.index(f"<{name}>")
    opening = route.rindex("<", 0, start + 1)
    return route[:opening] + value + route[route.index(">", start) + 1 :]


def addresses() -> list[Address]:
    """Every pattern that the resolver knows."""
    return list(_walk(get_resolver(), "", "", {}, is_plain=True))


def _walk(
    resolver: URLResolver, prefix: str, names: str, converters: dict[str, Any], *, is_plain: bool
) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        plain = is_plain and isinstance(pattern.pattern, RoutePattern)
        route = prefix + str(pattern.pattern)
        if is_plain and route.endswith(ANYTHING):
            plain, route = True, route.removesuffix(ANYTHING) + "essai"
        found = converters | pattern.pattern.converters
        if isinstance(pattern, URLPattern):
            name = f"{names}{pattern.name or ''}"
            yield Address(route, name, pattern.callback, found, plain)
        else:
            inner = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from _walk(pattern, route, inner, found, is_plain=plain)

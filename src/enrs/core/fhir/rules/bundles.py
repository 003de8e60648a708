"""Entries of transactions and batches: what each asks, in what order (FHIR R4, http, 3.1.0.11)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrs.core.fhir.rules.requests import read_uuid

MOST_ENTRIES = 1000
METHODS = ("DELETE", "POST", "PUT", "GET")
"""In the order of FHIR R4; a transaction here has no GET."""
TAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"')

LETTERS = {"POST": "c", "PUT": "u", "DELETE": "d"}
"""The letter of a SMART scope that each method asks for."""


class EntryError(ValueError):
    """An entry that cannot be done as it is written: a French sentence, its HTTP status, its FHIRPath."""

    def __init__(
        self, message: str, *, status: int = 400, path: str = "", code: str = "invalid"
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.path, self.code = message, status, path, code


@dataclass(slots=True)
class Entry:
    """One interaction. `path` is where its resource stands in the body ('' when it is the body).

    `references` are the texts of its references, as they were sent.
    """

    method: str
    kind: str
    identifier: UUID | None = None
    resource: dict[str, Any] | None = None
    if_match: int | None = None
    if_none_exist: str = ""
    full_url: str = ""
    address: str = ""
    path: str = ""
    references: tuple[str, ...] = ()


def read_tag(text: str) -> int | None:
    """The version in an `If-Match`; None when there is none. Raises EntryError when it is none of ours."""
    if not text:
        return None
    found = TAG.fullmatch(text.strip())
    if found is None:
        raise EntryError('« If-Match » attend une version, par exemple W/"3".')
    return int(found[1])


def read_entries(bundle: dict[str, Any]) -> list[Entry]:
    """The entries of a validated Bundle of type `transaction` or `batch`; raises EntryError."""
    listed = bundle.get("entry", [])
    if len(listed) > MOST_ENTRIES:
        raise EntryError(f"Au plus {MOST_ENTRIES} entrées par bundle.", code="too-costly")
    return [_entry(one, f"Bundle.entry[{rank}]") for rank, one in enumerate(listed)]


def _entry(one: dict[str, Any], path: str) -> Entry:
    asked = one.get("request")
    if asked is None:
        raise EntryError("Chaque entrée porte sa « request » (bdl-3).", path=path, code="required")
    method, address = asked["method"], asked["url"].removeprefix("/")
    if method not in METHODS:
        raise EntryError(f"« {method} » n'est pas pris en charge.", path=path, code="not-supported")
    kind, _, identifier = address.partition("?")[0].partition("/")
    if method == "GET":
        return Entry(method, kind, address=address, path=path)
    entry = Entry(
        method=method,
        kind=kind,
        resource=one.get("resource"),
        if_match=_tag(asked, path),
        if_none_exist=asked.get("ifNoneExist", ""),
        full_url=one.get("fullUrl", ""),
        path=f"{path}.resource",
    )
    if "?" in address:
        raise EntryError(
            "Une écriture conditionnelle par l'adresse n'est pas prise en charge.",
            path=path,
            code="not-supported",
        )
    if (method == "POST") == bool(identifier):
        raise EntryError(f"« {address[:80]} » ne convient pas à {method}.", path=path)
    if identifier:
        known = read_uuid(identifier)
        if known is None:
            raise EntryError(
                "Cette ressource n'existe pas.", status=404, path=path, code="not-found"
            )
        entry.identifier = UUID(known)
    check_resource(entry)
    return entry


def _tag(asked: dict[str, Any], path: str) -> int | None:
    try:
        return read_tag(asked.get("ifMatch", ""))
    except EntryError as error:
        error.path = path
        raise


def check_resource(entry: Entry) -> None:
    """Whether an entry has the resource that its method wants, of the type and id of its address."""
    resource = entry.resource
    if entry.method == "DELETE":
        return
    if resource is None:
        raise EntryError("La ressource manque.", path=entry.path, code="required")
    if resource.get("resourceType") != entry.kind:
        raise EntryError(f"Une ressource {entry.kind[:40]} est attendue.", path=entry.path)
    if entry.method == "PUT" and read_uuid(str(resource.get("id", ""))) != str(entry.identifier):
        raise EntryError("Le « id » de la ressource n'est pas celui de l'adresse.", path=entry.path)


def check_full_urls(entries: Sequence[Entry]) -> None:
    """Refuse two entries of a transaction under one address, or that write one resource."""
    seen: set[object] = set()
    for one in entries:
        names = [one.full_url] if one.full_url else []
        for name in (*names, *([(one.kind, one.identifier)] if one.identifier else [])):
            if name in seen:
                raise EntryError("Deux entrées désignent la même ressource.", path=one.path)
            seen.add(name)


def levels(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Creations in the order in which their references may be resolved: each level needs only the former ones.

    Raises EntryError on references that turn in a circle, or to an entry that is not there.
    """
    made = {one.full_url: rank for rank, one in enumerate(entries) if one.full_url}
    waiting: dict[int, set[int]] = {}
    for rank, one in enumerate(entries):
        waiting[rank] = {made[text] for text in one.references if text in made}
    done: list[list[Entry]] = []
    while waiting:
        ready = [rank for rank, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            first = entries[min(waiting)]
            raise EntryError(
                "Des ressources nouvelles se désignent en cercle.", status=422, path=first.path,
                code="not-supported",
            )  # fmt: skip
        for rank in ready:
            del waiting[rank]
        done.append([entries[rank] for rank in ready])
    return done


def dangling(entry: Entry, known: dict[str, str]) -> str:
    """A `urn:uuid:` reference of an entry that no entry of the bundle answers; '' when there is none."""
    for text in entry.references:
        if text.startswith("urn:uuid:") and text not in known:
            return text
    return ""

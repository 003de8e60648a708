"""Reading nomenclatures: what a set holds, what a code means, what it corresponds to. All of it is public."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enrs.core.terminology import rules
from enrs.core.terminology.models import (
    Change,
    CodeSystem,
    Concept,
    ConceptMap,
    Load,
    Mapping,
    Member,
    ValueSet,
)

COUNTED = 10_000
"""A total is counted so far; beyond, a search says that there are more."""
IMPLICIT = "?fhir_vs"


@dataclass(frozen=True, slots=True)
class Entry:
    """A code as a set gives it; `is_active` on the day asked for."""

    system: str
    code: str
    display: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """Where the codes of an expansion are read: the members of a set, or a whole system."""

    value_set: ValueSet | None
    system: CodeSystem | None

    @property
    def rows(self) -> "models.QuerySet[Any]":
        if self.system is not None:
            return Concept.objects.filter(system=self.system)
        return Member.objects.filter(value_set=self.value_set)


@dataclass(frozen=True, slots=True)
class Expansion:
    """A page of a set; `total` is None when there are more than are counted."""

    entries: Sequence[Entry]
    total: int | None


def system_of(address: str, version: str = "") -> CodeSystem | None:
    """A code system by its address or its OID; of this version when one is named."""
    url, oid, _ = rules.system_address(address)
    found = CodeSystem.objects.filter(url=url).first()
    if found is None and oid:
        found = CodeSystem.objects.filter(oid=oid).order_by("id").first()
    return found if found and version in ("", found.version) else None


def value_set_of(address: str, version: str = "") -> ValueSet | None:
    """A value set by its address or its OID, with its system; of this version when one is named."""
    oid = rules.oid_of(address)
    sets = ValueSet.objects.select_related("whole_system")
    found = sets.filter(url=f"urn:oid:{oid}" if oid else address).first()
    if found is None and oid:
        found = sets.filter(oid=oid).order_by("id").first()
    return found if found and version in ("", found.version) else None


def source_of(*, address: str = "", key: UUID | None = None, version: str = "") -> Source | None:
    """What an expansion reads: a set by its id or address, or all of a system by `<address>?fhir_vs`."""
    if key is not None:
        row = ValueSet.objects.select_related("whole_system").filter(id=key).first()
        row = row if row and version in ("", row.version) else None
    elif address.endswith(IMPLICIT):
        system = system_of(address.removesuffix(IMPLICIT), version)
        return Source(None, system) if system else None
    else:
        row = value_set_of(address, version)
    return Source(row, row.whole_system) if row else None


def expand(
    source: Source,
    *,
    text: str = "",
    offset: int = 0,
    count: int | None = None,
    only_active: bool = False,
    on: date | None = None,
) -> Expansion:
    """The codes of a set in its own order: those whose words begin with each word of `text`.

    With `on`, those of that day. Closed codes of a system stay in it as inactive; those of a set left it.
    """
    day = on or timezone.localdate()
    rows = source.rows
    narrows = only_active or on is not None
    if narrows or source.system is None:
        open_then = Q(closed_at=None) | Q(closed_at__date__gt=on) if on else Q(closed_at=None)
        rows = rows.filter(open_then)
    if on:
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=on))
    if narrows:
        rows = rows.filter(_usable(day))
    if text and (query := _query(text)) is not None:
        rows = rows.filter(search=query)
    elif text:
        rows = rows.none()
    total = rows.order_by()[: COUNTED + 1].count()
    url = "value" if source.system is not None else "system__url"
    found = rows.order_by("rank", "code").values_list(
        *(["system_id"] if url == "value" else [url]),
        "code", "display", "valid_from", "valid_until", "is_inactive", "closed_at",
    )  # fmt: skip
    page = found[offset : offset + count] if count is not None else found[offset:]
    return Expansion(
        [_entry(source, row, day) for row in page], total if total <= COUNTED else None
    )


def _entry(source: Source, row: tuple[Any, ...], day: date) -> Entry:
    system, code, display, begins, ends, inactive, closed = row
    url = source.system.url if source.system is not None else system
    valid = rules.is_valid(valid_from=begins, valid_until=ends, is_inactive=inactive, on=day)
    return Entry(url, code, display, valid and (closed is None or closed.date() > day))


def _usable(day: date) -> Q:
    return Q(is_inactive=False) & (Q(valid_until=None) | Q(valid_until__gt=day))


def _query(text: str) -> SearchQuery | None:
    """Words are letters and digits only, so that they cannot be read as operators."""
    words = rules.words_of(text)
    if not words:
        return None
    return SearchQuery(" & ".join(f"{one}:*" for one in words), search_type="raw", config="simple")


def concept(system: CodeSystem, code: str) -> Concept | None:
    """One code of a system, closed or not."""
    return Concept.objects.filter(system=system, code=code).defer("search").first()


def displays(pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The words of many codes at once, by (address of the system, code); those that nobody loaded are absent."""
    if not pairs:
        return {}
    rows = Concept.objects.filter(
        system__url__in={url for url, _ in pairs}, code__in={code for _, code in pairs}
    )
    found = rows.order_by().values_list("system__url", "code", "display")
    return {(url, code): display for url, code, display in found if (url, code) in pairs}


def member(source: Source, system: CodeSystem, code: str) -> Member | Concept | None:
    """One code of a set; one that left it is not in it."""
    if source.system is not None:
        return concept(system, code) if source.system.pk == system.pk else None
    rows = Member.objects.filter(value_set=source.value_set, system=system, code=code)
    return rows.filter(closed_at=None).defer("search").first()


def is_active(row: Member | Concept, on: date | None = None) -> bool:
    """Whether a code may be used on a day, today by default."""
    return row.closed_at is None and rules.is_valid(
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        is_inactive=row.is_inactive,
        on=on or timezone.localdate(),
    )


def map_by_id(key: UUID) -> ConceptMap | None:
    """A correspondence by its identifier."""
    return ConceptMap.objects.filter(id=key).first()


def translations(
    *,
    system: str,
    code: str,
    of: ConceptMap | None = None,
    address: str = "",
    target_system: str = "",
    is_reverse: bool = False,
) -> list[Mapping]:
    """The lines of the correspondences for a code, of one table (`of` or `address`) or of all."""
    url = rules.system_address(system)[0]
    other = rules.system_address(target_system)[0] if target_system else ""
    here, there = ("target", "source") if is_reverse else ("source", "target")
    rows = Mapping.objects.filter(closed_at=None, **{f"{here}_system": url, f"{here}_code": code})
    if of is not None:
        rows = rows.filter(concept_map=of)
    elif address:
        rows = rows.filter(
            Q(concept_map__url=address) | Q(concept_map__oid=rules.oid_of(address) or "-")
        )
    if other:
        rows = rows.filter(**{f"{there}_system": other})
    return list(
        rows.select_related("concept_map").order_by("concept_map__url", "rank", "id")[:1000]
    )


# What the screens read.

NAMES: dict[str, type[CodeSystem | ValueSet | ConceptMap]] = {
    "nomenclature": CodeSystem,
    "jeu": ValueSet,
    "correspondance": ConceptMap,
}
PAGE = 50


def catalogue(
    kind: str, text: str = "", *, after: str = "", size: int = PAGE
) -> tuple[list[Any], str]:
    """Nomenclatures of one kind by title or name, in the order of their addresses; and the next key."""
    rows: models.QuerySet[Any] = NAMES[kind]._default_manager.all()
    for word in rules.words_of(text):
        rows = rows.filter(
            Q(title__icontains=word) | Q(name__icontains=word) | Q(oid__startswith=word)
        )
    if after:
        rows = rows.filter(url__gt=after)
    found = list(rows.order_by("url")[: size + 1])
    return found[:size], found[size - 1].url if len(found) > size else ""


def totals() -> dict[str, int]:
    """How many nomenclatures of each kind are loaded."""
    return {kind: model._default_manager.count() for kind, model in NAMES.items()}


def by_id(kind: str, key: UUID) -> Any:
    """One nomenclature, None when there is none."""
    rows: models.QuerySet[Any] = NAMES[kind]._default_manager.all()
    return rows.filter(id=key).first()


Place = tuple[int, str]
"""Where a page of codes ends: rank and code."""


def codes(
    row: CodeSystem | ValueSet, text: str = "", *, after: Place | None = None, size: int = PAGE
) -> tuple[list[Any], Place | None]:
    """The codes of a nomenclature, closed ones too, a page and the next key."""
    source = Source(row, row.whole_system) if isinstance(row, ValueSet) else Source(None, row)
    rows = source.rows.select_related("system").defer("search")
    if text:
        query = _query(text)
        rows = rows.filter(search=query) if query is not None else rows.none()
    if after:
        rows = rows.filter(Q(rank__gt=after[0]) | Q(rank=after[0], code__gt=after[1]))
    found = list(rows.order_by("rank", "code")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], (last.rank, last.code) if last else None


def mappings(
    row: ConceptMap, text: str = "", *, after: int = 0, size: int = PAGE
) -> tuple[list[Mapping], int]:
    """The lines of a correspondence by a code or words of the target, a page and the next key."""
    rows = row.mappings.filter(rank__gte=after)
    if text:
        rows = rows.filter(
            Q(source_code__istartswith=text)
            | Q(target_code__istartswith=text)
            | Q(target_display__icontains=text)
        )
    found = list(rows.order_by("rank", "id")[: size + 1])
    return found[:size], found[size].rank if len(found) > size else 0


def find_codes(text: str, *, size: int = PAGE) -> list[Concept]:
    """Codes of every code system whose code is the text, then whose words begin with its words."""
    query = _query(text)
    if query is None:
        return []
    rows = Concept.objects.select_related("system").defer("search")
    exact = list(rows.filter(code=text.strip()).order_by("system__url", "code")[:size])
    known = {one.pk for one in exact}
    left = size - len(exact)
    words = rows.filter(search=query).exclude(pk__in=known).order_by("display", "code", "pk")[:left]
    return exact + list(words)


def sets_with(system: CodeSystem, code: str) -> list[ValueSet]:
    """The value sets that list a code now."""
    rows = ValueSet.objects.filter(
        Q(whole_system=system)
        | Q(members__system=system, members__code=code, members__closed_at=None)
    )
    return list(rows.distinct().order_by("url")[:100])


def history(key: UUID, *, size: int = 20) -> list[Load]:
    """The loads of one nomenclature, the newest first."""
    return list(Load.objects.filter(nomenclature_id=key).order_by("-id")[:size])


def changes(load_ids: Iterable[UUID], *, size: int = 200) -> list[Change]:
    """What these loads changed, code by code, the newest load first."""
    return list(Change.objects.filter(load_id__in=list(load_ids)).order_by("-load_id", "id")[:size])


def refused_loads(*, size: int = 20) -> list[Load]:
    """The last files that were refused."""
    return list(Load.objects.filter(state=Load.State.FAILED).order_by("-id")[:size])


def all_codes(row: CodeSystem | ValueSet) -> "models.QuerySet[Any, Any]":
    """Every code of a nomenclature for an export: system, code, words, dates, when it was closed."""
    source = Source(row, row.whole_system) if isinstance(row, ValueSet) else Source(None, row)
    return source.rows.order_by("rank", "code").values_list(
        F("system__url"), "code", "display", "valid_from", "valid_until", "is_inactive", "closed_at"
    )

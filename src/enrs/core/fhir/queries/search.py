"""Composing the SQL of a search: text from our own table only, every value bound.

The text runs inside `fhir_search`, under row security: see there for $1 to $6. Only btree equality
and ranges keep their index under row security, so there is no LIKE and no array operator here. What
was found is materialised before it is sorted and cut: `order by updated_at limit n` over an indexed
filter is planned as a walk of the whole type.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from enrs.core.fhir.rules.dates import DateError, Span, ranges, read_span
from enrs.core.fhir.rules.parameters import (
    DATE,
    DAY,
    ID,
    PATIENT,
    REFERENCE,
    SERVED,
    STRING,
    TOKEN,
    UPDATED,
)
from enrs.core.fhir.rules.requests import (
    Filter,
    Request,
    SearchError,
    read_reference,
    read_uuid,
    search_text,
    split,
    unescape,
)

LAST = "\U0010ffff"
"""Sorts after every text: ends the range of a prefix."""

MANY = 50
"""Beyond, identifiers are bound as one text: a statement of two thousand values is slow to read."""

SELECTIVE = {
    "identifier": 0,
    "practitioner": 1,
    "organization": 1,
    "participant": 1,
    "family": 2,
    "name": 3,
}
"""Which key filter to start from: the rarer its values, the lower."""

ALLOWED = """r.category = any ($3) and (r.marks & $4 = 0 or fhir_wrote(r.type, r.id, $2))
    and ($6::uuid is null or r.patient_id = $6)
    and ($5 <> 'person' or (select d.allowed from fhir_decide($5, $2, r.patient_id, r.category, r.marks) d))"""

MINE = """mine as materialized (
    select distinct g.patient_id from access_grant g
    where g.grantee_id = any ($2) and g.valid_from <= now() and g.valid_until > now()
      and g.patient_id not in (select access_denials())
)"""

Cursor = tuple[str, str]
"""Where a page ended: sort value and id of its last row."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A composed search: `page` gives rows (id, body, sort, patient_id), `total` one number.

    `page` is the word `identifier` for the query that `fhir_search` holds itself.
    """

    page: str
    total: str
    values: list[str]


def compose(request: Request, *, base: str, after: Cursor | None = None) -> Statement:
    """The SQL of a search, for one row more than a page; `base` is the API's own address.

    Raises SearchError when a value cannot be read.
    """
    alone = None if after else _lone_identifier(request)
    if alone:
        return Statement("identifier", "", [alone, str(request.count + 1)])
    return _Composer(request, base).statement(after)


def _lone_identifier(request: Request) -> str | None:
    """The key asked for, when a search asks for one exact identifier and nothing else."""
    if request.with_total or request.only_total or request.sort == "date":
        return None
    match request.filters:
        case [Filter(name="identifier", values=[value])] if request.is_descending:
            parts = [unescape(part) for part in split(value, "|")]
            if all(parts) and len(parts) <= 2:
                return "|".join(parts)
    return None


@dataclass
class _Composer:
    request: Request
    base: str
    values: list[str] = field(default_factory=list)

    def bind(self, value: str) -> str:
        self.values.append(value)
        return f"($1)[{len(self.values)}]"

    def bind_all(self, values: Sequence[str], cast: str = "text") -> str:
        """An array of bound values; empty when there is none."""
        return f"array[{', '.join(self.bind(value) for value in values)}]::{cast}[]"

    def statement(self, after: Cursor | None) -> Statement:
        request = self.request
        parts, found, is_walk = self._found()
        total = ""
        if request.only_total or request.with_total:
            head = f"with {', '.join(parts)} " if parts else ""
            total = f"{head}select count(*) from ({found}) f"
        if request.only_total:
            return Statement("", total, self.values)
        by_date = request.sort == "date"
        column = "f.date" if by_date else "f.updated_at"
        way = "desc" if request.is_descending else "asc"
        beyond = ""
        if after:
            sign = "<" if request.is_descending else ">"
            cast = "" if by_date else "::timestamptz"
            beyond = f"where ({column}, f.id) {sign} ({self.bind(after[0])}{cast}, {self.bind(after[1])}::uuid)"
        kept = "" if is_walk else "materialized "
        parts = [
            *parts,
            f"found as {'not ' if is_walk else ''}materialized ({found})",
            f"page as {kept}(select f.*, {column}::text as sort from found f {beyond} "
            f"order by {column} {way}, f.id {way} limit {request.count + 1})",
        ]
        page = (
            f"with {', '.join(parts)} select f.id, b.body, f.sort, f.patient_id from page f "
            f"join fhir_resource b on b.type = '{request.type}' and b.id = f.id and b.is_current "
            f"order by {column} {way}, f.id {way}"
        )
        return Statement(page, total, self.values)

    def _found(self) -> tuple[list[str], str, bool]:
        """The CTEs, the query of every match, and whether it walks the index by date of update."""
        request, served = self.request, SERVED[self.request.type]
        own = [one for one in request.filters if one.kind in (ID, PATIENT, UPDATED)]
        keyed = [one for one in request.filters if one not in own]
        keyed.sort(key=lambda one: SELECTIVE.get(one.name, 9))
        parts: list[str] = []
        start = "fhir_resource r"
        wanted = [f"r.type = '{request.type}'", "r.is_current", "not r.is_deleted"]
        wanted += [self._own_condition(one) for one in own]
        is_pinned = any(one.kind in (ID, PATIENT) for one in own)
        is_walk = False
        if not is_pinned:
            if keyed and (served.is_public or keyed[0].name == "identifier"):
                parts = [
                    f"hit as materialized (select distinct k.id from fhir_key k where {self._key(keyed.pop(0))})"
                ]
                start = "hit h join fhir_resource r on r.id = h.id"
            elif served.is_public:
                is_walk = True
            else:
                parts = [MINE]
                start = "mine m join fhir_resource r on r.patient_id = m.patient_id"
        wanted += [
            f"exists (select 1 from fhir_key k where k.id = r.id and {self._key(one)})"
            for one in keyed
        ]
        if not served.is_public:
            wanted.append(ALLOWED)
        dates = ""
        if request.sort == "date":
            dates = (
                ", coalesce((select max(s.value) from fhir_key s where s.type = r.type and s.id = r.id"
                " and s.param = 'date'), '') as date"
            )
        found = f"select r.id, r.updated_at, r.patient_id{dates} from {start} where {' and '.join(wanted)}"
        return parts, found, is_walk

    def _own_condition(self, one: Filter) -> str:
        if one.kind == UPDATED:
            return _any(self._updated(value) for value in one.values)
        if one.kind == ID:
            ids = [known for value in one.values if (known := read_uuid(unescape(value)))]
            if len(ids) > MANY:
                return f"r.id = any (string_to_array({self.bind(','.join(ids))}, ',')::uuid[])"
            return f"r.id = any ({self.bind_all(ids, 'uuid')})"
        references = [
            reference
            for value in one.values
            for reference in read_reference(unescape(value), ["Patient"], self.base)
        ]
        if one.type_modifier not in ("", "Patient"):
            raise SearchError(f"« {one.name} » désigne un Patient.")
        ids = [known for text in references if (known := read_uuid(text.partition("/")[2]))]
        return f"r.patient_id = any ({self.bind_all(ids, 'uuid')})"

    def _updated(self, value: str) -> str:
        span = _span(value)
        pairs = ranges(span.prefix, span.low.isoformat(), span.high.isoformat())
        return _any(self._range("r.updated_at", low, high, "::timestamptz") for low, high in pairs)

    def _key(self, one: Filter) -> str:
        """The condition on a key row `k` of this type and parameter."""
        conditions: dict[str, Callable[[Filter], list[str]]] = {
            TOKEN: self._tokens,
            STRING: self._strings,
            REFERENCE: self._references,
            DATE: self._moments,
            DAY: self._days,
        }
        values = _any(conditions[one.kind](one))
        return f"k.type = '{self.request.type}' and k.param = '{one.name}' and {values}"

    def _tokens(self, one: Filter) -> list[str]:
        conditions: list[str] = []
        exact: list[str] = []
        for value in one.values:
            system, *rest = [unescape(part) for part in split(value, "|")]
            if not rest:
                exact.append(system)
            elif len(rest) > 1 or not (system or rest[0]):
                raise SearchError(
                    f"« {value[:80]} » : système|code est attendu pour « {one.name} »."
                )
            elif not rest[0]:
                conditions.append(self._range("k.value", f"{system}|", f"{system}}}"))
            elif system:
                exact.append(f"{system}|{rest[0]}")
            else:
                code = self.bind(rest[0])
                conditions.append(
                    f"k.value = {code} and not exists (select 1 from fhir_key s where s.type = k.type"
                    f" and s.id = k.id and s.param = k.param and right(s.value, length({code}) + 1) = '|' || {code})"
                )
        if exact:
            conditions.append(self._among(exact))
        return conditions

    def _among(self, values: Sequence[str]) -> str:
        if len(values) == 1:
            return f"k.value = {self.bind(values[0])}"
        return f"k.value = any ({self.bind_all(values)})"

    def _strings(self, one: Filter) -> list[str]:
        starts = [search_text(unescape(value)) for value in one.values]
        if not all(starts):
            raise SearchError(f"« {one.name} » doit commencer par une lettre ou un chiffre.")
        return [self._range("k.value", start, start + LAST) for start in starts]

    def _references(self, one: Filter) -> list[str]:
        targets = SERVED[self.request.type].targets[one.name]
        if one.type_modifier:
            targets = tuple(target for target in targets if target == one.type_modifier)
        if not targets:
            raise SearchError(f"« {one.name} » ne désigne pas de {one.type_modifier[:40]}.")
        found = [
            reference
            for value in one.values
            for reference in read_reference(unescape(value), targets, self.base)
        ]
        return [self._among(found)]

    def _moments(self, one: Filter) -> list[str]:
        spans = [_span(value) for value in one.values]
        pairs = [
            pair
            for span in spans
            for pair in ranges(span.prefix, _second(span.low), _second(span.high))
        ]
        return [self._range("k.value", low, high) for low, high in pairs]

    def _days(self, one: Filter) -> list[str]:
        """Birth dates are kept as they are known: `1956`, `1956-03` or `1956-03-12`."""
        conditions = []
        for value in one.values:
            span = _span(value)
            low, high = _shortest(span.low_day.isoformat()), _shortest(span.high_day.isoformat())
            if span.prefix in ("eq", "ne"):
                low = unescape(value).removeprefix(span.prefix)[:10]
            conditions += [self._range("k.value", *pair) for pair in ranges(span.prefix, low, high)]
            if span.prefix in ("ge", "gt"):
                bound = span.low_day.isoformat()
                conditions.append(self._among([bound[:4], bound[:7]]))
        return conditions

    def _range(self, column: str, low: str | None, high: str | None, cast: str = "") -> str:
        bounds = [
            f"{column} {sign} {self.bind(bound)}{cast}"
            for sign, bound in ((">=", low), ("<", high))
            if bound is not None
        ]
        return " and ".join(bounds)


def _any(conditions: Iterable[str]) -> str:
    return f"(({') or ('.join(conditions)}))"


def _span(value: str) -> Span:
    try:
        return read_span(unescape(value), zone=timezone.get_default_timezone(), now=timezone.now())
    except DateError as error:
        raise SearchError(f"« {value[:40]} » n'est pas une date FHIR.") from error


def _second(moment: datetime) -> str:
    """A UTC moment as keys begin: without the Z, so that a fraction of that second sorts after it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _shortest(day: str) -> str:
    """A bound without the `-01` that a date known to the year or month has not: it sorts before both."""
    if day.endswith("-01-01"):
        return day[:4]
    return day.removesuffix("-01")

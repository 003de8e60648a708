"""The composite data types of HL7 v2 that French messages use, as small frozen values."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import Segment

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_TS = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?:(?P<day>[0-9]{2})(?:(?P<hour>[0-9]{2})"
    r"(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?)?)?)?)?"
    r"(?P<zone>[+-][0-9]{4})?"
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier (CX, EI): `system` is a URI (see `authority_system`), `type` of table 0203."""

    system: str
    value: str
    type: str = ""
    authority_name: str = ""


@dataclass(frozen=True, slots=True)
class Professional:
    """A professional (XCN). `rpps` is the 11 digits, also when the id was « 8 » + RPPS (IDNPS)."""

    id: str
    id_type: str
    family: str
    given: str
    rpps: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a hospital (PL): point of care, room, bed; `facility` by name and number."""

    unit: str = ""
    room: str = ""
    bed: str = ""
    facility: str = ""
    facility_id: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A functional unit (XON in ZBE-7 and ZBE-8)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded value (CE, CWE) with its alternate coding."""

    code: str
    text: str = ""
    system: str = ""
    alternate_code: str = ""
    alternate_text: str = ""
    alternate_system: str = ""


def authority_system(name: str, universal_id: str, fallback: str = "") -> str:
    """Return the URI of an assigning authority (HD).

    An ISO OID gives `urn:oid:…`, a FINESS number `urn:finess:…`, else the name (or the id, or
    `fallback`) gives `urn:local:…`.
    """
    if _OID.fullmatch(universal_id):
        return f"urn:oid:{universal_id}"
    for candidate in (universal_id, name):
        if _FINESS.fullmatch(candidate):
            return f"urn:finess:{candidate}"
    return f"urn:local:{quote(name or universal_id or fallback, safe='')}"


def _zone(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5])))


def _bad_moment(where: str, sequence: int = 1) -> Hl7Error:
    # The value itself is left out: it may say something about a patient.
    return Hl7Error(
        102,
        where,
        f"La date en {where} n'est pas lisible (attendu : AAAAMMJJ, puis hhmm, ss et ±hhmm).",
        sequence=sequence,
    )


def read_moment(text: str, where: str, sequence: int = 1) -> datetime | None:
    """Read a TS into a datetime; naive when the message names no zone. None when empty.

    A day without an hour is read at midnight. Raises Hl7Error (102) on what is not a day.
    """
    if not text:
        return None
    match = _TS.fullmatch(text)
    if match is None or match["day"] is None:
        raise _bad_moment(where, sequence)
    try:
        return datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"] or 0),
            int(match["minute"] or 0),
            int(match["second"] or 0),
            int((match["fraction"] or "0").ljust(6, "0")),
            tzinfo=_zone(match["zone"]) if match["zone"] else None,
        )
    except ValueError:
        raise _bad_moment(where, sequence) from None


def moment_at(segment: Segment, field: int, component: int = 1) -> datetime | None:
    """Read the TS of a field of a segment (see `read_moment`)."""
    fields = segment.fields
    if field >= len(fields) or not fields[field]:
        return None
    text = segment.component(field, component)
    return read_moment(text, f"{segment.name}-{field}", segment.sequence)


def read_partial_date(text: str, where: str, *, lenient: bool = False) -> tuple[str, bool]:
    """Read a date of any precision; return `YYYY[-MM[-DD]]` and whether it was cut short.

    Month or day 00 count as unknown. With `lenient` (lunar birth dates) an impossible month or day
    is left out instead of refused. Raises Hl7Error (102).
    """
    if not text:
        return "", False
    match = _TS.fullmatch(text)
    if match is None:
        raise _bad_moment(where)
    year, month, day = match["year"], match["month"], match["day"]
    if month is None or month == "00":
        return year, True
    if not 1 <= int(month) <= 12:
        if lenient:
            return year, True
        raise _bad_moment(where)
    if day is None or day == "00":
        return f"{year}-{month}", True
    try:
        datetime(int(year), int(month), int(day))  # noqa: DTZ001 - only checks the calendar
    except ValueError:
        if lenient:
            return f"{year}-{month}", True
        raise _bad_moment(where) from None
    return f"{year}-{month}-{day}", False


def read_identifier(segment: Segment, raw: str, fallback: str = "") -> Identifier:
    """Read one CX repetition; `fallback` names the authority when the sender does not."""
    marks = segment.delimiters
    components = raw.split(marks.component)
    authority = components[3].split(marks.subcomponent) if len(components) > 3 else []
    name = authority[0].strip() if authority else ""
    universal = authority[1].strip() if len(authority) > 1 else ""
    if marks.escape in raw:
        name, universal = segment.part(raw, 4), segment.part(raw, 4, 2)
    return Identifier(
        system=authority_system(name, universal, fallback),
        value=segment.part(raw, 1).strip(),
        type=components[4] if len(components) > 4 else "",
        authority_name=name,
    )


def read_identifiers(segment: Segment, field: int, fallback: str = "") -> tuple[Identifier, ...]:
    """Read all the CX repetitions of a field that carry a value."""
    found = [read_identifier(segment, raw, fallback) for raw in segment.rep(field)]
    return tuple(identifier for identifier in found if identifier.value)


def read_entity(segment: Segment, field: int) -> Identifier | None:
    """Read an EI (id, namespace, universal id) such as a placer or filler number."""
    if not segment[field]:
        return None
    value = segment.component(field)
    if not value:
        return None
    name, universal = segment.component(field, 2), segment.component(field, 3)
    return Identifier(authority_system(name, universal), value, "", name)


def read_professionals(segment: Segment, field: int) -> tuple[Professional, ...]:
    """Read the XCN repetitions of a field; components 9 and 13 tell which register names them."""
    people = []
    for raw in segment.rep(field):
        identifier = segment.part(raw, 1).strip()
        family = segment.part(raw, 2)
        if not identifier and not family:
            continue
        kind = segment.part(raw, 13).strip()
        rpps = ""
        if kind == "RPPS" and len(identifier) == 11:
            rpps = identifier
        elif kind in {"IDNPS", "RPPS"} and len(identifier) == 12 and identifier[0] == "8":
            rpps = identifier[1:]
        people.append(Professional(identifier, kind, family, segment.part(raw, 3), rpps))
    return tuple(people)


def read_location(segment: Segment, field: int) -> Location | None:
    """Read a PL, or None when the field is empty or null."""
    raw = segment[field]
    if not raw or segment.is_null(field):
        return None
    raw = segment.rep(field)[0]
    part = segment.part
    return Location(part(raw, 1), part(raw, 2), part(raw, 3), part(raw, 4), part(raw, 4, 2))


def read_unit(segment: Segment, field: int) -> Unit | None:
    """Read an XON: name in component 1, code in component 10 (or 3)."""
    if not segment[field]:
        return None
    code = segment.component(field, 10) or segment.component(field, 3)
    name = segment.component(field, 1)
    return Unit(code, name) if code or name else None


def read_coded(segment: Segment, field: int, rep: int = 0) -> Coded:
    """Read a CE or CWE; all parts are empty when the field is absent."""
    repetitions = segment.rep(field)
    if rep >= len(repetitions):
        return Coded("")
    raw, part = repetitions[rep], segment.part
    return Coded(part(raw, 1), part(raw, 2), part(raw, 3), part(raw, 4), part(raw, 5), part(raw, 6))

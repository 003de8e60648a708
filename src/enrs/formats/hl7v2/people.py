"""Writes a patient as a PID: numbers with their domains, and traits when they may be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from enrs.formats.hl7v2.datatypes import Identifier
from enrs.formats.hl7v2.parser import DEFAULT_DELIMITERS, Delimiters
from enrs.formats.hl7v2.writer import Component, Field, field, repeat, segment

NO_NAME: tuple[Field, ...] = ("", ("", "", "", "", "", "", "S"))
"""PID-5 of who is told by numbers alone: a name is required, and this one is coded (IHE ITI TF-2, 3.9.4.2.2.5)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Traits to write. Dates are `YYYY[-MM[-DD]]`; `status` is the code of PID-32."""

    birth_name: str
    first_given_name: str = ""
    given_names: str = ""
    used_name: str = ""
    used_given_name: str = ""
    birth_date: str = ""
    sex: str = "U"
    birth_place_code: str = ""
    address: str = ""
    city: str = ""
    postal_code: str = ""
    phone: str = ""
    status: str = ""


def authority(system: str, name: str = "") -> tuple[str, ...]:
    """An assigning authority (HD) of a URI: the reverse of `datatypes.authority_system`."""
    kind, _, rest = system.partition(":")[2].partition(":")
    if kind == "oid":
        return name, rest, "ISO"
    if kind == "finess":
        return name, rest, "N"
    return (unquote(rest) if kind == "local" else system,)


def cx(identifier: Identifier) -> Field:
    """An identifier with its authority and its type."""
    told: tuple[Component, ...] = (
        identifier.value, "", "", authority(identifier.system, identifier.authority_name), identifier.type,
    )  # fmt: skip
    return told


def pid(
    identifiers: Sequence[Identifier],
    person: Person | None = None,
    *,
    rank: int = 1,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> str:
    """Write a PID; without a person, it names nobody (`NO_NAME`)."""
    numbers = repeat([cx(one) for one in identifiers], delimiters)
    if person is None:
        names = repeat(NO_NAME, delimiters)
        return segment("PID", str(rank), "", numbers, "", names, delimiters=delimiters)
    fields = {
        1: str(rank),
        3: numbers,
        5: repeat(_names(person), delimiters),
        7: person.birth_date.replace("-", ""),
        8: person.sex,
        11: repeat(_addresses(person), delimiters),
        13: field(("", "PRN", "PH", *[""] * 8, person.phone), delimiters) if person.phone else "",
        32: person.status,
    }
    return segment("PID", *(fields.get(at, "") for at in range(1, 33)), delimiters=delimiters)


def _names(person: Person) -> list[Field]:
    names: list[Field] = [
        (person.birth_name, person.first_given_name, person.given_names, "", "", "", "L")
    ]
    if person.used_name or person.used_given_name:
        used, given = person.used_name or person.birth_name, person.used_given_name
        names.append((used, given or person.first_given_name, "", "", "", "", "D"))
    return names


def _addresses(person: Person) -> list[Field]:
    found: list[Field] = []
    if person.address or person.city or person.postal_code:
        found.append((person.address, "", person.city, "", person.postal_code, "", "H"))
    if person.birth_place_code:
        found.append(("", "", "", "", "", "", "BDL", "", person.birth_place_code))
    return found

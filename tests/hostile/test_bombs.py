"""Small files that grow when they are read, patterns and expressions that never end: each stops at its limit."""

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from enrs.core.agenda.rules.calendars import CalendarError, read_busy
from enrs.core.questionnaires.rules.patterns import PatternError, compiled
from enrs.core.questionnaires.rules.reading import read, read_text
from enrs.core.questionnaires.rules.shapes import DefinitionError
from enrs.services.coordination.rules import imports
from enrs.services.record.rules import intake
from enrs.services.record.rules.photo import PhotoRefusedError, clean_photo

FIVE = 5_000_000
HEADINGS = b"numero;nom_naissance;premier_prenom;date_naissance;sexe\n"
SWELLING = 16
"""Times its own size that a file may take while it is read: text, its rows, what is kept of them."""


@contextmanager
def within(size: int) -> Iterator[None]:
    """What happens inside takes no more memory than so many times the file."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < max(SWELLING * size, 50_000_000)
    finally:
        tracemalloc.stop()


CSV = {
    "separators": b";" * FIVE,
    "one cell": b"a;b\n" + b"x" * FIVE,
    "an open quote": b'a;b\n"' + b"x" * FIVE,
    "quotes": b'"' * FIVE,
    "blank lines": b"\n" * FIVE,
    "short lines": b"a;b\n" + b"1\n" * (FIVE // 2),
    "wide lines": (b"a;" * 100 + b"\n") * (FIVE // 201),
    "UTF-16": ("a;b\n" * FIVE).encode("utf-16")[:FIVE],
}


@pytest.mark.parametrize("name", CSV)
@pytest.mark.parametrize("reader", [imports.read_csv, intake.read_list])
def test_a_list_is_refused_before_it_grows(name: str, reader: Callable[[bytes], Any]) -> None:
    head = HEADINGS if reader is intake.read_list else b""
    content = (head + CSV[name])[: imports.MAX_BYTES]
    with within(len(content)), pytest.raises((imports.FileRefusedError, intake.IntakeRefusedError)):
        reader(content)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(side: int, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + body + chunk(b"IEND", b"")


FRAME = b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
PHOTOS = {
    "a picture of a terabyte": png(1_000_000),
    "a million chunks": png(10, chunk(b"tEXt", b"") * 600_000),
    "a million segments": b"\xff\xd8\xff\xe0\x00\x02" + b"\xff\xe1\x00\x02" * 1_900_000,
    "filling without end": b"\xff\xd8" + FRAME + b"\xff\xda\x00\x02" + b"\xff" * 8_000_000,
    "a million scans": b"\xff\xd8" + FRAME + b"\xff\xda\x00\x02" * 1_900_000 + b"\xff\xd9",
}


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_refused_before_it_grows(name: str) -> None:
    with within(len(PHOTOS[name])), pytest.raises(PhotoRefusedError):
        clean_photo(PHOTOS[name])


def test_what_a_picture_hides_is_never_unpacked() -> None:
    hidden = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 50_000_000))
    content = png(10, hidden)
    with within(len(content)):
        kept, _ = clean_photo(content)
    assert hidden not in kept


def calendar(rule: bytes, count: int = 1) -> bytes:
    event = (
        b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270101T000000Z\r\nDTEND:20270101T010000Z\r\n" + rule
    )
    return b"BEGIN:VCALENDAR\r\n" + (event + b"\r\nEND:VEVENT\r\n") * count + b"END:VCALENDAR\r\n"


CALENDARS = {
    "every second": calendar(b"RRULE:FREQ=SECONDLY;COUNT=99999999"),
    "every minute": calendar(b"RRULE:FREQ=MINUTELY"),
    "two thousand of ten thousand": calendar(b"RRULE:FREQ=DAILY;COUNT=9999", 2000),
    "each minute of each day": calendar(
        b"RRULE:FREQ=YEARLY;BYHOUR=" + b",".join(b"%d" % one for one in range(24)) + b";BYMINUTE=0,1,2"
    ),
    "boxes in boxes": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 90_000,
    "one folded line": b"BEGIN:VCALENDAR\r\nX:" + b"\r\n a" * 240_000,
    "an age": calendar(b"DURATION:P9999999W"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_is_refused_before_it_grows(name: str) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    content = CALENDARS[name][:1_000_000]
    with within(len(content)):
        try:
            found = read_busy(
                content, zone=ZoneInfo("Europe/Paris"), since=now, until=now + timedelta(days=366)
            )
        except CalendarError:
            found = []
    assert len(found) <= 5_000


def form(*items: dict[str, Any]) -> bytes:
    tree = {
        "resourceType": "Questionnaire",
        "name": "x",
        "version": "1",
        "url": "urn:x",
        "title": "x",
    }
    return json.dumps(tree | {"item": list(items)}).encode()


def item(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"linkId": f"a{number}", "type": "string", "text": "t"} | more


def with_pattern(text: str) -> dict[str, Any]:
    url = "http://hl7.org/fhir/StructureDefinition/regex"
    return item(extension=[{"url": url, "valueString": text}])


def with_expression(text: str) -> dict[str, Any]:
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
    expression = {"language": "text/fhirpath", "expression": text}
    return item(
        type="decimal", readOnly=True, extension=[{"url": url, "valueExpression": expression}]
    )


FORMS = {
    "lists in lists": b"[" * 499_999,
    "objects in objects": b'{"a":' * 160_000,
    "a number without end": b'{"a":' + b"9" * 900_000 + b"}",
    "a number beyond numbers": b'{"resourceType":"Questionnaire","item":1e999999999}',
    "a pattern of patterns": form(with_pattern("((((a{1,1000}){1,1000}){1,1000}){1,1000})")),
    "brackets in brackets": form(with_pattern("(" * 5000 + "a" + ")" * 5000)),
    "an expression in itself": form(with_expression("(" * 3000 + "1" + ")" * 3000)),
    "a sum of thousands": form(with_expression("+".join(["1"] * 20_000))),
    "steps upon steps": form(with_expression("1" + ".repeat(1)" * 3000)),
    "thousands of questions": form(*map(item, range(12_000))),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_refused_before_it_is_kept(name: str) -> None:
    content = FORMS[name][:1_000_000]
    with within(len(content)), pytest.raises(DefinitionError):
        read(read_text(content))


@pytest.mark.parametrize("text", ["(a+)+$", "(a|a)*b", "(.*a){20}b", "([a-z]+)*!", "(a?){50}a{50}"])
def test_a_pattern_reads_each_letter_once(text: str) -> None:
    """With a reader that goes back, thirty letters would take longer than the test run."""
    try:
        pattern = compiled(text)
    except PatternError:
        return  # Refused is as good.
    assert pattern.matches("a" * 19_999 + "c") is False

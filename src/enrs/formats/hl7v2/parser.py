"""Reads an HL7 v2 message (ER7) and splits it only where somebody looks.

Parsing finds the character set and the segments; a segment is cut into fields at its first
reading, a field into components when one is asked for. Rules: HL7 v2.5 chapter 2.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from enrs.formats.hl7v2.errors import Hl7Error

# HL7 table 0211, with the loose spellings that senders use. None: UTF-8, else ISO 8859-15.
CHARSETS: dict[str, str | None] = {
    "": None,
    "ASCII": "ascii",
    "8859/1": "iso-8859-1",
    "8859/15": "iso-8859-15",
    "ISO-8859-1": "iso-8859-1",
    "ISO-8859-15": "iso-8859-15",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
}
_BOM = b"\xef\xbb\xbf"
_BLANKS = b"\r\n \t"
NULL = '""'
_PATH = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?")


class Delimiters(NamedTuple):
    """The separators that a message declares in MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding_characters(self) -> str:
        """Return MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent


DEFAULT_DELIMITERS = Delimiters()
_escape_patterns: dict[str, re.Pattern[str]] = {}


def _escape_pattern(escape: str) -> re.Pattern[str]:
    pattern = _escape_patterns.get(escape)
    if pattern is None:
        mark = re.escape(escape)
        pattern = re.compile(mark + r"([FSTRE]|\.br|X(?:[0-9A-Fa-f]{2})+)" + mark)
        _escape_patterns[escape] = pattern
    return pattern


def unescape(
    value: str, delimiters: Delimiters = DEFAULT_DELIMITERS, charset: str = "utf-8"
) -> str:
    r"""Replace \F\ \S\ \T\ \R\ \E\ \.br\ and \Xhh..\ ; any other sequence stays as written.

    Hexadecimal bytes are read in `charset`; those that do not decode, or give a NUL, stay too.
    """
    if delimiters.escape not in value:
        return value
    plain = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.subcomponent,
        "R": delimiters.repetition,
        "E": delimiters.escape,
        ".br": "\n",
    }

    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if code in plain:
            return plain[code]
        try:
            text = bytes.fromhex(code[1:]).decode(charset)
        except UnicodeDecodeError:
            return match.group(0)
        return match.group(0) if "\x00" in text else text

    return _escape_pattern(delimiters.escape).sub(replace, value)


class Segment:
    """One segment: `seg[3]` is the raw field; numbering follows the standard, MSH included."""

    __slots__ = ("_fields", "charset", "delimiters", "line", "name", "sequence")

    def __init__(
        self, line: str, delimiters: Delimiters, charset: str = "utf-8", sequence: int = 1
    ) -> None:
        """Keep the line as it came; `sequence` is its rank among segments of its name."""
        self.line = line
        self.name = line[:3]
        self.delimiters = delimiters
        self.charset = charset
        self.sequence = sequence
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """Return the raw fields; index 0 is the name, MSH-1 the separator itself."""
        if self._fields is None:
            fields = self.line.split(self.delimiters.field)
            if self.name == "MSH":
                fields.insert(1, self.delimiters.field)
            self._fields = fields
        return self._fields

    def __getitem__(self, field: int) -> str:
        """Return a raw field with its repetitions, or '' when it is absent."""
        fields = self.fields
        return fields[field] if field < len(fields) else ""

    def __repr__(self) -> str:
        """Name the segment without its content, which may be about a patient."""
        return f"<Segment {self.name} {self.sequence}>"

    def rep(self, field: int) -> list[str]:
        """Return the raw repetitions of a field; an empty list when it is absent."""
        raw = self[field]
        if not raw:
            return []
        if self.name == "MSH" and field <= 2:
            return [raw]
        return raw.split(self.delimiters.repetition)

    def is_null(self, field: int, component: int = 0) -> bool:
        """Tell whether a field (or one of its components) is HL7's null: « erase this »."""
        raw = self[field]
        if component:
            parts = raw.split(self.delimiters.repetition)[0].split(self.delimiters.component)
            raw = parts[component - 1] if component <= len(parts) else ""
        return raw == NULL

    def component(self, field: int, component: int = 1, sub: int = 1, rep: int = 0) -> str:
        """Return one unescaped sub-component, '' when absent or null (see `is_null`).

        `component` and `sub` count from 1, `rep` from 0.
        """
        fields = self.fields
        if field >= len(fields):
            return ""
        raw = fields[field]
        if not raw:
            return ""
        if self.name == "MSH" and field <= 2:
            return raw
        delimiters = self.delimiters
        if rep or delimiters.repetition in raw:
            repetitions = raw.split(delimiters.repetition)
            if rep >= len(repetitions):
                return ""
            raw = repetitions[rep]
        return self.part(raw, component, sub)

    def part(self, repetition: str, component: int = 1, sub: int = 1) -> str:
        """Return one unescaped sub-component of a raw repetition, '' when absent or null."""
        delimiters = self.delimiters
        raw = repetition
        if delimiters.component in repetition:
            components = repetition.split(delimiters.component, component)
            if component > len(components):
                return ""
            raw = components[component - 1]
        elif component > 1:
            return ""
        if sub > 1 or delimiters.subcomponent in raw:
            parts = raw.split(delimiters.subcomponent)
            if sub > len(parts):
                return ""
            raw = parts[sub - 1]
        if raw == NULL:
            return ""
        return unescape(raw, delimiters, self.charset) if delimiters.escape in raw else raw

    def get(self, path: str, rep: int = 0) -> str:
        """Return the unescaped text at a path such as `3`, `3.1` or `3.4.2`.

        What the path does not say is the first: `5` reads `5.1.1`. Raises ValueError on a path of
        another shape.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            raise ValueError(f"Not a field path: {path!r}")
        field, component, sub = match.groups()
        return self.component(int(field), int(component or 1), int(sub or 1), rep)

    def text(self, field: int) -> str:
        """Return a whole field as unescaped text, repetitions on lines of their own (TX, FT)."""
        raw = self[field]
        if raw == NULL:
            return ""
        return unescape(
            raw.replace(self.delimiters.repetition, "\n"), self.delimiters, self.charset
        )


class Message:
    """A parsed message: segments in order, found by name."""

    __slots__ = ("_all", "_by_name", "charset", "declared_charset", "delimiters", "lines")

    def __init__(
        self, lines: list[str], delimiters: Delimiters, charset: str, declared_charset: str
    ) -> None:
        """Keep the lines; `charset` is the codec that read them, `declared_charset` MSH-18."""
        self.lines = lines
        self.delimiters = delimiters
        self.charset = charset
        self.declared_charset = declared_charset
        self._all: list[Segment] | None = None
        self._by_name: dict[str, list[Segment]] = {}

    def _index(self) -> list[Segment]:
        if self._all is None:
            found: list[Segment] = []
            by_name = self._by_name
            delimiters, charset = self.delimiters, self.charset
            for line in self.lines:
                same = by_name.setdefault(line[:3], [])
                segment = Segment(line, delimiters, charset, len(same) + 1)
                same.append(segment)
                found.append(segment)
            self._all = found
        return self._all

    def __iter__(self) -> Iterator[Segment]:
        """Walk all segments in their order."""
        return iter(self._index())

    def segments(self, name: str) -> list[Segment]:
        """Return the segments of a name, in order."""
        self._index()
        return self._by_name.get(name, [])

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name, or None."""
        found = self.segments(name)
        return found[0] if found else None

    def get(self, name: str, path: str) -> str:
        """Return the text at a path of the first segment of a name, '' when absent."""
        segment = self.first(name)
        return segment.get(path) if segment is not None else ""

    @property
    def header(self) -> Segment:
        """Return MSH, which `parse` has made sure of."""
        return self._index()[0]

    def __repr__(self) -> str:
        """Name the message by its identifiers only."""
        header = self.header
        return f"<Message {header.get('9.1')}^{header.get('9.2')} {header.get('10')}>"


def read_delimiters(start: str) -> Delimiters:
    """Read MSH-1 and MSH-2 from the beginning of a message. Raises Hl7Error."""
    if not start.startswith("MSH"):
        raise Hl7Error(100, "MSH", "Le message ne commence pas par un segment MSH.")
    separator = start[3:4]
    if not separator or separator.isalnum() or separator in "\r\n":
        raise Hl7Error(102, "MSH-1", "Le séparateur de champs (MSH-1) manque ou est illisible.")
    marks = start[4:12].split(separator, 1)[0]
    declared = separator + marks[:4]
    if len(marks) not in {4, 5} or len(set(declared)) != 5 or not marks.isascii():
        raise Hl7Error(
            102, "MSH-2", "Les caractères d'encodage (MSH-2) doivent être quatre signes distincts."
        )
    if any(mark.isalnum() or mark.isspace() for mark in marks):
        raise Hl7Error(
            102, "MSH-2", "Les caractères d'encodage (MSH-2) ne peuvent être ni lettre ni espace."
        )
    return Delimiters(separator, marks[0], marks[1], marks[2], marks[3])


def declared_charset(raw: bytes, delimiters: Delimiters) -> str:
    """Return MSH-18 (its first repetition) of raw bytes that begin with MSH, in upper case."""
    head = raw[:4096].replace(b"\n", b"\r").split(b"\r", 1)[0].decode("latin-1")
    fields = head.split(delimiters.field, 18)
    if len(fields) < 18:
        return ""
    value = fields[17].split(delimiters.repetition, 1)[0]
    return value.split(delimiters.component, 1)[0].strip().upper()


def _decode(raw: bytes, declared: str) -> tuple[str, str]:
    """Return the text and the codec that read it. Raises Hl7Error."""
    if declared not in CHARSETS:
        raise Hl7Error(
            103, "MSH-18", f"Le jeu de caractères déclaré en MSH-18 (« {declared} ») est inconnu."
        )
    codec = CHARSETS[declared]
    try:
        return raw.decode(codec or "utf-8"), codec or "utf-8"
    except UnicodeDecodeError as error:
        if codec is None:
            return raw.decode("iso-8859-15"), "iso-8859-15"
        before = raw[: error.start].replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        line = before.count(b"\r") + 1
        name = before.rsplit(b"\r", 1)[-1][:3].decode("latin-1")
        raise Hl7Error(
            102,
            "MSH-18",
            f"L'octet n° {error.start + 1} (segment {name}, ligne {line}) n'est pas lisible dans"
            f" le jeu de caractères déclaré en MSH-18 (« {declared} »).",
        ) from None


def parse(raw: bytes) -> Message:
    r"""Parse one message. Segments may end with \r, \n or \r\n; a byte order mark is dropped.

    Raises Hl7Error when there is no readable MSH, when the character set is unknown, when bytes do
    not decode under it, or when the text holds a NUL.
    """
    raw = raw.lstrip(_BLANKS).removeprefix(_BOM)
    delimiters = read_delimiters(raw[:12].decode("latin-1"))
    declared = declared_charset(raw, delimiters)
    text, codec = _decode(raw, declared)
    if "\x00" in text:
        line = text[: text.index("\x00")].replace("\r\n", "\r").replace("\n", "\r").count("\r") + 1
        raise Hl7Error(102, "MSH", f"La ligne {line} contient un caractère nul (octet zéro).")
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    lines = [line for line in text.split("\r") if line and not line.isspace()]
    return Message(lines, delimiters, codec, declared)

"""Writes HL7 v2 segments, messages and acknowledgements, with escaping."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from enrs.formats.hl7v2.errors import APPLICATION_CODES, CONDITIONS, AckCode, Hl7Error
from enrs.formats.hl7v2.header import Header, read_header
from enrs.formats.hl7v2.parser import CHARSETS, DEFAULT_DELIMITERS, Delimiters, Message

# A field is a text, its components, or those with sub-components: ("X", ("CHU", "0008", "N")).
Component = str | Sequence[str]
Field = str | Sequence[Component]

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MAX_MESSAGE_CHARACTERS = 250


def escape(text: str, delimiters: Delimiters = DEFAULT_DELIMITERS) -> str:
    r"""Write a text so that no character of it can be taken for a delimiter or a frame.

    Newlines become \.br\, other control characters \Xhh\; NUL is dropped. `unescape` gives the
    text back.
    """
    if text.isalnum():
        return text  # `read_delimiters` takes no letter or digit for a delimiter.
    mark = delimiters.escape
    text = text.replace(mark, f"{mark}E{mark}")
    for character, code in (
        (delimiters.field, "F"),
        (delimiters.component, "S"),
        (delimiters.subcomponent, "T"),
        (delimiters.repetition, "R"),
    ):
        if character in text:
            text = text.replace(character, f"{mark}{code}{mark}")
    text = text.replace("\n", f"{mark}.br{mark}")
    return _CONTROLS.sub(
        lambda found: "" if found.group() == "\x00" else f"{mark}X{ord(found.group()):02X}{mark}",
        text,
    )


def field(value: Field, delimiters: Delimiters = DEFAULT_DELIMITERS) -> str:
    """Write one repetition of a field from plain values: a text, or components in order."""
    if isinstance(value, str):
        return escape(value, delimiters)
    components = []
    for component in value:
        if isinstance(component, str):
            components.append(escape(component, delimiters))
        else:
            components.append(
                delimiters.subcomponent.join(escape(part, delimiters) for part in component)
            )
    return delimiters.component.join(components).rstrip(delimiters.component)


def repeat(values: Iterable[Field], delimiters: Delimiters = DEFAULT_DELIMITERS) -> str:
    """Write the repetitions of a field."""
    return delimiters.repetition.join(field(value, delimiters) for value in values)


def segment(name: str, *fields: str, delimiters: Delimiters = DEFAULT_DELIMITERS) -> str:
    """Join fields already written (see `field`, `repeat`) into a segment, empty tail cut off.

    For MSH the first field given is MSH-3: the separators are written here.
    """
    head = [name, delimiters.encoding_characters] if name == "MSH" else [name]
    line = delimiters.field.join([*head, *fields])
    return line.rstrip(delimiters.field) if name != "MSH" else line


def message(segments: Iterable[str], charset: str = "utf-8") -> bytes:
    """Join segments into a message, each closed by a carriage return."""
    return "".join(line + "\r" for line in segments).encode(charset, errors="replace")


def moment(at: datetime) -> str:
    """Write a datetime as a TS; the offset only when it is known."""
    return at.strftime("%Y%m%d%H%M%S%z")


def _error_segment(error: Hl7Error, delimiters: Delimiters) -> str:
    condition = (str(error.code), CONDITIONS.get(error.code, "Other error"), "HL70357")
    code = error.application_code
    application = (str(code), APPLICATION_CODES.get(code, "Autre erreur"))
    text = error.text_fr
    if len(text) > _MAX_MESSAGE_CHARACTERS:
        text = text[: _MAX_MESSAGE_CHARACTERS - 1] + "…"
    return segment(
        "ERR",
        "",
        field(tuple(error.location.split("^")), delimiters),
        field(condition, delimiters),
        "E",
        field(application, delimiters),
        "",
        "",
        field(text, delimiters),
        delimiters=delimiters,
    )


def _answer_charset(declared: str) -> tuple[str, str]:
    """Return the codec and MSH-18 of an answer: the sender's, but UTF-8 where French cannot fit."""
    codec = CHARSETS.get(declared)
    if codec is None or codec == "ascii":
        return "utf-8", "UNICODE UTF-8"
    return codec, declared


def acknowledge(
    to: Message | Header,
    code: AckCode = "AA",
    errors: Sequence[Hl7Error] = (),
    *,
    control_id: str,
    at: datetime,
) -> bytes:
    """Write the acknowledgement of a message, or of what could be read of its header.

    Sender and receiver are swapped; version, processing id and delimiters are the sender's.
    `control_id` is ours (MSH-10). One ERR per error, with its French sentence in ERR-8.
    """
    header = read_header(to) if isinstance(to, Message) else to
    kind = ("ACK", header.trigger, "ACK") if header.trigger else ("ACK",)
    return respond(header, kind, code, errors, (), control_id=control_id, at=at)


def respond(
    header: Header,
    kind: tuple[str, ...],
    code: AckCode,
    errors: Sequence[Hl7Error],
    segments: Sequence[str],
    *,
    control_id: str,
    at: datetime,
) -> bytes:
    """Write an answer of any kind (MSH-9): its head, one ERR per error, then `segments` as they are.

    The segments are already written with the delimiters of `header`.
    """
    marks = header.delimiters
    codec, charset = _answer_charset(header.charset)
    msh = segment(
        "MSH",
        *header.raw_receiver,
        *header.raw_sender,
        moment(at),
        "",
        field(kind, marks),
        field(control_id, marks),
        field(header.processing_id or "P", marks),
        header.raw_version or "2.5",
        "",
        "",
        "",
        "",
        field(header.country or "FRA", marks),
        charset,
        delimiters=marks,
    )
    msa = segment("MSA", code, field(header.control_id, marks), delimiters=marks)
    faults = [_error_segment(error, marks) for error in errors]
    return message([msh, msa, *faults, *segments], codec)

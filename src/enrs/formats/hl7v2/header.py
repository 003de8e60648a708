"""The header of a message (MSH), readable in whole or in part so that one can always answer."""

from dataclasses import dataclass

from enrs.formats.hl7v2.errors import Hl7Error
from enrs.formats.hl7v2.parser import (
    CHARSETS,
    DEFAULT_DELIMITERS,
    Delimiters,
    Message,
    Segment,
    declared_charset,
    read_delimiters,
)

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """MSH by names; `raw` fields keep the sender's delimiters; empty where unreadable."""

    delimiters: Delimiters = DEFAULT_DELIMITERS
    raw_sender: tuple[str, str] = ("", "")
    raw_receiver: tuple[str, str] = ("", "")
    raw_version: str = ""
    sending_application: str = ""
    sending_facility: str = ""
    sent_at: str = ""
    message_code: str = ""
    trigger: str = ""
    structure: str = ""
    control_id: str = ""
    processing_id: str = ""
    version: str = ""
    country: str = ""
    charset: str = ""
    profile: str = ""

    @property
    def message_type(self) -> str:
        """Return `ADT^A01`, or what there is of it."""
        return f"{self.message_code}^{self.trigger}".strip("^")


def _from_segment(msh: Segment, charset: str) -> Header:
    return Header(
        delimiters=msh.delimiters,
        raw_sender=(msh[3], msh[4]),
        raw_receiver=(msh[5], msh[6]),
        raw_version=msh[12],
        sending_application=msh.component(3),
        sending_facility=msh.component(4),
        sent_at=msh.component(7),
        message_code=msh.component(9),
        trigger=msh.component(9, 2),
        structure=msh.component(9, 3),
        control_id=msh.component(10),
        processing_id=msh.component(11),
        version=msh.component(12),
        country=msh.component(17),
        charset=charset,
        profile=msh.component(21),
    )


def read_header(message: Message) -> Header:
    """Return the header of a parsed message."""
    return _from_segment(message.header, message.declared_charset)


def sniff_header(raw: bytes) -> Header:
    """Read what can be read of the header of any bytes, even cut or badly encoded; never raises."""
    head = raw[:_HEAD_BYTES]
    start = head.find(b"MSH")
    if start < 0:
        return Header()
    head = head[start:]
    try:
        delimiters = read_delimiters(head[:12].decode("latin-1"))
    except Hl7Error:
        return Header()
    declared = declared_charset(head, delimiters)
    line = head.replace(b"\n", b"\r").split(b"\r", 1)[0].replace(b"\x00", b"")
    codec = CHARSETS.get(declared) or "utf-8"
    text = line.decode(codec, errors="replace")
    return _from_segment(Segment(text, delimiters, codec), declared)

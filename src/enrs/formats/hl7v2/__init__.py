"""A small, fast HL7 v2 library: parser, writer, MLLP framing, and the French messages.

Typical use: `message = parse(raw)`, `errors = check(message)`, then `read_adt`, `read_results` or
`read_document_message`; `acknowledge` writes the answer.
"""

from enrs.formats.hl7v2.checks import SUPPORTED, check, is_acknowledgement
from enrs.formats.hl7v2.documents import DocumentMessage, read_document_message
from enrs.formats.hl7v2.embedded import EmbeddedDocument, Flags
from enrs.formats.hl7v2.errors import Hl7Error, worst_ack
from enrs.formats.hl7v2.header import Header, read_header, sniff_header
from enrs.formats.hl7v2.mllp import Framer, FramingError, frame
from enrs.formats.hl7v2.pam import Adt, read_adt
from enrs.formats.hl7v2.parser import Message, Segment, parse
from enrs.formats.hl7v2.patient import IdentityTraits
from enrs.formats.hl7v2.queries import QUERIES, Query, read_query
from enrs.formats.hl7v2.results import Observation, Order, Results, read_results
from enrs.formats.hl7v2.stay import Movement, Stay
from enrs.formats.hl7v2.writer import acknowledge

__all__ = [
    "QUERIES",
    "SUPPORTED",
    "Adt",
    "DocumentMessage",
    "EmbeddedDocument",
    "Flags",
    "Framer",
    "FramingError",
    "Header",
    "Hl7Error",
    "IdentityTraits",
    "Message",
    "Movement",
    "Observation",
    "Order",
    "Query",
    "Results",
    "Segment",
    "Stay",
    "acknowledge",
    "check",
    "frame",
    "is_acknowledgement",
    "parse",
    "read_adt",
    "read_document_message",
    "read_header",
    "read_query",
    "read_results",
    "sniff_header",
    "worst_ack",
]

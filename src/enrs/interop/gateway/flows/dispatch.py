"""From a kept message to commands: which flow applies it."""

from enrs.formats.hl7v2 import Message, parse
from enrs.interop.gateway.failures import MessageRefusedError
from enrs.interop.gateway.flows.adt import apply_adt
from enrs.interop.gateway.flows.people import Sending, sending
from enrs.interop.gateway.flows.results import apply_document_message, apply_results
from enrs.interop.gateway.flows.shapes import Outcome, Received

FLOWS = {"ADT": apply_adt, "ORU": apply_results, "MDM": apply_document_message}


def apply(received: Received) -> Outcome:
    """Apply one message inside the caller's transaction.

    Raises whatever `failures.classify` knows how to read.
    """
    message: Message = parse(bytes(received.body))
    partner: Sending = sending(received.sender)
    flow = FLOWS.get(received.message_type.partition("^")[0])
    if flow is None:
        raise MessageRefusedError("MSH-9", "Aucun flux ne traite ce type de message.")
    return flow(message, partner)

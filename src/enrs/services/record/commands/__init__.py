"""Every write on the record: one public function per act of a user or of a feed."""

from enrs.services.record.commands.documents import file_document, withdraw_document
from enrs.services.record.commands.notes import (
    NoteRefusedError,
    amend_note,
    withdraw_note,
    write_note,
)
from enrs.services.record.commands.results import file_results
from enrs.services.record.commands.stays import record_stay

__all__ = [
    "NoteRefusedError",
    "amend_note",
    "file_document",
    "file_results",
    "record_stay",
    "withdraw_document",
    "withdraw_note",
    "write_note",
]

"""Invented data of the record besides its stories: summaries, notes of the last days, lists and marks."""

from enrs.services.record.demo.keeping import keep_list, put_on_round, see_all
from enrs.services.record.demo.summaries import Person, add_entries, measure, write_entry
from enrs.services.record.demo.writing import write_note

__all__ = [
    "Person",
    "add_entries",
    "keep_list",
    "measure",
    "put_on_round",
    "see_all",
    "write_entry",
    "write_note",
]

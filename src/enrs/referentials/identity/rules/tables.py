"""Reading a CSV that somebody hands in: its text, its rows, the names of its columns (pure)."""

import csv
import io
from collections.abc import Iterator

from enrs.core.spreadsheets import csv_cell
from enrs.referentials.identity.rules.names import plain

UNREADABLE = "Ce fichier n’est pas un tableau CSV lisible."


class TableError(ValueError):
    """A file that cannot be taken at all; the sentence says why."""


def text_of(content: bytes) -> str:
    """The text of a file, UTF-8 or Windows-1252.

    Raises TableError when it is no text.
    """
    if b"\x00" in content:
        raise TableError(UNREADABLE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def rows_of(text: str) -> Iterator[list[str]]:
    """The rows of a text, one at a time: separated by semicolons, commas or tabs, whichever its head has most.

    Raises TableError on the way, where it is no table.
    """
    head = text.split("\n", 1)[0]
    separator = max(";,\t", key=head.count)
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableError(UNREADABLE) from error


def column_name(text: str) -> str:
    """The name of a column, however it is written: `Nom naissance` is `nom_naissance`."""
    return plain(text).lower().replace(" ", "_")


def bare_cell(text: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return text[1:].strip() if text[:1] == "'" and csv_cell(text[1:]) == text else text

"""Stream a public file whose columns are separated by `|` and named in its first line, into rows by field."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import BinaryIO, TypeVar

from enrs.formats.directory.common import (
    DirectoryFileError,
    Refusal,
    numbered_lines,
    refusal,
)
from enrs.formats.directory.rpps import normalised

Row = TypeVar("Row")
Fault = tuple[str, str]


def read_table(
    lines: Iterable[str] | BinaryIO,
    *,
    what: str,
    columns: Mapping[str, str],
    required: frozenset[str],
    make: Callable[..., Row],
    fault: Callable[[Row], Fault | None],
) -> Iterator[Row | Refusal]:
    """Read in constant memory, by column name; rows that do not hold become refusals.

    `columns` gives the field of each published name, in the order of `make`'s arguments; a final `|` is
    allowed, and columns may move, or be absent when they are not `required` fields.
    Raises DirectoryFileError when there is no header or a required column is not in it.
    """
    numbered = numbered_lines(lines, ("utf-8", "latin-1"))
    first = next(numbered, None)
    if first is None or isinstance(first, Refusal):
        raise DirectoryFileError(f"{what} : le fichier est vide ou son en-tête est illisible.")
    names = first[1].removesuffix("|").split("|")
    by_name = {normalised(name): field for name, field in columns.items()}
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        if field := by_name.get(normalised(name)):
            places.setdefault(field, index)
    fields = list(dict.fromkeys(columns.values()))
    missing = sorted(name for name, field in columns.items() if field in required - places.keys())
    if missing:
        raise DirectoryFileError(
            f"{what} : colonne obligatoire absente de l'en-tête : " + ", ".join(missing)
        )
    pick = itemgetter(*(places.get(field, -1) for field in fields))
    for item in numbered:
        if isinstance(item, Refusal):
            yield item
            continue
        number, line = item
        cells = line.split("|")
        if len(cells) == len(names):
            cells.append("")
        if len(cells) != len(names) + 1 or cells[-1]:
            reason = f"La ligne a {len(cells)} colonnes au lieu de {len(names)}."
            yield refusal(number, "column_count", reason, line)
            continue
        row = make(*pick(cells))
        found = fault(row)
        yield refusal(number, *found, line) if found else row

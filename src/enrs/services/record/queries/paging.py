"""Keyset pages: where one ends, and one row more than is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from enrs.core.kept import past

PAGE = 30


@dataclass(frozen=True, slots=True)
class Position:
    """Where a keyset page ends: the moment and id of its last row."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """A position from an address; one that is malformed means the first page."""
        moment, _, identifier = text.partition("~")
        try:
            return cls(datetime.fromisoformat(moment), UUID(identifier))
        except ValueError:
            return None


def older_than(rows: QuerySet[Any], moment: str, at: datetime, key: UUID) -> QuerySet[Any]:
    """The rows that come after (at, key) when the newest is first."""
    older = Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "id__lt": key})
    return rows.filter(Q(**{f"{moment}__lte": at}) & older)


def page_of(rows: QuerySet[Any], moment: str, before: Position | None, limit: int) -> list[Any]:
    """One row more than `limit`, newest first, so that the caller knows whether more follow."""
    return list(page_after(rows, moment, past(before), limit))


def page_after(rows: QuerySet[Any], moment: str, last: Sequence[Any], limit: int) -> QuerySet[Any]:
    """The same before it is read, after the (moment, id) of the last row seen."""
    older = older_than(rows, moment, *last) if last else rows
    return older.order_by(f"-{moment}", "-id")[: limit + 1]


def cut(rows: Sequence[Any], moment: str, limit: int = PAGE) -> tuple[list[Any], str]:
    """A page from one row more than asked: its rows, and the position after it or nothing."""
    shown = list(rows[:limit])
    if len(rows) <= limit:
        return shown, ""
    return shown, str(Position(getattr(shown[-1], moment), shown[-1].id))

"""A drafted change of the matrix, tried on one record: who would gain, who would lose, before it is applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from enrs.core.access import matrix
from enrs.core.access.rules import Right, cells_in_force


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds rights on the record in one position, or the people of a place in one profession."""

    name: str
    role: str
    is_place: bool
    accounts: int
    rights: tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One part of the record that a holder would read or write otherwise; acts are nothing, `r` or `rw`."""

    holder: Holder
    category: str
    before: str
    after: str

    @property
    def is_gain(self) -> bool:
        """Whether they would do more than today."""
        return len(self.after) > len(self.before)


def holders(patient_id: UUID, roles: Iterable[str]) -> list[Holder]:
    """Who holds a right on the record today in one of these professions; one statement, the officer's alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select is_place, name, role, accounts, kinds, purposes, scopes, levels "
            "from circle_holders(%s, %s)",
            [patient_id, sorted(set(roles))],
        )
        rows = cursor.fetchall()
    return [
        Holder(name, role, is_place, accounts, tuple(map(Right, kinds, purposes, scopes, levels)))
        for is_place, name, role, accounts, kinds, purposes, scopes, levels in rows
    ]


def changes(found: Iterable[Holder], wanted: Mapping[matrix.Cell, str]) -> list[Change]:
    """What each of them would gain or lose by these cells; who would see the same is left out."""
    now, drafted = cells_in_force(), matrix.drafted_cells(wanted)
    made = [
        Change(
            one,
            category,
            matrix.acts_of(one.role, category, one.rights, now),
            matrix.acts_of(one.role, category, one.rights, drafted),
        )
        for one in found
        for role, category in sorted(wanted)
        if role == one.role
    ]
    return [one for one in made if one.before != one.after]

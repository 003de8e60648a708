"""Changing what professions may read and write, within what the law and the release allow."""

from collections.abc import Mapping

from django.db import connection

from enrs.core.access import rules
from enrs.core.access.actor import current_actor
from enrs.core.access.commands.grants import AccessRefusedError
from enrs.core.access.models import MatrixChange
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.subjects.commands import StaleSaveError

KEEPERS = ("operator",)
MIN_REASON = 10
LOCK = 4_610_337
"""Advisory lock of whoever changes the matrix: two changes come one after the other."""


class MatrixRefusedError(Exception):
    """A change of the matrix cannot be: the code is `reason`, `cell` or `same`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def change_matrix(
    *, wanted: Mapping[tuple[str, str], str], reason: str, expected_version: int
) -> list[MatrixChange]:
    """Give these (role, category) cells these acts (`""`, `r`, `rw`), from the next request of everybody on.

    `expected_version` is the number of the last change that the page was drawn from. What is as wished
    already is left out.

    Raises:
        AccessRefusedError: not one of those who keep the matrix.
        MatrixRefusedError: the reason is too short, a cell may not hold that, or nothing changes.
        StaleSaveError: somebody changed the matrix meanwhile.
    """
    by = current_actor()
    if by.role not in KEEPERS or by.user_id is None:
        raise AccessRefusedError("role")
    if len(reason.strip()) < MIN_REASON:
        raise MatrixRefusedError("reason")
    if any(acts not in rules.choices(*cell) for cell, acts in wanted.items()):
        raise MatrixRefusedError("cell")
    with act():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        newest = MatrixChange.objects.order_by("-id").first() or MatrixChange(id=0)
        if newest.pk != expected_version:
            raise StaleSaveError(newest)
        now = rules.cells_in_force()
        made = [
            MatrixChange(
                role=role,
                category=category,
                before=now[role].get(category, ""),
                after=acts,
                reason=reason.strip()[:500],
                by_id=by.user_id,
                by_name=by.name,
            )
            for (role, category), acts in sorted(wanted.items())
            if now[role].get(category, "") != acts
        ]
        if not made:
            raise MatrixRefusedError("same")
        MatrixChange.objects.bulk_create(made)
        note(
            "access.matrix.changed",
            object_kind="matrix",
            reason=reason.strip()[:500],
            details={f"{one.role}.{one.category}": [one.before, one.after] for one in made},
        )
    return made

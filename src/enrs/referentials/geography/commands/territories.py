"""The region's territories: a list from a file replaces those that it names, whole, in one act."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from enrs.core.access.actor import current_actor
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.formats.geography.territories import (
    BadLine,
    Line,
    TerritoryFileError,
    read_territories,
)
from enrs.referentials.geography import queries
from enrs.referentials.geography.models import Territory, TerritoryCommune

MOST_FAULTS = 20


class TerritoriesRefusedError(ValueError):
    """A file that is refused whole: `faults` are its lines and why, in French."""

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = list(faults)


def import_territories(*, content: bytes) -> list[Territory]:
    """Replace the communes of the territories that a CSV names; the others stay as they are.

    For the operator. A file with one bad line changes nothing. Old codes become the present commune's.

    Raises:
        AccessRefusedError: somebody else.
        TerritoriesRefusedError: unreadable, or with bad lines.
    """
    if current_actor().role != "operator":
        raise AccessRefusedError("profession")
    return load_territories(content=content)


def load_territories(*, content: bytes) -> list[Territory]:
    """The same, for the command line and the demo."""
    try:
        lines = read_territories(content)
    except TerritoryFileError as error:
        raise TerritoriesRefusedError(str(error)) from error
    given, faults = _settled(_spread(lines))
    if faults:
        raise TerritoriesRefusedError(
            "Rien n'a été changé : corrigez ces lignes.", faults[:MOST_FAULTS]
        )
    if not given:
        raise TerritoriesRefusedError("Ce fichier ne contient aucune commune.")
    with act():
        return [_replace(name, kind, parts) for (name, kind), parts in given.items()]


def _spread(lines: Sequence[Line | BadLine]) -> list[Line | BadLine]:
    """A line of a canton becomes one for each of its whole communes, as they are on its first day (else today)."""
    found: list[Line | BadLine] = []
    for one in lines:
        if isinstance(one, BadLine) or not one.canton:
            found.append(one)
            continue
        codes = queries.communes_of_canton(one.canton, one.valid_from)
        if not codes:
            # The days before the first file are those of nobody: the communes of today are taken.
            codes = queries.communes_of_canton(one.canton)
        found += [replace(one, commune=code) for code in codes] or [
            BadLine(
                one.number,
                f"le canton {one.canton} n'est pas connu, ou n'a que des parties de communes : "
                "donnez les communes.",
            )
        ]
    return found


Parts = dict[tuple[str, date | None], Line]


def _settled(lines: Sequence[Line | BadLine]) -> tuple[dict[tuple[str, str], Parts], list[str]]:
    """The communes of each territory, under their present codes; and what is wrong, line by line."""
    codes = {one.commune for one in lines if isinstance(one, Line)}
    present = queries.present_codes(codes)
    found: dict[str, Parts] = defaultdict(dict)
    kinds: dict[str, str] = {}
    faults: list[str] = []
    for one in lines:
        if isinstance(one, BadLine):
            faults.append(f"Ligne {one.number} : {one.reason}")
        elif one.commune not in present:
            faults.append(f"Ligne {one.number} : la commune {one.commune} n'existe pas.")
        else:
            kinds.setdefault(one.territory, one.kind)
            parts = found[one.territory]
            code = present[one.commune]
            if any(_overlaps(one, other) for (known, _), other in parts.items() if known == code):
                # Two old communes of a present one give it twice: the same line, said once.
                if all(
                    other.commune != one.commune
                    for (known, _), other in parts.items()
                    if known == code
                ):
                    continue
                faults.append(
                    f"Ligne {one.number} : {code} est déjà dans ce territoire à ces dates."
                )
                continue
            parts[code, one.valid_from] = one
    return {(name, kinds[name]): parts for name, parts in found.items()}, faults


def _overlaps(one: Line, other: Line) -> bool:
    begins_before_end = (
        other.valid_until is None or one.valid_from is None or one.valid_from < other.valid_until
    )
    ends_after_begin = (
        one.valid_until is None or other.valid_from is None or other.valid_from < one.valid_until
    )
    return begins_before_end and ends_after_begin


def _replace(name: str, kind: str, parts: Parts) -> Territory:
    row, _ = Territory.objects.select_for_update().get_or_create(name=name, defaults={"kind": kind})
    if kind:
        row.kind = kind
    row.save()
    row.parts.all().delete()
    TerritoryCommune.objects.bulk_create(
        TerritoryCommune(
            territory=row, commune=code, valid_from=begins, valid_until=line.valid_until
        )
        for (code, begins), line in parts.items()
    )
    details = {"communes": len(parts), "kind": row.kind}
    note("geography.territory.replaced", object_kind="territory", object_id=row.id, details=details)
    emit("geography.territory.replaced", payload={"kind": "territory", "ids": [str(row.id)]})
    return row


def delete_territory(*, territory_id: UUID) -> bool:
    """Take a territory away; for the operator. Its list was in the CSV that made it, and may be given again.

    Raises:
        AccessRefusedError: somebody else.
    """
    if current_actor().role != "operator":
        raise AccessRefusedError("profession")
    with act():
        row = Territory.objects.select_for_update().filter(id=territory_id).first()
        if row is None:
            return False
        note(
            "geography.territory.deleted",
            object_kind="territory",
            object_id=row.id,
            details={"name": row.name},
        )
        emit("geography.territory.deleted", payload={"kind": "territory", "ids": [str(row.id)]})
        row.delete()
    return True

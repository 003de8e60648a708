"""Which lines of an active file bear on one another: they are looked at, and imported, in one transaction.

A look that writes nothing tells the truth of a line only if it sees what the lines before it would have written.
So those that share a patient or an INS, or that resemble one another, as they are told or as they are known, go
together, in the order of the file.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrs.referentials.identity import rules
from enrs.referentials.identity.matching import online
from enrs.referentials.identity.matching.engine import HOT
from enrs.referentials.identity.matching.features import FEATURE_FIELDS, Features
from enrs.referentials.identity.models import ActiveFile, ActiveLine

BATCH: Final = 50
"""Lines of one transaction, unless more of them bear on one another."""
MOST_TIED: Final = 500
"""Lines that are kept together at most: a file with more of one person is not one of persons."""
AT_ONCE: Final = 5000

_KNOWN: Final = ", ".join(f"f.{name}" for name in FEATURE_FIELDS)


def put_in_batches(file: ActiveFile) -> int:
    """Give every line that stands its batch; returns how many batches there are."""
    waiting = file.lines.filter(outcome="").order_by("number")
    numbers = list(waiting.values_list("number", flat=True))
    ties = Ties()
    _tie_shared(file, ties)
    _tie_alike(file, ties)
    order = sorted(numbers, key=lambda number: (ties.first(number), number))
    sizes = Counter(ties.first(one) for one in numbers)
    batch, held, before = 1, 0, 0
    of_line: dict[int, int] = {}
    for number in order:
        first = ties.first(number)
        is_full = held >= MOST_TIED if first == before else held + sizes[first] > BATCH
        if held and is_full:
            batch, held = batch + 1, 0
        of_line[number], held, before = batch, held + 1, first
    _write(file, of_line)
    return batch if numbers else 0


class Ties:
    """Numbers of lines in groups, each named by its smallest."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def first(self, number: int) -> int:
        """The smallest of a line's group."""
        found = number
        while (above := self._above.get(found, found)) != found:
            found = above
        while (above := self._above.get(number, number)) != found:
            self._above[number], number = found, above
        return found

    def tie(self, one: int, other: int) -> None:
        """Put two groups together."""
        low, high = sorted((self.first(one), self.first(other)))
        if low != high:
            self._above[high] = low


def _tie_shared(file: ActiveFile, ties: Ties) -> None:
    """Lines with one INS, told or known, whatever their traits, and lines whose numbers are known of one patient."""
    for statement in (
        "select array_agg(number) from (select number, traits->>'ins' as ins from identity_active_line "
        "where file_id = %(file)s and outcome = '' union select l.number, s.ins from identity_active_line l "
        "join identity_active_file f on f.id = l.file_id "
        "join source_identity s on s.system = f.system and s.value = l.value "
        "where l.file_id = %(file)s and l.outcome = '') k where ins <> '' group by ins having count(*) > 1",
        "select array_agg(l.number) from identity_active_line l "
        "join identity_active_file f on f.id = l.file_id "
        "join source_identity s on s.system = f.system and s.value = l.value "
        "where l.file_id = %(file)s and l.outcome = '' group by s.patient_id having count(*) > 1",
    ):
        for (group,) in _rows(statement, {"file": file.id}):
            for number in group[1:]:
                ties.tie(group[0], number)


def _tie_alike(file: ActiveFile, ties: Ties) -> None:
    """Lines that the engine would weigh against each other: their own traits, or those that their number has."""
    statement = (
        "select array_agg(distinct number order by number) from ("
        "select number, unnest(keys) as key from identity_active_line where file_id = %(file)s and outcome = '' "
        "union all select l.number, unnest(e.keys) from identity_active_line l "
        "join identity_active_file f on f.id = l.file_id "
        "join source_identity s on s.system = f.system and s.value = l.value "
        "join identity_feature e on e.identity_id = s.id where l.file_id = %(file)s and l.outcome = '') k "
        "group by key having count(distinct number) between 2 and %(hot)s"
    )
    groups = [group for (group,) in _rows(statement, {"file": file.id, "hot": HOT})]
    faces = _faces(file, sorted({number for group in groups for number in group}))
    for group in groups:
        for place, one in enumerate(group):
            for other in group[place + 1 :]:
                if ties.first(one) != ties.first(other) and _is_alike(faces[one], faces[other]):
                    ties.tie(one, other)


def _is_alike(some: list[Features], others: list[Features]) -> bool:
    named = [(UUID(int=place), other) for place, other in enumerate(others)]
    return any(online.scored(one, named) for one in some)


def _faces(file: ActiveFile, numbers: list[int]) -> dict[int, list[Features]]:
    """What is compared of each line: what it tells, and what is known of its number."""
    faces: dict[int, list[Features]] = {}
    for some in _parts(numbers, AT_ONCE):
        lines = file.lines.filter(number__in=some).values_list("number", "traits")
        for number, told in lines.iterator():
            settled = rules.settle(rules.Traits(**told), mode=settings.MODE)
            features, _ = online.prepared(
                settled.traits, attribute=settled.attribute, system=file.system
            )
            faces[number] = [features]
        statement = (
            f"select l.number, {_KNOWN} from identity_active_line l "
            "join source_identity s on s.system = %s and s.value = l.value "
            "join identity_feature f on f.identity_id = s.id "
            "where l.file_id = %s and l.number = any(%s)"
        )
        for number, *values in _rows(statement, [file.system, file.id, some]):
            faces[number].append(Features(*values))
    return faces


def _write(file: ActiveFile, of_line: dict[int, int]) -> None:
    numbers = list(of_line)
    with connection.cursor() as cursor:
        for some in _parts(numbers, AT_ONCE):
            cursor.execute(
                "update identity_active_line l set batch = k.batch "
                "from unnest(%s::int[], %s::int[]) k (number, batch) "
                "where l.file_id = %s and l.number = k.number",
                [some, [of_line[one] for one in some], file.id],
            )
    ActiveLine.objects.filter(file=file).exclude(keys=[]).update(keys=[])


def _parts(numbers: list[int], size: int) -> Iterator[list[int]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def _rows(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows

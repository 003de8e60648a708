"""Loading one published file: its nomenclatures are brought to what it says, and a report says what changed.

Runs under the owner's or the feed's role; one transaction for a file, so that a load that is killed leaves
whole nomenclatures, and begins again where it was.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.events.commands import emit
from enrs.core.terminology import rules
from enrs.core.terminology.commands import members
from enrs.core.terminology.commands.merge import (
    CONCEPTS,
    MAPPINGS,
    MEMBERS,
    Counts,
    merge,
    seal,
    stage,
)
from enrs.core.terminology.models import CodeSystem, ConceptMap, Load, Nomenclature, ValueSet
from enrs.formats.terminology import (
    ConceptMapFile,
    Heading,
    Include,
    Item,
    SystemFile,
    TerminologyError,
    ValueSetFile,
    read_terminology,
)

KEPT_REFUSALS = 200
"""A report keeps this many refused codes of a file."""
LOCK = "select pg_advisory_xact_lock(hashtextextended('terminology', 0))"
COUNT = """
update {table} n set count = c.known, active_count = c.usable from (
  select count(*) as known, count(*) filter (where not is_inactive
    and (valid_until is null or valid_until > current_date)) as usable
  from {rows} where {owner} = %s and closed_at is null) c
where n.id = %s
"""


def load_terminology(content: bytes, *, file_name: str, closes_many: bool = False) -> list[Load]:
    """Load the nomenclatures of one file (see `formats.terminology`); one report for each.

    What a new version no longer lists is closed, never deleted; when that would be more than half, nothing
    is closed unless `closes_many`. A file that is refused changes nothing and leaves one report in state
    `failed`; one that stands on a nomenclature that is not loaded yet, too. A file whose content is known
    changes nothing, and its report (`same`) is not kept. The FHIR resources follow by `publish_pending`.
    """
    with act():
        with connection.cursor() as cursor:
            cursor.execute(f"set local statement_timeout = 0; {LOCK}")
        try:
            with act(savepoint=True):
                loads = [
                    _Loading(file_name, _digest(content, place), closes_many).take(one)
                    for place, one in enumerate(read_terminology(content))
                ]
        except TerminologyError as refused:
            loads = [
                Load.objects.create(
                    file_name=file_name[:300],
                    at=timezone.now(),
                    state=Load.State.FAILED,
                    error=str(refused)[:400],
                )
            ]
        _tell(loads)
    return loads


def _digest(content: bytes, place: int) -> str:
    return hashlib.sha256(content + place.to_bytes(4, "big")).hexdigest()


def _tell(loads: Sequence[Load]) -> None:
    for load in loads:
        if load.state != Load.State.SAME:
            note(
                "terminology.loaded",
                object_kind=load.kind,
                object_id=load.nomenclature_id or "",
                outcome="refused" if load.error else "done",
                reason=load.error,
            )
    changed = [str(one.nomenclature_id) for one in loads if one.state in ("done", "kept")]
    if changed:
        emit("terminology.loaded", payload={"kind": "terminology", "ids": changed})


KINDS = {SystemFile: CodeSystem, ValueSetFile: ValueSet, ConceptMapFile: ConceptMap}


def _is_less(row: Any, file: SystemFile | ValueSetFile | ConceptMapFile) -> bool:
    """Whether a file holds a part of a system that is known whole: it has nothing to say."""
    return isinstance(file, SystemFile) and row.is_complete and not file.is_complete


class _Loading:
    """One nomenclature of a file under way."""

    def __init__(self, file_name: str, digest: str, closes_many: bool) -> None:
        self.file_name, self.digest, self.closes_many = file_name[:300], digest, closes_many
        self.load = Load(file_name=self.file_name, at=timezone.now(), state=Load.State.DONE)
        self.counts = Counts()

    def take(self, file: SystemFile | ValueSetFile | ConceptMapFile) -> Load:
        kind: Any = KINDS[type(file)]
        row = _find(kind, file.heading)
        self.load.kind = kind.__name__
        self.load.version = file.heading.version
        self.load.rejected = [asdict(one) for one in file.rejected[:KEPT_REFUSALS]]
        if row is not None and (row.digest == self.digest or _is_less(row, file)):
            self.load.nomenclature_id, self.load.state = row.id, Load.State.SAME
            return self.load
        known = row or kind(id=rules.key_of(kind.__name__, _address(file.heading)[0]))
        self._head(known, file.heading)
        self.load.nomenclature_id = known.id
        self.load.save(force_insert=True)
        if isinstance(file, SystemFile):
            self._system(known, file)
        elif isinstance(file, ValueSetFile):
            self._value_set(known, file)
        else:
            self._concept_map(known, file)
        self.load.added_count = self.counts.added
        self.load.changed_count = self.counts.changed
        self.load.closed_count = self.counts.closed
        if self.counts.is_kept:
            self.load.state = Load.State.KEPT
        self.load.save(force_update=True)
        return self.load

    def _head(self, row: Any, heading: Heading) -> None:
        row.url, oid, name = _address(heading)
        row.oid = heading.oid or oid or row.oid
        row.name = heading.name or row.name or name
        row.title = heading.title or row.title or name
        row.version, row.publisher = heading.version, heading.publisher
        row.description = heading.description
        ended = heading.ends_on is not None and heading.ends_on <= timezone.localdate()
        row.status = "retired" if ended else heading.status
        row.effective_on, row.revised_on = heading.effective_on, heading.revised_on
        row.ends_on = heading.ends_on
        row.source, row.digest = self.file_name, self.digest
        row.loaded_at, row.needs_publication = timezone.now(), True

    def _merge(self, target: Any, owner: UUID, *, closes: bool = True) -> None:
        with connection.cursor() as cursor:
            self.counts = merge(
                cursor, target, owner, self.load.id, closes=closes, closes_many=self.closes_many
            )

    def _system(self, row: CodeSystem, file: SystemFile) -> None:
        # A part closes nothing of what it does not hold.
        row.is_complete = file.is_complete
        row.save()
        self.load.read_count = len(file.concepts) + len(file.rejected)
        with connection.cursor() as cursor:
            stage(cursor, CONCEPTS, members.concept_rows(file.concepts))
            seal(cursor, CONCEPTS)
        self._merge(CONCEPTS, row.id, closes=file.is_complete)
        count_system(row.id)
        for one in ValueSet.objects.exclude(compose={}).order_by("id"):
            if row.url in one.compose["systems"]:
                refresh(one, self.load)

    def _value_set(self, row: ValueSet, file: ValueSetFile) -> None:
        whole = _whole_system(file)
        row.whole_system = whole
        is_list = (
            all(one.items and not one.value_sets for one in file.includes) and not file.excludes
        )
        row.compose = {} if is_list or whole else _kept(file)
        row.save()
        self.load.read_count = sum(len(one.items) for one in file.includes) + len(file.rejected)
        if whole:
            ValueSet.objects.filter(id=row.id).update(
                count=whole.count, active_count=whole.active_count
            )
            return
        with connection.cursor() as cursor:
            taught = members.stage_members(cursor, file.includes, file.excludes)
        self._merge(MEMBERS, row.id)
        count_set(row.id)
        for system in taught:
            count_system(system)
        _refresh_dependents(row, self.load, {row.id})

    def _concept_map(self, row: ConceptMap, file: ConceptMapFile) -> None:
        row.source_url, row.target_url = file.source, file.target
        row.save()
        self.load.read_count = len(file.mappings) + len(file.rejected)
        rows = (
            (
                rules.system_address(one.source_system)[0], one.source_code,
                rules.system_address(one.target_system)[0] if one.target_system else "",
                one.target_code, one.target_display, one.equivalence, rank,
            )
            for rank, one in enumerate(file.mappings)
        )  # fmt: skip
        with connection.cursor() as cursor:
            stage(cursor, MAPPINGS, rows)
            seal(cursor, MAPPINGS)
        self._merge(MAPPINGS, row.id)
        lines = row.mappings.filter(closed_at=None).count()
        ConceptMap.objects.filter(id=row.id).update(count=lines, active_count=lines)


def _address(heading: Heading) -> tuple[str, str, str]:
    """The address, the OID and the usual name: an OID that is known under an address takes it."""
    return rules.system_address(heading.url)


def _find(kind: Any, heading: Heading) -> Any:
    """The nomenclature that a file describes, by its address, else by its OID: an address may come later."""
    url, oid, _ = _address(heading)
    found: Nomenclature | None = kind.objects.filter(url=url).first()
    oid = heading.oid or oid
    if found is None and oid and kind is not ConceptMap:
        found = kind.objects.filter(oid=oid).order_by("id").first()
    return found


def _whole_system(file: ValueSetFile) -> CodeSystem | None:
    """The code system that a set is all of, when that is its whole definition."""
    only = file.includes[0] if len(file.includes) == 1 and not file.excludes else None
    if only is None or only.items or only.filters or only.value_sets:
        return None
    found = members.find_system(only.system)
    if found is None or not found.is_complete:
        words = f"Le système « {only.system[:120]} » n'est pas chargé en entier."
        raise members.MissingPartError(words)
    return found


def _kept(file: ValueSetFile) -> dict[str, Any]:
    """A definition that depends on others, to be worked out again when they change."""
    parts = [*file.includes, *file.excludes]
    systems = [rules.system_address(one.system)[0] for one in parts if one.system]
    return {
        "include": [asdict(one) for one in _dateless(file.includes)],
        "exclude": [asdict(one) for one in _dateless(file.excludes)],
        "systems": systems,
        "value_sets": [address for one in parts for address in one.value_sets],
    }


def _dateless(parts: Sequence[Include]) -> list[Include]:
    """FHIR definitions date no code, and JSON keeps no date."""
    return [
        Include(
            one.system,
            tuple(Item(item.system, item.code, item.display) for item in one.items),
            one.filters,
            one.value_sets,
        )
        for one in parts
    ]


def _read_kept(nodes: Sequence[dict[str, Any]]) -> list[Include]:
    return [
        Include(
            node["system"],
            tuple(Item(one["system"], one["code"], one["display"]) for one in node["items"]),
            tuple(tuple(one) for one in node["filters"]),
            tuple(node["value_sets"]),
        )
        for node in nodes
    ]


def refresh(row: ValueSet, load: Load) -> bool:
    """Work out a set again from its definition; returns whether its codes changed."""
    with connection.cursor() as cursor:
        members.stage_members(
            cursor, _read_kept(row.compose["include"]), _read_kept(row.compose["exclude"])
        )
        done = merge(cursor, MEMBERS, row.id, load.id, closes=True, closes_many=True)
    if not done.is_nothing:
        ValueSet.objects.filter(id=row.id).update(needs_publication=True, loaded_at=timezone.now())
        count_set(row.id)
        _refresh_dependents(row, load, {row.id})
    return not done.is_nothing


def _refresh_dependents(row: ValueSet, load: Load, done: set[UUID]) -> None:
    for one in ValueSet.objects.exclude(compose={}).exclude(id__in=done).order_by("id"):
        if row.url in one.compose["value_sets"]:
            done.add(one.id)
            refresh(one, load)


def count_system(key: UUID) -> None:
    """Count the codes of a system, and of the sets that are all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT.format(
                table="terminology_code_system", rows="terminology_concept", owner="system_id"
            ),
            [key, key],
        )
    CodeSystem.objects.filter(id=key).update(needs_publication=True)
    system = CodeSystem.objects.get(id=key)
    ValueSet.objects.filter(whole_system=system).update(
        count=system.count, active_count=system.active_count
    )


def count_set(key: UUID) -> None:
    """Count the codes of a set."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT.format(
                table="terminology_value_set", rows="terminology_member", owner="value_set_id"
            ),
            [key, key],
        )

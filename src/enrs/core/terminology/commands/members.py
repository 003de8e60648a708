"""What a value set lists, from its definition: codes named, whole systems, filters, other sets."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from psycopg.types.json import Jsonb

from enrs.core.terminology import rules
from enrs.core.terminology.commands.merge import CONCEPTS, MEMBERS, Cursor, seal, stage
from enrs.core.terminology.models import CodeSystem, ValueSet
from enrs.formats.terminology import Concept, Include, Item, TerminologyError

COLUMNS = ", ".join(MEMBERS.names)
TAKEN = "c.code, c.display, c.key, c.rank, c.valid_from, c.valid_until, c.is_inactive"


class MissingPartError(TerminologyError):
    """A set stands on a nomenclature that is not loaded yet: it may be taken after it."""

    ENDINGS = ("n'est pas chargé en entier.", "n'est pas chargé.")
    """How its sentence ends, in the report that is kept of it."""


def find_system(address: str) -> CodeSystem | None:
    """A code system by its address or its OID, however it is written."""
    url, oid, _ = rules.system_address(address)
    found = CodeSystem.objects.filter(url=url).first()
    return found or (CodeSystem.objects.filter(oid=oid).order_by("id").first() if oid else None)


def systems_of(addresses: Iterable[str]) -> dict[str, CodeSystem]:
    """The code systems of these addresses; one that nobody knew is made, to be filled by what names its codes."""
    found: dict[str, CodeSystem] = {}
    for address in addresses:
        url, oid, name = rules.system_address(address)
        known = find_system(address)
        found[address] = known or CodeSystem.objects.create(
            id=rules.key_of("CodeSystem", url),
            url=url,
            oid=oid,
            name=name,
            title=name,
            status="unknown",
            loaded_at=timezone.now(),
        )
    return found


def concept_rows(concepts: Sequence[Concept]) -> Iterator[tuple[Any, ...]]:
    """The rows of a code system, in the order of CONCEPTS."""
    for rank, one in enumerate(concepts):
        yield (
            one.code, one.display, rules.search_key(one.code, one.display), rank, one.valid_from,
            one.valid_until, one.is_inactive, one.definition, one.parent, Jsonb(one.properties),
        )  # fmt: skip


def stage_members(
    cursor: Cursor, includes: Sequence[Include], excludes: Sequence[Include]
) -> set[UUID]:
    """Stage what a definition gives; returns the partly known systems that it taught codes to.

    Raises:
        MissingPartError: a whole system, or another set, that is not loaded.
    """
    items = [item for include in includes for item in include.items if not include.value_sets]
    systems = systems_of(dict.fromkeys(item.system for item in items))
    stage(cursor, MEMBERS, _rows(items, systems))
    cursor.execute(
        "update coming n set display = coalesce(c.display, n.code), key = coalesce(c.key, lower(n.code)) "
        "from coming m left join terminology_concept c on c.system_id = m.system_id and c.code = m.code "
        "where n.display = '' and m.system_id = n.system_id and m.code = n.code"
    )
    for include in includes:
        if include.value_sets or not include.items:
            select, values = _selected(include)
            cursor.execute(
                f"insert into coming ({COLUMNS}) select {select} "
                "and not exists (select from coming n where n.system_id = c.system_id and n.code = c.code)",
                values,
            )
    for exclude in excludes:
        select, values = _selected(exclude)
        cursor.execute(
            f"delete from coming n using (select {select}) x where x.system_id = n.system_id and x.code = n.code",
            values,
        )
    seal(cursor, MEMBERS)
    return _teach(cursor)


def _rows(items: Sequence[Item], systems: dict[str, CodeSystem]) -> Iterator[tuple[Any, ...]]:
    taken: set[tuple[UUID, str]] = set()
    for rank, one in enumerate(items):
        system_id = systems[one.system].id
        if (system_id, one.code) in taken:
            continue
        taken.add((system_id, one.code))
        key = rules.search_key(one.code, one.display)
        yield system_id, one.code, one.display, key, rank, one.valid_from, one.valid_until, False


def _selected(include: Include) -> tuple[str, list[Any]]:
    """The rest of a `select` of the rows of a part that is not a list of codes, ready for one more `and`."""
    if include.value_sets:
        return _of_value_sets(include)
    system = find_system(include.system)
    if system is None or (not include.items and not system.is_complete):
        raise MissingPartError(f"Le système « {include.system[:120]} » n'est pas chargé en entier.")
    sql = f"c.system_id, {TAKEN} from terminology_concept c where c.system_id = %s and c.closed_at is null"
    values: list[Any] = [system.id]
    if include.items:
        sql += " and c.code = any (%s)"
        values.append([one.code for one in include.items])
    for name, operator, text in include.filters:
        condition, more = _condition(system.id, name, operator, text)
        sql += f" and {condition}"
        values += more
    return sql, values


def _condition(system_id: UUID, name: str, operator: str, text: str) -> tuple[str, list[Any]]:
    """One filter of FHIR R4 (`ValueSet.compose.include.filter`) as SQL on `c`."""
    if operator in ("is-a", "descendent-of"):
        own = "" if operator == "is-a" else " and d.code <> %s"
        tree = (
            "c.code in (with recursive d as (select b.code from terminology_concept b where b.system_id = %s "
            "and b.code = %s union select b.code from terminology_concept b join d on b.parent = d.code "
            f"where b.system_id = %s) select d.code from d where true{own})"
        )
        return tree, [system_id, text, system_id, *([text] if own else [])]
    wanted = [one.strip() for one in text.split(",")] if operator == "in" else [text]
    if name in ("code", "concept"):
        return "c.code = any (%s)", [wanted]
    if name == "parent":
        return "c.parent = any (%s)", [wanted]
    return "c.properties ->> %s = any (%s)", [name, wanted]


def _of_value_sets(include: Include) -> tuple[str, list[Any]]:
    """What is in all of the sets named at once (R4: several in one include are an intersection)."""
    ids = []
    for address in include.value_sets:
        found = ValueSet.objects.filter(url=address).first()
        if found is None:
            raise MissingPartError(f"Le jeu de valeurs « {address[:120]} » n'est pas chargé.")
        ids.append(found)
    rows = [
        ("select m.system_id, m.code, m.display, m.key, m.rank, m.valid_from, m.valid_until, m.is_inactive "
         "from terminology_member m where m.value_set_id = %s and m.closed_at is null", one.id)
        if one.whole_system_id is None else
        ("select m.system_id, m.code, m.display, m.key, m.rank, m.valid_from, m.valid_until, m.is_inactive "
         "from terminology_concept m where m.system_id = %s and m.closed_at is null", one.whole_system_id)
        for one in ids
    ]  # fmt: skip
    sql = f"c.system_id, {TAKEN} from ({rows[0][0]}) c where true"
    values: list[Any] = [rows[0][1]]
    for select, key in rows[1:]:
        sql += f" and exists (select from ({select}) o where o.system_id = c.system_id and o.code = c.code)"
        values.append(key)
    if include.system:
        system = find_system(include.system)
        sql += " and c.system_id = %s"
        values.append(system.id if system else UUID(int=0))
    if include.items:
        sql += " and c.code = any (%s)"
        values.append([one.code for one in include.items])
    return sql, values


def _teach(cursor: Cursor) -> set[UUID]:
    """Give the systems that are known in part the codes of this set that they did not have."""
    names = [
        one for one in CONCEPTS.names if one not in ("definition", "parent", "properties", "rank")
    ]
    cursor.execute(
        f"insert into terminology_concept (system_id, {', '.join(names)}, "
        "rank, definition, parent, properties, row_hash) "
        f"select n.system_id, {', '.join('n.' + one for one in names)}, "
        "s.count + n.rank, '', '', '{}', '' "
        "from coming n join terminology_code_system s on s.id = n.system_id and not s.is_complete "
        "where not exists (select from terminology_concept c where c.system_id = n.system_id and c.code = n.code)"
    )
    if not cursor.rowcount:
        return set()
    cursor.execute("select distinct system_id from coming")
    return {row[0] for row in cursor.fetchall()}

"""All pairs that share a blocking key, compared and weighed inside DuckDB, by the levels of `comparisons`.

Tables: `feature(n, id, …, keys)` numbered in the order of ids, `pair(a, b)` with `a < b`, `edge(a, b, weight,
levels, barrier)`. A test demands the same digits, weight and barrier from this SQL and from `scorer.score`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from enrs.referentials.identity.matching.comparisons import COMPARISONS, ELSE, Comparison
from enrs.referentials.identity.matching.features import FEATURE_FIELDS
from enrs.referentials.identity.matching.model import Model

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

THREADS: Final = 2
MEMORY: Final = "2500MB"
"""DuckDB's own bound; Python's rows and the allocator's slack come on top, within the 4 GB of a pass."""

HOT: Final = 300
"""A key that more identities share than this is left aside: it would bring 45,000 pairs or more by itself."""

PAIRS_AT_ONCE: Final = 4_000_000
KEYS_AT_ONCE: Final = 750_000
"""Identities whose keys are counted together, some ten each."""

Tell = Callable[[str], object]


def silent(_: str) -> None:
    """Tell nobody."""


def open_engine(folder: Path) -> "DuckDBPyConnection":
    """An engine in memory that may spill to `folder`, and reads and writes nowhere else."""
    import duckdb  # noqa: PLC0415  no serving process imports it

    engine = duckdb.connect(":memory:")
    engine.execute(
        f"set threads = {THREADS}; set memory_limit = '{MEMORY}'; set preserve_insertion_order = false;"
        f"set temp_directory = '{folder}'; set enable_progress_bar = false;"
        f"set allowed_directories = ['{folder}']; set enable_external_access = false;"
        "set autoinstall_known_extensions = false; set lock_configuration = true"
    )
    return engine


def read_features(engine: "DuckDBPyConnection", pattern: str | Path) -> int:
    """Make `feature` from CSV without header, as `gather.export` writes it; how many rows it has."""
    kinds = {"is_barred": "boolean", "since": "double", "is_plain": "boolean"}
    names = ("id", *FEATURE_FIELDS, "keys", "patient", "since", "qualified", "is_plain")
    declared = ", ".join(f"'{name}': '{kinds.get(name, 'varchar')}'" for name in names)
    texts = [name for name in (*FEATURE_FIELDS, "qualified") if name not in kinds]
    fields = ", ".join(f"coalesce({name}, '') as {name}" for name in texts)
    engine.execute(
        f"""
        create or replace table feature as
        select row_number() over (order by id)::integer as n, id::uuid as id, {fields}, is_barred,
          patient::uuid as patient, since, is_plain,
          case when keys is null then [] else string_split(keys, ' ')::bigint[] end as keys
        from read_csv('{pattern}', header = false, columns = {{{declared}}}, nullstr = '', auto_detect = false)
        """
    )
    return count(engine, "feature")


def count(engine: "DuckDBPyConnection", table: str) -> int:
    """How many rows a table has."""
    ((rows,),) = engine.execute(f"select count(*) from {table}").fetchall()
    return int(rows)


def bits(threshold: float) -> str:
    """A threshold as SQL; one that nothing reaches is a figure that nothing reaches."""
    return repr(min(threshold, 1e9))


def find_pairs(engine: "DuckDBPyConnection", *, hot: int = HOT) -> int:
    """Make `pair` of all who share a key that no more than `hot` share, and `hot_key`; returns how many pairs.

    Keys are counted by parts, so that tens of millions of them, nearly all of one identity alone, are never
    in memory together.
    """
    parts = 1 << (count(engine, "feature") // KEYS_AT_ONCE).bit_length()
    engine.execute(
        "create or replace table hot_key (k bigint); create or replace table met (a integer, b integer)"
    )
    for part in range(parts):
        engine.execute(
            f"""
            create or replace table key as
            select n, k from (select n, unnest(keys) as k from feature) where k & {parts - 1} = {part};
            create or replace table common as select k, count(*) as n from key group by k having count(*) > 1;
            insert into hot_key select k from common where n > {hot};
            insert into met
            select l.n, r.n from (select key.* from key join common c using (k) where c.n <= {hot}) l
              join (select key.* from key join common c using (k) where c.n <= {hot}) r using (k)
            where l.n < r.n
            """
        )
    engine.execute("create or replace table pair as select distinct a, b from met")
    engine.execute("drop table key; drop table common; drop table met")
    return count(engine, "pair")


def weigh(
    engine: "DuckDBPyConnection",
    model: Model,
    *,
    floor: float | None = None,
    comparisons: Sequence[Comparison] = COMPARISONS,
    barrier: str | None = None,
    tell: Tell = silent,
) -> int:
    """Make `edge` of the pairs whose weight is at least `floor` (the work threshold); returns how many."""
    floor = model.work if floor is None else floor
    _put_rarity(engine, model, comparisons)
    engine.execute(
        "create or replace table edge (a integer, b integer, weight double, levels varchar, barrier varchar)"
    )
    last = count(engine, "feature")
    chunks = max(1, -(-count(engine, "pair") // PAIRS_AT_ONCE))
    for chunk in range(chunks):
        low, high = last * chunk // chunks, last * (chunk + 1) // chunks
        engine.execute(
            f"insert into edge {weighed_sql(model, comparisons, barrier)}",
            {"low": low, "high": high, "floor": floor},
        )
        tell(f"  {chunk + 1}/{chunks} des paires comparées")
    return count(engine, "edge")


def weighed_sql(model: Model, comparisons: Sequence[Comparison], barrier: str | None = None) -> str:
    """Pairs of `pair` whose first is in (`$low`, `$high`], with digits, weight and barrier, from `$floor` bits on."""
    digits = ", ".join(f"{_digit(one)} as d{index}" for index, one in enumerate(comparisons))
    bits = " + ".join(_bits(model, index, one) for index, one in enumerate(comparisons))
    levels = " || ".join(f"d{index}" for index in range(len(comparisons)))
    rarities = [
        f"least(l.rarity_{one}, r.rarity_{one}) as rarity_{one}" for one in columns_of(comparisons)
    ]
    told = TOLD if barrier is None else "0 as told"
    return f"""
      select a, b, round(weight, 3), {levels}, {BARRIER if barrier is None else barrier} from (
        select *, {model.prior_bits!r} + {bits} as weight from (
          select p.a, p.b, {digits}, {", ".join([*rarities, told])}
          from pair p join feature l on l.n = p.a join feature r on r.n = p.b
          where p.a > $low and p.a <= $high))
      where round(weight, 3) >= $floor
    """


def columns_of(comparisons: Sequence[Comparison]) -> list[str]:
    """The columns whose rare values weigh more."""
    return list(
        dict.fromkeys(level.by_term for one in comparisons for level in one.levels if level.by_term)
    )


TOLD: Final = """
  l.is_barred or r.is_barred as barred, l.ins <> '' and r.ins <> '' and l.ins <> r.ins as other_ins,
  l.twin <> '' or r.twin <> '' as twin, l.is_common_given and r.is_common_given as two_names
"""
"""What `BARRIER` reads besides the digits."""

BARRIER: Final = """
  case when barred then 'barred' when other_ins then 'ins' when d3 = 2 then 'sex' when d0 in (6, 7) then 'name'
    when d2 in (0, 6, 7) then 'birth_date' when d1 = 0 then 'unnamed'
    when d1 in (6, 7) then case when d2 in (1, 2) then 'twins' else 'given' end
    when d1 <> 1 and (twin or (d1 = 5 and two_names)) then 'twins' else '' end
"""
"""`scorer.barrier`, from the digits."""


def _digit(one: Comparison) -> str:
    cases = "".join(
        f" when {level.sql} then {rank}"
        for rank, level in enumerate(one.levels, 1)
        if level.sql != ELSE
    )
    return f"case when {one.missing} then 0{cases} else {len(one.levels)} end"


def _bits(model: Model, index: int, one: Comparison) -> str:
    cases = "".join(
        f" when {rank} then {model.agreement_bits[index][rank]!r} + rarity_{level.by_term}"
        if level.by_term
        else f" when {rank} then {model.bits[index][rank]!r}"
        for rank, level in enumerate(one.levels, 1)
    )
    return f"case d{index}{cases} else 0.0 end"


def _put_rarity(
    engine: "DuckDBPyConnection", model: Model, comparisons: Sequence[Comparison]
) -> None:
    """Add to each feature what an agreement on each of its values is worth."""
    engine.execute("create or replace table term (col varchar, value varchar, bits double)")
    columns = columns_of(comparisons)
    rows = [
        (column, value, bits) for column in columns for value, bits in model.rarity[column].items()
    ]
    for start in range(0, len(rows), 5_000):
        some = rows[start : start + 5_000]
        marks = ", ".join(["(?, ?, ?)"] * len(some))
        engine.execute(f"insert into term values {marks}", [value for row in some for value in row])
    for column in columns:
        engine.execute(f"alter table feature drop column if exists rarity_{column}")
    engine.execute("alter table feature drop column if exists is_common_given")
    joins = " ".join(
        f"left join term t_{one} on t_{one}.col = '{one}' and t_{one}.value = f.{one}"
        for one in columns
    )
    values = ", ".join(
        f"coalesce(t_{one}.bits, {model.rare[one]!r}) as rarity_{one}" for one in columns
    )
    common = ", t_given.bits is not null as is_common_given" if "given" in columns else ""
    engine.execute(
        f"create or replace table feature as select f.*, {values}{common} from feature f {joins}"
    )

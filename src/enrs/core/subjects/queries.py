"""Where a person's rows are, before each table is asked for its own."""

from collections.abc import Collection
from uuid import UUID

from enrs.core.prepared import fetch_all


def tables_holding(patient_id: UUID, tables: Collection[str]) -> set[str]:
    """Those of the tables (of clinical rows, named by the code) where the reader finds one row of this person.

    A page of twelve parts asks once, then only the parts that are there: most records have few kinds.
    """
    if not tables:
        return set()
    probes = " union all ".join(
        f"select '{one}' where exists (select 1 from {one} where patient_id = %s)"
        for one in sorted(tables)
    )
    return {name for (name,) in fetch_all(probes, [patient_id] * len(set(tables)))}

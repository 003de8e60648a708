"""Where a person's rows are, before each table is asked for its own."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

from django.apps import apps

from enrs.core.prepared import fetch_all
from enrs.core.subjects.models import ClinicalFact


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


def facts_of(identity_id: UUID) -> dict[str, list[UUID]]:
    """The clinical facts known by a source identity, by table: those alone that hold some.

    Who moves an identity asks once, then only the tables where something moves: there are thirty of them.
    """
    probes = " union all ".join(
        f"select '{one}', array_agg(id order by id) from {one} where identity_id = %s having count(*) > 0"
        for one in clinical_tables()
    )
    return dict(fetch_all(probes, [identity_id] * len(clinical_tables())))


def tables_without_identity(patient_id: UUID) -> set[str]:
    """The tables where this person has facts that were written by hand, known by no source identity."""
    probes = " union all ".join(
        f"select '{one}' where exists (select 1 from {one} where patient_id = %s and identity_id is null)"
        for one in clinical_tables()
    )
    return {name for (name,) in fetch_all(probes, [patient_id] * len(clinical_tables()))}


@cache
def clinical_tables() -> tuple[str, ...]:
    """The tables of every model of clinical facts that the installed apps declare."""
    models = (model for model in apps.get_models() if issubclass(model, ClinicalFact))
    return tuple(sorted(model._meta.db_table for model in models))

"""Every table that names a patient says what becomes of its rows when a record is erased."""

import pytest
from django.apps import apps
from django.db import connection

from enrs.core.subjects.holdings import care_moments, holdings, remainders

REMAINS = {table for one in remainders() for table in one.tables}
HELD = {one.table for one in holdings()}


def leads_to_a_patient(table, edges, seen=()):
    return table == "patient" or any(
        leads_to_a_patient(parent, edges, (*seen, table))
        for parent in edges.get(table, ())
        if parent not in seen
    )


def test_every_table_that_leads_to_a_patient_is_declared():
    models = {one._meta.db_table: one for one in apps.get_models()}
    edges = {
        table: {f.related_model._meta.db_table for f in one._meta.concrete_fields if f.is_relation}
        for table, one in models.items()
    }
    named = {
        table
        for table, one in models.items()
        if {f.column for f in one._meta.concrete_fields} & {"patient_id", "patient_ids"}
    }
    leading = {table for table in models if leads_to_a_patient(table, edges)}
    assert (named | leading) - HELD - REMAINS == set()
    assert set(models) >= HELD | REMAINS


@pytest.mark.django_db
def test_nobody_of_the_program_may_call_what_erases():
    with connection.cursor() as cursor:
        for role in ("enrs_app", "enrs_feed"):
            cursor.execute(
                "select has_function_privilege(%s, 'subjects_erase(uuid[])', 'execute')", [role]
            )
            assert cursor.fetchone() == (False,)
        cursor.execute(
            "select has_function_privilege('enrs_app', 'rights_erase(uuid)', 'execute'),"
            " has_function_privilege('enrs_feed', 'rights_erase(uuid)', 'execute')"
        )
        assert cursor.fetchone() == (False, True)


@pytest.mark.django_db
def test_moments_of_care_are_those_of_tables_of_the_record():
    for table, (word, moment) in care_moments().items():
        assert table in HELD
        assert word
        with connection.cursor() as cursor:
            cursor.execute(f"select {moment} from {table} where withdrawn_at is null limit 1")

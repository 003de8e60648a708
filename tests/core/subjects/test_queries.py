"""Where a person's rows are."""

import pytest
from django.apps import apps

from enrs.core.subjects.models import ClinicalFact
from enrs.core.subjects.queries import tables_holding
from enrs.core.ui.registry import life_kinds_for
from tests.factories import NoteFactory, PatientFactory, ReportFactory

EVERYTHING = {"encounters", "documents", "results", "notes", "social", "summary", "agenda", "assessment", "request",
              "plan"}  # fmt: skip


@pytest.mark.django_db
def test_only_tables_with_a_row_of_the_person_are_named():
    person, other = PatientFactory(), PatientFactory()
    NoteFactory(patient=person)
    ReportFactory(patient=other)
    assert tables_holding(person.pk, {"note", "report", "document"}) == {"note"}
    assert tables_holding(person.pk, set()) == set()


def test_each_kind_of_the_life_line_names_a_table_of_clinical_rows():
    tables = {one._meta.db_table for one in apps.get_models() if issubclass(one, ClinicalFact)}
    kinds = life_kinds_for(EVERYTHING)
    assert len(kinds) >= 9
    assert {one.table for one in kinds} <= tables

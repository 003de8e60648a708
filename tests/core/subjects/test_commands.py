"""Facts that follow their identity, and saves that came too late."""

import threading

import pytest
from django.db import connection

from enrs.core.ids import uuid7
from enrs.core.subjects.commands import (
    StaleSaveError,
    clinical_models,
    create_patient,
    relink,
    save_version,
)
from enrs.core.subjects.queries import clinical_tables, facts_of, tables_without_identity
from enrs.services.record.models import Note
from tests.factories import FACT_FACTORIES, NoteFactory, PatientFactory, ReportFactory


@pytest.mark.django_db
def test_new_patient_is_an_identifier_and_nothing_else():
    assert create_patient().pk != create_patient().pk


@pytest.mark.django_db
def test_relink_moves_every_fact_of_the_identity_and_no_other():
    old, new, identity = PatientFactory(), PatientFactory(), uuid7()
    report = ReportFactory(patient=old, identity_id=identity)
    moved, kept = [report], []
    for make in FACT_FACTORIES:
        extra = {"report": report} if make._meta.model.__name__ == "Observation" else {}
        moved.append(make(patient=old, identity_id=identity, **extra))
        moved.append(make(patient=old, identity_id=identity, withdrawn=True, **extra))
        kept.append(make(patient=old, **extra))
    assert relink(identity_id=identity, patient_id=new.pk) == len(moved)
    for fact in moved:
        fact.refresh_from_db()
        assert (fact.patient_id, fact.identity_id) == (new.pk, identity)
    for fact in kept:
        fact.refresh_from_db()
        assert fact.patient_id == old.pk
    assert relink(identity_id=identity, patient_id=new.pk) == 0
    assert relink(identity_id=identity, patient_id=old.pk) == len(moved)


@pytest.mark.django_db
def test_relink_asks_once_then_writes_each_table_that_holds_something(django_assert_num_queries):
    identity, new = uuid7(), PatientFactory()
    NoteFactory.create_batch(20, identity_id=identity)
    with django_assert_num_queries(4):
        assert relink(identity_id=identity, patient_id=new.pk) == 20
    with django_assert_num_queries(1):
        assert relink(identity_id=uuid7(), patient_id=new.pk) == 0


@pytest.mark.django_db
def test_where_the_facts_of_an_identity_and_those_of_none_are():
    patient, identity = PatientFactory(), uuid7()
    known = NoteFactory(patient=patient, identity_id=identity)
    report = ReportFactory(patient=patient, identity_id=None)
    assert facts_of(identity) == {"note": [known.pk]}
    assert tables_without_identity(patient.pk) == {report._meta.db_table}
    tables = {model._meta.db_table for model in clinical_models()}
    assert set(clinical_tables()) == tables


@pytest.mark.django_db
def test_stale_save_is_refused_and_shows_what_stands():
    note = NoteFactory()
    mine, theirs = Note.objects.get(pk=note.pk), Note.objects.get(pk=note.pk)
    theirs.text = "Leur texte"
    save_version(theirs, expected=1, fields=["text"])
    assert theirs.version == 2
    mine.text = "Mon texte"
    with pytest.raises(StaleSaveError) as refused:
        save_version(mine, expected=1, fields=["text"])
    assert (refused.value.current.text, refused.value.current.version) == ("Leur texte", 2)
    assert mine.version == 1
    save_version(mine, expected=2, fields=["text"])
    assert Note.objects.get(pk=note.pk).text == "Mon texte"


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_is_refused():
    note = NoteFactory()
    start, outcomes = threading.Barrier(2), []

    def save(text: str) -> None:
        try:
            mine = Note.objects.get(pk=note.pk)
            mine.text = text
            start.wait(10)
            save_version(mine, expected=1, fields=["text"])
            outcomes.append(text)
        except StaleSaveError as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[text]) for text in ("a", "b")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    saved = [one for one in outcomes if isinstance(one, str)]
    assert len(outcomes) == 2
    note.refresh_from_db()
    assert (saved, note.version) == ([note.text], 2)

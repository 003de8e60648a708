"""Direct SQL under the application's role: nobody, the wrong circle, the right one."""

import pytest
from django.db import DatabaseError, connection, transaction

from enrs.core.access.actor import ANONYMOUS
from enrs.core.access.policies import PATIENT_TABLES, UNSEEN_BY_PAGES, apply_policies
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import clinical_models
from enrs.core.subjects.models import Patient
from enrs.services.record.models import Note, NoteText, Publication
from tests.factories import (
    FACT_FACTORIES,
    DocumentFactory,
    GrantFactory,
    NoteFactory,
    PatientFactory,
    UserFactory,
    actor,
    member,
)

pytestmark = pytest.mark.django_db

WITHOUT_ROW_SECURITY = {"identity_work_item"}
"""Tables that name patients by identifier alone, for a service that is in nobody's circle."""

FACTS = pytest.mark.parametrize("make", FACT_FACTORIES, ids=lambda one: one._meta.model.__name__)


def test_every_clinical_table_has_its_factory():
    ours = {
        model
        for model in clinical_models()
        if model._meta.app_label in ("documents", "questionnaires", "record")
    }
    assert ours == {make._meta.model for make in FACT_FACTORIES}


@FACTS
def test_select(make, as_actor):
    fact = make()
    right, wrong = actor(member(fact.patient, "nurse")), actor(member(PatientFactory(), "nurse"))
    ended = actor(UserFactory(role="nurse"))
    GrantFactory(patient=fact.patient, grantee_id=ended.grantee_id, ended=True)
    for who, seen in ((ANONYMOUS, 0), (wrong, 0), (ended, 0), (right, 1)):
        with as_actor(who), connection.cursor() as cursor:
            cursor.execute(f'select count(*) from "{fact._meta.db_table}"')
            assert cursor.fetchone()[0] == seen


@FACTS
def test_update(make, as_actor):
    fact = make()
    right, wrong = actor(member(fact.patient, "nurse")), actor(member(PatientFactory(), "nurse"))
    for who, changed in ((ANONYMOUS, 0), (wrong, 0), (right, 1)):
        with as_actor(who), connection.cursor() as cursor:
            cursor.execute(f'update "{fact._meta.db_table}" set withdrawn_reason = %s', ["essai"])
            assert cursor.rowcount == changed


@FACTS
def test_insert(make, as_actor):
    fact = make()
    right, wrong = actor(member(fact.patient, "nurse")), actor(member(PatientFactory(), "nurse"))
    fact.refresh_from_db()
    for who, is_allowed in ((ANONYMOUS, False), (wrong, False), (right, True)):
        copy = type(fact).objects.get(pk=fact.pk)
        copy.pk = uuid7()
        if hasattr(copy, "number"):
            copy.number = uuid7().hex[:20]
        if hasattr(copy, "object_id"):
            copy.object_id = uuid7()
        if isinstance(copy, Publication):
            copy.document = DocumentFactory(patient=fact.patient)
        with as_actor(who):
            if is_allowed:
                copy.save(force_insert=True)
                continue
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                copy.save(force_insert=True)


@FACTS
def test_delete_is_nobody_s(make, as_actor):
    fact = make()
    with as_actor(actor(member(fact.patient, "physician"))):
        sql = f'delete from "{fact._meta.db_table}"'
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_place_of_work_s_right_serves_whoever_works_there(as_actor):
    patient = PatientFactory()
    there, elsewhere = actor(UserFactory(role="nurse")), actor(UserFactory(role="nurse"))
    GrantFactory(patient=patient, grantee_id=there.organisation_id)
    for who, seen in ((elsewhere, 0), (there, 1)):
        with as_actor(who):
            assert Patient.objects.count() == seen


def test_right_opens_at_its_beginning_and_closes_at_its_end(as_actor):
    patient, nurse = PatientFactory(), actor(UserFactory(role="nurse"))
    for trait, seen in (("future", 0), ("ended", 0), ("contributor", 1)):
        GrantFactory(patient=patient, grantee_id=nurse.grantee_id, **{trait: True})
        with as_actor(nurse):
            assert Patient.objects.count() == seen


def test_former_texts_of_notes_and_broken_glasses_are_guarded(as_actor):
    note = NoteFactory()
    NoteText.objects.create(note=note, patient_id=note.patient_id, version=1, text="ancien")
    right, wrong = actor(member(note.patient, "nurse")), actor(member(PatientFactory(), "nurse"))
    for who, seen in ((ANONYMOUS, 0), (wrong, 0), (right, 1)):
        with as_actor(who):
            assert NoteText.objects.count() == seen


def test_grants_are_seen_by_their_holder_and_by_the_circle_alone(as_actor):
    patient = PatientFactory()
    holder, colleague = actor(member(patient, "nurse")), actor(member(patient, "physician"))
    stranger = actor(member(PatientFactory(), "nurse"))
    for who, seen in ((ANONYMOUS, 0), (stranger, 0), (holder, 2), (colleague, 2)):
        with as_actor(who), connection.cursor() as cursor:
            cursor.execute("select count(*) from access_grant where patient_id = %s", [patient.pk])
            assert cursor.fetchone()[0] == seen


@pytest.mark.parametrize("table", sorted(UNSEEN_BY_PAGES))
def test_tables_that_pages_never_read(table, as_actor):
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass",
            [table],
        )
        tables = [table, *(row[0] for row in cursor.fetchall())]
    with as_actor(actor(member(PatientFactory(), "physician"))):
        for one in tables:
            for verb in ("select 1 from {}", "update {} set id = null", "delete from {}"):
                if verb.startswith("update") and table == "audit_seal":
                    continue
                with (
                    pytest.raises(DatabaseError, match="permission denied"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(verb.format(one))


def test_every_table_that_names_a_patient_is_guarded_or_unseen():
    """A new table that names a patient must be said: a clinical fact, `guard_table`, or unseen."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select distinct c.relname from pg_class c
            join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
            where c.relkind in ('r', 'p') and not c.relispartition and not c.relrowsecurity
              and c.relnamespace = 'public'::regnamespace
              and a.attname in ('patient_id', 'patient_ids')
              and has_table_privilege('enrs_app', c.oid, 'select')
        """)
        open_tables = {row[0] for row in cursor.fetchall()}
    assert open_tables <= WITHOUT_ROW_SECURITY


def test_partitions_give_no_right_of_their_own():
    with connection.cursor() as cursor:
        cursor.execute("""
            select relname from pg_class where relispartition and relkind = 'r'
              and (has_table_privilege('enrs_app', oid, 'select') or has_table_privilege('enrs_feed', oid, 'select'))
        """)
        assert cursor.fetchall() == []


def test_policies_can_be_applied_again():
    def rights():
        with connection.cursor() as cursor:
            cursor.execute("""
                select relname, relacl::text, relrowsecurity from pg_class
                where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1
            """)
            tables = cursor.fetchall()
            cursor.execute(
                "select tablename, policyname, roles::text, cmd, qual, with_check from pg_policies order by 1, 2"
            )
            policies = cursor.fetchall()
            cursor.execute(
                "select role, category, may_read, may_write from access_matrix order by 1, 2"
            )
            return tables, policies, cursor.fetchall()

    before = rights()
    apply_policies()
    assert rights() == before


def test_guarded_tables_all_exist():
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relrowsecurity")
        guarded = {row[0] for row in cursor.fetchall()}
    assert set(PATIENT_TABLES) | {m._meta.db_table for m in clinical_models()} <= guarded


def test_feed_passes_row_security_and_still_deletes_nothing(as_actor):
    note = NoteFactory()
    with as_actor(ANONYMOUS, role="enrs_feed"):
        assert Note.objects.get(pk=note.pk)
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("delete from note")


def test_roles_pass_row_security_for_nobody_and_own_nothing():
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolname, rolsuper, rolbypassrls from pg_roles where rolname in ('enrs_app', 'enrs_feed')"
        )
        assert sorted(cursor.fetchall()) == [
            ("enrs_app", False, False),
            ("enrs_feed", False, False),
        ]
        cursor.execute(
            "select count(*) from pg_class where pg_get_userbyid(relowner) in ('enrs_app', 'enrs_feed')"
        )
        assert cursor.fetchone()[0] == 0

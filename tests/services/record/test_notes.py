"""Shared follow-up notes: who writes, who reads, what an amendment keeps."""

import pytest

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import ANONYMOUS, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Level
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.commands import StaleSaveError
from enrs.services.record import rules
from enrs.services.record.commands import amend_note, withdraw_note, write_note
from enrs.services.record.commands.notes import MAX_LENGTH, NoteRefusedError
from enrs.services.record.models import Note, NoteText
from tests.factories import PatientFactory, UserFactory, actor, member, user_of_role
from tests.services.record.checks import left_behind

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return PatientFactory()


@pytest.fixture
def nurse(patient):
    return actor(member(patient, "nurse"))


@pytest.fixture
def written(patient, nurse):
    with acting(nurse):
        return write_note(patient_id=patient.pk, text="  A bien dormi.  ")


def test_note_is_kept_told_and_audited(written, nurse):
    row = Note.objects.get()
    assert (row.text, row.audience, row.version) == ("A bien dormi.", "care", 1)
    assert (row.author_id, row.author_name) == (nurse.user_id, nurse.name)
    assert row.organisation_name == nurse.organisation_name
    assert left_behind("record.note.written") == ("notes", [str(row.pk)])


@pytest.mark.parametrize("role", access_rules.ROLES)
@pytest.mark.parametrize("audience", rules.AUDIENCES)
def test_who_may_write(patient, role, audience):
    may = access_rules.permits(role, "notes", "write") or (
        audience == "shared"
        and (access_rules.permits(role, "social", "write") or role in {"patient", "proxy"})
    )
    for who, is_allowed in (
        (ANONYMOUS, False),
        (actor(user_of_role(role, PatientFactory())), False),
        (actor(user_of_role(role, patient)), may),
    ):
        with acting(who):
            if is_allowed:
                assert write_note(patient_id=patient.pk, text="Essai", audience=audience).pk
                continue
            with pytest.raises(AccessRefusedError):
                write_note(patient_id=patient.pk, text="Essai", audience=audience)


def test_right_to_read_is_no_right_to_write(patient):
    reader = actor(member(patient, "nurse", level=Level.READ))
    with acting(reader), pytest.raises(AccessRefusedError, match="level"):
        write_note(patient_id=patient.pk, text="Essai")


@pytest.mark.parametrize(
    ("text", "audience", "words"),
    [
        ("   ", "care", "vide"),
        ("x" * (MAX_LENGTH + 1), "care", "trop longue"),
        ("x", "all", "Choisissez"),
    ],
)
def test_refused_note_says_why(patient, nurse, text, audience, words):
    with acting(nurse), pytest.raises(NoteRefusedError, match=words):
        write_note(patient_id=patient.pk, text=text, audience=audience)
    assert not Note.objects.exists()
    assert not AuditLine.objects.exists()


def test_amendment_keeps_the_former_texts(written, nurse):
    with acting(nurse):
        amend_note(written=written, text="A peu dormi.", expected_version=1)
        amend_note(written=Note.objects.get(), text="N'a pas dormi.", expected_version=2)
    row = Note.objects.get()
    assert (row.text, row.version) == ("N'a pas dormi.", 3)
    assert row.amended_at is not None
    former = NoteText.objects.order_by("version").values_list("version", "text", "patient_id")
    assert list(former) == [
        (1, "A bien dormi.", row.patient_id),
        (2, "A peu dormi.", row.patient_id),
    ]
    assert AuditLine.objects.filter(action="record.note.amended").count() == 2


def test_stale_amendment_is_refused_and_leaves_nothing(written, nurse):
    with acting(nurse):
        amend_note(written=Note.objects.get(), text="Ailleurs", expected_version=1)
        with pytest.raises(StaleSaveError) as refused:
            amend_note(written=written, text="Ici", expected_version=1)
    assert refused.value.current.text == "Ailleurs"
    assert Note.objects.get().text == "Ailleurs"
    assert NoteText.objects.count() == 1
    assert AuditLine.objects.filter(action="record.note.amended").count() == 1


def test_nobody_else_amends_or_withdraws(written, patient):
    for who in (ANONYMOUS, actor(UserFactory(role="nurse")), actor(member(patient, "physician"))):
        with acting(who):
            with pytest.raises(AccessRefusedError, match="author"):
                amend_note(written=written, text="Autre", expected_version=1)
            with pytest.raises(AccessRefusedError, match="author"):
                withdraw_note(written=written, reason="Autre")
    assert Note.objects.get().withdrawn_at is None


def test_withdrawn_note_stays_and_changes_no_more(written, nurse):
    with acting(nurse):
        withdraw_note(written=written, reason="Mauvais dossier")
        withdraw_note(written=Note.objects.get(), reason="Encore")
        with pytest.raises(AccessRefusedError):
            amend_note(written=Note.objects.get(), text="Retour", expected_version=1)
    row = Note.objects.get()
    assert (row.text, row.withdrawn_reason) == ("A bien dormi.", "Mauvais dossier")
    assert left_behind("record.note.withdrawn") == ("notes", [str(row.pk)])


def test_note_is_written_under_row_security(patient, nurse, as_actor):
    with as_actor(nurse):
        one = write_note(patient_id=patient.pk, text="Essai")
        amend_note(written=one, text="Essai repris", expected_version=1)
        assert NoteText.objects.get().text == "Essai"
    with as_actor(actor(UserFactory(role="nurse"))):
        assert not NoteText.objects.exists()
        assert not Note.objects.exists()


@pytest.mark.parametrize("role", access_rules.ROLES)
def test_who_reads_which_note(role):
    assert rules.reads_note(role=role, audience="shared", is_author=False)
    assert rules.reads_note(role=role, audience="care", is_author=True)
    is_outside_care = role in {"social_worker", "patient", "proxy"}
    assert rules.reads_note(role=role, audience="care", is_author=False) != is_outside_care


def test_writing_takes_few_statements(patient, nurse, django_assert_max_num_queries):
    with acting(nurse), django_assert_max_num_queries(7):
        write_note(patient_id=patient.pk, text="Essai")

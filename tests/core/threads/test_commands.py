"""Opening, posting, editing, leaving: by whom, and what stays."""

import threading

import pytest
from django.db import connection, transaction

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.access.models import Grant, Level
from enrs.core.documents import store
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.core.threads import commands, queries
from enrs.core.threads.commands import ThreadRefusedError
from enrs.core.threads.models import Attachment, FormerText, Membership, Message, ReadMark, Thread
from enrs.core.threads.rules import NewFile, Person
from tests.core.threads.factories import conversation
from tests.factories import (
    PositionFactory,
    UserFactory,
    actor,
    known_patient,
    member,
    person_of,
    proxy_of,
)

pytestmark = pytest.mark.django_db
SUBJECT = ("coordination.case", uuid7())


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def nurse(patient):
    return member(patient, "nurse")


@pytest.fixture
def doctor(patient):
    return member(patient, "physician")


def person(user) -> Person:
    return Person(user.grantee_id, user.name)


def test_a_conversation_is_its_members(nurse, doctor, patient, as_actor):
    other = member(patient, "nurse")
    with as_actor(actor(nurse)):
        made = commands.open_thread(
            subject=SUBJECT, patient_id=patient.pk, members=[person(doctor)]
        )
        commands.post(thread=made, text="Bonjour")
    with as_actor(actor(doctor)):
        assert queries.thread(made.pk) == made
        assert queries.threads_about(SUBJECT) == [made]
        commands.post(thread=made, text="Bonjour à vous")
        assert [one.number for one in queries.messages_of(made)] == [2, 1]
    with as_actor(actor(other)):
        assert queries.thread(made.pk) is None
        assert Thread.objects.count() == 0
        assert Message.objects.count() == 0
        assert Membership.objects.count() == 0
        with pytest.raises(AccessRefusedError):
            commands.post(thread=made, text="Je passais")


@pytest.mark.parametrize(
    ("audience", "professional", "reads", "count"),
    [
        ("members", True, False, 0),
        ("circle", True, True, 1),
        ("circle", False, False, 1),
        ("all", False, True, 1),
    ],
)
def test_audiences(  # noqa: PLR0917  a table of cases
    audience, professional, reads, count, nurse, doctor, patient, as_actor
):
    with as_actor(actor(nurse)):
        made = commands.open_thread(subject=SUBJECT, patient_id=patient.pk, audience=audience)
        said = commands.post(thread=made, text="Une note de liaison")
    with as_actor(actor(doctor if professional else person_of(patient))):
        assert bool(queries.thread(made.pk)) is reads
    published = Resource.objects.filter(type="Communication", id=said.pk, is_current=True)
    assert published.count() == count
    if audience == "circle":
        assert published.get().marks == 6


def test_members_hold_a_right_on_the_person(nurse, patient, as_actor):
    stranger = UserFactory(role="physician")
    with as_actor(actor(nurse)):
        with pytest.raises(ThreadRefusedError, match="member"):
            commands.open_thread(subject=SUBJECT, patient_id=patient.pk, members=[person(stranger)])
        made = commands.open_thread(subject=SUBJECT, patient_id=patient.pk)
        with pytest.raises(ThreadRefusedError, match="member"):
            commands.add_members(thread=made, members=[person(stranger)])


def test_who_loses_the_right_loses_the_conversation(nurse, doctor, patient, as_actor):
    made = conversation([nurse, doctor], patient)
    with as_actor(actor(nurse)):
        commands.post(thread=made, text="Bonjour")
    deny(patient_id=patient.pk, grantee_id=doctor.grantee_id, source_id=uuid7())
    with as_actor(actor(doctor)):
        assert queries.thread(made.pk) is None
        assert queries.inbox() == []
        assert Message.objects.count() == 0
    Grant.objects.filter(grantee_id=nurse.grantee_id).update(valid_until="2020-01-01T00:00Z")
    with as_actor(actor(nurse)):
        assert queries.thread(made.pk) is None
        with pytest.raises(AccessRefusedError):
            commands.post(thread=made, text="Encore là")


def test_a_conversation_without_person_is_its_members_alone(as_actor):
    one, two, three = (UserFactory(role="nurse") for _ in range(3))
    with as_actor(actor(one)):
        made = commands.open_thread(subject=SUBJECT, members=[person(two)], title="Planning")
        commands.post(thread=made, text="Qui prend dimanche ?")
    with as_actor(actor(two)):
        (line,) = queries.inbox()
        assert (line.thread, line.unread, line.name) == (made, 1, "")
    with as_actor(actor(three)):
        assert queries.thread(made.pk) is None
        assert Message.objects.count() == 0
    assert not Resource.objects.filter(type="Communication").exists()


def test_a_place_of_work_is_a_member(patient, nurse, as_actor):
    colleague = member(patient, "nurse")
    place = PositionFactory(user=colleague, role="nurse").organisation_id
    colleague.positions.exclude(organisation_id=place).delete()
    Grant.objects.create(
        patient=patient, grantee_id=place, source_id=uuid7(), source_kind="member",
        purpose="care_team", level=2,
    )  # fmt: skip
    with as_actor(actor(nurse)):
        made = commands.open_thread(
            subject=SUBJECT, patient_id=patient.pk, members=[Person(place, "SSIAD")]
        )
    with as_actor(actor(colleague)):
        assert queries.thread(made.pk) == made


@pytest.mark.parametrize("role", ["identity_officer", "operator", "anonymous"])
def test_other_professions_open_nothing(role, patient, as_actor):
    with as_actor(actor(member(patient, role))), pytest.raises(AccessRefusedError):
        commands.open_thread(subject=SUBJECT, patient_id=patient.pk)


def test_a_reader_of_the_record_only_reads(patient, nurse, as_actor):
    reader = member(patient, "nurse", level=Level.READ)
    made = conversation([nurse, reader], patient)
    with as_actor(actor(reader)):
        assert queries.thread(made.pk) == made
        with pytest.raises(AccessRefusedError):
            commands.post(thread=made, text="Bonjour")


def test_the_person_and_their_proxy_write_in_what_is_open_to_all(patient, as_actor):
    made = conversation([], patient, audience="all")
    for user in (person_of(patient), proxy_of(patient)):
        with as_actor(actor(user)):
            commands.post(thread=made, text="Merci")
    assert Message.objects.count() == 2


def test_an_edit_keeps_the_former_text_and_a_stale_one_is_refused(nurse, patient, as_actor):
    made = conversation([nurse], patient)
    with as_actor(actor(nurse)):
        said = commands.post(thread=made, text="Demain 9 h")
        commands.edit_message(message=said, text="Demain 10 h", expected_version=1)
        assert [one.text for one in said.former_texts.all()] == ["Demain 9 h"]
        with pytest.raises(StaleSaveError):
            commands.edit_message(message=said, text="Demain 11 h", expected_version=1)


def test_a_withdrawn_message_keeps_its_place_and_its_trace(nurse, doctor, patient, as_actor):
    made = conversation([nurse, doctor], patient, audience="circle")
    with as_actor(actor(nurse)):
        said = commands.post(
            thread=made, text="Erreur", attachments=[NewFile("a.txt", b"Un texte")]
        )
        commands.withdraw_message(message=said)
        kept = Message.objects.get(pk=said.pk)
        assert (kept.text, bool(kept.withdrawn_at)) == ("", True)
        assert queries.attachment(Attachment.objects.get().pk) is None
        with pytest.raises(ThreadRefusedError):
            commands.edit_message(message=kept, text="Non", expected_version=2)
    assert FormerText.objects.get().text == "Erreur"
    published = Resource.objects.get(type="Communication", id=said.pk, is_current=True)
    assert published.is_deleted, "its former versions would stay open"
    assert "Erreur" not in published.body


def test_nobody_touches_the_message_of_another(nurse, doctor, patient, as_actor):
    made = conversation([nurse, doctor], patient)
    with as_actor(actor(nurse)):
        said = commands.post(thread=made, text="Bonjour")
    with as_actor(actor(doctor)):
        with pytest.raises(AccessRefusedError):
            commands.edit_message(message=said, text="Bonsoir", expected_version=1)
        with pytest.raises(AccessRefusedError):
            commands.withdraw_message(message=said)


def test_files_are_kept_encrypted_under_a_safe_name(nurse, patient, as_actor):
    made = conversation([nurse], patient)
    with as_actor(actor(nurse)):
        commands.post(thread=made, text="", attachments=[NewFile("../../x.exe", b"%PDF-1.7 a")])
        kept = queries.attachment(Attachment.objects.get().pk)
        assert (kept.name, kept.mime_type) == ("x.pdf", "application/pdf")
        assert b"%PDF" not in bytes(kept.blob.data)
        assert store.take(kept.blob) == b"%PDF-1.7 a"


@pytest.mark.parametrize(
    ("text", "files", "reason"),
    [
        ("", [], "empty"),
        ("x" * 10_001, [], "long"),
        ("a\x00b", [], "characters"),
        ("x", [NewFile("a.html", b"<script>alert(1)</script>")], "file_kind"),
        ("x", [NewFile("a.pdf", b"%PDF-" + b"0" * 11_000_000)], "file_size"),
        ("x", [NewFile("a.txt", b"a")] * 6, "files"),
    ],
)
def test_hostile_messages(text, files, reason, nurse, patient, as_actor):  # noqa: PLR0917
    made = conversation([nurse], patient)
    with as_actor(actor(nurse)), pytest.raises(ThreadRefusedError, match=reason):
        commands.post(thread=made, text=text, attachments=files)


def test_a_closed_conversation_is_read(nurse, patient, as_actor):
    made = conversation([nurse], patient)
    with as_actor(actor(nurse)):
        commands.close_thread(thread=made)
        with pytest.raises(ThreadRefusedError, match="closed"):
            commands.post(thread=made, text="Trop tard")
        commands.reopen_thread(thread=made)
        commands.post(thread=made, text="À nouveau")


def test_marks_never_go_back(nurse, doctor, patient, as_actor):
    made = conversation([nurse, doctor], patient)
    with as_actor(actor(nurse)):
        for word in ("un", "deux", "trois"):
            commands.post(thread=made, text=word)
    with as_actor(actor(doctor)):
        assert queries.inbox()[0].unread == 3
        commands.read_until(thread=made, number=2)
        commands.read_until(thread=made, number=1)
        assert queries.inbox()[0].unread == 1
        assert queries.unread_total() == 1
    marks = {one.name: one.number for one in ReadMark.objects.all()}
    assert marks == {nurse.name: 3, doctor.name: 2}


def test_who_opened_shows_people_out_and_anybody_leaves(nurse, doctor, patient, as_actor):
    made = conversation([nurse, doctor], patient, author_id=nurse.pk)
    with as_actor(actor(doctor)), pytest.raises(AccessRefusedError):
        commands.leave(thread=made, grantee_id=nurse.grantee_id)
    with as_actor(actor(nurse)):
        commands.leave(thread=made, grantee_id=doctor.grantee_id)
    with as_actor(actor(doctor)):
        assert queries.thread(made.pk) is None
    with as_actor(actor(nurse)):
        assert commands.add_members(thread=made, members=[person(doctor)]) == 1
        assert commands.add_members(thread=made, members=[person(doctor)]) == 0
        commands.leave(thread=made)
    with as_actor(actor(nurse)):
        assert queries.thread(made.pk) is None


@pytest.mark.django_db(transaction=True)
def test_messages_posted_at_once_have_each_their_number():
    users = [UserFactory(role="nurse") for _ in range(4)]
    made = conversation(users)
    barrier = threading.Barrier(4)

    def attempt(user: object) -> None:
        try:
            with transaction.atomic(), acting(actor(user)):
                barrier.wait(10)
                commands.post(thread=made, text="Ensemble")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(user,)) for user in users]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    numbers = (
        Message.objects.filter(thread=made).order_by("number").values_list("number", flat=True)
    )
    assert list(numbers) == [1, 2, 3, 4]

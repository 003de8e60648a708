"""A document that the person masks from professionals, or that a professional hides until an announcement."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils.html import escape

from enrs.core.access.commands import AccessRefusedError, deny
from enrs.core.audit.models import AuditLine
from enrs.core.documents.models import Document
from enrs.core.events.models import Event
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Practitioner
from enrs.services.record import commands, queries
from enrs.services.record.commands import MaskRefusedError
from enrs.services.record.models import Masking, Report
from enrs.services.record.queries import latest_for
from enrs.services.record.rules import marks as rules
from enrs.services.rights import commands as rights
from enrs.services.rights.models import DataCopy
from tests.factories import (
    GrantFactory,
    actor,
    known_patient,
    member,
    person_of,
    proxy_of,
    user_of_role,
)
from tests.services.record import factories as record

pytestmark = pytest.mark.django_db
REASON = "Résultat à annoncer en consultation le 12"
UNIQUE = "1.2.3.77"


@pytest.fixture
def patient():
    return known_patient()


@pytest.fixture
def doctor(patient):
    return member(patient, "physician")


@pytest.fixture
def author(patient):
    """Who wrote the document, in the circle, known by their national number."""
    user = member(patient, "physician")
    Practitioner.objects.create(
        pk=user.grantee_id, idnat="899700000771", family="LE GOFF", given="Yann", name_key="LE GOFF"
    )
    return user


@pytest.fixture
def paper(patient, author):
    return file(patient)


def file(patient, content=b"CR", **fields):
    given = {
        "unique_id": UNIQUE, "set_id": "1.2.3", "title": "Compte rendu de biopsie",
        "author_idnat": "899700000771",
    }  # fmt: skip
    return record.document(patient.pk, content, **given | fields)


def taken_out(patient, **fields):
    return record.report(
        patient.pk,
        display="Anatomie pathologique",
        document_unique_id=UNIQUE,
        number="R-77",
        **fields,
    )


def masked(as_actor, user, paper):
    with as_actor(actor(user)):
        commands.mask_document(document=paper)


def hidden(as_actor, user, paper):
    with as_actor(actor(user)):
        commands.withhold_document(document=paper, reason=REASON)


def page(browser, name, patient, *more):
    return browser.get(reverse(f"record:{name}", args=[patient.pk, *more]))


def published(*rows):
    current = Resource.objects.filter(id__in=[one.pk for one in rows], is_current=True)
    return set(current.values_list("marks", flat=True))


def shown(browser, patient, paper):
    """Whether each page that could tell of a document does."""
    names = ("documents", "summary", "life_line")
    told = {name: paper.title in page(browser, name, patient).content.decode() for name in names}
    search = browser.get(reverse("record:documents", args=[patient.pk]), {"q": "biopsie"})
    return told | {
        "search": f"d-{paper.pk}" in search.content.decode(),
        "document": page(browser, "document", patient, paper.pk).status_code == 200,
        "file": page(browser, "document_file", patient, paper.pk).status_code == 200,
    }


# The rules


def test_who_masks_and_who_hides():
    assert rules.may_mask("patient", 3)
    assert rules.may_mask("proxy", 2)
    assert not rules.may_mask("proxy", 1)
    assert not rules.may_mask("physician", 3)
    assert rules.may_hide("physician", may_write=True)
    assert not rules.may_hide("physician", may_write=False)
    assert not rules.may_hide("proxy", may_write=True)
    assert rules.is_reason("Motif")
    assert not rules.is_reason("   non ")


# Masked from professionals


@pytest.mark.parametrize("who", [person_of, proxy_of])
def test_what_the_person_masks_is_seen_by_them_and_its_author_alone(
    as_actor, signed_in, paper, author, who
):
    patient = paper.patient
    report, doctor = taken_out(patient), member(patient, "physician")
    user = who(patient)
    masked(as_actor, user, paper)
    for name, is_shown in shown(signed_in(doctor), patient, paper).items():
        assert not is_shown, name
    assert "Anatomie" not in page(signed_in(doctor), "results", patient).content.decode()
    theirs = shown(signed_in(user), patient, paper)
    assert all(theirs.values()), theirs
    own = shown(signed_in(author), patient, paper)
    assert {"documents", "search", "document", "file"} <= {name for name in own if own[name]}
    assert published(paper, report) == {1}
    assert AuditLine.objects.get(action="record.mask.kept").object_id == str(paper.pk)
    with as_actor(actor(user)):
        commands.show_document(document=paper)
    assert all(shown(signed_in(doctor), patient, paper).values())
    assert published(paper, report) == {0}
    assert not Masking.objects.filter(withdrawn_at=None).exists()
    assert Masking.objects.filter(lifted_by=user.name).count() == 2


def test_no_professional_is_told_that_something_is_masked(
    as_actor, signed_in, patient, paper, author
):
    owner, doctor = person_of(patient), member(patient, "physician")
    masked(as_actor, owner, paper)
    for user in (doctor, author):
        browser = signed_in(user)
        for name in ("documents", "accesses", "summary"):
            assert "masqu" not in page(browser, name, patient).content.decode().lower(), name
    assert Event.objects.get(kind="record.mask.kept").topics == []
    with as_actor(actor(owner)):
        commands.show_document(document=paper)
        own = {one.action for one in queries.accesses(patient.pk, limit=100)}
    assert {"record.mask.kept", "record.mask.lifted"} <= own
    with as_actor(actor(doctor)):
        theirs = {one.action for one in queries.accesses(patient.pk, limit=100)}
    assert not {one for one in theirs if one.startswith("record.mask")}


def test_the_news_of_professionals_leave_it_out(as_actor, signed_in, patient, paper, doctor):
    inbox = reverse("record:inbox")
    assert paper.title in signed_in(doctor).get(inbox).content.decode()
    masked(as_actor, person_of(patient), paper)
    assert paper.title not in signed_in(doctor).get(inbox).content.decode()
    with as_actor(actor(doctor)):
        assert not latest_for([patient.pk])


@pytest.mark.parametrize("role", ["physician", "nurse", "secretary"])
def test_no_professional_masks_for_the_person(as_actor, patient, paper, role):
    with as_actor(actor(member(patient, role))), pytest.raises(AccessRefusedError):
        commands.mask_document(document=paper)
    masked(as_actor, person_of(patient), paper)
    with as_actor(actor(member(patient, role))), pytest.raises(AccessRefusedError):
        commands.show_document(document=paper)


def test_a_stranger_a_reader_and_another_s_person_mask_nothing(as_actor, patient, paper):
    reader = user_of_role("proxy")
    GrantFactory(patient=patient, grantee_id=reader.grantee_id, purpose="proxy", level=1)
    other = known_patient(birth_name="ESTRADE", first_given_name="GIULIA")
    wrong = (
        (reader, "level"),
        (person_of(other), "outside_circle"),
        (user_of_role("patient"), "outside_circle"),
    )
    for user, reason in wrong:
        with as_actor(actor(user)), pytest.raises(AccessRefusedError, match=reason):
            commands.mask_document(document=paper)
    assert not Masking.objects.exists()


def test_another_record_s_address_leads_to_nothing(signed_in, patient, paper):
    other = known_patient(birth_name="ESTRADE", first_given_name="GIULIA")
    owner = person_of(other)
    for name in ("document_mask", "document_show"):
        answer = signed_in(owner).post(reverse(f"record:{name}", args=[other.pk, paper.pk]))
        assert answer.status_code == 404
    assert not Masking.objects.exists()


def test_what_comes_later_is_masked_too_and_its_source_lifts_nothing(as_actor, patient, paper):
    owner = person_of(patient)
    masked(as_actor, owner, paper)
    newer = file(patient, b"V2", unique_id="1.2.3.78", version_number=2)
    report = taken_out(patient)
    again = file(patient)
    assert again == paper
    rows = Document.objects.values_list("masked_from_professionals", flat=True)
    assert set(rows) == {True}
    assert Report.objects.get(pk=report.pk).masked_from_professionals
    with as_actor(actor(owner)):
        commands.show_document(document=newer)
    assert set(rows.all()) == {False}
    assert not Report.objects.get(pk=report.pk).masked_from_professionals


def test_the_source_s_own_mark_stays_once_shown(as_actor, patient, paper):
    owner = person_of(patient)
    masked(as_actor, owner, paper)
    file(patient, masked_from_professionals=True)
    with as_actor(actor(owner)):
        commands.show_document(document=paper)
    assert Document.objects.get().masked_from_professionals
    with as_actor(actor(owner)), pytest.raises(MaskRefusedError), transaction.atomic():
        commands.show_document(document=paper)


def test_twice_is_refused_in_words(as_actor, patient, paper):
    owner = person_of(patient)
    masked(as_actor, owner, paper)
    with as_actor(actor(owner)), pytest.raises(MaskRefusedError, match="déjà masqué"):
        commands.mask_document(document=paper)
    assert Masking.objects.count() == 1


# Hidden until an announcement


def test_what_waits_is_seen_by_professionals_alone(as_actor, signed_in, patient, paper, doctor):
    report = taken_out(patient)
    hidden(as_actor, doctor, paper)
    for user in (person_of(patient), proxy_of(patient)):
        browser = signed_in(user)
        for name, is_shown in shown(browser, patient, paper).items():
            assert not is_shown, name
        assert paper.title not in browser.get("/").content.decode()
        assert "Anatomie" not in page(browser, "results", patient).content.decode()
        journal = page(browser, "accesses", patient).content.decode()
        assert "annonce" not in journal
        assert REASON not in journal
        with as_actor(actor(user)):
            assert not Masking.objects.exists()
    browser = signed_in(member(patient, "nurse"))
    told = page(browser, "document", patient, paper.pk).content.decode()
    assert "La personne ne voit pas encore ce document" in told
    assert REASON in told
    assert escape(doctor.name) in told
    assert published(paper, report) == {2}
    assert Event.objects.get(kind="record.disclosure.awaited").topics == []


def test_another_writer_shows_it_and_the_journal_then_says_who_and_why(
    as_actor, signed_in, patient, paper, doctor
):
    hidden(as_actor, doctor, paper)
    with as_actor(actor(member(patient, "nurse"))):
        commands.disclose_document(document=paper)
    owner = signed_in(person_of(patient))
    assert all(shown(owner, patient, paper).values())
    journal = page(owner, "accesses", patient).content.decode()
    assert "A caché un document à la personne" in journal
    assert REASON in journal
    assert published(paper) == {0}


@pytest.mark.parametrize("role", ["allied", "secretary", "social_worker", "patient", "proxy"])
def test_who_may_not_write_documents_hides_none(as_actor, patient, paper, doctor, role):
    user = user_of_role(role, patient)
    with as_actor(actor(user)), pytest.raises(AccessRefusedError):
        commands.withhold_document(document=paper, reason=REASON)
    hidden(as_actor, doctor, paper)
    with as_actor(actor(user)), pytest.raises(AccessRefusedError):
        commands.disclose_document(document=paper)


def test_outside_opposed_or_blind_to_it(as_actor, patient, paper, doctor):
    opposed = member(patient, "physician")
    deny(patient_id=patient.pk, grantee_id=opposed.grantee_id, source_id=uuid7())
    for user in (user_of_role("physician"), opposed):
        with as_actor(actor(user)), pytest.raises(AccessRefusedError, match="outside_circle"):
            commands.withhold_document(document=paper, reason=REASON)
    masked(as_actor, person_of(patient), paper)
    with as_actor(actor(doctor)), pytest.raises(AccessRefusedError, match="marks"):
        commands.withhold_document(document=paper, reason=REASON)


def test_what_the_person_masks_is_not_withheld_from_them_too(as_actor, patient, paper, author):
    """Nobody would read it then, nor could show it again."""
    with as_actor(actor(person_of(patient))):
        commands.mask_document(document=paper)
    paper.refresh_from_db()
    with as_actor(actor(author)), pytest.raises(MaskRefusedError, match="masqué"):
        commands.withhold_document(document=paper, reason=REASON)
    assert not Document.objects.get(pk=paper.pk).hidden_from_patient


def test_a_reason_is_asked(as_actor, patient, paper, doctor):
    with as_actor(actor(doctor)), pytest.raises(MaskRefusedError, match="pourquoi"):
        commands.withhold_document(document=paper, reason="  non ")
    with record.feed():
        commands.withdraw_document(document=paper, reason="Erreur")
    with as_actor(actor(doctor)), pytest.raises(MaskRefusedError, match="retiré"):
        commands.withhold_document(document=paper, reason=REASON)


def test_copies_made_before_are_ended_for_the_person_too(as_actor, patient, paper, doctor):
    owner = person_of(patient)
    with as_actor(actor(owner)):
        made = rights.ask_copy(patient_id=patient.pk)
    DataCopy.objects.filter(pk=made.pk).update(state="ready")
    hidden(as_actor, doctor, paper)
    with record.feed():
        assert rights.end_copies_of_others(patient_id=patient.pk) == 0
        assert rights.end_copies_of_others(patient_id=patient.pk, own_too=True) == 1


# The screen


def test_the_person_masks_and_shows_from_the_page(signed_in, patient, paper, doctor):
    browser = signed_in(person_of(patient))
    assert (
        "Masquer aux professionnels"
        in page(browser, "document", patient, paper.pk).content.decode()
    )
    browser.post(reverse("record:document_mask", args=[patient.pk, paper.pk]))
    told = page(browser, "document", patient, paper.pk).content.decode()
    assert "Montrer aux professionnels" in told
    assert "masqué aux professionnels" in page(browser, "documents", patient).content.decode()
    browser.post(reverse("record:document_show", args=[patient.pk, paper.pk]))
    assert not Document.objects.get().masked_from_professionals
    assert "Masquer aux professionnels" not in (
        page(signed_in(doctor), "document", patient, paper.pk).content.decode()
    )


def test_a_professional_hides_and_shows_from_the_page(signed_in, patient, paper, doctor):
    browser = signed_in(doctor)
    assert "Cacher à la personne" in page(browser, "document", patient, paper.pk).content.decode()
    address = reverse("record:document_withhold", args=[patient.pk, paper.pk])
    browser.post(address, {"reason": "non"})
    assert not Document.objects.get().hidden_from_patient
    browser.post(address, {"reason": REASON})
    assert "Annonce faite" in page(browser, "document", patient, paper.pk).content.decode()
    browser.post(reverse("record:document_disclose", args=[patient.pk, paper.pk]))
    assert not Document.objects.get().hidden_from_patient
    reader = signed_in(member(patient, "allied"))
    told = page(reader, "document", patient, paper.pk).content.decode()
    assert "Cacher à la personne" not in told
    assert reader.post(address, {"reason": REASON}).status_code == 404

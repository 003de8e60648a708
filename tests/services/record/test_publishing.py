"""Publishing to the national record: a real exchange by HTTP with the stand-in, refusals, replays, who sees what."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrs.config.demo.stand_in.national_record import Repository
from enrs.config.operations.aftermath import settle_restored
from enrs.core.access.actor import Actor, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.effects import act
from enrs.formats.cda.clinical_reader import facts
from enrs.formats.cda.reader import read
from enrs.referentials.directory.models import PractitionerRole
from enrs.referentials.identity.models import RegionalIdentity
from enrs.services.record import commands, national
from enrs.services.record.commands.publishing import PublishingRefusedError
from enrs.services.record.commands.publishing_round import TRIES
from enrs.services.record.commands.together import set_mark
from enrs.services.record.models import Publication
from enrs.services.record.national.contract import (
    REMEDIES,
    PublicationRefusedError,
    RecordDownError,
    remedy_of,
)
from enrs.services.record.national.mhd import MhdRecord, _refusal
from tests.referentials.identity.factories import AWA, fictional_ins
from tests.services.record import factories as f
from tests.services.record import signing

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings: Any) -> Iterator[Repository]:
    """The stand-in, which the region speaks to."""
    with signing.answering() as (repository, address):
        settings.NATIONAL_RECORD_STAND_IN = address
        yield repository


@pytest.fixture
def who() -> tuple[UUID, Actor]:
    patient_id = f.patient()
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    return patient_id, doctor


def produced(who: tuple[UUID, Actor], **changes: Any) -> Document:
    with acting(who[1]):
        return commands.produce_document(patient_id=who[0], kind="vsm", said={}, **changes)


def asked(who: tuple[UUID, Actor], document: Document | None = None) -> Publication:
    with acting(who[1]):
        return commands.publish_to_national(document=document or produced(who), is_informed=True)


def refusal(who: tuple[UUID, Actor], document: Document, *, is_informed: bool = True) -> str:
    with pytest.raises(PublishingRefusedError) as caught, acting(who[1]):
        commands.publish_to_national(document=document, is_informed=is_informed)
    return caught.value.code


def test_a_document_is_published_found_and_read_there(who, there):
    document = produced(who)
    one = asked(who, document)
    assert one.state == "waiting"
    assert commands.run_publications() == 1
    one.refresh_from_db()
    assert (one.state, one.attempts, one.code, one.labels) == ("sent", 1, "", [])
    assert one.sent_at is not None
    client = national.service()
    (entry,) = client.find(AWA.ins, AWA.ins_oid)
    assert entry["id"] == one.entry_id
    assert entry["masterIdentifier"]["value"] == f"urn:oid:{document.unique_id}"
    assert entry["type"]["coding"][0]["code"] == "SYNTH"
    assert entry["category"][0]["coding"][0]["code"] == "11"
    assert entry["content"][0]["format"]["code"] == "urn:asip:ci-sis:vsm:2012"
    content = client.retrieve(entry["content"][0]["attachment"]["url"])
    assert content == store.take(document.blob)
    assert facts(read(content)).allergies[0].label == "Pénicilline"
    assert client.find(AWA.ins, AWA.ins_oid, document.unique_id) == [entry]
    assert client.find(AWA.ins, AWA.ins_oid, "2.25.1") == []
    assert client.find(fictional_ins(2), AWA.ins_oid) == []
    assert commands.run_publications() == 0
    actions = AuditLine.objects.filter(action__startswith="record.publication").order_by("id")
    assert [line.action for line in actions] == [
        "record.publication.asked",
        "record.publication.sent",
    ]


def test_a_new_version_supersedes_the_former_one_there(who, there):
    first = asked(who)
    commands.run_publications()
    second = asked(who)
    commands.run_publications()
    first.refresh_from_db()
    second.refresh_from_db()
    states = {key: one["status"] for key, one in there.entries.items()}
    assert states == {first.entry_id: "superseded", second.entry_id: "current"}
    (entry,) = national.service().find(AWA.ins, AWA.ins_oid)
    assert (
        entry["relatesTo"][0]["target"]["identifier"]["value"]
        == f"urn:oid:{first.document.unique_id}"
    )


def test_a_version_that_never_left_is_not_replaced_there(who, there):
    produced(who)
    one = asked(who)
    commands.run_publications()
    one.refresh_from_db()
    assert one.state == "sent"
    assert "relatesTo" not in there.entries[one.entry_id]


def test_two_versions_that_wait_leave_in_their_order(who, there):
    there.is_down = True
    first = asked(who)
    assert commands.run_publications() == 0
    second = asked(who)
    assert (
        commands.run_publications() == 0
    )  # the first one waits for its time, and the second with it
    there.is_down = False
    Publication.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert commands.run_publications() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert there.entries[first.entry_id]["status"] == "superseded"
    assert there.entries[second.entry_id]["status"] == "current"


def test_nobody_leaves_without_a_qualified_ins(there):
    patient_id = f.patient("300", **f.BARE)
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    document = produced((patient_id, doctor))
    assert refusal((patient_id, doctor), document) == "unqualified"
    assert not there.entries


def test_an_identity_that_is_no_longer_qualified_stops_what_waits(who, there):
    one = asked(who)
    RegionalIdentity.objects.filter(pk=who[0]).update(ins="", attribute="doubtful")
    commands.run_publications()
    one.refresh_from_db()
    assert (one.state, one.code) == ("refused", "INS-01")
    assert not there.entries
    with pytest.raises(PublishingRefusedError, match="INS qualifiée"), acting(who[1]):
        commands.replay_publication(publication=one)


def test_a_document_under_another_number_stays(who, there):
    one = asked(who)
    RegionalIdentity.objects.filter(pk=who[0]).update(ins=fictional_ins(7))
    commands.run_publications()
    one.refresh_from_db()
    assert (one.state, one.code) == ("refused", "INS-03")
    assert not there.entries


def test_what_may_not_be_published(who, there):
    document = produced(who)
    assert refusal(who, document, is_informed=False) == "informed"
    assert refusal(who, f.document(who[0])) == "source"
    asked(who, document)
    assert refusal(who, document) == "known"
    newer = produced(who)
    document.refresh_from_db()
    assert refusal(who, document) == "state"
    with acting(who[1]):
        commands.withdraw_document(document=newer, reason="Erreur de dossier")
    assert refusal(who, newer) == "state"


def test_without_a_national_record_nothing_is_asked(who, settings):
    settings.NATIONAL_RECORD_STAND_IN = ""
    assert national.service() is None
    assert refusal(who, produced(who)) == "none"
    assert commands.run_publications() == 0


def test_a_closed_record_refuses_with_its_code_and_a_person_replays(there, client: Client):
    patient_id = f.patient("400", birth_name="SANSDMP")
    doctor = signing.doctor(patient_id)
    signing.summary(patient_id, doctor)
    one = asked((patient_id, doctor))
    commands.run_publications()
    one.refresh_from_db()
    assert (one.state, one.code) == ("refused", "902")
    assert one.error == "Pas de DMP ouvert pour cette personne."
    f.signed_in(client, doctor)
    page = client.get(reverse("record:publications")).content.decode()
    assert "La personne n’a pas de DMP ouvert." in page
    assert "(902)" in page
    document = client.get(reverse("record:document", args=[patient_id, one.document_id]))
    assert "(902)" in document.content.decode()
    replay = reverse("record:publication_replay", args=[one.id])
    answer = client.post(replay, {"depuis": "document"})
    assert answer.headers["Location"] == reverse(
        "record:document", args=[patient_id, one.document_id]
    )
    one.refresh_from_db()
    assert (one.state, one.attempts, one.code) == ("waiting", 0, "")
    assert client.post(replay).status_code == 302  # it waits already: told, and nothing changes
    assert AuditLine.objects.filter(action="record.publication.replayed").count() == 1


def test_a_silent_service_is_tried_again_then_each_day(who, there):
    there.is_down = True
    one = asked(who)
    waits = []
    for _ in range(TRIES - 1):
        Publication.objects.update(next_try_at=None)
        assert commands.run_publications() == 0
        one.refresh_from_db()
        assert one.state == "waiting"
        waits.append(one.next_try_at - timezone.now())
    assert waits[0] < timedelta(seconds=31)
    assert waits[-1] > timedelta(minutes=59)
    Publication.objects.update(next_try_at=None)
    commands.run_publications()
    one.refresh_from_db()
    assert (one.state, one.code) == ("waiting", "sans-reponse")
    assert one.next_try_at - timezone.now() > timedelta(hours=23)
    there.is_down = False
    Publication.objects.update(next_try_at=None)
    commands.run_publications()
    one.refresh_from_db()
    assert one.state == "sent"


def test_an_answer_that_was_lost_publishes_once(who, there):
    one = asked(who)
    commands.run_publications()
    one.refresh_from_db()
    Publication.objects.update(state="waiting", entry_id="")
    commands.run_publications()
    again = Publication.objects.get()
    assert (again.state, again.entry_id) == ("sent", one.entry_id)
    assert len(there.entries) == 1


def test_a_document_that_left_before_a_restore_is_found_again(who, there):
    one = asked(who)
    commands.run_publications()
    one.refresh_from_db()
    Publication.objects.update(state="waiting", entry_id="", attempts=0)
    settle_restored(made_at="2026-01-01", resume=False)
    assert commands.run_publications() == 0
    held = Publication.objects.get()
    assert (held.state, held.code) == ("refused", "restauration")
    there.submissions.clear()  # it remembers the document, and no longer the submission
    with acting(who[1]):
        commands.replay_publication(publication=held)
    commands.run_publications()
    held.refresh_from_db()
    assert (held.state, held.entry_id, len(there.entries)) == ("sent", one.entry_id, 1)


def test_an_old_version_never_replaces_the_one_that_came_after(who, there):
    first = asked(who)
    Publication.objects.update(state="refused", code="902")
    second = asked(who)
    commands.run_publications()
    second.refresh_from_db()
    with pytest.raises(PublishingRefusedError, match="plus récente"), acting(who[1]):
        commands.replay_publication(publication=first)
    Publication.objects.filter(pk=first.pk).update(state="waiting")
    commands.run_publications()
    first.refresh_from_db()
    assert first.state == "void"
    assert {key: one["status"] for key, one in there.entries.items()} == {
        second.entry_id: "current"
    }


def test_a_refused_order_to_hide_is_never_dropped(who, there, monkeypatch):
    def refuse(*_: Any) -> None:
        raise PublicationRefusedError("901", "Non")

    one = asked(who)
    commands.run_publications()
    monkeypatch.setattr(MhdRecord, "relabel", refuse)
    with acting(f.owner(who[0])):
        commands.mask_document(document=Document.objects.get(pk=one.document_id))
    for _ in range(TRIES + 1):
        Publication.objects.update(next_try_at=None)
        commands.run_publications()
    one.refresh_from_db()
    assert (one.state, one.code) == ("waiting", "901")
    monkeypatch.undo()
    Publication.objects.update(next_try_at=None)
    commands.run_publications()
    assert labels(there, one) == ["N", "MASQUE_PS"]


def test_a_mark_put_while_the_document_leaves_is_told(who, there, monkeypatch):
    one = asked(who)
    provide = MhdRecord.provide

    def masked_meanwhile(self: MhdRecord, bundle: Any) -> str:
        key = provide(self, bundle)
        with acting(f.owner(who[0])):
            commands.mask_document(document=Document.objects.get(pk=one.document_id))
        return key

    monkeypatch.setattr(MhdRecord, "provide", masked_meanwhile)
    commands.run_publications()
    one.refresh_from_db()
    assert labels(there, one) == ["N", "MASQUE_PS"]
    assert one.labels == ["MASQUE_PS"]


def test_an_error_of_ours_stops_none_of_the_others(who, there, monkeypatch):
    broken = asked(who)
    with acting(who[1]):
        other = commands.produce_document(patient_id=who[0], kind="dlu", said={})
    good = asked(who, other)
    provide = MhdRecord.provide

    def fail(self: MhdRecord, bundle: Any) -> str:
        if bundle["entry"][1]["resource"]["type"]["coding"][0]["code"] == "SYNTH":
            raise KeyError("essai")
        return provide(self, bundle)

    monkeypatch.setattr(MhdRecord, "provide", fail)
    for _ in range(TRIES):
        Publication.objects.filter(state="waiting").update(next_try_at=None)
        commands.run_publications()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, broken.code, good.state) == ("refused", "anomalie", "sent")


def test_a_header_with_a_fault_stays(who, there):
    PractitionerRole.objects.update(sector="")
    document = produced(who)
    assert refusal(who, document) == "MET-02"


@pytest.mark.parametrize(
    ("status", "code", "is_down"),
    [
        (301, "", True), (401, "901", True), (403, "", True), (404, "", True), (503, "902", True),
        (403, "901", False), (422, "", False), (422, "XDSRegistryBusy", True),
    ],
)  # fmt: skip
def test_a_closed_door_is_no_refusal(status, code, is_down):
    body = json.dumps({"issue": [{"details": {"coding": [{"code": code}]}}]}) if code else ""
    assert isinstance(_refusal(status, body.encode()), RecordDownError) is is_down


def labels(there: Repository, one: Publication) -> list[str]:
    return [each["coding"][0]["code"] for each in there.entries[one.entry_id]["securityLabel"]]


def test_what_waits_for_an_announcement_is_hidden_there_until_it_is_made(who, there):
    document = produced(who, is_hidden=True, reason="Annonce mardi")
    one = asked(who, Document.objects.get(pk=document.pk))
    commands.run_publications()
    one.refresh_from_db()
    assert labels(there, one) == ["N", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"]
    with acting(who[1]):
        commands.disclose_document(document=Document.objects.get(pk=document.pk))
    one.refresh_from_db()
    assert one.state == "waiting"
    commands.run_publications()
    one.refresh_from_db()
    assert (one.state, one.labels) == ("sent", [])
    assert labels(there, one) == ["N"]
    assert len(there.entries) == 1


def test_what_the_person_masks_is_masked_there(who, there):
    one = asked(who)
    commands.run_publications()
    one.refresh_from_db()
    with acting(f.owner(who[0])):
        commands.mask_document(document=Document.objects.get(pk=one.document_id))
    commands.run_publications()
    assert labels(there, one) == ["N", "MASQUE_PS"]


def test_a_document_withdrawn_before_it_left_stays(who, there):
    one = asked(who)
    with acting(who[1]):
        commands.withdraw_document(document=one.document, reason="Erreur de dossier")
    commands.run_publications()
    one.refresh_from_db()
    assert one.state == "void"
    assert not there.entries


# --- the repository refuses as it should ----------------------------------------------------------


def sent_by(who: tuple[UUID, Actor], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The bundle of a publication, before anything receives it."""
    kept: list[dict[str, Any]] = []

    def keep(_: MhdRecord, bundle: dict[str, Any]) -> str:
        kept.append(json.loads(json.dumps(bundle)))
        return "essai"

    monkeypatch.setattr(MhdRecord, "provide", keep)
    asked(who)
    commands.run_publications()
    monkeypatch.undo()
    return kept[0]


def _without_number(entry: dict[str, Any]) -> None:
    for one in entry["contained"]:
        if one["resourceType"] == "Patient":
            one["identifier"] = [each for each in one["identifier"] if each["use"] != "official"]


def _wrong_number(entry: dict[str, Any]) -> None:
    entry["contained"][0]["identifier"][0]["value"] = "279035121518988"


FAULTY = [
    (lambda entry: entry.pop("type"), "XDSRepositoryMetadataError"),
    (lambda entry: entry.pop("custodian"), "XDSRepositoryMetadataError"),
    (lambda entry: entry["context"].pop("practiceSetting"), "XDSRepositoryMetadataError"),
    (
        lambda entry: entry["content"][0]["attachment"].update(hash="AAAA"),
        "XDSRepositoryMetadataError",
    ),
    (lambda entry: entry["content"][0]["attachment"].update(size=1), "XDSRepositoryMetadataError"),
    (_without_number, "903"),
    (_wrong_number, "XDSUnknownPatientId"),
    (
        lambda entry: entry.update(
            relatesTo=[
                {"code": "replaces", "target": {"identifier": {"value": "urn:oid:2.25.404"}}}
            ]
        ),
        "XDSReplaceFailed",
    ),
]


@pytest.mark.parametrize(("spoil", "code"), FAULTY, ids=range(len(FAULTY)))
def test_a_faulty_submission_is_refused_with_its_code(who, monkeypatch, settings, spoil, code):
    with signing.answering() as (repository, address):
        settings.NATIONAL_RECORD_STAND_IN = address
        bundle = sent_by(who, monkeypatch)
        spoil(bundle["entry"][1]["resource"])
        with pytest.raises(PublicationRefusedError) as caught:
            MhdRecord(address).provide(bundle)
        assert caught.value.code == code
        assert code in REMEDIES
        assert not repository.entries


def test_the_same_number_with_another_submission_is_refused(who, monkeypatch, settings):
    with signing.answering() as (_, address):
        settings.NATIONAL_RECORD_STAND_IN = address
        bundle = sent_by(who, monkeypatch)
        client = MhdRecord(address)
        assert client.provide(bundle)
        bundle["entry"][0]["resource"]["identifier"][0]["value"] = "urn:uuid:autre"
        with pytest.raises(PublicationRefusedError) as caught:
            client.provide(bundle)
        assert caught.value.code == "XDSDuplicateUniqueIdInRegistry"


@pytest.mark.parametrize("address", ["http://dmp.example/fhir", "ftp://dmp.example/fhir", "dmp"])
def test_a_client_speaks_in_clear_to_this_machine_alone(address):
    with pytest.raises(ValueError, match="HTTPS"):
        MhdRecord(address)


def test_nobody_there_is_no_refusal():
    with pytest.raises(RecordDownError):
        MhdRecord("http://127.0.0.1:9/dmp/fhir").find("1", "2")


def test_a_document_at_another_address_is_not_fetched():
    client = MhdRecord("https://dmp.example/fhir", "secret")
    for address in (
        "https://ailleurs.example/x",
        "http://dmp.example/fhir/Binary/1",
        "//ailleurs.example/x",
    ):
        with pytest.raises(PublicationRefusedError):
            client.retrieve(address)


def test_every_code_has_its_remedy():
    for code in (*REMEDIES, "inconnu"):
        words, remedy = remedy_of(code)
        assert words.endswith(".")
        assert remedy.endswith(".")


# --- pages and rights -----------------------------------------------------------------------------


def test_publishing_from_the_page(who, there, client: Client):
    document = produced(who)
    f.signed_in(client, who[1])
    address = reverse("record:document_publish", args=[who[0], document.id])
    assert client.post(address).status_code == 302
    assert not Publication.objects.exists()
    assert client.post(address, {"informee": "1"}).status_code == 302
    page = client.get(reverse("record:document", args=[who[0], document.id])).content.decode()
    assert "En attente" in page
    assert "de démonstration" in page
    commands.run_publications()
    page = client.get(reverse("record:document", args=[who[0], document.id])).content.decode()
    assert "Publié" in page


@pytest.mark.parametrize("role", ["secretary", "social_worker", "pharmacist"])
def test_others_publish_nothing(who, there, client: Client, role):
    document = produced(who)
    other = f.member(who[0], role)
    f.signed_in(client, other)
    answer = client.post(
        reverse("record:document_publish", args=[who[0], document.id]), {"informee": "1"}
    )
    may = role == "pharmacist"
    assert answer.status_code == (302 if may else 404)
    assert Publication.objects.exists() is may


def test_a_stranger_neither_reads_nor_replays(who, there, client: Client):
    one = asked(who)
    Publication.objects.update(state="refused", code="902")
    stranger = signing.known(f.actor_in("physician", "Autre"), finess="770000040")
    f.signed_in(client, stranger)
    assert str(one.document_id) not in client.get(reverse("record:publications")).content.decode()
    assert client.post(reverse("record:publication_replay", args=[one.id])).status_code == 404
    with pytest.raises(AccessRefusedError), acting(stranger):
        commands.replay_publication(publication=one)


def test_the_list_is_that_of_oneself_and_one_s_place(who, there, client: Client):
    one = asked(who)
    colleague = f.member(who[0], "nurse", "Collègue")
    f.signed_in(client, colleague)
    assert str(one.document_id) not in client.get(reverse("record:publications")).content.decode()
    f.signed_in(client, who[1])
    page = client.get(reverse("record:publications")).content.decode()
    assert str(one.document_id) in page
    for state, is_there in (("waiting", True), ("refused", False), ("autre", True)):
        found = client.get(reverse("record:publications"), {"etat": state}).content.decode()
        assert (str(one.document_id) in found) is is_there
    assert client.get(reverse("record:publications"), {"avant": "x"}).status_code == 200


def test_what_is_masked_is_told_to_its_asker_alone_and_without_its_title(
    who, there, client: Client
):
    one = asked(who)
    with acting(f.owner(who[0])):
        commands.mask_document(document=one.document)
    f.signed_in(client, who[1])
    page = client.get(reverse("record:publications")).content.decode()
    assert "Document masqué par la personne" in page
    assert str(one.document_id) not in page
    line = AuditLine.objects.get(action="record.publications.read")
    assert who[0] in (line.patient_ids or [line.patient_id])


@pytest.mark.parametrize("role", ["secretary", "social_worker"])
def test_the_list_is_closed_to_who_writes_no_document(who, client: Client, role):
    f.signed_in(client, f.member(who[0], role))
    assert client.get(reverse("record:publications")).status_code == 404


def test_the_person_sees_no_publication_of_what_is_hidden_from_them(who, there, client: Client):
    document = produced(who, is_hidden=True, reason="Annonce mardi")
    asked(who, Document.objects.get(pk=document.pk))
    commands.run_publications()
    f.signed_in(client, f.owner(who[0]))
    journal = client.get(reverse("record:accesses", args=[who[0]])).content.decode()
    assert "au DMP" not in journal
    assert client.get(reverse("record:publications")).status_code in (403, 404)


def test_the_list_costs_the_same_for_one_and_fifty(
    who, there, client: Client, django_assert_max_num_queries
):
    for _ in range(3):
        asked(who)
    f.signed_in(client, who[1])
    client.get(reverse("record:publications"))
    with django_assert_max_num_queries(14):
        client.get(reverse("record:publications"))


def test_what_is_withdrawn_here_is_withdrawn_there(who, there):
    one = asked(who)
    commands.run_publications()
    one.refresh_from_db()
    with acting(who[1]):
        commands.withdraw_produced(document=one.document, reason="Erreur de dossier")
    one.refresh_from_db()
    assert one.state == "waiting"
    there.is_down = True
    assert commands.run_publications() == 0
    there.is_down = False
    Publication.objects.update(next_try_at=None)
    assert commands.run_publications() == 1
    one.refresh_from_db()
    assert (one.state, one.error) == ("removed", "")
    client = national.service()
    assert client.find(AWA.ins, AWA.ins_oid) == []
    assert client.find(AWA.ins, AWA.ins_oid, one.document.unique_id) == []
    assert there.entries[one.entry_id]["status"] == "entered-in-error"
    last = AuditLine.objects.filter(action__startswith="record.publication").latest("id")
    assert last.action == "record.publication.removed"
    assert commands.run_publications() == 0
    later = asked(who)
    commands.run_publications()
    later.refresh_from_db()
    assert later.state == "sent"
    assert "relatesTo" not in there.entries[later.entry_id]


def test_a_document_withdrawn_while_it_leaves_is_taken_back(who, there, monkeypatch):
    one = asked(who)
    provide = MhdRecord.provide

    def withdrawn_meanwhile(self: MhdRecord, bundle: Any) -> str:
        key = provide(self, bundle)
        with acting(who[1]):
            commands.withdraw_document(
                document=Document.objects.get(pk=one.document_id), reason="Erreur"
            )
        return key

    monkeypatch.setattr(MhdRecord, "provide", withdrawn_meanwhile)
    commands.run_publications()
    one.refresh_from_db()
    assert (one.state, there.entries[one.entry_id]["status"]) == ("removed", "entered-in-error")


@pytest.mark.parametrize("state", ["waiting", "refused"])
def test_what_left_without_an_answer_is_withdrawn_there_too(who, there, state):
    one = asked(who)
    commands.run_publications()
    one.refresh_from_db()
    key = one.entry_id
    code = "restauration" if state == "refused" else "sans-reponse"
    Publication.objects.update(state=state, entry_id="", code=code, attempts=1)
    with acting(who[1]):
        commands.withdraw_produced(document=one.document, reason="Erreur de dossier")
    assert commands.run_publications() == 1
    one.refresh_from_db()
    assert (one.state, one.entry_id) == ("removed", key)
    assert there.entries[key]["status"] == "entered-in-error"
    with acting(f.owner(who[0])), act():
        # As when the person masks another version of it.
        set_mark(one.document, "masked_from_professionals", is_set=True)
    one.refresh_from_db()
    assert one.state == "removed"


def test_who_withdraws_what_was_made_here(who, client: Client):
    document = produced(who)
    other = signing.doctor(who[0], finess="770000032")
    with pytest.raises(AccessRefusedError), acting(other):
        commands.withdraw_produced(document=document, reason="Erreur de dossier")
    with pytest.raises(AccessRefusedError), acting(who[1]):
        commands.withdraw_produced(document=f.document(who[0]), reason="Erreur de dossier")
    address = reverse("record:document_withdraw", args=[who[0], document.id])
    page = reverse("record:document", args=[who[0], document.id])
    f.signed_in(client, other)
    assert address not in client.get(page).content.decode()
    assert client.post(address, {"reason": "Erreur de dossier"}).status_code == 404
    f.signed_in(client, who[1])
    assert address in client.get(page).content.decode()
    assert "Dites pourquoi" in client.post(address, {"reason": " "}, follow=True).content.decode()
    told = client.post(address, {"reason": "Erreur de dossier"}, follow=True).content.decode()
    assert "Ce document a été retiré du dossier" in told
    assert client.post(address, {"reason": "Erreur de dossier"}).status_code == 404


def test_the_stand_in_remembers_for_one_database(tmp_path):
    kept = tmp_path / "dmp.json"
    first = Repository(kept=kept, origin="1/2")
    first.entries["a"], first.contents["b"] = {"id": "a"}, ("text/xml", b"<a/>")
    first.keep()
    assert Repository(kept=kept, origin="1/2").contents == first.contents
    assert Repository(kept=kept, origin="1/3").entries == {}
    kept.write_text("{")
    assert Repository(kept=kept, origin="1/2").entries == {}

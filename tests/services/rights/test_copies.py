"""A copy of everything about one person: what is in it and what is not, who may, how it is made, how it ends."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.access.commands import AccessRefusedError
from enrs.core.access.models import Denial, Grant
from enrs.core.audit.commands import note
from enrs.core.audit.models import AuditLine
from enrs.core.documents import store
from enrs.core.documents.models import Blob
from enrs.core.events.commands import emit
from enrs.core.ids import uuid7
from enrs.services.rights import archive, commands, making
from enrs.services.rights.commands import RightsError
from enrs.services.rights.jobs import follow_secret
from enrs.services.rights.models import CopyPiece, DataCopy, RightsRequest
from enrs.services.rights.queries import copies as queries
from tests.core.fhir.factories import put, put_patient
from tests.factories import UserFactory, actor, known_patient, person_of, proxy_of, user_of_role
from tests.services.record import factories as record
from tests.services.rights.test_glasses import event, told

pytestmark = pytest.mark.django_db
NOW = "2026-03-12T10:00:00+01:00"


def measured(patient, name, **fields):
    put("Observation", patient, "results", code={"text": name}, effectiveDateTime=NOW, **fields)


@pytest.fixture
def patient():
    found = known_patient()
    put_patient(found, family="dubreuil")
    measured(found, "Hémoglobine", valueQuantity={"value": 11.2})
    put(
        "Communication",
        found,
        "messages",
        marks=2 | 4,
        payload=[{"contentString": "ENTRE-SOIGNANTS"}],
    )
    put("Communication", found, "messages", payload=[{"contentString": "POUR-TOUS"}])
    put("Condition", found, "summary", is_deleted=True, code={"text": "EFFACEE"})
    record.document(found.pk, b"LU DE TOUS", title="Consultation")
    record.document(found.pk, b"CACHE A LA PERSONNE", title="Annonce", hidden_from_patient=True)
    record.document(found.pk, b"CACHE AUX PROCHES", title="Acte secret", hidden_from_proxies=True)
    record.document(
        found.pk,
        b"CACHE AUX SOIGNANTS",
        title="Acte de la personne",
        masked_from_professionals=True,
    )
    nurse = record.member(found.pk)
    record.note(found.pk, nurse, "ENTRE NOUS")
    record.note(found.pk, nurse, "LISEZ CECI", audience="shared")
    return found


@pytest.fixture
def stranger():
    found = known_patient(birth_name="ESTRADE", first_given_name="GIULIA")
    put_patient(found, family="estrade")
    measured(found, "AUTRE")
    record.document(found.pk, b"D UN AUTRE", title="Autre")
    return found


@pytest.fixture
def person(patient):
    return person_of(patient)


@pytest.fixture
def officer():
    return UserFactory(role="auditor", kind="operator", name="Hugues CASTEL")


@pytest.fixture
def made(person, patient, stranger, as_actor):
    return asked_and_made(person, patient, as_actor)


def asked_and_made(user, patient, as_actor):
    with as_actor(actor(user)):
        found = commands.ask_copy(patient_id=patient.pk)
    make(as_actor)
    return DataCopy.objects.get(pk=found.pk)


def make(as_actor):
    with as_actor(SYSTEM, role="enrs_feed"):
        return commands.make_copies()


def opened(made):
    content = b"".join(archive.contents(queries.addresses_of(made)))
    assert len(content) == made.size
    return zipfile.ZipFile(io.BytesIO(content))


def everything(made):
    """The whole of the archive but the sheet, as one text."""
    files = opened(made)
    assert files.testzip() is None
    return "\n".join(
        files.read(one).decode() for one in files.namelist() if not one.endswith(".pdf")
    )


def test_the_archive_holds_the_data_the_documents_the_journal_and_a_sheet(made, patient):
    files = opened(made)
    bundle = json.loads(files.read(making.DATA))
    kinds = [one["resource"]["resourceType"] for one in bundle["entry"]]
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert {"Patient", "Observation", "Communication", "DocumentReference"} <= set(kinds)
    assert all(
        one["fullUrl"].endswith(f"{one['resource']['resourceType']}/{one['resource']['id']}")
        for one in bundle["entry"]
    )
    documents = [one for one in files.namelist() if one.startswith("documents/")]
    assert len(documents) == kinds.count("DocumentReference") == 3
    assert files.read(making.SHEET).startswith(b"%PDF")
    assert "A demandé une copie des données" in files.read(making.JOURNAL).decode()


def test_a_copy_holds_what_its_asker_may_read_and_nothing_more(made):
    text = everything(made)
    for seen in ("LU DE TOUS", "CACHE AUX SOIGNANTS", "CACHE AUX PROCHES", "POUR-TOUS"):
        assert seen in text
    for unseen in ("CACHE A LA PERSONNE", "Annonce", "ENTRE-SOIGNANTS", "EFFACEE"):
        assert unseen not in text
    for other in ("D UN AUTRE", "ESTRADE", "AUTRE"):
        assert other not in text


def test_a_proxy_does_not_find_what_is_hidden_from_proxies(patient, as_actor):
    text = everything(asked_and_made(proxy_of(patient), patient, as_actor))
    assert "LU DE TOUS" in text
    for unseen in ("CACHE AUX PROCHES", "Acte secret", "CACHE A LA PERSONNE", "ENTRE-SOIGNANTS"):
        assert unseen not in text


@pytest.mark.parametrize(("reader", "is_told"), [(person_of, True), (proxy_of, False)])
def test_a_proxys_copy_says_nothing_of_a_secret_act(patient, as_actor, reader, is_told):
    note("record.secret.kept", patient_id=patient.pk, actor=actor(user_of_role("physician")))
    text = everything(asked_and_made(reader(patient), patient, as_actor))
    assert ("acte au secret" in text) is is_told


def test_the_sheet_has_what_may_be_read_in_words(patient, person, as_actor, monkeypatch):
    given = {}
    printed = making.papers.copy_sheet

    def kept(made, parts):
        given.update({one["title"]: one["rows"] for one in parts})
        return printed(made, parts)

    monkeypatch.setattr(making.papers, "copy_sheet", kept)
    asked_and_made(person, patient, as_actor)
    assert ["Nom", "DUBREUIL"] in given["Identité"]
    assert given["Résultats et mesures"][0][0] == "Hémoglobine : 11,2"
    assert {row[0].partition(" (")[0] for row in given["Documents"]} == {
        "Consultation", "Acte secret", "Acte de la personne",
    }  # fmt: skip
    assert [row[0].partition(" (")[0] for row in given["Notes de suivi"]] == ["LISEZ CECI"]
    assert given["Accès au dossier"]


def test_what_people_wrote_is_never_markup(patient, person, as_actor):
    put("Communication", patient, "messages", payload=[{"contentString": '#panic("x") = $ @a */'}])
    record.document(patient.pk, b"x", title="../../etc/passwd\r\n=1+1 «é»")
    made = asked_and_made(person, patient, as_actor)
    assert made.state == "ready"
    for name in opened(made).namelist():
        assert ".." not in name
        assert name.isascii()
        assert name.count("/") <= 1


def test_nothing_of_it_lies_in_clear_in_the_store(made):
    blobs = Blob.objects.filter(pk__in=queries.addresses_of(made))
    assert blobs
    for blob in blobs:
        assert b"PK\x03\x04" not in bytes(blob.data)[:64]


def test_a_long_archive_is_kept_in_pieces(patient, person, as_actor, monkeypatch):
    monkeypatch.setattr(archive, "PIECE", 1000)
    made = asked_and_made(person, patient, as_actor)
    assert CopyPiece.objects.filter(made=made).count() == -(-made.size // 1000)
    assert opened(made).testzip() is None


def test_the_asker_is_told_and_the_journal_says_it(made, person, patient):
    assert made.state == "ready"
    assert made.expires_at - made.ready_at == timedelta(days=7)
    assert told("rights.copy.made") == {person.id}
    assert event("rights.copy.made").patient_id is None
    lines = dict(
        AuditLine.objects.filter(
            patient_id=patient.pk, action__startswith="rights.copy."
        ).values_list("action", "actor_name")
    )
    assert lines == {"rights.copy.asked": person.name, "rights.copy.made": SYSTEM.name}


@pytest.mark.parametrize("role", ["physician", "nurse", "auditor", "operator"])
def test_nobody_asks_in_their_place(patient, role, as_actor):
    with as_actor(actor(user_of_role(role, patient))), pytest.raises(AccessRefusedError):
        commands.ask_copy(patient_id=patient.pk)


def test_a_person_asks_nothing_of_another_record(person, stranger, as_actor):
    with as_actor(actor(person)), pytest.raises(AccessRefusedError):
        commands.ask_copy(patient_id=stranger.pk)


def test_one_at_a_time_and_another_once_it_is_over(made, person, patient, as_actor):
    with as_actor(actor(person)), pytest.raises(RightsError, match="déjà prête"):
        commands.ask_copy(patient_id=patient.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        DataCopy.objects.create(
            patient=patient, asked_by_id=person.id, asked_at=timezone.now(), next_at=timezone.now()
        )
    over(made, as_actor)
    with as_actor(actor(person)):
        commands.ask_copy(patient_id=patient.pk)
    with as_actor(actor(person)), pytest.raises(RightsError, match="en préparation"):
        commands.ask_copy(patient_id=patient.pk)


def over(made, as_actor):
    DataCopy.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    with as_actor(SYSTEM, role="enrs_feed"):
        commands.expire_copies()


def test_a_week_later_keys_and_bytes_are_gone(made, as_actor):
    addresses = queries.addresses_of(made)
    kept = Blob.objects.exclude(pk__in=addresses).count()
    over(made, as_actor)
    made.refresh_from_db()
    assert made.state == "expired"
    for blob in Blob.objects.filter(pk__in=addresses):
        assert blob.wrapped_key is None
        assert bytes(blob.data) == b""
        with pytest.raises(store.BlobErasedError):
            store.take(blob)
    assert Blob.objects.exclude(pk__in=addresses, wrapped_key=None).count() == kept
    assert AuditLine.objects.filter(action="rights.copy.expired").count() == 1


def test_a_copy_that_stops_in_the_middle_leaves_nothing_and_is_begun_anew(
    patient, person, as_actor, monkeypatch
):
    monkeypatch.setattr(archive, "PIECE", 500)
    sheet = making.papers.copy_sheet

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(making.papers, "copy_sheet", stopped)
    with as_actor(actor(person)):
        made = commands.ask_copy(patient_id=patient.pk)
    blobs = Blob.objects.count()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        commands.make_copies()
    made.refresh_from_db()
    assert (made.state, CopyPiece.objects.count(), Blob.objects.count()) == ("preparing", 0, blobs)
    monkeypatch.setattr(making.papers, "copy_sheet", sheet)
    assert make(as_actor) == 1
    made.refresh_from_db()
    assert made.state == "ready"


def test_one_that_always_fails_is_given_up_and_told(patient, person, as_actor, monkeypatch):
    def broken(*_):
        raise RuntimeError("le papier manque")

    monkeypatch.setattr(making.papers, "copy_sheet", broken)
    with as_actor(actor(person)):
        made = commands.ask_copy(patient_id=patient.pk)
    for _ in range(4):
        assert make(as_actor) == 1
        assert make(as_actor) == 0, "it waits before it is tried again"
        assert CopyPiece.objects.count() == 0
        DataCopy.objects.filter(pk=made.pk).update(next_at=timezone.now())
    made.refresh_from_db()
    assert made.state == "failed"
    assert told("rights.copy.failed") == {person.id}


@pytest.mark.parametrize("how", ["ended", "opposed", "closed"])
def test_who_may_read_no_longer_gets_nothing(patient, how, as_actor):
    proxy = proxy_of(patient)
    with as_actor(actor(proxy)):
        made = commands.ask_copy(patient_id=patient.pk)
    if how == "ended":
        Grant.objects.filter(grantee_id=proxy.grantee_id).update(valid_until=timezone.now())
    elif how == "opposed":
        Denial.objects.create(patient=patient, grantee_id=proxy.grantee_id, source_id=uuid7())
    else:
        proxy.is_active = False
        proxy.save()
    make(as_actor)
    made.refresh_from_db()
    assert (made.state, CopyPiece.objects.count()) == ("failed", 0)


def test_its_asker_alone_downloads_it(made, person, patient, signed_in, as_actor):
    address = reverse("rights:copy", args=[made.pk])
    for other in (
        proxy_of(patient),
        person_of(known_patient()),
        user_of_role("physician", patient),
    ):
        assert signed_in(other).get(address).status_code == 404
        with as_actor(actor(other)), pytest.raises(AccessRefusedError):
            commands.open_copy(made=made)
    answer = signed_in(person).get(address)
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert int(answer["Content-Length"]) == len(content)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    line = AuditLine.objects.get(action="rights.copy.downloaded")
    assert (line.patient_id, line.actor_id) == (patient.pk, person.id)


def test_a_proxy_whose_mandate_ended_downloads_nothing(patient, signed_in, as_actor):
    proxy = proxy_of(patient)
    made = asked_and_made(proxy, patient, as_actor)
    Grant.objects.filter(grantee_id=proxy.grantee_id).update(valid_until=timezone.now())
    assert signed_in(proxy).get(reverse("rights:copy", args=[made.pk])).status_code == 404


def test_a_secret_act_ends_the_copies_of_others_than_the_person(
    person, patient, stranger, signed_in, as_actor
):
    proxy, elsewhere = proxy_of(patient), proxy_of(stranger)
    own, theirs, other = (
        asked_and_made(user, of, as_actor)
        for user, of in ((person, patient), (proxy, patient), (elsewhere, stranger))
    )
    addresses = queries.addresses_of(theirs)
    emit("record.secret.kept", patient_id=patient.pk, payload={"ids": [str(uuid7())]})
    with as_actor(SYSTEM, role="enrs_feed"):
        follow_secret(event("record.secret.kept"))
    states = dict(DataCopy.objects.values_list("pk", "state"))
    assert states == {own.pk: "ready", theirs.pk: "expired", other.pk: "ready"}
    assert all(one.wrapped_key is None for one in Blob.objects.filter(pk__in=addresses))
    answer = signed_in(proxy).get(reverse("rights:copy", args=[theirs.pk]), follow=True)
    assert "a expiré" in answer.content.decode()


def test_what_is_over_is_not_downloaded_even_before_it_is_erased(made, person, signed_in):
    DataCopy.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    browser = signed_in(person)
    answer = browser.get(reverse("rights:copy", args=[made.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("rights:mine"), 302)]
    assert "a expiré" in answer.content.decode()
    assert "Expirée" in answer.content.decode()


def test_one_tap_asks_and_the_page_says_where_it_is(person, patient, signed_in, as_actor):
    browser = signed_in(person)
    page = browser.get(reverse("rights:mine")).content.decode()
    assert "Recevoir une copie de mes données" in page
    answer = browser.post(reverse("rights:ask_copy"), {"patient": patient.pk}, follow=True)
    page = answer.content.decode()
    assert "En préparation" in page
    assert "Recevoir une copie de mes données" not in page
    again = browser.post(reverse("rights:ask_copy"), {"patient": patient.pk}, follow=True)
    assert "déjà en préparation" in again.content.decode()
    make(as_actor)
    assert "Télécharger" in browser.get(reverse("rights:mine")).content.decode()


def test_who_represents_somebody_reads_their_name_on_the_button(patient, signed_in):
    page = signed_in(proxy_of(patient)).get(reverse("rights:mine")).content.decode()
    assert "Recevoir une copie des données de DUBREUIL" in page
    assert "mes données</button>" not in page


def test_what_is_no_person_is_no_page(person, patient, stranger, signed_in):
    address = reverse("rights:ask_copy")
    assert (
        signed_in(user_of_role("nurse", patient)).post(address, {"patient": patient.pk}).status_code
        == 404
    )
    for given in ("", "x", str(stranger.pk)):
        assert signed_in(person).post(address, {"patient": given}).status_code == 404
    assert not DataCopy.objects.exists()


def test_the_officer_answers_by_a_copy_that_they_never_see(
    person, patient, officer, signed_in, as_actor
):
    with as_actor(actor(person)):
        asked = commands.ask_right(patient_id=patient.pk, kind="copy", text="Toutes mes données.")
    browser = signed_in(officer)
    address = reverse("rights:request", args=[asked.pk])
    assert "Préparer la copie" in browser.get(address).content.decode()
    assert browser.post(address, {"acte": "copy"}).status_code == 302
    asked.refresh_from_db()
    made = DataCopy.objects.get(asked=asked)
    assert (asked.state, made.asked_by_id) == ("answered", person.id)
    make(as_actor)
    assert browser.get(reverse("rights:copy", args=[made.pk])).status_code == 404
    with as_actor(actor(officer)):
        assert not DataCopy.objects.exists()
        assert not CopyPiece.objects.exists()
    with as_actor(actor(person)):
        assert DataCopy.objects.get().pk == made.pk


@pytest.mark.parametrize("kind", ["rectification", "copy"])
def test_only_a_copy_asked_from_a_space_goes_to_a_space(kind, person, patient, officer, as_actor):
    with as_actor(actor(person)):
        asked = commands.ask_right(patient_id=patient.pk, kind=kind, text="Toutes mes données.")
    if kind == "copy":
        RightsRequest.objects.filter(pk=asked.pk).update(asked_by_id=None)
    asked.refresh_from_db()
    with as_actor(actor(officer)), pytest.raises(RightsError):
        commands.send_copy(asked=asked)
    assert not DataCopy.objects.exists()


def test_the_page_costs_the_same_with_many_copies(made, person, patient, signed_in):
    browser = signed_in(person)
    browser.get(reverse("rights:mine"))
    counts = []
    for more in (0, 15):
        now = timezone.now()
        DataCopy.objects.bulk_create(
            DataCopy(
                patient=patient, person_name="x", asked_by_id=person.id, state="expired", asked_at=now,
                next_at=now,
            )
            for _ in range(more)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queried:
            browser.get(reverse("rights:mine"))
        counts.append(len(queried))
    assert counts[0] == counts[1]

"""« Tester un fichier sans créer »: what is read, what is answered to whom, and what is left of it."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from enrs.core.audit.models import AuditLine
from enrs.referentials.identity.commands import probes as commands
from enrs.referentials.identity.models import SourceIdentity
from enrs.referentials.identity.models_probe import ProbeFile
from enrs.referentials.identity.rules import probe_file as rules
from tests.factories import organisation
from tests.referentials.identity.factories import AWA, CLINIC, actor_in, receive, user_of

OWN = "urn:finess:750099991"
REGION = "urn:oid:1.2.250.1.999.1.1"
HEAD = "reference;nom_naissance;prenom;date_naissance;sexe\n"
KNOWN = HEAD + "A1;N'Diaye;Awa;12/03/1948;F\nA2;INCONNUE;Awa;1948-03-12;F\nA3;;Awa;1948-03-12;F\n"


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (";".join(rules.REQUIRED) + "\nDURAND;1948-03-12", ""),
        ("nom_naissance,date_naissance\nDURAND,12/03/1948", ""),
        ("Nom naissance\tDate naissance\nDURAND\t1948-03-12", ""),
        ("nom_naissance;date_naissance\nDURAND;31/02/1948", "date de naissance"),
        ("nom_naissance;date_naissance\nDURAND;1948", "date de naissance"),
        ("nom_naissance;date_naissance\n;1948-03-12", "nom de naissance"),
        ("nom_naissance;date_naissance;ins\nDURAND;1948-03-12;1480399000001 00", "INS"),
        ("nom_naissance;date_naissance\n" + "D" * 101 + ";1948-03-12", "100 caractères"),
    ],
)
def test_a_line_is_read_or_says_what_is_wrong(text, where):
    [line] = rules.read_probe_file(text.encode())
    assert line.number == 2
    assert where in line.fault
    assert bool(line.fault) == bool(where)
    if not where:
        assert line.traits is not None
        assert (line.traits.birth_name, line.traits.birth_date) == ("DURAND", "1948-03-12")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "colonnes"), (b"nom;prenom\nA;B", "nom_naissance, date_naissance"),
        (b"nom_naissance;date_naissance\n\n;\n", "personne"), (b"PK\x03\x04\x00", "lisible"),
        (b"x" * (rules.MOST_BYTES + 1), "5 Mo"),
        (b"nom_naissance;date_naissance\n" + b"A;1948-03-12\n" * 20_001, "20 000"),
    ],
    ids=["empty", "columns", "nobody", "zip", "bytes", "lines"],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_says_why(content, words):
    with pytest.raises(rules.ProbeFileError, match=words):
        rules.read_probe_file(content)


def test_accents_of_windows_are_read():
    [line] = rules.read_probe_file(
        "nom_naissance;date_naissance\nLEFÈVRE;1948-03-12".encode("cp1252")
    )
    assert line.traits is not None
    assert line.traits.birth_name == "LEFÈVRE"


@given(st.binary(max_size=400))
def test_any_bytes_are_lines_or_a_refusal(content):
    try:
        rules.read_probe_file(b"nom_naissance;date_naissance\n" + content)
    except rules.ProbeFileError:
        return


def test_no_answer_is_a_formula():
    line = rules.Line(2, "=HYPERLINK(1)", fault="")
    assert ";'=HYPERLINK(1);" in rules.written([rules.Answer(line)])


# --- answering ------------------------------------------------------------------------------------


def upload(client, text: str):
    file = SimpleUploadedFile("liste.csv", text.encode(), content_type="text/csv")
    return client.post(reverse("identity:probes"), {"file": file})


def signed_in(client, role, place=None):
    actor = actor_in(role)
    user = user_of(actor)
    if place is not None:
        user.positions.update(organisation_id=place.id, organisation_name=place.name)
    client.force_login(user)
    return user


def work() -> None:
    while commands.run_probes():
        pass


def answers(client) -> list[dict[str, str]]:
    one = ProbeFile.objects.get()
    found = client.get(reverse("identity:probe_result", args=[one.id]))
    assert found.status_code == 200
    assert found["Content-Type"].startswith("text/csv")
    text = found.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.mark.django_db
@pytest.mark.usefixtures("by_ins_only")
def test_an_officer_is_answered_line_by_line_and_nobody_is_made(client):
    made = receive()
    signed_in(client, "identity_officer")
    assert upload(client, KNOWN).status_code == 302
    assert "Recherche en cours" in client.get(reverse("identity:probes")).content.decode()
    work()
    found = answers(client)
    assert [(one["reference"], one["resultat"]) for one in found] == [
        ("A1", "probable"), ("A2", "aucune"), ("A3", "illisible"),
    ]  # fmt: skip
    assert found[0]["numero_regional"] == f"{REGION}|{made.patient_id}"
    assert found[2]["remarque"] == "le nom de naissance manque"
    assert "NDIAYE" not in str(found).upper().replace("'", "")
    kept = ProbeFile.objects.get()
    assert (kept.state, bytes(kept.content), kept.found_count) == ("done", b"", 1)
    assert SourceIdentity.objects.count() == 1
    line = AuditLine.objects.get(action="identity.probe.answered")
    assert line.patient_ids == [made.patient_id]


@pytest.mark.django_db
@pytest.mark.usefixtures("by_ins_only")
def test_a_hospital_has_the_number_of_its_own_patients_alone(client):
    place = organisation("CHU d'essai", finess_eg="750099991")
    mine = receive("P1", OWN)
    receive("X9", CLINIC, birth_name="AILLEURS", ins="", status="provisional")
    signed_in(client, "secretary", place)
    upload(client, HEAD + "1;NDIAYE;AWA;1948-03-12;F\n2;AILLEURS;AWA;1948-03-12;F\n")
    work()
    known, elsewhere = answers(client)
    assert known["numero_regional"].endswith(str(mine.patient_id))
    assert (elsewhere["resultat"], elsewhere["numero_regional"]) == ("probable", "")
    assert "pas de votre structure" in elsewhere["remarque"]


@pytest.mark.django_db
@pytest.mark.usefixtures("by_ins_only")
def test_two_people_who_answer_alike_give_no_number(client):
    receive(ins="", status="provisional")
    receive("101", ins="", status="provisional")
    signed_in(client, "identity_officer")
    upload(client, KNOWN)
    work()
    first = answers(client)[0]
    assert (first["numero_regional"], first["candidats"]) == ("", "2")
    assert "égalité" in first["remarque"]


@pytest.mark.django_db
def test_long_files_go_batch_by_batch(client, monkeypatch):
    monkeypatch.setattr(commands, "BATCH", 2)
    receive()
    signed_in(client, "identity_officer")
    upload(client, HEAD + f"1;{AWA.birth_name};AWA;{AWA.birth_date};F\n" * 5)
    assert commands.run_probes()
    assert ProbeFile.objects.get().done_count == 2
    work()
    assert len(answers(client)) == 5


@pytest.mark.django_db
def test_one_file_at_a_time_and_errors_beside_the_field(client):
    signed_in(client, "identity_officer")
    refused = upload(client, "nom;prenom\nA;B\n")
    assert refused.status_code == 422
    assert "Il manque des colonnes" in refused.content.decode()
    assert upload(client, KNOWN).status_code == 302
    second = upload(client, KNOWN)
    assert second.status_code == 422
    assert "en cours" in second.content.decode()


@pytest.mark.django_db
def test_who_works_nowhere_is_told_to_choose(client):
    signed_in(client, "secretary")
    assert "votre structure" in upload(client, KNOWN).content.decode()
    assert not ProbeFile.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["physician", "nurse", "operator", "auditor"])
def test_other_roles_find_no_such_page(client, role):
    signed_in(client, role)
    assert client.get(reverse("identity:probes")).status_code == 404
    assert upload(client, KNOWN).status_code == 404


@pytest.mark.django_db
def test_somebody_else_s_file_is_not_there(client):
    signed_in(client, "identity_officer")
    upload(client, KNOWN)
    work()
    one = ProbeFile.objects.get()
    signed_in(client, "identity_officer")
    assert client.get(reverse("identity:probe_result", args=[one.id])).status_code == 404
    assert client.post(reverse("identity:erase_probe", args=[one.id])).status_code == 404
    assert "liste.csv" not in client.get(reverse("identity:probes")).content.decode()
    assert ProbeFile.objects.get().state == "done"


@pytest.mark.django_db
def test_a_file_is_erased_by_hand_or_after_a_day(client):
    signed_in(client, "identity_officer")
    upload(client, KNOWN)
    work()
    one = ProbeFile.objects.get()
    client.post(reverse("identity:erase_probe", args=[one.id]))
    gone = ProbeFile.objects.get()
    assert (gone.state, bytes(gone.result), gone.file_name) == ("erased", b"", "")
    assert client.get(reverse("identity:probe_result", args=[one.id])).status_code == 404
    upload(client, KNOWN)
    work()
    ProbeFile.objects.filter(state="done").update(created_at=timezone.now() - timedelta(hours=25))
    commands.sweep_probes()
    assert set(ProbeFile.objects.values_list("state", flat=True)) == {"erased"}


@pytest.mark.django_db
def test_the_file_of_a_closed_account_is_not_answered(client):
    user = signed_in(client, "identity_officer")
    upload(client, KNOWN)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    work()
    assert ProbeFile.objects.get().state == "erased"

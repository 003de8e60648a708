"""The page « Identité », its acts, the scanner, the labels and the campaigns, for each kind of actor."""

from dataclasses import replace

import pytest
import zxingcpp
from django.urls import reverse

from enrs.core.access.actor import SYSTEM
from enrs.core.audit.models import AuditLine
from enrs.formats.datamatrix_ins import InsCode, read, write
from enrs.referentials.identity import insi, jobs, printing_insi
from enrs.referentials.identity.commands import answers
from enrs.referentials.identity.insi.stand_in import StandIn
from enrs.referentials.identity.models import (
    InsCheck,
    InsRun,
    RegionalIdentity,
    SourceIdentity,
)
from tests.factories import organisation
from tests.referentials.identity.factories import AWA, actor_in, grant, receive, user_of
from tests.referentials.identity.test_acts import SALIF, at_work, fresh, sent, typed

pytestmark = pytest.mark.django_db


def page(client, identity):
    return client.get(reverse("identity:sheet", args=[identity.patient_id]))


def address(identity, name):
    return reverse("identity:act", args=[identity.patient_id, identity.id, name])


def enter(client, by):
    client.force_login(user_of(by))
    return client


def settle(as_actor):
    with as_actor(SYSTEM, role="enrs_feed"):
        jobs.ask_waiting()


def test_the_page_shows_traits_in_order_status_and_what_is_missing(client):
    by = at_work()
    identity = typed(by, replace(SALIF, used_name="SANOU"))
    text = page(enter(client, by), identity).text.partition('id="traits-title"')[2]
    order = [
        "Nom de naissance",
        "Premier prénom",
        "Date de naissance",
        "Sexe",
        "Lieu de naissance",
        "Nom utilisé",
    ]
    assert [text.index(one) for one in order] == sorted(text.index(one) for one in order)
    assert "Identité provisoire" in text
    assert "Identité validée ou récupérée" in text
    assert "Contrôler une pièce d’identité" in text
    assert "Version 1" in text
    assert AuditLine.objects.filter(action="identity.sheet.read").count() == 1


def test_who_only_reads_is_offered_nothing(client):
    by = at_work()
    identity = typed(by)
    nurse = at_work("nurse")
    grant(identity.patient_id, nurse)
    assert "valider" not in page(enter(client, nurse), identity).text
    assert client.get(address(identity, "valider")).status_code == 404


def test_outside_of_the_circle_the_page_is_not_there(client):
    by = at_work()
    identity = typed(by)
    stranger = at_work(place=organisation("Clinique du Parc", finess_eg="750000016"))
    assert page(enter(client, stranger), identity).status_code == 404


def test_another_place_s_identity_says_who_may_change_it(client):
    by = at_work()
    identity = sent(by, "urn:finess:750000016")
    text = page(enter(client, by), identity).text
    assert "elle seule la change" in text
    assert "/signaler/" not in text
    got = client.get(address(identity, "signaler"))
    assert "Ce n’est pas possible maintenant" in got.text
    posted = {"version": 1, "attribute": "doubtful", "reason": "Deux cartes"}
    assert client.post(address(identity, "signaler"), posted).status_code == 404


def test_a_document_is_seen_from_the_page(client):
    by = at_work()
    identity = typed(by)
    enter(client, by)
    assert client.get(address(identity, "valider")).status_code == 200
    wrong = client.post(
        address(identity, "valider"), {"version": 1, "proof": "LEP", "is_same": "on"}
    )
    assert wrong.status_code == 422
    assert "personne mineure" in wrong.text
    assert "RNIV" in wrong.text
    form = {"version": 1, "proof": "CN", "is_same": "on"}
    assert client.post(address(identity, "valider"), form).status_code == 302
    assert fresh(identity).status == "validated"
    again = client.post(address(identity, "valider"), form)
    assert "a changé pendant que vous la lisiez" in again.text
    assert by.name in page(client, identity).text


def test_asking_the_national_service_from_the_page(client, as_actor, monkeypatch):
    monkeypatch.setattr(insi, "service", lambda: StandIn(invents=True))
    by = at_work()
    identity = typed(by)
    enter(client, by)
    assert client.post(address(identity, "insi"), {"version": 1}).status_code == 302
    waiting = page(client, identity).text
    assert "Question en cours" in waiting
    assert "every 2s" in waiting
    settle(as_actor)
    text = page(client, identity).text
    assert "INS récupérée" in text
    assert "Identité récupérée" in text
    assert "simulacre" in text
    assert fresh(identity).ins not in text


def test_a_service_that_is_not_there_is_said_clearly(client, as_actor, monkeypatch):
    monkeypatch.setattr(insi, "service", lambda: None)
    by = at_work()
    identity = typed(by)
    enter(client, by)
    client.post(address(identity, "insi"), {"version": 1})
    settle(as_actor)
    text = page(client, identity).text
    assert "n’est pas raccordé" in text
    assert "nouvel essai le" in text


def test_a_card_is_read_with_its_date(client):
    by = at_work()
    identity = typed(by)
    enter(client, by)
    wrong = client.post(
        address(identity, "carte"), {"version": 1, "number": "12", "birth_date": "1961-05-02"}
    )
    assert "Vérifiez les 15 chiffres" in wrong.text
    form = {"version": 1, "number": "1 61 05 99 331 007", "birth_date": "1961-05-02"}
    assert client.post(address(identity, "carte"), form).status_code == 302
    assert InsCheck.objects.get().kind == "card"


@pytest.mark.parametrize(
    ("name", "form", "field", "value"),
    [
        ("signaler", {"attribute": "doubtful", "reason": "Deux cartes"}, "attribute", "doubtful"),
        ("revenir", {"reason": "Validée à tort"}, "status", "provisional"),
        (
            "corriger",
            {"birth_name": "SANOU", "first_given_name": "SALIF", "birth_date": "1961-05-02", "sex": "M",
             "reason": "Faute de frappe"},
            "birth_name",
            "SANOU",
        ),
    ],
)  # fmt: skip
def test_each_act_of_the_page(client, name, form, field, value):
    by = at_work()
    identity = typed(by, replace(SALIF, status="validated"))
    enter(client, by)
    assert client.get(address(identity, name)).status_code == 200
    missing = client.post(address(identity, name), {"version": 1} | form | {"reason": ""})
    assert missing.status_code == 422
    assert client.post(address(identity, name), {"version": 1} | form).status_code == 302
    assert getattr(fresh(identity), field) == value
    assert page(client, identity).status_code == 200


def test_an_act_that_does_not_exist_is_not_found(client):
    by = at_work()
    identity = typed(by)
    assert enter(client, by).get(address(identity, "qualifier")).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same_whatever_the_history(client, count, django_assert_max_num_queries):
    by = at_work()
    identity = sent(by)
    for number in range(count):
        receive("B1", "urn:finess:770000016", phone=f"01990000{number:02d}")
    enter(client, by)
    page(client, identity)
    with django_assert_max_num_queries(26):
        text = page(client, identity).text
    assert ("Versions plus anciennes" in text) is (count > 10)
    assert text.count("<b>Version ") == min(count + 1, 10)


# --- labels and scanner --------------------------------------------------------------------------------------


def test_labels_are_printed_for_a_qualified_identity_alone(client):
    by = at_work()
    identity = sent(by)
    enter(client, by)
    assert "Étiquettes" in page(client, identity).text
    got = client.get(reverse("identity:labels", args=[identity.patient_id]))
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.content.startswith(b"%PDF")
    assert AuditLine.objects.filter(action="identity.labels.printed").exists()
    other = typed(by)
    assert client.get(reverse("identity:labels", args=[other.patient_id])).status_code == 404
    assert "Étiquettes" not in page(client, other).text


@pytest.mark.parametrize("name", ["NDIAYE", "Lê-Nguyễn", "D'Ávila", "E" * 60])
def test_the_drawn_code_is_square_and_reads_back(name):
    row = RegionalIdentity.objects.get(pk=receive(birth_name=name).patient_id)
    text = printing_insi.text_of(row)
    drawn = printing_insi.drawn(text)
    image = zxingcpp.write_barcode_to_image(drawn, scale=4)
    assert image.shape[0] == image.shape[1]
    found = zxingcpp.read_barcodes(image)
    assert [one.bytes.decode() for one in found] == [text]
    assert read(text).ins == AWA.ins


def scanned(**changes):
    traits = replace(AWA, **changes)
    return write(InsCode(
        ins=traits.ins, oid=traits.ins_oid, given_names=traits.given_names, birth_name=traits.birth_name,
        sex=traits.sex, birth_date=traits.birth_date, birth_place_code=traits.birth_place_code,
    ))  # fmt: skip


def test_a_scan_finds_who_is_known_and_tells_no_trait_of_others(client):
    by = at_work()
    identity = sent(by)
    enter(client, by)
    found = client.post(reverse("identity:scan"), {"scan": scanned()})
    assert "dans votre cercle" in found.text
    stranger = at_work(place=organisation("Clinique du Parc", finess_eg="750000016"))
    enter(client, stranger)
    outside = client.post(reverse("identity:scan"), {"scan": scanned()})
    assert "vous n’êtes pas dans son cercle" in outside.text
    assert identity.birth_name not in outside.text


def test_a_scan_of_nobody_fills_the_creation_form(client):
    by = at_work()
    enter(client, by)
    got = client.post(
        reverse("identity:scan"), {"scan": scanned(birth_name="SOW").replace("\x1d", "<GS>")}
    )
    assert 'value="SOW"' in got.text
    assert AWA.ins not in got.text.split("Traits lus")[1]
    form = {
        "birth_name": "SOW", "first_given_name": "AWA", "birth_date": "1948-03-12", "sex": "F", "collected_by": "CB",
    }  # fmt: skip
    assert client.post(reverse("identity:create"), form).status_code == 302
    made = SourceIdentity.objects.get(birth_name="SOW")
    assert (made.collected_by, made.status, made.ins) == ("CB", "provisional", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [("123", "n’est pas un Datamatrix INS"), (scanned().replace("\x1d", ""), "caractère GS")],
)
def test_a_scan_that_is_not_read_says_what_to_do(client, text, words):
    enter(client, at_work())
    got = client.post(reverse("identity:scan"), {"scan": text})
    assert got.status_code == 422
    assert words in got.text


# --- campaigns -----------------------------------------------------------------------------------------------


def test_the_unit_leads_a_campaign_from_its_page(client):
    officer = actor_in("identity_officer")
    enter(client, officer)
    url = reverse("identity:ins_runs")
    assert "Aucune vérification en cours" in client.get(url).text
    for act, state, words in (
        ("start", "running", "Mettre en pause"), ("pause", "paused", "Reprendre"), ("resume", "running", "En cours"),
    ):  # fmt: skip
        assert client.post(url, {"act": act}).status_code == 302
        assert InsRun.objects.get().state == state
        assert words in client.get(url).text
    client.post(url, {"act": "start"})
    assert InsRun.objects.count() == 1


@pytest.mark.parametrize("role", ["nurse", "secretary", "physician"])
def test_the_campaigns_are_the_unit_s_alone(client, role):
    enter(client, at_work(role))
    assert client.get(reverse("identity:ins_runs")).status_code == 404


def test_a_phone_number_of_a_qualified_identity_typed_here_is_corrected(client):
    by = at_work()
    identity = typed(by)
    SourceIdentity.objects.filter(pk=identity.pk).update(
        status="qualified", ins=AWA.ins, ins_oid=AWA.ins_oid, proof="CN"
    )
    enter(client, by)
    form = {
        "version": 1, "birth_name": "OUEDRAOGO", "first_given_name": "SALIF", "given_names": "SALIF JEAN",
        "birth_date": "1961-05-02", "sex": "M", "birth_place_code": "99331", "reason": "Nouveau numéro",
    }  # fmt: skip
    refused = client.post(address(identity, "corriger"), form | {"birth_name": "SANOU"})
    assert "ne se corrige pas" in refused.text
    assert (
        client.post(address(identity, "corriger"), form | {"phone": "0199000007"}).status_code
        == 302
    )
    assert (fresh(identity).phone, fresh(identity).status) == ("0199000007", "qualified")


def test_a_worker_begins_only_when_a_question_is_due(client, as_actor):
    by = at_work()
    identity = typed(by)
    with as_actor(SYSTEM, role="enrs_feed"):
        assert not answers.is_any_due()
    client.force_login(user_of(by))
    client.post(address(identity, "insi"), {"version": 1})
    with as_actor(SYSTEM, role="enrs_feed"):
        assert answers.is_any_due()

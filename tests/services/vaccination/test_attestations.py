"""The attestation: its code, the public page, what it tells and what it keeps."""

from datetime import date

import pytest
import zxingcpp
from django.db import connection
from django.test import Client
from django.urls import reverse

from enrs.core.access.actor import acting
from enrs.core.ids import uuid7
from enrs.services.vaccination import attestations, commands
from tests.services.vaccination.factories import declared, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(patient, by):
    act = declared(patient.pk, by)
    with acting(by):
        return commands.attest(act=act)


def page(token):
    return reverse("vaccination:check", args=[token])


def said(**changes):
    return {
        "birth_name": "Dubreuil",
        "birth_date": "12/03/1944",
        "given_on": today().isoformat(),
    } | changes


def test_an_address_is_ours_or_nothing():
    known = uuid7()
    token = attestations.token_of(known)
    assert attestations.attestation_of_token(token) == known
    assert attestations.attestation_of_token(token[:-2] + "AA") is None
    for odd in ("", "x", "é" * 38, "A" * 38, token + "A"):
        assert attestations.attestation_of_token(odd) is None


def test_a_digest_is_of_these_traits_alone():
    kept = attestations.digest("N'Diaye", "1944-03-12", date(2026, 11, 30))
    assert attestations.says(kept, "N DIAYE", "1944-03-12", date(2026, 11, 30))
    assert not attestations.says(kept, "N'DIAYE", "1944-03-13", date(2026, 11, 30))


def test_the_paper_is_a_pdf_whose_code_leads_to_the_page(paper):
    assert attestations.pdf(paper).startswith(b"%PDF-")
    address = attestations.check_address(paper.pk)
    drawn = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode)
    assert drawn.text == address
    assert address.endswith(page(attestations.token_of(paper.pk)))


def test_the_page_shows_nothing_of_the_person(client: Client, paper):
    shown = client.get(page(attestations.token_of(paper.pk))).content.decode()
    assert "faite ici le" in shown
    for secret in ("DUBREUIL", "Dubreuil", "1944", "AB12", "essai"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Attestation authentique"),
        ({"birth_name": "DUBREUIL", "birth_date": "1944-03-12"}, "Attestation authentique"),
        ({"birth_name": "Martin"}, "Cela ne correspond pas"),
        ({"birth_date": "13/03/1944"}, "Cela ne correspond pas"),
        ({"given_on": "01/01/2020"}, "Cela ne correspond pas"),
        ({"given_on": "2020"}, "Écrivez la date en entier"),
        ({"birth_date": "bientôt"}, "Écrivez la date ainsi"),
    ],
)
def test_who_holds_the_paper_is_answered_yes_or_no(client: Client, paper, changes, words):
    answer = client.post(page(attestations.token_of(paper.pk)), said(**changes))
    assert words in answer.content.decode()


def test_a_withdrawn_dose_ends_it(client: Client, paper, by):
    with acting(by):
        commands.withdraw_act(act=paper.act, reason="Mauvais dossier", expected_version=1)
    for answer in (
        client.get(page(attestations.token_of(paper.pk))),
        client.post(page(attestations.token_of(paper.pk)), said()),
    ):
        assert "ne vaut plus" in answer.content.decode()


@pytest.mark.parametrize("token", ["essai", "A" * 38])
def test_another_address_is_not_found(client: Client, token):
    answer = client.get(page(token))
    assert answer.status_code == 404
    assert "pas d’ici" in answer.content.decode()


def test_a_forged_identifier_with_the_right_check_is_unknown(client: Client):
    assert client.get(page(attestations.token_of(uuid7()))).status_code == 404


def test_a_birth_date_is_not_guessed(client: Client, paper):
    address = page(attestations.token_of(paper.pk))
    for day in range(1, 11):
        client.post(address, said(birth_date=f"{day:02d}/03/1950"))
    answer = client.post(address, said())
    assert answer.status_code == 429
    assert "attendez" in answer.content.decode()


def test_each_check_leaves_its_line(client: Client, paper):
    client.post(page(attestations.token_of(paper.pk)), said())
    client.post(page(attestations.token_of(paper.pk)), said(birth_name="Martin"))
    with connection.cursor() as cursor:
        cursor.execute(
            "select outcome from audit_line where action = 'vaccination.attestation.checked' order by id"
        )
        assert [row[0] for row in cursor.fetchall()] == ["done", "refused"]

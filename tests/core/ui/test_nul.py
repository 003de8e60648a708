"""A NUL, which no text of the database holds, in an address or in what is sent."""

import pytest
from django.test import Client
from django.urls import reverse

from enrs.core.ids import uuid7
from tests.factories import UserFactory, known_patient, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    made = Client(raise_request_exception=False)
    made.force_login(UserFactory(role="nurse"))
    return made


def test_a_nul_in_a_form_is_refused(browser):
    for name in ("label", "a\x00b"):
        answer = browser.post(reverse("record:lists"), {name: "a\x00b"})
        assert answer.status_code == 400
    assert "Ce qui a été envoyé est incomplet ou abîmé" in answer.content.decode()


def test_a_nul_in_an_address_is_refused(browser):
    assert browser.get(reverse("directory:search"), {"q": "a\x00b"}).status_code == 400
    patient = known_patient()
    browser.force_login(member(patient, "nurse"))
    assert browser.get(f"/dossier/{patient.pk}/resultats/a%00b/").status_code == 404
    assert browser.get(f"/formulaires/reponse/{uuid7()}/piece/a%00b/").status_code == 404


def test_a_stranger_with_a_nul_is_only_a_stranger():
    assert Client().post(reverse("record:lists"), {"label": "a\x00b"}).status_code == 302
